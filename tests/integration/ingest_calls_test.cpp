// Telephone calls against a real database: one row a call whatever was told of it in whatever order, leads, call backs,
// recordings.

#include "tests/fault/campaign.hpp"
#include "tests/integration/ingest_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using hub::message::call_direction;
using hub::message::call_disposition;
using hub::message::call_record;
using hub::message::call_source;
using hub::message::call_step;
using hub::message::event;

const auto ten = hub::parse_rfc3339("2026-11-20T10:00:00Z").value();
const std::string ann = "fp:11111111:" + std::string(64, 'a');

class calls : public ingest_fixture {
 protected:
  void SetUp() override { rules(team_options{}); }

  static call_record told(call_step step, call_source source = call_source::webhook, const std::string& id = "c1") {
    call_record c;
    c.call_id = id;
    c.step = step;
    c.source = source;
    c.direction = call_direction::inbound;
    c.customer = {{"fingerprint", "", ann}};
    c.started_at = ten;
    return c;
  }
  static event of(call_record c, hub::instant time = ten) {
    event e;
    e.channel = "ringostat";
    e.account = "main";
    e.key = "ringostat:main:call:" + c.call_id + ":" + std::to_string(++counter_);
    e.conversation = "call:ringostat:main:" + c.call_id;
    e.time = e.received_at = time;
    e.trace = "00-4e7026478184468eebf9bc1c95a71230-0369ccff28adf4d6-01";
    e.data = std::move(c);
    return e;
  }
  static event missed(hub::instant at = ten, const std::string& id = "c1") {
    auto c = told(call_step::missed, call_source::webhook, id);
    c.started_at = at;
    c.ended_at = at + 20s;
    c.waiting_seconds = 20;
    c.disposition = call_disposition::no_answer;
    return of(c, at + 20s);
  }
  static event talked(hub::instant at = ten, const std::string& id = "c1", call_direction way = call_direction::inbound) {
    auto c = told(call_step::ended, call_source::completed, id);
    c.direction = way;
    c.started_at = at;
    c.answered_at = at + 5s;
    c.ended_at = at + 65s;
    c.waiting_seconds = 5;
    c.talk_seconds = 60;
    c.manager = "101";
    c.disposition = call_disposition::answered;
    return of(c, at + 65s);
  }
  static event recording(const std::string& sealed) {
    call_record c;
    c.call_id = "c1";
    c.step = call_step::recording_ready;
    c.recording.emplace();
    c.recording->part = "rec";
    c.recording->type = hub::message::content_type::voice_note;
    c.recording->reference = sealed;
    return of(c, ten + 90s);
  }
  /// Ann writes on WhatsApp; her number's fingerprint comes along.
  event ann_writes(hub::instant at) {
    auto e = message_from(1, ++counter_);
    e.time = at;
    auto& message = std::get<hub::message::chat_message>(e.data);
    message.sender.identities.push_back({"fingerprint", "", ann});
    return e;
  }
  std::string rows() {
    return ask(
        "select direction, status, extract(epoch from start_time)::bigint, extract(epoch from end_time)::bigint, duration,"
        " talk_seconds, wait_seconds, extract(epoch from answered_at)::bigint, lead_id is not null, customer_id is not null from "
        "call_record"
        " order by call_id");
  }

  static inline int counter_ = 0;
};

TEST_F(calls, of_a_stranger_that_nobody_answers_make_a_customer_a_lead_and_a_call_back) {
  process({missed()});
  EXPECT_EQ(rows(), "inbound missed 1795168800 1795168820 20 0 20  t t");
  EXPECT_EQ(ask("select space, external_id from identity"), "fingerprint " + ann);
  EXPECT_EQ(ask("select source_channel, stage, unanswered_since is not null from lead"), "call new t");
  EXPECT_EQ(ask("select t.kind, t.title, t.manager_id = l.manager_id, t.completed, t.due_at >= timestamptz '2026-11-20T10:00:00Z'"
                " from task t join lead l on l.id = t.lead_id"),
            "call_back Call back t f t");
}

TEST_F(calls, that_are_answered_open_a_lead_and_leave_nothing_to_do) {
  process({talked()});
  EXPECT_EQ(rows(), "inbound completed 1795168800 1795168865 65 60 5 1795168805 t t");
  EXPECT_EQ(ask("select source_channel, stage, unanswered_since is null from lead"), "call contacted t");
  EXPECT_EQ(ask("select count(*) from task"), "0");
}

TEST_F(calls, leave_the_same_row_whatever_the_order_and_number_of_what_is_told) {
  const auto seed = campaign_seed(3);
  std::mt19937_64 random(seed);
  auto rings = of(told(call_step::started));
  auto picked = told(call_step::answered);
  picked.answered_at = ten + 5s;
  const std::vector<event> story{rings, of(picked, ten + 5s), talked(), recording("sealed"), recording("sealed anew")};
  process(story);
  const auto wanted = rows() + "\n" + ask("select count(*) from media_fetch where call_id is not null");
  EXPECT_EQ(wanted, "inbound completed 1795168800 1795168865 65 60 5 1795168805 t t\n1");
  for (int round = 0; round < campaign(12, 200); ++round) {
    ask("truncate customer, identity, lead, call_record, event_key, event_body, media_fetch, task, assignment_decision,"
        " ownership_history, stage_history cascade");
    ask("update staff set open_leads = 0");
    auto all = story;
    for (const auto& e : story)
      for (auto more = random() % 3; more > 0; --more) all.push_back(e);
    std::shuffle(all.begin(), all.end(), random);
    auto own = worker();
    for (std::size_t at = 0; at < all.size();) {
      const auto size = std::min<std::size_t>(1 + random() % 4, all.size() - at);
      own.process(items_of({all.begin() + static_cast<long>(at), all.begin() + static_cast<long>(at + size)}));
      at += size;
    }
    ASSERT_EQ(rows() + "\n" + ask("select count(*) from media_fetch where call_id is not null"), wanted)
        << "seed " << seed << ", round " << round;
    ASSERT_EQ(ask("select (select count(*) from customer), (select count(*) from lead)"), "1 1");
  }
}

TEST_F(calls, that_the_poll_repairs_take_their_call_back_with_them) {
  process({missed()});
  EXPECT_EQ(ask("select completed from task"), "f");
  auto c = std::get<call_record>(talked().data);
  c.source = call_source::poll;
  process({of(c, ten + 65s)});
  EXPECT_EQ(ask("select status from call_record"), "completed");
  EXPECT_EQ(ask("select completed from task"), "t");
}

TEST_F(calls, are_called_back_once_somebody_talked_with_the_customer) {
  process({missed(ten, "c1")});
  process({talked(ten - 10min, "c0")});
  EXPECT_EQ(ask("select completed from task"), "f") << "an earlier call answers nothing";
  process({talked(ten + 10min, "c2", call_direction::outbound)});
  EXPECT_EQ(ask("select completed from task"), "t");
  EXPECT_EQ(ask("select count(distinct lead_id), count(*) from call_record"), "1 3");
  // Told late: by then somebody had talked with them.
  process({missed(ten + 5min, "c3")});
  EXPECT_EQ(ask("select count(*) from task"), "1");
}

TEST_F(calls, and_messages_of_one_person_meet_in_one_customer_and_lead) {
  process({ann_writes(ten - 1h)});
  process({missed()});
  EXPECT_EQ(ask("select (select count(*) from customer), (select count(*) from lead), (select source_channel from lead)"),
            "1 1 viber");
  EXPECT_EQ(ask("select c.lead_id = m.lead_id from call_record c, message m"), "t");
}

TEST_F(calls, that_we_make_open_no_lead_and_answer_what_waits) {
  process({talked(ten, "c1", call_direction::outbound)});
  EXPECT_EQ(ask("select (select count(*) from lead), (select count(*) from customer)"), "0 1");
  process({ann_writes(ten + 1h)});
  EXPECT_EQ(ask("select unanswered_since is not null from lead"), "t");
  process({talked(ten + 2h, "c2", call_direction::outbound)});
  EXPECT_EQ(ask("select unanswered_since is null, stage from lead"), "t contacted");
}

TEST_F(calls, of_a_hidden_number_are_kept_and_belong_to_nobody) {
  auto hidden = missed();
  std::get<call_record>(hidden.data).customer.clear();
  process({hidden});
  EXPECT_EQ(rows(), "inbound missed 1795168800 1795168820 20 0 20  f f");
  EXPECT_EQ(ask("select (select count(*) from lead), (select count(*) from customer), (select count(*) from task)"), "0 0 0");
}

TEST_F(calls, know_the_other_side_from_whatever_named_it) {
  auto rings = told(call_step::started);
  process({of(rings)});
  EXPECT_EQ(ask("select status, lead_id is null from call_record"), "ringing t");
  auto nameless = missed();
  std::get<call_record>(nameless.data).customer.clear();
  process({nameless});
  EXPECT_EQ(ask("select status, lead_id is not null, customer_id is not null from call_record"), "missed t t");
  EXPECT_EQ(ask("select count(*) from task"), "1");
}

TEST_F(calls, wait_for_their_beginning_where_only_a_recording_is_told) {
  process({recording("sealed")});
  EXPECT_EQ(ask("select status, start_time is null, direction is null from call_record"), "ringing t t");
  process({talked()});
  EXPECT_EQ(rows(), "inbound completed 1795168800 1795168865 65 60 5 1795168805 t t");
  EXPECT_EQ(ask("select event_key, part, type, channel from media_fetch"), "ringostat:main:call:c1 rec voice_note ringostat");
}

TEST_F(calls, belong_to_whoever_has_the_extension) {
  ask("update staff set extension = '101' where id = (select min(id) from staff)");
  process({talked()});
  EXPECT_EQ(ask("select manager_id = (select min(id) from staff) from call_record"), "t");
}

TEST_F(calls, told_to_several_workers_at_once_are_one_call_one_customer_one_lead) {
  for (int round = 0; round < campaign(15, 150); ++round) {
    const auto id = "r" + std::to_string(round);
    const std::vector<event> story{of(told(call_step::started, call_source::webhook, id)), missed(ten, id), talked(ten, id)};
    std::atomic<int> ready{0};
    std::vector<std::thread> workers;
    for (const auto& e : story)
      workers.emplace_back([&, e] {
        auto own = worker();
        ++ready;
        while (ready < 3) std::this_thread::yield();
        // What a queue does with a batch that could not be written.
        for (int again = 0; again < 100; ++again) try {
            own.process(items_of({e}));
            break;
          } catch (const hub::error& failed) {
            if (failed.kind() != hub::failure::transient) throw;
          }
      });
    for (auto& one : workers) one.join();
    ASSERT_EQ(ask("select count(*), min(status::text) from call_record where call_id = '" + id + "'"), "1 completed");
    ASSERT_EQ(ask("select (select count(*) from customer), (select count(*) from lead)"), "1 1");
    ASSERT_EQ(ask("select count(*) from task where not completed"), "0");
  }
}

}  // namespace
