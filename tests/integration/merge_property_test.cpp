// Merging is a link: whatever was merged in whatever order, unmerging all of it leaves what was there before, and what
// arrived meanwhile belongs to whoever spoke. Random histories, and the same under traffic.

#include "hub/base/text.hpp"
#include "tests/fault/campaign.hpp"
#include "tests/integration/ingest_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <random>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

class merging : public ingest_fixture {
 protected:
  void SetUp() override { rules(team_options{}); }

  /// As the API does it: both links locked in one order, then the function.
  static void merge(pqxx::work& in, int root, int merged) {
    in.exec("select lock_links()");
    in.exec_params(
        "select c.id from customer c where c.id in (select link_of($1) union select link_of($2))"
        " order by c.id for no key update of c",
        root, merged);
    in.exec_params("select merge_customers($1, $2, 'test', 1)", root, merged);
  }
  static void unmerge(pqxx::work& in, int merged) {
    in.exec("select lock_links()");
    in.exec_params(
        "select c.id from customer c where c.id in (select link_of($1)) order by c.id"
        " for no key update of c",
        merged);
    in.exec_params("select unmerge_customers($1, 1)", merged);
  }

  std::string rows() {
    return ask(
        "select r from (select 'c' || id || first_name || last_name || coalesce(merged_into::text, '') as r from customer"
        " union all select 'i' || id || external_id || customer_id from identity"
        " union all select 'l' || id || ' ' || customer_id || stage || attachable || coalesce(manager_id, 0) from lead"
        " union all select 'm' || id || ' ' || customer_id || ' ' || lead_id || event_key from message) x order by r");
  }
  void expect_sound() {
    EXPECT_EQ(ask("select count(*) from customer c join customer r on r.id = c.merged_into where r.merged_into is not null"), "0")
        << "a link is one step long";
    EXPECT_EQ(ask("select count(*) from customer c where (c.merged_into is not null) <> ((select count(*) from customer_merge m"
                  " where m.merged_id = c.id and m.unmerged_at is null) > 0)"),
              "0")
        << "each link has its row";
    EXPECT_EQ(ask("select count(*) from message m join event_body b on b.key = m.event_key join identity i"
                  " on i.external_id = b.body::jsonb -> 'data' -> 'sender' -> 'identities' -> 0 ->> 'id'"
                  " where m.customer_id = i.customer_id"),
              ask("select count(*) from message"))
        << "a message belongs to whoever spoke";
    EXPECT_EQ(ask("select count(*) from message where lead_id is null"), "0");
    EXPECT_EQ(ask("select count(*) from staff s where open_leads <> (select count(*) from lead l where l.manager_id = s.id"
                  " and l.stage not in ('sold', 'lost'))"),
              "0");
  }
  /// Takes every link apart, in any order.
  void unmerge_all(std::mt19937_64& random) {
    hub::db::connection own(options());
    for (int n = 0; n < 1000; ++n) {
      auto linked = hub::split(ask("select id from customer where merged_into is not null order by id"), '\n');
      if (linked.size() == 1 && linked[0].empty()) return;
      const int one = std::stoi(linked[random() % linked.size()]);
      own.transact([&](pqxx::work& in) { unmerge(in, one); });
    }
    FAIL() << "a link cannot be taken apart";
  }
};

TEST_F(merging, and_unmerging_in_any_order_is_the_identity) {
  const auto seed = campaign_seed(20261121);
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  constexpr int people = 8;
  std::vector<hub::message::event> first;
  for (int n = 1; n <= people; ++n) first.push_back(message_from(n, n, "Добрий день", std::chrono::seconds(n)));
  process(first);
  const auto before = rows();
  hub::db::connection own(options());
  for (int history = 0; history < campaign(40, 500); ++history) {
    for (auto n = 1 + random() % 10; n > 0; --n) {
      const int a = 1 + static_cast<int>(random() % people), b = 1 + static_cast<int>(random() % people);
      own.transact([&](pqxx::work& in) {
        if (random() % 4 == 0)
          unmerge(in, a);
        else
          merge(in, a, b);
      });
    }
    expect_sound();
    unmerge_all(random);
    ASSERT_EQ(rows(), before) << "seed " << seed << ", history " << history;
  }
}

TEST_F(merging, under_traffic_loses_and_doubles_nothing) {
  const auto seed = campaign_seed(7);
  std::cout << "seed " << seed << "\n";
  constexpr int people = 40;
  const int messages = campaign(600, 20000), links = campaign(120, 3000);
  std::vector<hub::message::event> first;
  for (int n = 1; n <= people; ++n) first.push_back(message_from(n, n, "Добрий день", std::chrono::seconds(n)));
  process(first);
  std::atomic<int> next{people + 1}, tried_again{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        std::mt19937_64 random(seed + static_cast<std::uint64_t>(t));
        auto own = worker();
        for (int token = next++; token <= people + messages; token = next++) {
          const auto e = message_from(1 + static_cast<int>(random() % people), token, "ще", std::chrono::seconds(token));
          for (bool done = false; !done && tried_again < 5000;) {
            try {
              own.process(items_of({e}));
              done = true;
            } catch (const hub::error& failed) {
              // What a shard does with everything that says nothing about the event.
              ASSERT_EQ(failed.kind(), hub::failure::transient) << failed.what();
              ++tried_again;
            }
          }
        }
      });
    for (int t = 0; t < 2; ++t)
      threads.emplace_back([&, t] {
        std::mt19937_64 random(seed + 100 + static_cast<std::uint64_t>(t));
        hub::db::connection own(options());
        for (int i = 0; i < links; ++i) {
          const int a = 1 + static_cast<int>(random() % people), b = 1 + static_cast<int>(random() % people);
          const bool apart = random() % 2 == 0;
          for (bool done = false; !done && tried_again < 5000;) {
            try {
              own.transact([&](pqxx::work& in) { apart ? unmerge(in, a) : merge(in, a, b); });
              done = true;
            } catch (const hub::db::error& failed) {
              ASSERT_EQ(failed.kind(), hub::failure::transient) << failed.what();
              ++tried_again;
            }
          }
        }
      });
  }
  EXPECT_EQ(ask("select count(*), count(distinct event_key) from message"),
            std::to_string(people + messages) + " " + std::to_string(people + messages));
  EXPECT_EQ(
      ask("select count(*) from (select 1 from lead where attachable group by customer_id, pipeline having count(*) > 1) x"),
      "0");
  expect_sound();
  std::mt19937_64 random(seed);
  unmerge_all(random);
  expect_sound();
  std::cout << messages << " messages and " << 2 * links << " merges and unmerges at once; tried again " << tried_again << "\n";
}

}  // namespace
