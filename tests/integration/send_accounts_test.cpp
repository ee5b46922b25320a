// What an account goes through as a whole, by the senders of Viber and WhatsApp: its circuit opens and closes, its platform shuts
// it out, says how fast is too fast; and what is sent again by itself where the settings say so. Other accounts notice nothing.

#include "hub/ctl/files.hpp"
#include "tests/support/sending_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using steady = std::chrono::steady_clock;

class accounts : public testing::Test {
 protected:
  explicit accounts(std::map<std::string, std::string> settings = {}, std::string settings_file = {})
      : hub_({.settings = std::move(settings), .settings_file = std::move(settings_file)},
             {{"viber", "main"}, {"viber", "second"}, {"whatsapp", "main"}}) {
    hub_.invent_people(24);
  }

  /// The nth person of viber/main, of viber/second, of whatsapp/main.
  static int first(int n) { return 3 * n; }
  static int second(int n) { return 3 * n + 1; }
  static int third(int n) { return 3 * n + 2; }
  bool is_of(const given_message& m, int account) const {
    for (int n = account; n < 24; n += 3)
      if (hub_.address(n) == m.recipient) return true;
    return false;
  }
  void fail_first_account(conduct how) {
    hub_.platform.behave([this, how](const given_message& m) { return is_of(m, 0) ? how : conduct::answers; });
  }

  std::string state(const std::string& text) {
    return hub_.hub.ask_or_nothing("select o.state from outbox o join message m on m.id = o.message_id where m.content = '" +
                                   text + "'");
  }
  bool becomes(const std::string& text, const std::string& wanted) {
    return wait_until([&] { return state(text) == wanted; }, 20s);
  }
  bool shows(const std::string& metric) {
    return wait_until(
        [&] { return hub_.hub.admin("hub-worker.1", "/metrics").body.find("\n" + metric + "\n") != std::string::npos; }, 20s);
  }

  sending_hub hub_;
};

/// One sender: what is counted is exact.
struct accounts_one_by_one : accounts {
  accounts_one_by_one() : accounts({{"HUB__SENDING__SENDERS", "1"}}) {}
};

TEST_F(accounts_one_by_one, an_account_whose_platform_takes_nothing_is_left_alone_and_tried_with_one_message) {
  std::mutex mutex;
  std::vector<steady::time_point> tried;
  hub_.platform.behave([&](const given_message& m) {
    if (!is_of(m, 0)) return conduct::answers;
    const std::lock_guard lock(mutex);
    tried.push_back(steady::now());
    return conduct::closes_in_the_middle;
  });
  for (int n = 0; n < 8; ++n) hub_.reply(first(n), "bad" + std::to_string(n));
  EXPECT_TRUE(wait_until([&] { return hub_.rows("unknown") == 5; }, 20s));
  EXPECT_TRUE(shows(R"(hub_circuit_open{account="main",channel="viber"} 1)"));
  for (int n = 0; n < 3; ++n) hub_.reply(second(n), "of another account"), hub_.reply(third(n), "of another channel");
  EXPECT_TRUE(wait_until([&] { return hub_.rows("sent") == 6; }, 20s)) << "nobody else rests";

  // Half open: one message, which fails, too.
  EXPECT_TRUE(wait_until([&] { return hub_.rows("unknown") == 6; }, 20s));
  EXPECT_EQ(hub_.rows("queued"), 2);
  {
    const std::lock_guard lock(mutex);
    ASSERT_EQ(tried.size(), 6u);
    EXPECT_GE(tried[5] - tried[4], 2500ms) << "at least half of five seconds";
  }

  hub_.platform.behave(conduct::answers);
  EXPECT_TRUE(wait_until([&] { return hub_.rows("sent") == 8; }, 20s)) << "the one message went, and the others behind it";
  EXPECT_TRUE(shows(R"(hub_circuit_open{account="main",channel="viber"} 0)"));
}

TEST_F(accounts, what_the_platform_refuses_one_by_one_opens_no_circuit) {
  fail_first_account(conduct::refuses);
  for (int n = 0; n < 8; ++n) hub_.reply(first(n), "refused" + std::to_string(n));
  EXPECT_TRUE(wait_until([&] { return hub_.rows("failed") == 8; }, 20s));
  hub_.platform.behave(conduct::answers);
  hub_.reply(first(0), "next");
  EXPECT_TRUE(becomes("next/0", "sent"));
  EXPECT_THAT(hub_.hub.admin("hub-worker.1", "/metrics").body, Not(HasSubstr("hub_circuit_open")));
}

TEST_F(accounts, a_revoked_token_pauses_its_account_until_a_person_resumes_it_and_says_so) {
  hub_.platform.behave([this](const given_message& m) { return is_of(m, 1) ? conduct::answers : conduct::revokes; });
  hub_.reply(first(0), "viber");
  hub_.reply(third(0), "whatsapp");
  EXPECT_TRUE(hub_.hub.wait_for("select channel || '/' || account || ' ' || code from account_pause order by 1",
                                "viber/main 2\nwhatsapp/main 190", 20s));
  EXPECT_TRUE(shows(R"(hub_accounts_paused{channel="viber"} 1)")) << "what the alert asks for";
  EXPECT_TRUE(shows(R"(hub_accounts_paused{channel="whatsapp"} 1)"));
  EXPECT_THAT(hub_.hub.log("hub-worker.1"), HasSubstr("an account sends nothing until a person resumes it"));
  EXPECT_THAT(hub_.hub.log("hub-worker.1"), Not(HasSubstr("access token")));

  hub_.reply(first(1), "waits");
  hub_.reply(second(0), "of another account");
  EXPECT_TRUE(becomes("of another account/0", "sent"));
  const auto asked = hub_.platform.requests();
  EXPECT_EQ(state("waits/0"), "queued");
  EXPECT_EQ(hub_.hub.ask("select max(tries) from outbox"), "0") << "no try is used up";
  hub_.platform.behave(conduct::answers);
  hub_.hub.ask("delete from account_pause where channel = 'viber'");
  EXPECT_TRUE(becomes("viber/0", "sent"));
  EXPECT_TRUE(becomes("waits/0", "sent"));
  EXPECT_EQ(state("whatsapp/0"), "queued");
  EXPECT_EQ(hub_.platform.requests(), asked + 2);
}

TEST_F(accounts, a_limit_that_is_told_holds_its_conversation_for_as_long_as_was_asked_and_no_other) {
  std::mutex mutex;
  std::map<std::string, std::vector<steady::time_point>> asked;
  hub_.platform.behave([&](const given_message& m) {
    const std::lock_guard lock(mutex);
    auto& times = asked[m.recipient];
    times.push_back(steady::now());
    return m.recipient == hub_.address(0) && times.size() == 1 ? conduct::limits : conduct::answers;
  });
  hub_.reply(first(0), "limited");
  EXPECT_TRUE(wait_until([&] { return hub_.platform.limited() == 1; }, 20s));
  hub_.reply(first(1), "free");
  EXPECT_TRUE(becomes("free/0", "sent"));
  EXPECT_TRUE(becomes("limited/0", "sent"));
  EXPECT_EQ(hub_.hub.ask("select tries, attempt from outbox order by id limit 1"), "0 2");
  const std::lock_guard lock(mutex);
  const auto& times = asked[hub_.address(0)];
  ASSERT_EQ(times.size(), 2u);
  EXPECT_GE(times[1] - times[0], 1s) << "Viber asks for a second";
}

struct file_that_resends {
  file_that_resends() {
    auto text = hub::ctl::read_file(running_hub::settings_file());
    const std::string hint = "# on_unknown: { email: resend }";
    text.replace(text.find(hint), hint.size(), "on_unknown: { viber: resend }");
    hub::ctl::write_file(path, text, 0600);
  }
  temp_dir home;
  const std::string path = home / "hub.yaml";
};

struct accounts_that_resend : private file_that_resends, accounts {
  accounts_that_resend() : accounts({}, path) {}

  /// A receipt may still tell within a minute; here it has passed.
  void a_minute_passes() { hub_.hub.ask_or_nothing("update outbox set updated_at = updated_at - interval '1 minute'"); }
};

TEST_F(accounts_that_resend, sends_again_what_nobody_knows_the_fate_of_on_the_channels_that_want_it) {
  std::atomic<int> bad{2};
  hub_.platform.behave([&](const given_message&) { return bad-- > 0 ? conduct::takes_and_closes : conduct::answers; });
  hub_.reply(first(0), "again");
  EXPECT_TRUE(becomes("again/0", "unknown"));
  hub_.reply(third(0), "held");
  EXPECT_TRUE(becomes("held/0", "unknown"));
  EXPECT_EQ(hub_.platform.requests(), 2u) << "not before a minute has passed";
  a_minute_passes();
  EXPECT_TRUE(becomes("again/0", "sent"));
  EXPECT_EQ(hub_.hub.ask("select status from message where content = 'again/0'"), "sent");
  EXPECT_EQ(state("held/0"), "unknown");
  EXPECT_THAT(hub_.texts_of(first(0)), ElementsAre("again/0", "again/0")) << "it may arrive twice: the settings say so";
  EXPECT_THAT(hub_.texts_of(third(0)), ElementsAre("held/0"));
}

TEST_F(accounts_that_resend, ends_after_five_attempts) {
  hub_.platform.behave(conduct::takes_and_closes);
  hub_.reply(first(0), "again");
  for (int attempt = 1; attempt <= 5; ++attempt) {
    ASSERT_TRUE(hub_.hub.wait_for("select state, attempt from outbox", "unknown " + std::to_string(attempt), 20s));
    a_minute_passes();
  }
  // Whoever looks after it has looked once more.
  hub_.reply(second(0), "later");
  EXPECT_TRUE(becomes("later/0", "unknown"));
  a_minute_passes();
  EXPECT_TRUE(hub_.hub.wait_for("select max(attempt) from outbox where account = 'second'", "2", 20s));
  EXPECT_EQ(hub_.texts_of(first(0)).size(), 5u);
}

}  // namespace
