// hub-connector with Telegram bots, as the platform meets it: webhook with a secret, long polling that keeps its place, files.

#include "connectors/sealed.hpp"
#include "hub/message/json.hpp"
#include "tests/integration/connector_fixture.hpp"

#include <boost/json/object.hpp>

#include <atomic>

namespace {

using namespace connector_tests;

/// The Bot API: hands out updates from the asked offset on, forgets none of them.
class bot_api : public http_platform {
 public:
  bot_api() {
    add("POST", "/{bot}/{method}", [this](const hub::http::request& r) { return answer(r); });
    add("GET", "/{bot}/{method}", [this](const hub::http::request& r) { return answer(r); });
    add("GET", "/file/{bot}/{folder}/{name}",
        [](const hub::http::request&) { return hub::http::response::text(200, "the bytes of a voice"); });
    start();
  }
  ~bot_api() override { stop(); }

  std::atomic<std::uint64_t> last_offset{0};
  std::atomic<int> polls{0}, conflicts{0};
  std::atomic<std::uint64_t> newest{0};
  std::string webhook() {
    const std::lock_guard lock(mutex_);
    return webhook_;
  }

  /// Of getWebhookInfo.
  void set_info(std::string members) {
    const std::lock_guard lock(mutex_);
    info_ = std::move(members);
  }

  /// Every fifth cannot be read.
  static std::string update(std::uint64_t id) {
    return R"({"update_id":)" + std::to_string(id) + R"(,"message":{"message_id":)" + std::to_string(id) +
           R"(,"date":1795003201,"from":{"id":7},"chat":{"id":7,"type":"private"},)" +
           (id % 5 == 0 ? R"("document":{"file_id":"../x"}}})" : R"("text":"привіт"}})");
  }

 private:
  hub::http::response answer(const hub::http::request& r) {
    const auto& method = r.params.at("method");
    if (r.params.at("bot") != "bot1:token") return hub::http::response::json(404, R"({"ok":false,"error_code":404})");
    if (method == "getFile") return hub::http::response::json(200, R"({"ok":true,"result":{"file_path":"voice/file_1.oga"}})");
    if (method == "setWebhook" || method == "deleteWebhook") {
      const std::lock_guard lock(mutex_);
      webhook_ = method + " " + r.body;
      return hub::http::response::json(200, R"({"ok":true,"result":true})");
    }
    if (method == "getWebhookInfo") {
      const std::lock_guard lock(mutex_);
      return hub::http::response::json(200, R"({"ok":true,"result":{)" + info_ + "}}");
    }
    ++polls;
    const auto asked = hub::message::parse_json(r.body);
    const auto* offset = asked->as_object().if_contains("offset");
    const std::uint64_t from = offset ? offset->to_number<std::uint64_t>() : 1;
    last_offset = offset ? from : 0;
    if (conflicts-- > 0)
      return hub::http::response::json(
          409, R"({"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request"})");
    std::string list;
    for (auto id = from; id <= newest && id < from + 100; ++id) list += (list.empty() ? "" : ",") + update(id);
    return hub::http::response::json(200, R"({"ok":true,"result":[)" + list + "]}");
  }
  std::string webhook_;
  std::string info_ = R"("pending_update_count":3,"last_error_message":"Connection refused")";
};

class telegram_connector : public connector_fixture {
 protected:
  static std::string accounts(const std::string& base, const std::string& mode) {
    return "telegram: {main: {mode: " + mode + ", api_base: \"" + base + "\", poll_for: 0s}}";
  }
  static std::map<std::string, std::string> secrets(const std::string& token = "1:token") {
    return {{"HUB__CONNECTORS__TELEGRAM__MAIN__BOT_TOKEN", token}, {"HUB__CONNECTORS__TELEGRAM__MAIN__SECRET_TOKEN", "shown"}};
  }
  static std::string key_of(int id) { return "telegram:main:message:7:" + std::to_string(id); }
};

TEST_F(telegram_connector, fetches_every_update_and_keeps_its_place_over_a_restart) {
  bot_api platform;
  platform.newest = 250;
  const auto url = test_support::fresh_vhost();
  connector_process program(url, accounts(platform.base(), "polling"), secrets());
  program.start();
  ASSERT_TRUE(wait_until([&] { return platform.last_offset == 251; }, 20s)) << program.log();
  program.process().kill();
  program.process().wait(5s);
  platform.newest = 300;
  platform.last_offset = 0;
  program.start();
  ASSERT_TRUE(wait_until([&] { return platform.last_offset == 301; }, 20s)) << program.log();
  std::set<std::string> wanted;
  for (int id = 1; id <= 300; ++id)
    wanted.insert(id % 5 != 0
                      ? key_of(id)
                      : "telegram:main:unparsed:" + hub::to_hex(hub::sha256(bot_api::update(static_cast<std::uint64_t>(id)))));
  const auto got = take(url, wanted);
  for (const auto& k : wanted) EXPECT_TRUE(got.contains(k)) << k;
  // What was on its way when the program was killed may come twice, under the same key.
  EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), 300u) << "what cannot be read is in quarantine";
  EXPECT_EQ(program.log().find("1:token"), std::string::npos);
}

TEST_F(telegram_connector, says_that_somebody_else_fetches_and_goes_on_afterwards) {
  bot_api platform;
  platform.newest = 1;
  platform.conflicts = 1;
  const auto url = test_support::fresh_vhost();
  connector_process program(url, accounts(platform.base(), "polling"), secrets());
  program.start();
  ASSERT_TRUE(wait_until([&] { return connectors_list(program).find("somebody else fetches") != std::string::npos; }, 10s))
      << connectors_list(program);
  ASSERT_TRUE(wait_until([&] { return platform.last_offset == 2; }, 20s)) << program.log();
  EXPECT_EQ(take(url, {key_of(1)}).size(), 1u);
  EXPECT_EQ(connectors_list(program).find("somebody else fetches"), std::string::npos);
}

TEST_F(telegram_connector, takes_calls_with_the_secret_and_registers_with_it) {
  bot_api platform;
  const auto url = test_support::fresh_vhost();
  connector_process program(url, accounts(platform.base(), "webhook"), secrets());
  program.start();
  const auto call = [&](const std::string& secret) {
    hub::http::outgoing r;
    r.method = "POST";
    r.url = program.webhook("telegram");
    r.body = R"({"update_id":1,"message":{"message_id":9,"date":1795003201,"from":{"id":7},)"
             R"("chat":{"id":7,"type":"private"},"text":"x"}})";
    r.head.set("X-Telegram-Bot-Api-Secret-Token", secret);
    return ask(std::move(r));
  };
  EXPECT_EQ(call("guessed").status, 403);
  const auto good = call("shown");
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.body, "");
  EXPECT_EQ(take(url, {key_of(9)}).size(), 1u);
  EXPECT_EQ(platform.polls, 0);

  const auto lines = inside(program, "POST", "/internal/register?channel=telegram&account=main");
  EXPECT_EQ(lines.status, 200) << lines.body;
  EXPECT_THAT(lines.body, HasSubstr("updates that wait there: 3"));
  EXPECT_THAT(platform.webhook(), HasSubstr("\"secret_token\":\"shown\""));
  EXPECT_THAT(platform.webhook(), HasSubstr("business_message"));
}

TEST_F(telegram_connector, tells_which_address_the_platform_calls_and_what_keeps_it_from_us) {
  bot_api platform;
  connector_process program(test_support::fresh_vhost(), accounts(platform.base(), "webhook"), secrets());
  program.start();
  const auto told = [&] { return inside(program, "GET", "/internal/webhook?channel=telegram&account=main").body; };
  EXPECT_THAT(told(), HasSubstr(R"("state":"not_set")"));
  EXPECT_THAT(told(), HasSubstr(R"("pending":3)"));
  EXPECT_THAT(told(), HasSubstr("Connection refused"));
  platform.set_info(R"("url":"https://old.example/bot1:token/x?y=z","allowed_updates":["message"])");
  EXPECT_THAT(told(), HasSubstr(R"("state":"differs")"));
  EXPECT_THAT(told(), HasSubstr("https://old.example/bot<token>/x\""));
  EXPECT_THAT(told(), HasSubstr("does not send: edited_message"));
  platform.set_info(R"("url":"http://127.0.0.1:1/webhooks/telegram/main","pending_update_count":0)");
  EXPECT_THAT(told(), HasSubstr(R"("state":"matches")"));
  EXPECT_THAT(told(), HasSubstr("does not send: message_reaction\"")) << "what the platform sends unasked";
}

TEST_F(telegram_connector, whose_bot_is_fetched_wants_no_webhook) {
  bot_api platform;
  connector_process program(test_support::fresh_vhost(), accounts(platform.base(), "polling"), secrets());
  program.start();
  const auto told = [&] { return inside(program, "GET", "/internal/webhook?channel=telegram&account=main").body; };
  EXPECT_THAT(told(), HasSubstr(R"("state":"matches")"));
  platform.set_info(R"("url":"https://old.example/x")");
  EXPECT_THAT(told(), HasSubstr(R"("state":"differs")"));
  EXPECT_THAT(told(), HasSubstr("nothing can be fetched"));
}

TEST_F(telegram_connector, fetches_a_file_in_two_steps_without_telling_the_token) {
  bot_api platform;
  connector_process program(test_support::fresh_vhost(), accounts(platform.base(), "webhook"), secrets());
  program.start();
  connectors::account_context sealing;
  sealing.channel = "telegram";
  sealing.account = "main";
  sealing.seal_key = hub::secret("seal key of the test");
  const auto media = [&](const std::string& place) {
    const connectors::media_reference said{place, hub::instant(std::chrono::milliseconds(4'102'444'800'000))};
    return inside(program, "GET",
                  "/internal/media?channel=telegram&account=main&reference=" + connectors::seal_media(sealing, said));
  };
  EXPECT_EQ(media("file AwAC").body, "the bytes of a voice");
  EXPECT_EQ(media("large AwAC").status, 413);
  EXPECT_EQ(program.log().find("1:token"), std::string::npos);
}

}  // namespace
