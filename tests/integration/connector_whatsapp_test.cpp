// hub-connector with a WhatsApp account, as Meta meets it: its question, its signed batches, its media in two steps.

#include "connectors/whatsapp/media.hpp"
#include "tests/integration/connector_fixture.hpp"

namespace {

using namespace connector_tests;

constexpr const char* app_secret = "0123456789abcdef0123456789abcdef";

/// The Graph API and its media host, on one loop of their own.
class graph : public http_platform {
 public:
  graph() {
    add("GET", "/v26.0/{id}", [this](const hub::http::request& r) {
      authorized = *r.head.find("Authorization");
      if (r.params.at("id") == "1901") return hub::http::response::text(404, "");
      if (r.params.at("id") == "1902") return hub::http::response::json(200, std::string(100'000, ' ') + "{}");
      return hub::http::response::json(
          200, R"({"messaging_product":"whatsapp","url":")" + base() + R"(/bytes/a.jpg","mime_type":"image/jpeg"})");
    });
    add("GET", "/bytes/{name}", [this](const hub::http::request& r) {
      const auto* shown = r.head.find("Authorization");
      if (!shown || *shown != "Bearer access") return hub::http::response::text(401, "");
      return hub::http::response::text(200, "the bytes of a picture");
    });
    start();
  }
  ~graph() override { stop(); }

  std::string authorized;
};

class whatsapp_connector : public connector_fixture {
 protected:
  static std::string accounts(const std::string& base) {
    return "whatsapp: {main: {phone_number_id: \"108888000000001\", api_base: \"" + base + "\", media_hosts: [127.0.0.1]}}";
  }
  static std::map<std::string, std::string> secrets() {
    return {{"HUB__CONNECTORS__WHATSAPP__MAIN__APP_SECRET", app_secret},
            {"HUB__CONNECTORS__WHATSAPP__MAIN__VERIFY_TOKEN", "verify"},
            {"HUB__CONNECTORS__WHATSAPP__MAIN__ACCESS_TOKEN", "access"}};
  }
  hub::http::incoming post(const connector_process& to, const std::string& body, const std::string& secret = app_secret) {
    hub::http::outgoing r;
    r.method = "POST";
    r.url = to.webhook("whatsapp");
    r.body = body;
    r.head.set("X-Hub-Signature-256", "sha256=" + hub::to_hex(hub::hmac_sha256(secret, body)));
    return ask(std::move(r));
  }
  hub::http::incoming get(const connector_process& to, const std::string& query) {
    hub::http::outgoing r;
    r.url = to.webhook("whatsapp") + query;
    return ask(std::move(r));
  }
  static std::string sample(const std::string& name) {
    std::ifstream in(LEADYARD_SOURCE_DIR "/tests/contract/whatsapp/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST_F(whatsapp_connector, answers_metas_question_and_takes_whole_batches_in) {
  graph platform;
  const auto url = test_support::fresh_vhost();
  connector_process program(url, accounts(platform.base()), secrets());
  program.start();
  const auto good = get(program, "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify");
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.body, "1158201444");
  EXPECT_EQ(*good.head.find("Content-Type"), "text/plain");
  EXPECT_EQ(get(program, "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=x").status, 403);

  EXPECT_EQ(post(program, sample("batch_mixed.json")).status, 200);
  EXPECT_EQ(post(program, sample("batch_mixed.json"), "another").status, 403);
  EXPECT_EQ(post(program, sample("batch_with_bad_elements.json")).status, 200);
  EXPECT_EQ(post(program, sample("account_field_unrelated.json")).status, 200);
  const auto got = take(url, {"whatsapp:main:message:04dbd7c644a84297caa59eb3e0a7a5a6",
                              "whatsapp:main:status:b7924b3926dfd1430a42e8f5e6fcf166:delivered",
                              "whatsapp:main:message:4af8fe8915904ad88086b86ac7c30a53"});
  EXPECT_EQ(got.size(), 17u) << "seven of the first, ten of the second";
  const auto log = program.log();
  EXPECT_EQ(log.find("380000000001"), std::string::npos);
  const auto webhook = inside(program, "GET", "/internal/webhook?channel=whatsapp&account=main").body;
  EXPECT_THAT(webhook, HasSubstr(R"("state":"nothing","wanted":"http://127.0.0.1:1/webhooks/whatsapp/main")"));
  EXPECT_THAT(webhook, HasSubstr("Meta cannot be asked"));
  const auto lines = inside(program, "POST", "/internal/register?channel=whatsapp&account=main");
  EXPECT_THAT(lines.body, HasSubstr("/webhooks/whatsapp/main"));
  EXPECT_THAT(lines.body, testing::Not(HasSubstr("\"verify\"")));
}

TEST_F(whatsapp_connector, fetches_media_by_id_in_two_steps_and_shows_the_token_to_nobody_else) {
  graph platform;
  connector_process program(test_support::fresh_vhost(), accounts(platform.base()), secrets());
  program.start();
  connectors::account_context sealing;
  sealing.channel = "whatsapp";
  sealing.account = "main";
  sealing.seal_key = hub::secret("seal key of the test");
  const auto media = [&](const std::string& id) {
    const auto reference = connectors::whatsapp::seal_place(sealing, {id, "", hub::real_clock().now()});
    return inside(program, "GET", "/internal/media?channel=whatsapp&account=main&reference=" + reference);
  };
  const auto got = media("1900");
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.body, "the bytes of a picture");
  EXPECT_EQ(platform.authorized, "Bearer access");
  EXPECT_EQ(platform.times_asked(), 2u) << "where it is, and for its bytes";
  EXPECT_EQ(media("1901").status, 410) << "the platform does not have it any more";
  EXPECT_EQ(media("1902").status, 502) << "an answer that only names a place is short";
  EXPECT_EQ(program.log().find("access\""), std::string::npos);
}

}  // namespace
