// What could not be processed waits with its reason, and a replay after the cause is mended makes it whole: with the real
// connector, worker and hubctl.

#include "hub/ctl/viber_player.hpp"
#include "tests/support/process.hpp"
#include "tests/support/running_hub.hpp"
#include "tests/support/servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using test_support::running_hub;
using testing::HasSubstr;
using testing::Not;

/// Callback bodies of texts by several people.
std::vector<std::string> texts(int count, const std::string& words, int first_token = 1) {
  std::vector<std::string> bodies;
  for (int n = 0; n < count; ++n) {
    hub::ctl::viber_event event;
    event.time = test_support::story_begins() + std::chrono::seconds(n);
    event.token = 6214870800000000000ULL + static_cast<std::uint64_t>(first_token + n);
    event.who = hub::ctl::invent_person(7, static_cast<std::size_t>(n % 13));
    event.content.text = words + " " + std::to_string(n);
    bodies.push_back(hub::ctl::viber_body(event));
  }
  return bodies;
}

struct told {
  int code = 0;
  std::string text;
};

told hubctl(const running_hub& hub, std::vector<std::string> arguments) {
  test_support::process::options how;
  how.arguments = std::move(arguments);
  how.environment = hub.environment();
  how.directory = LEADYARD_SOURCE_DIR;
  const auto done = test_support::run("hubctl", how, 120s);
  return {done.exit_code, done.output};
}

TEST(quarantine, gives_a_hundred_refused_bodies_their_hundred_rows_once_the_parser_is_mended) {
  test_support::hub_options options;
  options.connector_failpoints = R"(viber.parse=throw@"event":"message")";
  running_hub hub(std::move(options));
  ASSERT_EQ(hub.deliver(texts(100, "Добрий день")).count(), 100u) << hub.log("hub-connector");
  ASSERT_TRUE(hub.wait_for("select count(*) from quarantine where state = 'open'", "100", 30s)) << hub.log("hub-worker.1");
  EXPECT_EQ(hub.ask("select count(*) from message"), "0");

  const auto list = hubctl(hub, {"quarantine", "list"});
  EXPECT_EQ(list.code, 0) << list.text;
  EXPECT_THAT(list.text, HasSubstr("100  unparsed: failpoint viber.parse"));
  EXPECT_THAT(list.text, HasSubstr("100 entries are open"));
  const auto shown = hubctl(hub, {"quarantine", "show", "1"});
  EXPECT_THAT(shown.text, HasSubstr("today   the parser refuses it: failpoint viber.parse"));
  EXPECT_THAT(shown.text, Not(HasSubstr("Добрий"))) << "sealed";

  // Before it is mended nothing changes but the count of attempts.
  const auto too_early = hubctl(hub, {"quarantine", "replay", "1"});
  EXPECT_EQ(too_early.code, 1) << too_early.text;
  EXPECT_THAT(too_early.text, HasSubstr("refused again: the parser refuses it"));
  EXPECT_EQ(hub.ask("select attempts, state from quarantine where id = 1"), "2 open");

  hub.set_failpoints("hub-connector", "");
  hub.restart("hub-connector");
  ASSERT_TRUE(hub.wait_until_ready()) << hub.log("hub-connector");

  const auto plan = hubctl(hub, {"quarantine", "replay", "--all", "--dry-run"});
  EXPECT_EQ(plan.code, 0) << plan.text;
  EXPECT_THAT(plan.text, HasSubstr("100 entries would be tried"));
  EXPECT_EQ(hub.ask("select count(*) from message"), "0") << "a dry run publishes nothing";

  const auto replayed = hubctl(hub, {"quarantine", "replay", "--cause", "viber.parse"});
  EXPECT_EQ(replayed.code, 0) << replayed.text;
  EXPECT_THAT(replayed.text, HasSubstr("100  replayed"));
  EXPECT_EQ(hub.ask("select count(*), count(distinct event_key), count(distinct customer_id) from message"), "100 100 13");
  EXPECT_EQ(hub.ask("select count(*) from quarantine where state = 'resolved' and resolved_by like '%with hubctl%'"), "100");
  EXPECT_EQ(hub.ask("select count(*) from audit where action = 'quarantine_resolved'"), "100");

  const auto again = hubctl(hub, {"quarantine", "replay", "--all"});
  EXPECT_EQ(again.code, 0) << again.text;
  EXPECT_THAT(again.text, HasSubstr("0 entries are open"));
  EXPECT_EQ(hub.ask("select count(*) from message"), "100");
  EXPECT_THAT(hubctl(hub, {"quarantine"}).text, HasSubstr("Nothing is in quarantine."));

  // The whole way is told, whichever of its two keys is asked for.
  const auto trace = hubctl(hub, {"trace", "6214870800000000042"});
  EXPECT_EQ(trace.code, 0) << trace.text;
  for (const char* station : {"received", "quarantined", "resolved", "processed", "customer", "lead", "message"})
    EXPECT_THAT(trace.text, HasSubstr(station));
  const auto of_body = hubctl(hub, {"trace", hub.ask("select event_key from quarantine where id = 1")});
  EXPECT_EQ(of_body.code, 0) << of_body.text;
  EXPECT_THAT(of_body.text, HasSubstr("viber:main:message:"));
}

TEST(quarantine, publishes_again_what_a_worker_refused_and_tells_when_it_is_refused_again) {
  test_support::hub_options options;
  options.worker_failpoints = "ingest.fold=throw@viber:main:message:62148708000000009";
  running_hub hub(std::move(options));
  ASSERT_EQ(hub.deliver(texts(5, "Добрий день", 900)).count(), 5u);
  ASSERT_EQ(hub.deliver(texts(5, "Добрий день", 1)).count(), 5u);
  ASSERT_TRUE(hub.wait_for("select count(*) from quarantine where state = 'open' and kind = 'message'", "5", 30s))
      << hub.log("hub-worker.1");
  ASSERT_TRUE(hub.wait_for("select count(*) from message", "5", 30s)) << "neighbours go through";

  const auto refused = hubctl(hub, {"quarantine", "replay", "--all"});
  EXPECT_EQ(refused.code, 1) << refused.text;
  EXPECT_THAT(refused.text, HasSubstr("5  refused again: hub-worker: failpoint"));
  EXPECT_EQ(hub.ask("select count(*), min(attempts) from quarantine where state = 'open'"), "5 2");

  const auto gone = hubctl(hub, {"quarantine", "dismiss", "1"});
  EXPECT_EQ(gone.code, 0) << gone.text;
  EXPECT_EQ(hubctl(hub, {"quarantine", "dismiss", "1"}).code, 1);
  EXPECT_EQ(hubctl(hub, {"quarantine", "show", "999"}).code, 1);

  hub.set_failpoints("hub-worker.1", "");
  hub.restart("hub-worker.1");
  ASSERT_TRUE(hub.wait_until_ready()) << hub.log("hub-worker.1");
  const auto replayed = hubctl(hub, {"quarantine", "replay", "--all", "--json"});
  EXPECT_EQ(replayed.code, 0) << replayed.text;
  EXPECT_THAT(replayed.text, HasSubstr(R"("replayed":4)"));
  EXPECT_EQ(hub.ask("select count(*) from message"), "9");

  // One that arrived by another way meanwhile is closed without being published.
  hub.ask("update quarantine set state = 'open', resolved_at = null, resolved_by = null where id = 2 returning id");
  const auto known = hubctl(hub, {"quarantine", "replay", "2", "--json"});
  EXPECT_THAT(known.text, HasSubstr(R"("known":1)"));
  EXPECT_EQ(hub.ask("select count(*) from message"), "9");
}

}  // namespace
