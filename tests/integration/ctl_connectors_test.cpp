// hubctl connectors against a real hub-connector whose platform is the simulated one.

#include "hub/base/clock.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/playing.hpp"
#include "hub/ctl/viber_player.hpp"
#include "tests/integration/ctl_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

using namespace ctl_tests;

TEST(connectors, registers_a_webhook_while_the_platform_calls_it) {
  const std::string token = "token of the test";
  platform_thread platform(token);
  test_support::running_hub hub(options_for(platform.url(), token));
  const auto done = hubctl(hub, {"connectors", "register", "viber/main"});
  EXPECT_EQ(done.code, 0) << done.text << hub.log("hub-connector");
  EXPECT_THAT(done.text, HasSubstr("/webhooks/viber/main is set"));
  EXPECT_THAT(done.text, HasSubstr("the platform will send: subscribed, "));
}

TEST(connectors, says_why_the_platform_refuses) {
  platform_thread platform("another token");
  test_support::running_hub hub(options_for(platform.url(), "token of the test"));
  const auto refused = hubctl(hub, {"connectors", "register", "viber/main"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.text, HasSubstr("invalidAuthToken"));
  const auto stranger = hubctl(hub, {"connectors", "register", "viber/mian"});
  EXPECT_EQ(stranger.code, 1);
  EXPECT_THAT(stranger.text, HasSubstr("did you mean viber/main?"));
  EXPECT_EQ(hubctl(hub, {"connectors", "register"}).code, 2);
}

TEST(connectors, lists_accounts_with_mode_spool_and_address) {
  test_support::running_hub hub(options_for("http://127.0.0.1:9", "token of the test"));
  const auto list = hubctl(hub, {"connectors"});
  EXPECT_EQ(list.code, 0) << list.text;
  for (const char* word : {"viber/main", "direct", "empty", "http://127.0.0.1:"}) EXPECT_THAT(list.text, HasSubstr(word));
  EXPECT_THAT(hubctl(hub, {"connectors", "--json"}).text, HasSubstr(R"("mode":"direct")"));
  hub.connector().kill();
  hub.connector().wait(5s);
  const auto gone = hubctl(hub, {"connectors"});
  EXPECT_EQ(gone.code, 3);
  EXPECT_THAT(gone.text, HasSubstr("does not answer"));
}

TEST(connectors, compares_what_the_platform_calls_with_the_public_url) {
  const std::string token = "token of the test";
  platform_thread platform(token);
  auto options = options_for(platform.url(), token);
  test_support::running_hub hub(options);
  const auto unset = hubctl(hub, {"connectors"});
  EXPECT_EQ(unset.code, 1) << unset.text;
  EXPECT_THAT(unset.text, HasSubstr("NOT SET"));
  EXPECT_THAT(unset.text, HasSubstr("to mend it: hubctl connectors register viber/main"));
  const auto offline = hubctl(hub, {"connectors", "--offline"});
  EXPECT_EQ(offline.code, 0) << "an unasked platform is no failure: " << offline.text;
  EXPECT_THAT(offline.text, HasSubstr("not asked"));

  ASSERT_EQ(hubctl(hub, {"connectors", "register", "viber/main"}).code, 0);
  const auto good = hubctl(hub, {"connectors"});
  EXPECT_EQ(good.code, 0) << good.text;
  EXPECT_THAT(good.text, HasSubstr("matches"));

  platform.set_webhook("https://user:pass@old.example/webhooks/viber/main?sig=secret");
  const auto other = hubctl(hub, {"connectors"});
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.text, HasSubstr("DIFFERS"));
  EXPECT_THAT(other.text, HasSubstr("the platform calls https://old.example/webhooks/viber/main\n"));
  EXPECT_THAT(other.text, HasSubstr("it should call " + options.settings.at("HUB__INTAKE__PUBLIC_URL") + "/webhooks/viber/main"));
  const auto json = hubctl(hub, {"connectors", "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.text, HasSubstr(R"("state":"differs")"));
}

TEST(connectors, says_that_a_platform_could_not_be_asked_and_goes_on) {
  platform_thread platform("another token");
  test_support::running_hub hub(options_for(platform.url(), "token of the test"));
  const auto refused = hubctl(hub, {"connectors"});
  EXPECT_EQ(refused.code, 0) << "nothing is known to differ: " << refused.text;
  EXPECT_THAT(refused.text, HasSubstr("could not ask"));
  EXPECT_THAT(refused.text, HasSubstr("viber/main: the auth token is not valid"));
}

TEST(intake, takes_in_what_was_refused_once_the_secret_is_mended) {
  test_support::temp_dir place;
  const auto secret = place / "token";
  hub::ctl::write_file(secret, "a wrong token", 0600);
  test_support::hub_options options;
  options.workers = 0;
  options.settings["HUB__CONNECTORS__VIBER__MAIN__AUTH_TOKEN_FILE"] = secret;
  test_support::running_hub hub(options);
  hub::ctl::viber_event said;
  said.token = 5;
  said.who = hub::ctl::invent_person(1, 1);
  said.content.text = "Добрий день";
  said.time = hub::real_clock().now();
  const auto body = hub::ctl::viber_body(said);
  auto platform = hub.webhook();
  const auto send = [&] {
    return platform
        .ask("POST", "/webhooks/viber/main", {{"X-Viber-Content-Signature", hub::ctl::sign("the right token", body)}}, body)
        .status;
  };
  EXPECT_EQ(send(), 403);
  const auto still = hubctl(hub, {"intake", "rejudge"});
  EXPECT_EQ(still.code, 0) << still.text;
  hub::ctl::write_file(secret, "the right token", 0600);
  hub.restart("hub-connector");
  ASSERT_TRUE(hub.wait_until_ready()) << hub.log("hub-connector");
  const auto mended = hubctl(hub, {"intake", "rejudge", "viber/main"});
  EXPECT_EQ(mended.code, 0) << mended.text;
  EXPECT_THAT(mended.text, testing::ContainsRegex("viber/main +1 +0 +0"));
  EXPECT_EQ(hubctl(hub, {"intake", "rejudge", "viber/mian"}).code, 1);
  EXPECT_EQ(hubctl(hub, {"intake"}).code, 2);
}

}  // namespace
