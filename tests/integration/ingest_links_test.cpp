// People whom a platform declares to be one: linked, reversibly, unless a person keeps them apart.

#include "tests/integration/ingest_fixture.hpp"

#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

class links : public ingest_fixture {
 protected:
  void SetUp() override { rules(team_options{}); }
  /// A message whose payload names both people.
  static hub::message::event both(int first, int second, int token, std::chrono::milliseconds after = {},
                                  const std::string& text = "це знову я") {
    auto e = message_from(first, token, text, after);
    std::get<hub::message::chat_message>(e.data).sender.identities.push_back({"viber", "main", person_id(second)});
    return e;
  }
  std::string links_made() { return ask("select id, coalesce(merged_into::text, 'root') from customer order by id"); }
};

TEST_F(links, two_customers_named_in_one_payload_become_one_and_the_older_is_the_root) {
  process({message_from(1, 1)});
  process({message_from(2, 2, "Добрий день", 1min)});
  process({both(2, 1, 3, 2min)});
  EXPECT_EQ(links_made(), "1 root\n2 1");
  EXPECT_EQ(ask("select root_id, merged_id, by_staff is null, unmerged_at is null from customer_merge"), "1 2 t t");
  EXPECT_EQ(ask("select count(*) from possible_same"), "0");
  // The message belongs to who spoke, and to the lead that was active last.
  EXPECT_EQ(ask("select customer_id, lead_id from message order by sent_at"), "1 1\n2 2\n2 2");

  process({both(2, 1, 4, 3min)});
  EXPECT_EQ(ask("select count(*) from customer_merge"), "1");
  // From now on both speak into one lead.
  process({message_from(1, 5, "а я перша", 4min)});
  EXPECT_EQ(ask("select customer_id, lead_id from message order by id desc limit 1"), "1 2");
}

TEST_F(links, a_pair_that_a_person_unlinked_goes_to_the_review_queue_only) {
  process({message_from(1, 1), message_from(2, 2, "Добрий день", 1min)});
  process({both(1, 2, 3, 2min)});
  ask("select unmerge_customers(2, 1)");
  EXPECT_EQ(links_made(), "1 root\n2 root");
  process({both(1, 2, 4, 3min)});
  process({both(2, 1, 5, 4min)});
  EXPECT_EQ(links_made(), "1 root\n2 root");
  EXPECT_EQ(ask("select first_id, second_id, same from possible_same"), "1 2 f");
}

TEST_F(links, a_pair_judged_to_be_two_stays_two) {
  process({message_from(1, 1), message_from(2, 2, "Добрий день", 1min)});
  ask("insert into possible_same (first_id, second_id, evidence, judged_at, judged_by, same)"
      " values (1, 2, 'x', now(), 1, false)");
  process({both(1, 2, 3, 2min)});
  EXPECT_EQ(links_made(), "1 root\n2 root");
  EXPECT_EQ(ask("select count(*), bool_or(same) from possible_same"), "1 f");
}

TEST_F(links, chains_declared_in_one_batch_are_one_step_long) {
  for (int n = 1; n <= 4; ++n) process({message_from(n, n, "Добрий день", std::chrono::minutes(n))});
  process({both(3, 4, 10, 10min), both(2, 3, 11, 11min), both(4, 1, 12, 12min)});
  EXPECT_EQ(links_made(), "1 root\n2 1\n3 1\n4 1");
}

TEST_F(links, are_made_once_by_four_workers_at_the_same_moment) {
  for (int round = 0; round < 10; ++round) {
    const int a = 2 * round, b = a + 1;
    process({message_from(a, 1000 + a), message_from(b, 1000 + b, "Добрий день", 1min)});
    std::vector<std::thread> workers;
    for (int t = 0; t < 4; ++t)
      workers.emplace_back([&, t] {
        auto w = worker();
        for (int again = 0;; ++again) {
          try {
            w.process(items_of({t % 2 ? both(a, b, 5000 + 4 * round + t, 2min) : both(b, a, 5000 + 4 * round + t, 2min)}));
            return;
          } catch (const hub::db::error& e) {
            ASSERT_LT(again, 5) << e.what();
          }
        }
      });
    for (auto& t : workers) t.join();
  }
  EXPECT_EQ(ask("select count(*), count(merged_into) from customer"), "20 10");
  EXPECT_EQ(ask("select count(*) from customer_merge"), "10");
  EXPECT_EQ(ask("select count(*) from message"), "60");
}

}  // namespace
