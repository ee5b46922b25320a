// What came of messages we sent, as events tell it: before and after the row knows its id, twice, late, of earlier attempts.

#include "tests/integration/ingest_fixture.hpp"

#include <algorithm>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using hub::message::delivery_state;
using hub::message::event;
using hub::message::send_state;

class told_of_sends : public ingest_fixture {
 protected:
  void SetUp() override {
    rules(team_options{});
    process({message_from(1, 1)});
    ask("with m as (insert into message (lead_id, customer_id, channel, direction, type, content, sent_at, status, account)"
        "  select l.id, l.customer_id, 'viber', 'outgoing', 'text', 'an answer', '2026-11-20T10:05:00Z', 'queued', 'main'"
        "    from lead l returning id)"
        " insert into outbox (message_id, reply_id, conversation, channel, account, payload) select id, id, 'viber:main:c', "
        "'viber',"
        " 'main', '{}' from m");
  }
  /// As the sender pool puts an attempt on record.
  void begin_attempt() {
    ask("update outbox set state = 'sending', attempt = attempt + 1, begun_at = now()");
    ask("insert into send_attempt (outbox_id, attempt, not_after) select id, attempt, now() + interval '25 s' from outbox");
    ask("select show_send(id) from outbox");
  }
  event outcome(std::uint32_t attempt, send_state state, const std::string& id = "", bool counts = true) {
    auto e = message_from(1, 1);
    hub::message::send_outcome told;
    told.outbox_id = std::stoull(ask("select id from outbox"));
    told.attempt = attempt;
    told.told.state = state;
    told.told.counts = counts;
    told.told.reason = state == send_state::sent ? "" : "because";
    if (!id.empty()) told.told.platform_ids = {id};
    e.key = "viber:main:send:" + std::to_string(attempt) + ":" + std::string(hub::name_of(state));
    e.data = told;
    return e;
  }
  static event status(const std::string& id, delivery_state state) {
    auto e = status_of(1, 900 + static_cast<int>(state), state, 1h);
    auto& told = std::get<hub::message::delivery_status>(e.data);
    told.platform_id = id;
    told.up_to = false;
    e.key += ":" + id;
    return e;
  }
  std::string now() {
    return ask("select o.state, m.status, coalesce(m.platform_id, '-') from outbox o join message m on m.id = o.message_id");
  }
};

TEST_F(told_of_sends, a_receipt_before_the_id_of_its_message_is_not_lost) {
  begin_attempt();
  process({status("p1", delivery_state::delivered)});
  EXPECT_EQ(now(), "sending sending -");
  process({outcome(1, send_state::sent, "p1")});
  EXPECT_EQ(now(), "sent delivered p1");
  process({status("p1", delivery_state::read)});
  EXPECT_EQ(now(), "sent read p1");
}

TEST_F(told_of_sends, any_order_and_any_repetition_of_what_is_told_comes_to_the_same) {
  begin_attempt();
  std::vector<event> told{outcome(1, send_state::sent, "p1"), status("p1", delivery_state::sent),
                          status("p1", delivery_state::delivered), status("p1", delivery_state::read)};
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    SCOPED_TRACE(testing::PrintToString(order));
    ask("truncate receipt");
    ask("delete from event_key where kind <> 'message'");
    ask("update send_attempt set state = 'sending', platform_ids = '{}', ended_at = null");
    ask("update outbox set state = 'sending', platform_id = null");
    ask("update message set status = 'sending', platform_id = null where direction = 'outgoing'");
    for (const auto n : order) process({told[n]});
    process(told);
    EXPECT_EQ(now(), "sent read p1");
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(told_of_sends, what_did_not_leave_waits_for_its_next_turn_and_a_limit_counts_for_nothing) {
  begin_attempt();
  process({outcome(1, send_state::deferred)});
  EXPECT_EQ(now(), "queued queued -");
  EXPECT_EQ(ask("select tries, next_attempt_at between now() + interval '3 s' and now() + interval '7 s' from outbox"), "1 t");
  begin_attempt();
  process({outcome(2, send_state::deferred, "", false)});
  EXPECT_EQ(ask("select tries, attempt, reason from outbox"), "1 2 because");
}

TEST_F(told_of_sends, a_word_about_an_earlier_attempt_moves_nothing_but_what_arrived_ends_a_later_one) {
  begin_attempt();
  process({outcome(1, send_state::unknown)});
  EXPECT_EQ(now(), "unknown unknown -");
  EXPECT_EQ(ask("select resend(id) from outbox"), "t");
  EXPECT_EQ(now(), "queued unknown -") << "nobody knows more than before";
  process({outcome(1, send_state::sent, "p1")});
  EXPECT_EQ(now(), "sent sent p1");
  EXPECT_EQ(ask("select resend(id) from outbox"), "f");
}

TEST_F(told_of_sends, a_failure_is_shown_only_of_the_newest_attempt) {
  begin_attempt();
  process({outcome(1, send_state::failed)});
  EXPECT_EQ(now(), "failed failed -");
  ask("select resend(id) from outbox");
  EXPECT_EQ(now(), "queued queued -");
  begin_attempt();
  process({outcome(2, send_state::sent, "p2")});
  EXPECT_EQ(now(), "sent sent p2");
  process({status("p2", delivery_state::failed)});
  EXPECT_EQ(now(), "failed failed p2");
  process({status("p2", delivery_state::delivered)});
  EXPECT_EQ(now(), "sent delivered p2") << "it arrived, whatever a failure said";
}

TEST_F(told_of_sends, a_receipt_that_names_the_attempt_tells_what_became_of_an_unknown_one) {
  begin_attempt();
  process({outcome(1, send_state::unknown)});
  auto told = status("p7", delivery_state::delivered);
  auto& s = std::get<hub::message::delivery_status>(told.data);
  s.outbox_id = std::stoull(ask("select id from outbox"));
  s.attempt = 1;
  process({told});
  EXPECT_EQ(now(), "sent delivered p7");
}

TEST_F(told_of_sends, an_account_the_platform_has_shut_waits_for_a_person) {
  begin_attempt();
  auto told = outcome(1, send_state::failed);
  std::get<hub::message::send_outcome>(told.data).told.pause_account = true;
  process({told});
  EXPECT_EQ(ask("select channel, account, reason from account_pause"), "viber main because");
}

TEST_F(told_of_sends, an_outcome_nobody_asked_for_changes_nothing) {
  process({outcome(3, send_state::sent, "p3")});
  EXPECT_EQ(now(), "queued queued -");
  auto foreign = outcome(1, send_state::sent, "p4");
  std::get<hub::message::send_outcome>(foreign.data).outbox_id = 999;
  foreign.key += ":foreign";
  process({foreign});
  EXPECT_EQ(ask("select count(*) from quarantine"), "0");
}

}  // namespace
