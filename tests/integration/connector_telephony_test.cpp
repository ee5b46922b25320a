// hub-connector with telephony accounts, as the providers meet it: tokens, signatures, answers, and a recording that is asked for
// first.

#include "connectors/sealed.hpp"
#include "connectors/telephony/binotel/normalize.hpp"
#include "connectors/telephony/ringostat/normalize.hpp"
#include "connectors/telephony/twilio/normalize.hpp"
#include "tests/integration/connector_fixture.hpp"

namespace {

using namespace connector_tests;
using namespace connectors::telephony;

constexpr const char* call_token = "a-token-nobody-can-guess";
constexpr const char* auth_token = "00000000000000000000000000sample";

/// Binotel's REST API, the host of its recordings, and Ringostat's list, on one loop of their own.
class provider : public http_platform {
 public:
  provider() {
    add("POST", "/api/4.0/stats/call-record.json", [this](const hub::http::request&) {
      return hub::http::response::json(200, R"({"status":"success","url":")" + base() + R"(/dl/1.mp3?expires=900"})");
    });
    add("GET", "/dl/{name}", [](const hub::http::request& r) {
      return hub::http::response::text(r.body.empty() ? 200 : 400, "the bytes of a recording");
    });
    add("GET", "/calls/list", [this](const hub::http::request&) {
      const std::lock_guard lock(mutex_);
      return hub::http::response::json(200, "[" + listed_ + "]");
    });
    start();
  }
  ~provider() override { stop(); }
  std::string api() const { return base() + "/api/4.0"; }
  void list(std::string rows) {
    const std::lock_guard lock(mutex_);
    listed_ = std::move(rows);
  }

 private:
  std::string listed_;
};

class telephony_connectors : public connector_fixture {
 protected:
  static std::string accounts(const std::string& api_base) {
    return "ringostat: {main: {}}, twilio: {main: {poll_every: 0s}}, binotel: {main: {company_id: \"90001\", poll_every: 0s, "
           "api_base: \"" +
           api_base + "\", recording_hosts: [127.0.0.1]}}";
  }
  static std::map<std::string, std::string> secrets(const std::string& token_file) {
    return {{"HUB__CONNECTORS__RINGOSTAT__MAIN__TOKEN_FILE", token_file},
            {"HUB__CONNECTORS__BINOTEL__MAIN__TOKEN", call_token},
            {"HUB__CONNECTORS__BINOTEL__MAIN__KEY", "K"},
            {"HUB__CONNECTORS__BINOTEL__MAIN__SECRET", "S"},
            {"HUB__CONNECTORS__TWILIO__MAIN__ACCOUNT_SID", "AC00000000000000000000000000000a01"},
            {"HUB__CONNECTORS__TWILIO__MAIN__AUTH_TOKEN", auth_token}};
  }
  hub::http::incoming send(const std::string& method, const std::string& url, const std::string& body = {},
                           const std::string& signature = {}) {
    hub::http::outgoing r;
    r.method = method;
    r.url = url;
    r.body = body;
    if (!signature.empty()) r.head.set("X-Twilio-Signature", signature);
    return ask(std::move(r));
  }
  static std::string sample(const std::string& name) {
    std::ifstream in(LEADYARD_SOURCE_DIR "/tests/contract/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// The key of what a parser makes of a body.
  template <class Settings>
  static std::string key(const std::string& channel,
                         hub::result<std::vector<hub::message::event>> (*read)(const connectors::account_context&,
                                                                               const Settings&, std::string_view, hub::instant),
                         const std::string& body) {
    connectors::account_context of;
    of.channel = channel;
    of.account = "main";
    of.seal_key = hub::secret("seal key of the test");
    of.fingerprint_key = hub::secret("fingerprint key of the test");
    Settings with;
    if constexpr (requires { with.company_id; }) with.company_id = "90001";
    if constexpr (requires { with.account_sid; }) with.account_sid = "AC00000000000000000000000000000a01";
    return read(of, with, body, hub::real_clock().now()).value().at(0).key;
  }
  static void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

  test_support::temp_dir place_;
  std::string token_file_ = place_ / "token";
};

TEST_F(telephony_connectors, are_told_of_calls_and_tell_nobody_their_tokens) {
  provider api;
  write(token_file_, call_token);
  const auto url = test_support::fresh_vhost();
  connector_process program(url, accounts(api.api()), secrets(token_file_));
  program.start();

  const auto calls = program.webhook("ringostat") + "/";
  const std::string query = "?call_id=1.1&ev=after_call&status=BUSY&call_type=in&caller=380000000101";
  EXPECT_EQ(send("GET", calls + call_token + query).status, 200);
  EXPECT_EQ(send("POST", calls + call_token, sample("ringostat/after_call_answered.json")).status, 200);
  EXPECT_EQ(send("POST", calls + "another", sample("ringostat/after_call_answered.json")).status, 403);
  EXPECT_EQ(send("POST", program.webhook("ringostat"), "{}").status, 404);

  const auto pushes = program.webhook("binotel") + "/" + call_token;
  const auto completed = send("POST", pushes, sample("binotel/completed_answered_recorded.form"));
  EXPECT_EQ(completed.status, 200);
  EXPECT_EQ(completed.body, R"({"status":"success"})");
  EXPECT_EQ(send("POST", pushes, sample("binotel/call_settings.form")).body, "{}");

  const std::string callback = "AccountSid=AC00000000000000000000000000000a01&CallSid=CA1&CallStatus=ringing&Direction=inbound";
  const auto signature =
      hub::to_base64(hub::hmac_sha1(auth_token,
                                    "http://127.0.0.1:1/webhooks/twilio/mainAccountSidAC00000000000000000000000000000a01"
                                    "CallSidCA1CallStatusringingDirectioninbound"));
  EXPECT_EQ(send("POST", program.webhook("twilio"), callback, signature).status, 200);
  EXPECT_EQ(send("POST", program.webhook("twilio"), callback + "&To=x", signature).status, 403);

  const std::set<std::string> wanted{key("ringostat", ringostat::normalize, query.substr(1)),
                                     key("ringostat", ringostat::normalize, sample("ringostat/after_call_answered.json")),
                                     key("binotel", binotel::normalize, sample("binotel/completed_answered_recorded.form")),
                                     key("twilio", twilio::normalize, callback)};
  const auto got = take(url, wanted);
  EXPECT_EQ(std::set<std::string>(got.begin(), got.end()), wanted);

  const auto log = program.log();
  for (const auto* hidden : {call_token, auth_token, "380000000101", "0200000101"})
    EXPECT_EQ(log.find(hidden), std::string::npos) << hidden;
  for (const auto* channel : {"ringostat", "binotel", "twilio"}) {
    const auto lines = inside(program, "POST", "/internal/register?channel=" + std::string(channel) + "&account=main").body;
    EXPECT_THAT(lines, HasSubstr("/webhooks/" + std::string(channel) + "/main"));
    EXPECT_THAT(lines, testing::Not(HasSubstr(call_token)));
  }
}

TEST_F(telephony_connectors, take_from_the_list_what_no_webhook_told) {
  provider api;
  const auto row = [](const std::string& id) {
    return R"({"uniqueid":")" + id + R"(","calldate":"2026-02-11 09:15:07","call_type":"in","caller":"380000000101",)" +
           R"("disposition":"ANSWERED","duration":"30","billsec":"20"})";
  };
  api.list(row("1.1") + "," + R"({"calldate":"no id"})");
  write(token_file_, call_token);
  const auto url = test_support::fresh_vhost();
  const std::map<std::string, std::string> given{{"HUB__CONNECTORS__RINGOSTAT__MAIN__TOKEN_FILE", token_file_},
                                                 {"HUB__CONNECTORS__RINGOSTAT__MAIN__API_KEY", "K-nobody-may-see"}};
  connector_process program(url, "ringostat: {main: {poll_every: 1s, api_base: \"" + api.base() + "\"}}", given);
  program.start();
  const auto first = key("ringostat", ringostat::normalize, "[" + row("1.1") + "]");
  const auto unread = "ringostat:main:unparsed:" + hub::to_hex(hub::sha256(std::string(R"([{"calldate":"no id"}])")));
  EXPECT_EQ(take(url, {first, unread}), (std::multiset<std::string>{first, unread})) << program.log();
  EXPECT_THAT(inside(program, "GET", "/metrics").body,
              HasSubstr("hub_intake_repaired_total{account=\"main\",channel=\"ringostat\"} 0"))
      << "a call from before its time is nobody's loss";
  program.process().kill();
  ASSERT_TRUE(program.process().wait(10s));
  api.list(row("1.2"));
  program.start();
  const auto second = key("ringostat", ringostat::normalize, "[" + row("1.2") + "]");
  EXPECT_EQ(take(url, {second}), std::multiset<std::string>{second}) << program.log();
  EXPECT_EQ(program.log().find("K-nobody-may-see"), std::string::npos);
}

TEST_F(telephony_connectors, take_in_what_was_refused_once_the_token_is_mended) {
  provider api;
  write(token_file_, "a-token-that-is-wrong");
  const auto url = test_support::fresh_vhost();
  connector_process program(url, accounts(api.api()), secrets(token_file_));
  program.start();
  const auto before = sample("ringostat/before_call.json");
  EXPECT_EQ(send("POST", program.webhook("ringostat") + "/" + call_token, before).status, 403);
  const auto judge = [&] { return inside(program, "POST", "/internal/judge?channel=ringostat&account=main").body; };
  const auto still = judge();
  write(token_file_, call_token);
  program.process().kill(SIGTERM);
  ASSERT_TRUE(program.process().wait(10s));
  program.start();
  EXPECT_NE(judge(), still);
  const auto wanted = key("ringostat", ringostat::normalize, before);
  EXPECT_EQ(take(url, {wanted}), std::multiset<std::string>{wanted});
}

TEST_F(telephony_connectors, ask_where_a_recording_is_and_fetch_it) {
  provider api;
  write(token_file_, call_token);
  connector_process program(test_support::fresh_vhost(), accounts(api.api()), secrets(token_file_));
  program.start();
  connectors::account_context sealing;
  sealing.channel = "binotel";
  sealing.account = "main";
  sealing.seal_key = hub::secret("seal key of the test");
  const auto reference = connectors::seal_media(sealing, {"rec:binotel:9000000101", hub::real_clock().now()});
  const auto got = inside(program, "GET", "/internal/media?channel=binotel&account=main&reference=" + reference);
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.body, "the bytes of a recording");
  EXPECT_EQ(api.asked().front().body, R"({"generalCallID":"9000000101","key":"K","secret":"S"})");
}

}  // namespace
