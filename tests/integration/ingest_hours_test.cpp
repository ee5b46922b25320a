// What a team says by itself while it is not at work: once a night and conversation, to people who wrote just now, and without
// answering anything.

#include "hub/message/json.hpp"
#include "hub/message/sending.hpp"
#include "tests/integration/ingest_fixture.hpp"
#include "workers/sender/rows.hpp"

#include <gmock/gmock.h>

#include <latch>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using hub::message::chat_message;

class own_clock : public hub::clock {
 public:
  hub::instant now() const override { return now_; }
  std::chrono::steady_clock::time_point steady() const override { return hub::real_clock().steady(); }
  void set(const char* text) { now_ = hub::parse_rfc3339(text).value(); }
  void pass(std::chrono::milliseconds time) { now_ += time; }

 private:
  hub::instant now_ = hub::parse_rfc3339("2026-11-20T20:00:00Z").value();  // a Friday
};

constexpr auto office = R"(version: 1
timezone: UTC
calendars:
  day: { mon-fri: ["09:00-18:00"] }
teams:
  sales:
    members: [m1@example.test]
    calendar: day
    out_of_hours: { uk: "Вітаємо, {customer}! Ми відповімо зранку. {manager}", en: "Hello, {customer}! {vehicle}" }
  silent: { members: [m2@example.test], calendar: day }
rules:
  - name: silent
    when: { text: { words: [тихо] } }
    then: { intent: buy, pipeline: silent, team: silent, strategy: manual }
  - name: everything else
    then: { intent: buy, team: sales, strategy: manual }
sla:
  first_response: { within: 10m, calendar: team }
)";

class hours : public ingest_fixture {
 protected:
  void SetUp() override { rules_file(office); }
  void at_night(std::vector<hub::message::event> events) { ingestor(options(), clock_).process(items_of(events)); }
  /// Written at this moment.
  hub::message::event now_from(int person, int token, std::string text = "Добрий вечір") {
    auto e = message_from(person, token, std::move(text));
    e.time = e.received_at = clock_.now();
    return e;
  }
  static chat_message& said(hub::message::event& e) { return std::get<chat_message>(e.data); }
  std::string answers() { return ask("select count(*) from outbox where automatic"); }

  own_clock clock_;
};

TEST_F(hours, closed_are_told_in_the_transaction_of_the_message_and_answer_nothing) {
  at_night({now_from(1, 1)});
  EXPECT_EQ(ask("select m.content, m.status, m.direction, m.manager_id is null, (m.details ->> 'automatic')::boolean,"
                " m.lead_id = l.id from message m, lead l where m.direction = 'outgoing'"),
            "Вітаємо, Person! Ми відповімо зранку. queued outgoing t t t");
  const auto payload = ask("select payload from outbox");
  const auto sent = hub::message::from_json<hub::message::send_asked>(hub::message::parse_json(payload).value()).value();
  EXPECT_TRUE(sent.automatic);
  EXPECT_EQ(sent.conversation, "viber:main:" + person_id(1));
  ASSERT_EQ(sent.recipient.size(), 1u);
  EXPECT_EQ(sent.recipient[0], (hub::message::identity{"viber", "main", person_id(1)}));
  EXPECT_EQ(ask("select state, channel, account, to_char(deadline at time zone 'UTC', 'DD HH24:MI') from outbox"),
            "queued viber main 21 20:00")
      << "it opens on Monday; a day is the longest anything is tried";
  // The customer goes on waiting for a person.
  EXPECT_EQ(ask("select stage, unanswered_since = m.sent_at, first_response_at is null, first_response_by is null,"
                " last_activity_at = m.sent_at, to_char(first_response_due_at at time zone 'UTC', 'DD HH24:MI')"
                " from lead, message m where m.direction = 'incoming'"),
            "new t t t t 23 09:10");
}

TEST_F(hours, closed_are_told_once_a_span_and_conversation) {
  at_night({now_from(1, 1), now_from(1, 2), now_from(2, 3)});
  EXPECT_EQ(answers(), "2");
  clock_.pass(10min);
  at_night({now_from(1, 4)});
  clock_.set("2026-11-22T12:00:00Z");  // still the same weekend
  at_night({now_from(2, 5)});
  EXPECT_EQ(answers(), "2");
  clock_.set("2026-11-23T20:00:00Z");
  at_night({now_from(1, 6)});
  EXPECT_EQ(answers(), "3");
}

TEST_F(hours, closed_are_told_once_when_64_messages_arrive_at_the_same_moment_and_come_again) {
  constexpr int threads = 8, each = 8;
  for (int round = 0; round < 2; ++round) {
    std::latch together(threads);
    std::vector<std::jthread> workers;
    for (int t = 0; t < threads; ++t)
      workers.emplace_back([&, t] {
        ingestor own(options(), clock_);
        own.probe();
        together.arrive_and_wait();
        for (int n = 0; n < each; ++n) own.process(items_of({now_from(1, 1 + t * each + n)}));
      });
  }
  EXPECT_EQ(ask("select count(*) from message where direction = 'incoming'"), "64");
  EXPECT_EQ(answers(), "1");
  EXPECT_EQ(ask("select count(*) from automatic_answer"), "1");
}

TEST_F(hours, that_other_rules_set_in_the_middle_of_the_night_make_no_other_night_of_it) {
  at_night({now_from(1, 1)});
  auto earlier = std::string(office);
  earlier.replace(earlier.find("09:00-18:00"), 11, "07:00-18:00");
  rules_file(earlier);
  clock_.pass(1min);
  at_night({now_from(1, 2)});
  EXPECT_EQ(answers(), "1");
}

TEST_F(hours, open_need_no_answer_nor_do_messages_of_before_the_end_of_the_day) {
  clock_.set("2026-11-20T17:59:00Z");
  at_night({now_from(1, 1)});
  auto before_closing = now_from(2, 2);
  clock_.set("2026-11-20T18:01:00Z");
  at_night({before_closing});
  EXPECT_EQ(answers(), "0");
  clock_.set("2026-11-23T08:59:00Z");
  auto before_opening = now_from(3, 3);
  clock_.set("2026-11-23T09:00:00Z");
  at_night({before_opening});
  EXPECT_EQ(answers(), "0");
}

TEST_F(hours, closed_are_not_told_to_who_wrote_long_ago) {
  auto in_time = now_from(1, 1), late = now_from(2, 2);
  in_time.time = clock_.now() - 1h;
  late.time = clock_.now() - 1h - 1ms;
  at_night({in_time, late});
  EXPECT_EQ(ask("select conversation from automatic_answer"), "viber:main:" + person_id(1));
}

TEST_F(hours, closed_are_told_by_teams_only_that_say_so) {
  at_night({now_from(1, 1, "тихо")});
  EXPECT_EQ(answers(), "0");
  rules(team_options{});
  at_night({now_from(2, 2)});
  EXPECT_EQ(answers(), "0");
}

TEST_F(hours, closed_are_told_to_people_and_to_no_program_group_or_echo) {
  auto program = now_from(1, 1), group = now_from(2, 2), system = now_from(3, 3), echo = echo_to(4, 4);
  at_night({now_from(1, 10, "тихо")});
  said(program).automatic = true;
  said(group).author = "somebody of them";
  said(system).type = hub::message::content_type::system;
  echo.time = clock_.now();
  at_night({program, group, system, echo});
  EXPECT_EQ(answers(), "0");
}

TEST_F(hours, closed_are_told_by_mail_where_the_sender_is_proven_and_in_the_thread) {
  const auto mail = [&](int token, const char* space) {
    auto e = now_from(token, token);
    e.channel = "email";
    e.key = "email:main:message:" + std::to_string(token);
    e.conversation = "email:main:thread-" + std::to_string(token);
    said(e).sender.identities = {
        {space, space == std::string("email") ? "" : "main", "p" + std::to_string(token) + "@example.com"}};
    said(e).sender.language = "";
    said(e).subject = "Авто";
    said(e).platform_id = "m" + std::to_string(token) + "@example.com";
    return e;
  };
  at_night({mail(1, "email"), mail(2, "email_unproven")});
  EXPECT_EQ(ask("select conversation, payload ->> 'subject', payload ->> 'reply_to', payload -> 'thread',"
                " payload ->> 'automatic', payload #>> '{recipient,0,id}' from outbox"),
            R"(email:main:thread-1 Авто m1@example.com ["m1@example.com"] true p1@example.com)");
}

TEST_F(hours, closed_are_not_told_to_who_was_answered_or_wants_nothing_from_us) {
  auto question = now_from(1, 1);
  clock_.pass(1min);
  auto answer = echo_to(1, 2);
  answer.time = clock_.now();
  at_night({question, answer});
  auto refused = subscription_of(2, 4, false);
  refused.time = clock_.now() + 1s;
  at_night({now_from(2, 3), refused});
  EXPECT_EQ(answers(), "0");
}

TEST_F(hours, closed_are_told_in_the_customers_language_else_in_the_first_one) {
  auto english = now_from(1, 1), polish = now_from(2, 2);
  said(english).sender.language = "en-GB";
  said(polish).sender.language = "pl";
  at_night({english, polish});
  EXPECT_EQ(ask("select content from message where direction = 'outgoing' order by content"),
            "Hello, Person!\nВітаємо, Person! Ми відповімо зранку.");
}

TEST_F(hours, closed_are_told_quietly_what_fails_waits_for_nobody) {
  at_night({now_from(1, 1), now_from(2, 2)});
  ask("update outbox set state = 'sending', attempt = 1");
  ask("insert into send_attempt (outbox_id, attempt, not_after) select id, 1, now() from outbox");
  ask("select settle_send(min(id), 1, 'failed', '{}', '', '6', 'refused', null, true, false, now()),"
      " settle_send(max(id), 1, 'unknown', '{}', '', '', 'cut', null, true, false, now()) from outbox");
  EXPECT_EQ(ask("select state, dismissed_at is not null from outbox order by id"), "failed t\nunknown t");
  EXPECT_EQ(ask("select status from message where direction = 'outgoing' order by id"), "failed\nunknown");
}

TEST_F(hours, closed_are_not_told_any_more_once_a_person_has_answered) {
  at_night({now_from(1, 1)});
  ask("update outbox set deadline = now() + interval '1 hour'");
  ask("insert into message (lead_id, customer_id, manager_id, channel, direction, type, content, sent_at, account, status)"
      " select lead_id, customer_id, 1, 'viber', 'outgoing', 'text', 'Так', now(), 'main', 'queued' from message"
      " where direction = 'incoming'");
  workers::sender::rows rows(options(), "test");
  const auto job = rows.take(1min, {});
  ASSERT_TRUE(job);
  EXPECT_FALSE(rows.begin(*job, 25s));
  EXPECT_EQ(ask("select state, reason, dismissed_at is not null, attempt from outbox"),
            "failed somebody has answered meanwhile t 0");
}

TEST_F(hours, closed_leave_nothing_behind_of_a_customer_who_is_forgotten) {
  at_night({now_from(1, 1), now_from(2, 2)});
  ask("select erase_customer(id, null, now()) from customer");
  EXPECT_EQ(ask("select count(*) from automatic_answer"), "0");
  EXPECT_EQ(ask("select distinct conversation, payload from outbox"), "erased {}");
}

}  // namespace
