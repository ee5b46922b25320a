// hubctl doctor beside a running hub: all is well, then one thing after the other breaks, and the check for it turns.

#include "hub/ctl/files.hpp"
#include "hub/ctl/viber_player.hpp"
#include "tests/integration/ctl_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace {

using namespace std::chrono_literals;
using namespace ctl_tests;
using test_support::wait_until;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr const char* token = "token of the test";
constexpr const char* viber_path = "/webhooks/viber/main";

class doctor : public testing::Test {
 protected:
  doctor() : platform_(token), options_(options_for(platform_.url(), token)) { options_.workers = 1; }
  void SetUp() override {
    hub_.emplace(options_);
    ASSERT_EQ(hubctl(*hub_, {"connectors", "register", "viber/main"}).code, 0);
    ASSERT_EQ(hubctl(*hub_, {"rules", "apply", "config/profiles/autodealer/routing.yaml"}).code, 0);
  }
  told ask(std::vector<std::string> more = {}) {
    more.insert(more.begin(), "doctor");
    return hubctl(*hub_, more);
  }
  int post(const std::string& body, const std::string& key) {
    return hub_->webhook().ask("POST", viber_path, {{"X-Viber-Content-Signature", hub::ctl::sign(key, body)}}, body).status;
  }

  platform_thread platform_;
  test_support::hub_options options_;
  std::optional<test_support::running_hub> hub_;
};

TEST_F(doctor, finds_nothing_wrong_where_all_is_well) {
  const auto well = ask();
  EXPECT_EQ(well.code, 0) << well.text;
  EXPECT_THAT(well.text, HasSubstr("Everything is fine."));
  for (const char* word : {"LOOK", "BROKEN", "next:"}) EXPECT_THAT(well.text, Not(HasSubstr(word)));
  for (const char* check : {"programs", "database", "clock", "rules", "quarantine", "media", "leads", "broker", "queues", "spool",
                            "connectors", "silence", "timers", "updates", "proof", "disk", "secrets", "refused"})
    EXPECT_THAT(well.text, HasSubstr(std::string("OK      ") + check)) << check;
  const auto json = ask({"--json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_THAT(json.text, testing::StartsWith(R"({"state":"ok","checks":[{"check":"programs")"));
}

TEST_F(doctor, sees_what_was_refused_quarantined_and_changed) {
  EXPECT_EQ(post(R"({"event":"message"})", "forged"), 403);
  auto seen = ask();
  EXPECT_EQ(seen.code, 1) << seen.text;
  EXPECT_THAT(seen.text, ContainsRegex("LOOK    proof +viber: 1 request without a valid proof"));
  EXPECT_THAT(seen.text, ContainsRegex("LOOK    refused +refused requests are kept"));
  EXPECT_THAT(seen.text, HasSubstr("hubctl intake rejudge"));

  EXPECT_EQ(post(R"({"event":"message","message_token":"none"})", token), 200);
  ASSERT_TRUE(hub_->wait_for("select count(*) from quarantine", "1", 20s)) << hub_->log("hub-worker.1");
  EXPECT_THAT(ask().text, ContainsRegex("LOOK    quarantine +1 event of viber/main: unparsed"));

  platform_.set_webhook("https://old.example/webhooks/viber/main");
  EXPECT_THAT(ask().text,
              ContainsRegex("BROKEN  connectors +viber/main: the platform calls https://old.example/webhooks/viber/main"));
  EXPECT_THAT(ask({"--offline"}).text, ContainsRegex("OK      connectors +viber/main is served"));

  test_support::put_text_in_force(hub_->database_url(), test_support::rules_text({}));
  EXPECT_THAT(ask().text, ContainsRegex("LOOK    rules +.*is not what is in force"));

  const auto secrets = hub_->home() + "/secrets.env";
  hub::ctl::write_file(secrets, "HUB__LOG__LEVEL=info\n", 0644);
  ASSERT_EQ(::chmod(secrets.c_str(), 0644), 0);
  EXPECT_THAT(ask().text, ContainsRegex("BROKEN  secrets +others than the owner may read .*\n +next: chmod 600"));
  const auto json = ask({"--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.text, testing::StartsWith(R"({"state":"broken")"));
}

TEST_F(doctor, sees_that_an_account_is_silent_for_longer_than_usual) {
  // Two days hold hours of working time, whatever the day of the week.
  hub_->ask(
      "insert into event_body (received_at, key, body) select now() - interval '2 days' - n * interval '10 minutes',"
      " 'viber:main:message:' || n, '{}' from generate_series(1, 2000) n");
  hub_->restart("hub-worker.1");
  ASSERT_TRUE(hub_->wait_until_ready()) << hub_->log("hub-worker.1");
  told seen;
  EXPECT_TRUE(wait_until(
      [&] {
        seen = ask();
        return seen.text.find("LOOK    silence") != std::string::npos;
      },
      20s))
      << seen.text;
  EXPECT_EQ(seen.code, 1);
  EXPECT_THAT(seen.text, ContainsRegex("silence +viber/main: nothing came for .* usual is up to 10 min"));
}

TEST_F(doctor, sees_leads_that_nobody_has_and_everybody_forgot) {
  hub_->ask("insert into customer default values");
  hub_->ask(
      "insert into lead (customer_id, source_channel, last_activity_at, first_response_due_at)"
      " select id, 'viber', now(), now() - interval '3 hours'"
      " from customer limit 1");
  EXPECT_THAT(ask().text, ContainsRegex("LOOK    leads +1 lead without an owner beyond the first response, the oldest by 3 h"));
}

TEST_F(doctor, sees_programs_that_ended) {
  hub_->worker().kill();
  hub_->worker().wait(5s);
  // Nobody is left to take it.
  hub_->ask(
      "insert into media_fetch (event_key, part, channel, account, type, reference, deadline)"
      " values ('k', '0', 'viber', 'main', 'photo', 'x', now() - interval '1 hour')");
  const auto worker = ask();
  EXPECT_EQ(worker.code, 3) << worker.text;
  EXPECT_THAT(worker.text, ContainsRegex("BROKEN  programs +hub-worker.1 does not answer"));
  EXPECT_THAT(worker.text, ContainsRegex("BROKEN  queues +nobody takes from q.ingest.2.0, q.ingest.2.1"));
  EXPECT_THAT(worker.text, ContainsRegex("LOOK    media +1 file overdue, of 1"));
  hub_->connector().kill();
  hub_->connector().wait(5s);
  const auto both = ask();
  EXPECT_EQ(both.code, 3);
  EXPECT_THAT(both.text, ContainsRegex("BROKEN  programs +hub-connector does not answer"));
  EXPECT_THAT(both.text, ContainsRegex("BROKEN  connectors +hub-connector at .* does not answer"));
  EXPECT_THAT(both.text, HasSubstr("LOOK    silence     not known"));
  EXPECT_THAT(both.text, HasSubstr("LOOK    updates     not known"));
  EXPECT_THAT(both.text, ContainsRegex("OK      database")) << "the rest is looked at all the same";
}

TEST_F(doctor, sees_servers_that_do_not_answer) {
  auto environment = hub_->environment();
  environment["HUB__BROKER__URL"] = "amqp://nobody@127.0.0.1:1/none";
  environment["HUB__DATABASE__URL"] = "postgresql://nobody@127.0.0.1:1/none";
  test_support::process::options how;
  how.arguments = {"doctor", "--offline"};
  how.environment = environment;
  how.directory = LEADYARD_SOURCE_DIR;
  const auto done = test_support::run("hubctl", how);
  EXPECT_EQ(done.exit_code, 3) << done.output;
  EXPECT_THAT(done.output, HasSubstr("BROKEN  broker"));
  EXPECT_THAT(done.output, HasSubstr("BROKEN  database"));
  how.environment["HUB__DATABASE__URL"].clear();
  EXPECT_THAT(test_support::run("hubctl", how).output, HasSubstr("BROKEN  database    nobody says where it is"));
  EXPECT_THAT(done.output, HasSubstr("OK      spool"));
}

TEST(doctor_alone, says_that_nothing_runs) {
  test_support::temp_dir home;
  test_support::process::options how;
  how.arguments = {"doctor"};
  how.environment = {{"LEADYARD_HOME", home.path()}};
  how.directory = LEADYARD_SOURCE_DIR;
  const auto done = test_support::run("hubctl", how);
  EXPECT_EQ(done.exit_code, 3) << done.output;
  EXPECT_THAT(done.output, HasSubstr("no system runs in " + home.path()));
}

}  // namespace
