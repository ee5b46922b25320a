// The ingest transaction against a real database: what one batch, many batches, repeated and shuffled batches leave.

#include "tests/integration/ingest_fixture.hpp"

#include <algorithm>
#include <random>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using hub::message::delivery_state;

class ingest : public ingest_fixture {};

TEST_F(ingest, a_first_message_makes_a_customer_a_lead_and_an_owner) {
  rules({.members = 2});
  auto w = worker();
  w.process(items_of({message_from(1, 100, "Добрий день \\ \"лапки\" {фігурні}, 'апостроф'")}));

  EXPECT_EQ(ask("select first_name, last_name, viber_id from customer"), "Person 1 " + person_id(1));
  EXPECT_EQ(
      ask("select source_channel, intent, stage, pipeline, attachable, manager_id is not null, queued_at is null from lead"),
      "viber buy new sales t t t");
  EXPECT_EQ(ask("select channel, direction, type, content, platform_id from message"),
            "viber incoming text Добрий день \\ \"лапки\" {фігурні}, 'апостроф' 100");
  EXPECT_EQ(ask("select reason, to_id = (select manager_id from lead) from ownership_history"), "rule everything else t");
  EXPECT_EQ(ask("select sum(open_leads) from staff"), "1");
  EXPECT_EQ(ask("select rule, receipt ->> 'strategy', (receipt ->> 'winner')::bigint = winner_id from assignment_decision"),
            "everything else round_robin t");
  EXPECT_EQ(ask("select count(*) from event_key k join event_body b using (key, received_at)"), "1");
}

TEST_F(ingest, known_keys_change_nothing) {
  rules({});
  auto w = worker();
  const auto batch = items_of({message_from(1, 1), photo_from(1, 2, 1s), message_from(2, 3, "ремонт")});
  w.process(batch);
  const auto digest = "select md5(string_agg(t::text, ';' order by t::text)) from (select * from message) t";
  const auto before = ask(digest);
  for (int i = 0; i < 3; ++i) w.process(batch);
  EXPECT_EQ(ask(digest), before);
  EXPECT_EQ(ask("select count(*) from lead"), "2");
  EXPECT_EQ(ask("select count(*) from media_fetch"), "1");
}

TEST_F(ingest, a_pipeline_of_its_own_gets_a_lead_of_its_own) {
  rules({});
  auto w = worker();
  w.process(items_of({message_from(1, 1), message_from(1, 2, "Потрібен ремонт", 1s), message_from(1, 3, "дякую", 2s)}));
  EXPECT_EQ(ask("select pipeline, count(*) from lead l join message m on m.lead_id = l.id group by 1 order by 1"),
            "sales 1\nservice 2");
}

TEST_F(ingest, round_robin_gives_in_turn_over_batches) {
  rules({.members = 3});
  auto w = worker();
  for (int i = 0; i < 30; ++i) w.process(items_of({message_from(i, 1000 + i)}));
  EXPECT_EQ(ask("select open_leads from staff order by id"), "10\n10\n10");
}

TEST_F(ingest, workload_never_passes_capacity_and_the_rest_waits_with_the_reason) {
  rules({.members = 2, .strategy = "workload", .capacity = 3});
  auto w = worker();
  std::vector<hub::message::event> events;
  for (int i = 0; i < 10; ++i) events.push_back(message_from(i, 1000 + i, "Добрий день", std::chrono::seconds(i)));
  w.process(items_of(events));
  EXPECT_EQ(ask("select open_leads from staff order by id"), "3\n3");
  EXPECT_EQ(ask("select count(*) from lead where manager_id is null and queued_at is not null and queue_reason <> ''"
                " and team_id is not null"),
            "4");
}

TEST_F(ingest, a_status_before_its_message_is_kept_and_never_goes_back) {
  rules({});
  auto w = worker();
  w.process(items_of({status_of(1, 7, delivery_state::read, 9s)}));
  w.process(items_of({status_of(1, 7, delivery_state::delivered, 5s), status_of(1, 7, delivery_state::failed, 1s)}));
  EXPECT_EQ(ask("select status, delivered_at < read_at from receipt"), "read t");
  EXPECT_EQ(ask("select count(*) from customer"), "0");
}

TEST_F(ingest, a_late_message_takes_its_place_and_says_how_late_it_is) {
  rules({});
  auto w = worker();
  w.process(items_of({message_from(1, 2, "друге", 10min)}));
  w.process(items_of({message_from(1, 1, "перше", 0min)}));
  EXPECT_EQ(ask("select content, late_by from message order by sent_at"), "перше 00:10:00\nдруге ");
  EXPECT_EQ(ask("select count(*), min(created_at) = (select min(sent_at) from message) from lead"), "1 t");
}

// Everything that must not depend on order or repetition, as text.
constexpr auto comparable = R"(
  select 'customer', viber_id, first_name, last_name, language, extract(epoch from named_at)::text from customer
  union all select 'identity', external_id, subscribed::text, extract(epoch from subscribed_at)::text,
    extract(epoch from read_up_to)::text, '' from identity
  union all select 'message', event_key, type::text, content, extract(epoch from sent_at)::text, status::text from message
  union all select 'receipt', platform_id, status::text, extract(epoch from delivered_at)::text,
    extract(epoch from read_at)::text, coalesce(reason, '') from receipt
  order by 1, 2)";

TEST_F(ingest, any_order_and_repetition_of_a_history_leaves_the_same_rows) {
  std::vector<hub::message::event> history;
  int token = 1;
  for (int p = 0; p < 20; ++p) {
    history.push_back(opened_by(p, token++, std::chrono::seconds(p)));
    history.push_back(subscription_of(p, token++, true, std::chrono::seconds(p + 20)));
    for (int i = 0; i < 5; ++i)
      history.push_back(message_from(p, token++, "текст " + std::to_string(i), std::chrono::seconds(p + 30 + i)));
    history.push_back(status_of(p, 5000 + p, delivery_state::delivered, std::chrono::seconds(p + 60)));
    history.push_back(status_of(p, 5000 + p, delivery_state::read, std::chrono::seconds(p + 61)));
    if (p % 3 == 0) history.push_back(subscription_of(p, token++, false, std::chrono::seconds(p + 70)));
  }
  rules({});
  {
    auto w = worker();
    for (const auto& e : history) w.process(items_of({e}));
  }
  const auto clean = ask(comparable);

  for (unsigned seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    url_ = fresh_database();
    rules({});
    std::mt19937 random(seed);
    std::vector<hub::message::event> told;
    for (const auto& e : history)
      for (unsigned n = 1 + random() % 5; n > 0; --n) told.push_back(e);
    std::shuffle(told.begin(), told.end(), random);
    auto w = worker();
    for (std::size_t at = 0; at < told.size();) {
      const auto size = std::min<std::size_t>(1 + random() % 40, told.size() - at);
      w.process(items_of({told.begin() + static_cast<long>(at), told.begin() + static_cast<long>(at + size)}));
      at += size;
    }
    EXPECT_EQ(ask(comparable), clean);
  }
}

TEST_F(ingest, simultaneous_first_messages_from_four_workers_make_one_customer_and_one_lead) {
  rules({});
  for (int round = 0; round < 20; ++round) {
    std::vector<std::thread> workers;
    for (int t = 0; t < 4; ++t)
      workers.emplace_back([&, t] {
        auto w = worker();
        std::vector<hub::message::event> events;
        for (int i = 0; i < 16; ++i)
          events.push_back(photo_from(round, round * 64 + t * 16 + i, std::chrono::milliseconds(t * 16 + i)));
        for (int again = 0;; ++again) {
          try {
            w.process(items_of(events));
            return;
          } catch (const hub::db::error& e) {
            // What a shard does: another worker won the race for a unique row, or a deadlock was broken.
            ASSERT_LT(again, 5) << e.what();
          }
        }
      });
    for (auto& t : workers) t.join();
  }
  EXPECT_EQ(ask("select count(*) from customer"), "20");
  EXPECT_EQ(ask("select count(*), count(distinct customer_id), count(manager_id) from lead"), "20 20 20");
  EXPECT_EQ(ask("select min(n), max(n) from (select count(*) n from message group by lead_id) x"), "64 64");
}

TEST_F(ingest, a_closed_lead_is_reopened_within_its_time_and_a_new_one_opened_after) {
  rules({});
  auto w = worker();
  w.process(items_of({message_from(1, 1)}));
  ask("select change_stage(array[1], array['lost']::lead_stage[], array[false], null, array['no money'], "
      "'2026-11-20T11:00:00Z')");
  EXPECT_EQ(ask("select sum(open_leads) from staff"), "0");
  w.process(items_of({message_from(1, 2, "ще тут", 24h)}));
  EXPECT_EQ(ask("select count(*), min(stage::text), bool_and(attachable) from lead"), "1 contacted t");
  EXPECT_EQ(ask("select sum(open_leads) from staff"), "1");
  ask("select change_stage(array[1], array['lost']::lead_stage[], array[false], null, array['no money'], "
      "'2026-11-21T11:00:00Z')");
  w.process(items_of({message_from(1, 3, "через місяць", 24h * 30)}));
  EXPECT_EQ(ask("select count(*) from lead"), "2");
}

}  // namespace
