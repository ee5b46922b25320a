// What our own people are told outside the console: put together in the database, sent through hub-connector, and counted for
// nobody's answer.

#include "tests/integration/http_platform.hpp"
#include "tests/integration/ingest_fixture.hpp"
#include "tests/support/waiting.hpp"
#include "workers/sender/pool.hpp"

#include "hub/base/crypto.hpp"
#include "hub/message/json.hpp"

#include <gmock/gmock.h>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using hub::message::send_asked;
using hub::message::send_state;
using hub::message::send_told;
using testing::HasSubstr;
using testing::Not;
using workers::sender::begun;

class notices : public ingest_fixture {
 protected:
  notices() {
    put_in_force(url_, {});
    ask("insert into customer (id, first_name, last_name) values (9001, 'Олена', 'К.')");
    ask("insert into lead (id, customer_id, source_channel, last_activity_at, team_id, attachable)"
        " select n, 9001, 'viber', now(), t.id, false from generate_series(41, 60) n, team t");
  }
  workers::sender::notices desk(std::string email = "main", std::string url = "https://leads.example.com") {
    return workers::sender::notices(options(), {std::move(email), true, std::move(url)});
  }
  void choose(int staff, const std::string& kind, const std::string& way) {
    ask("insert into notice_choice values (" + std::to_string(staff) + ", '" + kind + "', '" + way + "', '2020-01-01')");
  }
  void link_chat(int staff) { ask("insert into staff_telegram values (" + std::to_string(staff) + ", 'main', '5501', now())"); }
  /// Told `ago` before the tests' now.
  void tell(int staff, const std::string& kind, int lead, const std::string& ago = "2 minutes") {
    ask("insert into notification (staff_id, kind, lead_id, text, created_at) values (" + std::to_string(staff) + ", '" + kind +
        "', " + std::to_string(lead) + ", 'a text that people typed', '" + hub::to_rfc3339(now_) + "'::timestamptz - interval '" +
        ago + "')");
  }
  static send_told came(send_state state, std::string reason = {}) {
    send_told made;
    made.state = state;
    made.reason = std::move(reason);
    return made;
  }

  hub::instant now_ = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
};

TEST_F(notices, tell_kind_number_name_and_link_and_nothing_that_anybody_wrote) {
  choose(1, "task_due", "email");
  ask("update staff set language = 'en' where id = 1");
  tell(1, "task_due", 42);
  auto desk = this->desk();
  ASSERT_EQ(desk.collect(now_), 1);
  const auto attempt = desk.begin(now_, 25s);
  ASSERT_TRUE(attempt);
  EXPECT_EQ(attempt->channel, "email");
  EXPECT_EQ(attempt->account, "main");
  EXPECT_EQ(attempt->ask.recipient.front().id, "m1@example.test");
  EXPECT_EQ(attempt->ask.subject, "A task is due, lead 42: Олена К.");
  EXPECT_TRUE(attempt->ask.automatic);
  EXPECT_EQ(attempt->ask.text, "A task is due, lead 42: Олена К.\nhttps://leads.example.com/#/inbox/42\n");
  desk.settle(*attempt, came(send_state::sent), now_);
  EXPECT_EQ(ask("select state from notice"), "sent");
  EXPECT_FALSE(desk.begin(now_ + 1h, 25s)) << "told once";
  EXPECT_EQ(ask("select count(*) from notice n where n::text like '%Олена%'"), "0") << "the text is kept nowhere";
  EXPECT_EQ(ask("select count(*) from message"), "0");
  EXPECT_EQ(ask("select count(*) from outbox"), "0");
  EXPECT_EQ(ask("select count(*) from lead where first_response_at is not null"), "0");
}

TEST_F(notices, of_a_reviewed_call_lead_to_the_call) {
  choose(1, "call_reviewed", "email");
  ask("insert into call_record (id, manager_id, direction, start_time, end_time, status, provider, call_id)"
      " values (77, 1, 'inbound', now(), now(), 'completed', 'ringostat', 'told 77')");
  ask("insert into notification (staff_id, kind, call_id, text, created_at) values (1, 'call_reviewed', 77, 'x', '" +
      hub::to_rfc3339(now_ - 2min) + "')");
  auto desk = this->desk();
  ASSERT_EQ(desk.collect(now_), 1);
  const auto attempt = desk.begin(now_, 25s);
  ASSERT_TRUE(attempt);
  EXPECT_EQ(attempt->ask.text, "Вашу розмову оцінено, дзвінок 77\nhttps://leads.example.com/#/calls/77\n");
}

TEST_F(notices, wait_a_minute_and_are_quiet_about_what_was_looked_at) {
  choose(1, "task_due", "email");
  choose(1, "first_response_missed", "email");
  tell(1, "task_due", 42, "30 seconds");
  tell(1, "task_due", 43);
  ask("update notification set seen_at = now() where lead_id = 43");
  tell(1, "first_response_missed", 44);
  ask("insert into lead_seen (staff_id, lead_id, message_id, sent_at, seen_at) values (1, 44, 1, now(), '" +
      hub::to_rfc3339(now_ - 30s) + "')");
  tell(1, "lead_new", 45);
  tell(2, "task_due", 46);
  tell(1, "task_due", 47, "25 hours");
  auto desk = this->desk();
  EXPECT_EQ(desk.collect(now_), 0) << "too fresh, seen, read, not chosen, another person's, too old";
  EXPECT_EQ(desk.collect(now_ + 31s), 1) << "the first one nobody has looked at";

  // Looked at after it was put together and before it left.
  ask("update notification set seen_at = now() where lead_id = 42");
  EXPECT_FALSE(desk.begin(now_ + 32s, 25s));
  EXPECT_EQ(ask("select state from notice"), "dropped");
}

TEST_F(notices, make_one_of_a_storm_and_the_next_one_ten_minutes_later) {
  choose(1, "task_due", "email");
  for (int lead = 41; lead <= 60; ++lead) tell(1, "task_due", lead);
  for (int more = 0; more < 5; ++more) tell(1, "task_due", 41);
  auto desk = this->desk();
  ASSERT_EQ(desk.collect(now_), 1);
  const auto first = desk.begin(now_, 25s);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->ask.subject, "Leadyard, нових сповіщень: 25");
  EXPECT_THAT(first->ask.text, HasSubstr("і ще 5"));
  EXPECT_FALSE(desk.begin(now_, 25s));
  tell(1, "task_due", 50);
  EXPECT_EQ(desk.collect(now_ + 5min), 0);
  EXPECT_EQ(desk.collect(now_ + 10min), 1);
}

TEST_F(notices, of_a_new_lead_are_for_whoever_asked_and_did_not_take_it) {
  choose(1, "lead_new", "telegram");
  link_chat(1);
  ask("select change_owner(array[41, 42, 43]::bigint[], array[1, 1, 2]::bigint[], null, array['a', 'b', 'c'], now())");
  ask("select change_owner(array[44]::bigint[], array[1]::bigint[], 1, array['claimed'], now())");
  EXPECT_EQ(ask("select staff_id, kind, lead_id from notification order by lead_id"), "1 lead_new 41\n1 lead_new 42");
  auto desk = this->desk();
  ASSERT_EQ(desk.collect(now_ + 2min), 1);
  const auto attempt = desk.begin(now_ + 2min, 25s);
  ASSERT_TRUE(attempt);
  EXPECT_EQ(attempt->channel, "telegram");
  EXPECT_EQ(attempt->ask.recipient.front().id, "5501");
  EXPECT_EQ(attempt->ask.subject, "");
}

TEST_F(notices, are_tried_again_when_put_off_and_given_up_in_the_end) {
  choose(1, "task_due", "email");
  tell(1, "task_due", 42);
  auto desk = this->desk();
  desk.collect(now_);
  const auto first = desk.begin(now_, 25s);
  ASSERT_TRUE(first);
  desk.settle(*first, came(send_state::deferred, "greylisted"), now_);
  EXPECT_FALSE(desk.begin(now_ + 1s, 25s));
  const auto second = desk.begin(now_ + 30s, 25s);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->ask.attempt, first->ask.attempt + 1);
  // Its sender died.
  EXPECT_FALSE(desk.begin(now_ + 60s, 25s));
  const auto third = desk.begin(now_ + 91s, 25s);
  ASSERT_TRUE(third);
  desk.settle(*second, came(send_state::failed), now_ + 91s);
  EXPECT_EQ(ask("select state from notice"), "sending") << "a late word of an attempt before";
  desk.settle(*third, came(send_state::deferred), now_ + 91s);
  EXPECT_FALSE(desk.begin(now_ + 2h, 25s));
  EXPECT_EQ(ask("select state, reason from notice"), "failed could not be sent in time");
}

TEST_F(notices, of_a_password_hold_a_link_that_works_and_that_no_row_holds) {
  ask("select ask_password_link('M1@example.test', now())");
  ask("select ask_password_link('M1@example.test', now())");
  ask("select ask_password_link('nobody@example.test', now())");
  EXPECT_EQ(ask("select count(*) from notice"), "1") << "one in five minutes, and for people who work here";
  EXPECT_EQ(ask("select count(*) from audit where action = 'password_link_ask'"), "3") << "the same work for everybody";
  auto desk = this->desk();
  const auto attempt = desk.begin(now_ + 1s, 25s);
  ASSERT_TRUE(attempt);
  const std::string place = "https://leads.example.com/#/password/";
  const auto at = attempt->ask.text.find(place);
  ASSERT_NE(at, std::string::npos) << attempt->ask.text;
  const auto from = at + place.size();
  const auto token = attempt->ask.text.substr(from, attempt->ask.text.find('\n', from) - from);
  EXPECT_EQ(ask("select password_link_of(sha256('" + token + "'), now())"), "1");
}

TEST_F(notices, reach_a_colleague_who_opens_the_bot_by_the_code_and_who_becomes_no_customer) {
  const std::string code = "staff-abcdefghijklmnop";
  ask("insert into telegram_code values (1, sha256('" + code + "'), now() + interval '15 minutes')");
  const auto opened = [&](int n, const std::string& context) {
    auto one = message_from(n, n, "x");
    one.channel = "telegram";
    one.key = "telegram:main:start:" + std::to_string(n);
    hub::message::conversation_opened made;
    made.sender.identities.push_back({"telegram", "main", std::to_string(7000 + n)});
    made.context = context;
    made.subscribed = true;
    one.data = made;
    return one;
  };
  ingestor(options(), hub::real_clock())
      .process(items_of({opened(1, code), opened(2, code), opened(3, "staff-a-guess"), opened(4, "listing-42")}));
  EXPECT_EQ(ask("select staff_id, account, chat from staff_telegram"), "1 main 7001")
      << "the first who came; a code is good once";
  EXPECT_EQ(ask("select external_id from identity where space = 'telegram'"), "7004") << "colleagues are no customers";
  EXPECT_EQ(ask("select count(*) from audit where action = 'telegram_link'"), "1");
  auto desk = this->desk();
  const auto attempt = desk.begin(now_ + 1min, 25s);
  ASSERT_TRUE(attempt);
  EXPECT_EQ(attempt->ask.recipient.front().id, "7001");
  EXPECT_THAT(attempt->ask.text, HasSubstr("Готово"));
}

TEST_F(notices, that_a_colleague_answers_make_no_customer_and_say_where_customers_are) {
  link_chat(1);
  const auto wrote = [&](int n, const std::string& chat) {
    auto one = message_from(n, n, "ok, thanks");
    one.channel = "telegram";
    auto& message = std::get<hub::message::chat_message>(one.data);
    message.sender.identities = {{"telegram", "main", chat}};
    return one;
  };
  ingestor in(options(), hub::real_clock());
  in.process(items_of({wrote(1, "5501"), wrote(2, "7002"), wrote(3, "5501")}));
  in.process(items_of({wrote(4, "5501")}));
  EXPECT_EQ(ask("select external_id from identity where space = 'telegram'"), "7002");
  EXPECT_EQ(ask("select count(*) from message where channel = 'telegram'"), "1");
  EXPECT_EQ(ask("select count(*) from notice where kind = 'elsewhere'"), "1") << "once an hour";
  auto desk = this->desk();
  const auto attempt = desk.begin(now_ + 1min, 25s);
  ASSERT_TRUE(attempt);
  EXPECT_EQ(attempt->ask.recipient.front().id, "5501");
  EXPECT_THAT(attempt->ask.text, HasSubstr("leads.example.com"));

  // Who no longer works here is somebody like all others.
  ask("update staff set active = false where id = 1");
  in.process(items_of({wrote(5, "5501")}));
  EXPECT_EQ(ask("select count(*) from identity where space = 'telegram'"), "2");
}

TEST_F(notices, leave_by_the_sender_pool_once) {
  struct connector : connector_tests::http_platform {
    connector() {
      add("POST", "/internal/send", [](const request&) { return response::json(200, R"({"state":"sent","counts":true})"); });
      start();
    }
    ~connector() override { stop(); }
  } platform;
  choose(1, "task_due", "email");
  tell(1, "task_due", 42);
  workers::sender::sender_options how;
  how.database = options();
  how.connector_url = [&] { return platform.base(); };
  how.internal_token = hub::secret("inside");
  how.senders = 1;
  how.notices = {"main", false, ""};
  how.process = "test:1";
  workers::sender::sender_pool pool(how);
  pool.start();
  EXPECT_TRUE(wait_until([&] { return ask("select count(*) from notice where state = 'sent'") == "1"; }, 20s));
  pool.stop();
  const auto asked = platform.asked();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].query.at("channel") + ":" + asked[0].query.at("account"), "email:main");
  EXPECT_THAT(asked[0].body, HasSubstr("Час завдання, лід 42: Олена К."));
  EXPECT_THAT(asked[0].body, Not(HasSubstr("a text that people typed")));
}

}  // namespace
