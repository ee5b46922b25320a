// What hubctl writes and takes away: staff with their teams, and everything simulated customers left.

#include "hub/base/crypto.hpp"
#include "hub/ctl/demo_reviews.hpp"
#include "hub/ctl/demo_rows.hpp"
#include "hub/ctl/staff_rows.hpp"
#include "hub/ctl/viber_player.hpp"
#include "hub/db/connection.hpp"
#include "tests/support/servers.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

class seeding : public ::testing::Test {
 protected:
  seeding() : database({.url = hub::secret(test_support::fresh_database()), .application_name = "test"}) {}

  std::string value(const std::string& sql) {
    return database.transact([&](pqxx::work& in) { return in.exec1(sql)[0].as<std::string>(""); });
  }
  void run(const std::string& sql) {
    database.transact([&](pqxx::work& in) { in.exec(sql); });
  }
  /// A customer with a lead, a message, a photo, its job and its event.
  void wrote(const std::string& viber_id) {
    const std::string key = "viber:main:message:" + viber_id;
    run("with c as (insert into customer (first_name) values ('A') returning id),"
        " i as (insert into identity (space, account, external_id, customer_id) select 'viber', 'main', '" +
        viber_id +
        "', id from c),"
        " l as (insert into lead (customer_id, source_channel, last_activity_at, manager_id) select id, 'viber', now(), (select "
        "min(id) from staff) from c returning id, customer_id),"
        " d as (insert into media (file_path, file_type, uploaded_at, lead_id, customer_id, sha256, size)"
        "   select 'x', 'image/png', now(), id, customer_id, '" +
        hub::to_hex(hub::sha256(viber_id)) +
        "', 1 from l returning id),"
        " m as (insert into message (lead_id, customer_id, channel, direction, type, sent_at, event_key, media_id)"
        "   select l.id, l.customer_id, 'viber', 'incoming', 'photo', now(), '" +
        key +
        "', d.id from l, d returning id, media_id),"
        " x as (insert into message_media (message_id, part, media_id) select id, '0', media_id from m),"
        " o as (insert into ownership_history (lead_id, at, reason) select id, now(), 'rules' from l),"
        " k as (insert into event_key (key, kind, time, received_at) values ('" +
        key +
        "', 'message', now(), now())),"
        " b as (insert into event_body (received_at, key, body) values (now(), '" +
        key + "', '{\"id\":\"" + viber_id +
        "\"}'))"
        " insert into media_fetch (event_key, part, message_id, channel, account, type, reference, state, media_id)"
        " select '" +
        key + "', '0', id, 'viber', 'main', 'photo', 'r', 'stored', media_id from m");
    run("update staff set open_leads = open_leads + 1 where id = (select min(id) from staff)");
  }

  hub::db::connection database;
};

TEST_F(seeding, removes_simulated_customers_with_everything_about_them_and_nobody_else) {
  run("insert into staff (name, email, role) values ('Owner', 'owner@example.test', 'manager')");
  run("insert into vehicle (make, model, demo) values ('A', 'B', true), ('C', 'D', false)");
  const auto simulated = hub::ctl::invent_person(1, 0).id;
  wrote(simulated);
  wrote("RklYVFVSRVVTRVIwMDAwMQ==");
  database.transact([](pqxx::work& in) { hub::ctl::mark_demo_rows(in); });
  EXPECT_EQ(value("select count(*) from customer c join lead l on l.customer_id = c.id where c.demo and l.demo"), "1");
  EXPECT_EQ(database.transact([](pqxx::work& in) { return hub::ctl::count_demo_rows(in).messages; }), 1);

  std::vector<std::string> files;
  database.transact([&](pqxx::work& in) { hub::ctl::remove_demo_rows(in, files); });
  EXPECT_EQ(files, std::vector<std::string>{hub::to_hex(hub::sha256(simulated))});
  for (const std::string table : {"customer", "identity", "lead", "message", "media", "media_fetch", "message_media",
                                  "ownership_history", "event_key", "event_body", "vehicle"})
    EXPECT_EQ(value("select count(*) from " + table), "1") << table;
  EXPECT_EQ(value("select open_leads from staff"), "1");
  database.transact([&](pqxx::work& in) { hub::ctl::remove_demo_rows(in, files); });
  EXPECT_EQ(value("select count(*) from customer"), "1");
}

TEST_F(seeding, reviews_simulated_calls_by_who_supervises_and_removes_the_reviews_with_them) {
  run("insert into staff (id, name, email, role) values (501, 'Owner', 'owner@example.test', 'supervisor'),"
      " (502, 'Talks', 'talks@example.test', 'manager')");
  run("insert into team (id, name) values (7, 'desk')");
  run("insert into team_member (team_id, staff_id, supervisor, position) values (7, 501, true, 0), (7, 502, false, 0)");
  const auto simulated = hub::ctl::invent_person(1, 0).id;
  wrote(simulated);
  run("update lead set team_id = 7");
  run("insert into call_record (lead_id, customer_id, manager_id, direction, start_time, end_time, status, provider, call_id)"
      " select l.id, l.customer_id, case n when 6 then 501 else 502 end, 'inbound', now(), now(),"
      " case n when 5 then 'missed' else 'completed' end::call_status, 'ringostat', 'demo.' || n"
      " from lead l, generate_series(1, 6) n");
  const auto review = [&] {
    return database.transact([](pqxx::work& in) { return hub::ctl::add_demo_reviews(in, config::call_review{}.criteria); });
  };
  EXPECT_EQ(review(), 0) << "a customer that was not invented";
  database.transact([](pqxx::work& in) { hub::ctl::mark_demo_rows(in); });
  EXPECT_EQ(review(), 3) << "three of four in which somebody else talked";
  EXPECT_EQ(value("select string_agg(round(score)::text, ' ' order by call_id) from call_review where reviewer_id = 501"),
            "75 95 55");
  EXPECT_EQ(value("select count(*) from call_review where (answer = '') <> (answered_at is null)"), "0");
  run("insert into notification (staff_id, kind, call_id, text) select 502, 'call_reviewed', min(call_id), 'x' from call_review");
  std::vector<std::string> files;
  database.transact([&](pqxx::work& in) { hub::ctl::remove_demo_rows(in, files); });
  EXPECT_EQ(value("select count(*) from call_review"), "0");
  EXPECT_EQ(value("select count(*) from notification"), "0");
}

TEST_F(seeding, adds_a_person_once_and_keeps_the_password_only_as_a_hash) {
  const auto add = [&] {
    return database.transact([](pqxx::work& in) {
      return hub::ctl::add_staff(in, "Olena@Example.Test", "Олена Прикладенко", "manager", "a long password");
    });
  };
  EXPECT_TRUE(add());
  EXPECT_FALSE(add());
  EXPECT_EQ(value("select email from staff"), "olena@example.test");
  EXPECT_TRUE(hub::verify_password(value("select password_hash from staff"), "a long password"));
}

TEST_F(seeding, gives_new_people_their_place_in_the_teams_of_the_rules_in_force) {
  database.transact([&](pqxx::work& in) {
    in.exec_params("select activate_rules($1, 'rules', 'test', $2::jsonb)", std::string(64, 'a'),
                   R"([{"name": "sales", "members": [{"email": "olena@example.test", "supervisor": false, "skills": []}]}])");
  });
  EXPECT_EQ(value("select count(*) from team_member"), "0");
  database.transact([&](pqxx::work& in) { hub::ctl::add_staff(in, "olena@example.test", "Olena", "manager", std::nullopt); });
  EXPECT_EQ(value("select distinct s.email from team_member m join team t on t.id = m.team_id join staff s on s.id = m.staff_id "
                  "where t.active"),
            "olena@example.test");
  EXPECT_EQ(value("select count(*) from rule_version where active"), "1");
}

TEST(password, is_different_each_time_and_long_enough) {
  std::set<std::string> made;
  for (int i = 0; i < 100; ++i) made.insert(hub::make_password());
  EXPECT_EQ(made.size(), 100u);
  for (const auto& each : made) EXPECT_EQ(each.size(), 16u);
}

}  // namespace
