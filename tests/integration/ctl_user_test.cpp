// hubctl user: somebody leaves, and their leads do not stay with them; somebody is locked out.

#include "tests/integration/ctl_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using testing::HasSubstr;

class people_who_sign_in : public ctl_tests::database_only {};

TEST_F(people_who_sign_in, leave_their_open_leads_to_the_queue_and_it_says_how_many) {
  test_support::put_in_force(url_, {});
  ask("insert into customer (id) values (101), (102), (103)");
  ask("insert into lead (id, customer_id, source_channel, created_at, last_activity_at, team_id)"
      " select n, n, 'viber', now(), now(), (select id from team) from generate_series(101, 103) n");
  ask("select change_owner(array[101, 102, 103]::bigint[], array[1, 1, 1]::bigint[], null, array['a', 'b', 'c'], now())");
  ask("select change_stage(array[103]::bigint[], array['lost']::lead_stage[], array[false], null, array['no money'], now())");

  const auto left = hubctl({"user", "deactivate", "m1@example.test"});
  EXPECT_EQ(left.exit_code, 0) << left.output;
  EXPECT_THAT(left.output, HasSubstr("m1@example.test deactivated; 2 open leads went to the queue"));
  EXPECT_EQ(ask("select id, coalesce(manager_id, 0), queue_reason from lead order by id"),
            "101 0 left: Manager 1\n102 0 left: Manager 1\n103 1 ");
  EXPECT_EQ(ask("select active, open_leads from staff where id = 1"), "f 0");
  EXPECT_EQ(ask("select payload ->> 'team' from timer where kind = 'hand_out' and state = 'waiting'"), "sales");

  const auto unknown = hubctl({"user", "deactivate", "nobody@example.test"});
  EXPECT_NE(unknown.exit_code, 0);
  EXPECT_THAT(unknown.output, HasSubstr("nobody@example.test is not staff"));
}

TEST_F(people_who_sign_in, are_given_a_link_to_a_new_password_that_the_database_does_not_know) {
  test_support::put_in_force(url_, {});
  const auto made = hubctl({"user", "link", "M1@example.test"});
  EXPECT_EQ(made.exit_code, 0) << made.output;
  const std::string place = "http://127.0.0.1:8080/#/password/";
  const auto at = made.output.find(place);
  ASSERT_NE(at, std::string::npos) << made.output;
  const auto from = at + place.size();
  const auto token = made.output.substr(from, made.output.find_first_of(" \n", from) - from);
  EXPECT_EQ(token.size(), 43U);
  EXPECT_EQ(ask("select staff_id, expires_at - created_at from password_link where token_hash = sha256('" + token + "')"),
            "1 1 day");
  EXPECT_EQ(ask("select count(*) from audit where action = 'password_link_make' and subject = 'staff:1'"), "1");

  EXPECT_EQ(hubctl({"user", "deactivate", "m1@example.test"}).exit_code, 0);
  const auto gone = hubctl({"user", "link", "m1@example.test"});
  EXPECT_NE(gone.exit_code, 0);
  EXPECT_THAT(gone.output, HasSubstr("is nobody who works here"));
}

}  // namespace
