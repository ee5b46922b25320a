// Ringing back through hub-connector: the number is asked for by the call's id and goes to the provider only. Twice, never a
// third time, and nobody else hears of it.

#include "tests/integration/connector_fixture.hpp"

namespace {

using namespace connector_tests;

constexpr const char* call_token = "a-token-nobody-can-guess";

/// Ringostat's and Binotel's APIs, as far as a call back needs them.
class providers : public http_platform {
 public:
  providers() {
    const std::string twilio = "/2010-04-01/Accounts/AC00000000000000000000000000000a01/Calls";
    for (const std::string& path :
         {std::string("/calls/list"), std::string("/a/v2"), std::string("/api/4.0/stats/call-details.json"),
          std::string("/api/4.0/calls/internal-number-to-external-number.json"), twilio + "/{call}", twilio + ".json"})
      add(path.ends_with("list") || path.ends_with("}") ? "GET" : "POST", path, [this](const request& r) { return answered(r); });
    start();
  }
  ~providers() override { stop(); }

  /// What the last part of a path is answered with from now on.
  void say(const std::string& path, int status, const std::string& body) {
    const std::lock_guard lock(mutex_);
    says_[path] = {status, body};
  }
  std::vector<std::string> take_asked() {
    const std::lock_guard lock(mutex_);
    return std::exchange(asked_, {});
  }

 private:
  response answered(const request& r) {
    const std::lock_guard lock(mutex_);
    const auto path = r.path.substr(r.path.rfind('/') + 1);
    std::string what = r.body;
    for (const auto& [name, value] : r.query) what += name + "=" + value + ";";
    if (const auto* key = r.head.find("Auth-key")) what += " by " + *key;
    asked_.push_back(path + " " + what);
    const auto [status, body] = says_.at(path);
    return response::json(status, body);
  }

  std::map<std::string, std::pair<int, std::string>> says_;
  std::vector<std::string> asked_;
};

class calls_back : public connector_fixture {
 protected:
  calls_back()
      : program_(test_support::fresh_vhost(),
                 "ringostat: {main: {poll_every: 0s, api_base: \"" + api_.base() +
                     "\", project_id: \"11111\"}, bare: {}}, twilio: {bare: {}, main: {poll_every: 0s,"
                     " ring_address: \"sip:{extension}@dealer.sip.example\", lines: [{name: main, number: \"380200000190\"}],"
                     " api_base: \"" +
                     api_.base() +
                     "\"}},"
                     " binotel: {main: {poll_every: 0s, company_id: \"90001\", api_base: \"" +
                     api_.base() + "/api/4.0\"}}",
                 {{"HUB__CONNECTORS__RINGOSTAT__MAIN__TOKEN", call_token},
                  {"HUB__CONNECTORS__RINGOSTAT__MAIN__API_KEY", "R"},
                  {"HUB__CONNECTORS__RINGOSTAT__BARE__TOKEN", call_token},
                  {"HUB__CONNECTORS__BINOTEL__MAIN__TOKEN", call_token},
                  {"HUB__CONNECTORS__BINOTEL__MAIN__KEY", "K"},
                  {"HUB__CONNECTORS__BINOTEL__MAIN__SECRET", "S"},
                  {"HUB__CONNECTORS__TWILIO__BARE__ACCOUNT_SID", "AC00000000000000000000000000000a02"},
                  {"HUB__CONNECTORS__TWILIO__BARE__AUTH_TOKEN", "00000000000000000000000000sample"},
                  {"HUB__CONNECTORS__TWILIO__MAIN__ACCOUNT_SID", "AC00000000000000000000000000000a01"},
                  {"HUB__CONNECTORS__TWILIO__MAIN__AUTH_TOKEN", "00000000000000000000000000sample"}}) {
    api_.say("list", 200, R"([{"uniqueid":"1770794107.100200","call_type":"in","caller":"380000000109","dst":"380000000190"},
      {"uniqueid":"1770794107.100201","call_type":"in","caller":"380000000101","dst":"380000000190"},
      {"uniqueid":"1770794107.100202","call_type":"out","caller":"dealer_olena","dst":"380000000102"},
      {"uniqueid":"1770794107.100203","call_type":"in","caller":"anonymous","dst":"380000000190"}])");
    api_.say("v2", 200, R"({"jsonrpc":"2.0","id":1,"result":"ok"})");
    api_.say("call-details.json", 200,
             R"({"status":"success","callDetails":{"9000000101":{"generalCallID":"9000000101","externalNumber":"0000000101"}}})");
    api_.say("internal-number-to-external-number.json", 200, R"({"status":"success","generalCallID":"9000000777"})");
    api_.say("CA101.json", 200, R"({"sid":"CA101","from":"+380200000101","to":"+380200000190","direction":"inbound"})");
    api_.say("CA102.json", 200, R"({"sid":"CA102","from":"+380200000190","to":"+380200000102","direction":"outbound-dial"})");
    api_.say("CA103.json", 200, R"({"sid":"CA103","from":"+380200000103","to":"+380200000104","direction":"inbound"})");
    api_.say("CA104.json", 200, R"({"sid":"CA104","from":"+2562533","to":"+380200000190","direction":"inbound"})");
    api_.say("Calls.json", 201, R"({"sid":"CA999","status":"queued"})");
    program_.start();
  }
  std::string call_back(const std::string& channel, const std::string& call, const std::string& account = "main") {
    const auto got = inside(program_, "POST", "/internal/call-back?channel=" + channel + "&account=" + account,
                            R"({"call_id":")" + call + R"(","extension":"101","started_at":"2026-02-11T07:15:07Z"})");
    EXPECT_EQ(got.status, 200) << got.body;
    return got.body;
  }

  providers api_;
  connector_process program_;
};

TEST_F(calls_back, ask_ringostat_for_the_number_and_ring_the_manager_first) {
  EXPECT_EQ(call_back("ringostat", "1770794107.100201"), R"({"state":"placed","why":""})");
  EXPECT_THAT(api_.take_asked(),
              testing::ElementsAre(
                  "list export_type=json;fields=uniqueid,calldate,call_type,caller,dst;from=2026-02-11 09:13:07;to=2026-02-11 "
                  "09:17:07; by R",
                  R"(v2 {"jsonrpc":"2.0","id":1,"method":"Api\\V2\\Callback.external","params":{"caller":"380000000101",)"
                  R"("caller_type":"default","callee":"101","callee_type":"default","manager_dst":0,)"
                  R"("direction":"out","projectId":"11111"}} by R)"));
  EXPECT_THAT(call_back("ringostat", "1770794107.100202"), HasSubstr("placed"));
  EXPECT_THAT(api_.take_asked().back(), HasSubstr(R"("caller":"380000000102")")) << "of an outgoing call whom we rang";
  EXPECT_THAT(program_.log(), testing::Not(HasSubstr("3800000001")));
}

TEST_F(calls_back, ask_binotel_for_the_number_and_ring_the_manager_first) {
  EXPECT_EQ(call_back("binotel", "9000000101"), R"({"state":"placed","why":""})");
  EXPECT_THAT(api_.take_asked(),
              testing::ElementsAre(R"(call-details.json {"generalCallID":"9000000101","key":"K","secret":"S"})",
                                   R"(internal-number-to-external-number.json {"internalNumber":"101",)"
                                   R"("externalNumber":"0000000101","key":"K","secret":"S"})"));
  EXPECT_THAT(program_.log(), testing::Not(HasSubstr("0000000101")));
}

TEST_F(calls_back, ask_twilio_for_the_call_and_have_the_managers_address_dial) {
  EXPECT_EQ(call_back("twilio", "CA101"), R"({"state":"placed","why":""})");
  EXPECT_THAT(api_.take_asked(), testing::ElementsAre("CA101.json ",
                                                      "Calls.json To=sip%3A101%40dealer.sip.example&From=%2B380200000190&Twiml="
                                                      "%3CResponse%3E%3CDial%20callerId%3D%22%2B380200000190%22%3E%2B380200000101"
                                                      "%3C%2FDial%3E%3C%2FResponse%3E"));
  EXPECT_THAT(call_back("twilio", "CA102"), HasSubstr("placed"));
  EXPECT_THAT(api_.take_asked().back(), HasSubstr("%3E%2B380200000102%3C")) << "of an outgoing call whom we rang";
  EXPECT_THAT(call_back("twilio", "CA103"), HasSubstr("our own side of this call is none of `lines`"));
  EXPECT_THAT(call_back("twilio", "CA104"), HasSubstr(R"("state":"refused")"));
  EXPECT_THAT(api_.take_asked(), testing::ElementsAre("CA103.json ", "CA104.json "));
  api_.say("Calls.json", 401, R"({"code":20003,"message":"Authenticate"})");
  EXPECT_THAT(call_back("twilio", "CA101"), HasSubstr("refused with HTTP 401"));
  api_.say("Calls.json", 503, "");
  EXPECT_THAT(call_back("twilio", "CA101"), HasSubstr(R"("state":"unknown")"));
  EXPECT_THAT(program_.log(), testing::Not(HasSubstr("3802000001")));
}

TEST_F(calls_back, are_not_placed_where_there_is_nobody_to_ring) {
  for (const auto* call : {"1770794107.100203", "1770794107.999999"}) {
    const auto told = call_back("ringostat", call);
    EXPECT_THAT(told, HasSubstr(R"("state":"refused")")) << call;
    EXPECT_THAT(told, HasSubstr("no number")) << call;
  }
  EXPECT_THAT(call_back("binotel", "9000000102"), HasSubstr(R"("state":"refused")"));
  for (const auto& asked : api_.take_asked())
    EXPECT_TRUE(asked.starts_with("list") || asked.starts_with("call-details")) << asked;
  EXPECT_THAT(call_back("ringostat", "1770794107.100201", "bare"), HasSubstr(R"({"state":"unsupported","why":"api_key)"));
  EXPECT_THAT(call_back("twilio", "CA1", "bare"), HasSubstr(R"({"state":"unsupported","why":"ring_address is not set)"));
  EXPECT_TRUE(api_.take_asked().empty());
  EXPECT_EQ(inside(program_, "POST", "/internal/call-back?channel=binotel&account=other", "{}").status, 404);
  EXPECT_EQ(inside(program_, "POST", "/internal/call-back?channel=binotel&account=main", "{}").status, 400);
  EXPECT_EQ(inside(program_, "POST", "/internal/call-back?channel=binotel&account=main", "{}", "wrong").status, 401);
}

TEST_F(calls_back, tell_what_the_provider_says_without_the_number_and_ask_once) {
  api_.say("v2", 200, R"({"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"Outgoing calls are forbidden"}})");
  EXPECT_THAT(call_back("ringostat", "1770794107.100201"),
              HasSubstr(R"({"state":"refused","why":"the provider refused: Outgoing calls are forbidden"})"));
  api_.say("v2", 200, R"({"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"Bad number 380000000101"}})");
  const auto hidden = call_back("ringostat", "1770794107.100201");
  EXPECT_THAT(hidden, HasSubstr(R"("state":"refused")"));
  EXPECT_THAT(hidden, testing::Not(HasSubstr("0000000101")));
  api_.say("internal-number-to-external-number.json", 200,
           R"({"status":"error","code":"104","message":"not allowed on the line"})");
  EXPECT_THAT(call_back("binotel", "9000000101"), HasSubstr("error 104 not allowed on the line"));
  api_.take_asked();

  // Once it was asked to ring, nobody knows; while it was only asked for the number, nothing has been done.
  api_.say("v2", 502, "<html>");
  EXPECT_THAT(call_back("ringostat", "1770794107.100201"), HasSubstr(R"("state":"unknown")"));
  EXPECT_EQ(api_.take_asked().size(), 2u) << "nothing is asked again";
  api_.say("list", 502, "<html>");
  EXPECT_THAT(call_back("ringostat", "1770794107.100201"), HasSubstr(R"("state":"unreached")"));
  api_.say("list", 401, "{}");
  EXPECT_THAT(call_back("ringostat", "1770794107.100201"),
              HasSubstr(R"({"state":"refused","why":"the provider refused with HTTP 401)"));
  EXPECT_EQ(api_.take_asked().size(), 2u);
}

}  // namespace
