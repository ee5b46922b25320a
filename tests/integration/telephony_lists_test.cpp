// The telephony connectors asking simulated providers for their lists of calls, with a clock of the test's: what is asked for,
// what is taken, how far that is, and what the operator is told.

#include "connectors/telephony/binotel/binotel.hpp"
#include "connectors/telephony/ringostat/ringostat.hpp"
#include "connectors/telephony/twilio/twilio.hpp"
#include "hub/http/server.hpp"
#include "hub/message/json.hpp"
#include "tests/integration/telephony_fetching.hpp"

namespace {

using namespace telephony_test;
using hub::http::response;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const std::string sid = "AC00000000000000000000000000000a01";
constexpr const char* twilio_path = "/2010-04-01/Accounts/AC00000000000000000000000000000a01/Calls.json";

/// The three providers beside the connector.
class telephony_lists : public fetching_connector {
 protected:
  void SetUp() override {
    add("GET", "/calls/list");
    add("POST", "/api/4.0/stats/list-of-calls-for-period.json");
    add("GET", twilio_path);
    add("GET", "/2010-04-01/Accounts/{sid}/IncomingPhoneNumbers.json");
    provider_ = std::make_unique<hub::http::server>(loop_, "provider", std::move(routes_), hub::http::listen_options{});
    provider_->start();
  }
  std::string base() const { return "http://127.0.0.1:" + std::to_string(provider_->port()); }

  connector& ringostat_account() {
    return make(ringostat::kind(), "token: a-token-nobody-can-guess\napi_key: K\nproject_id: P1\napi_base: " + base() + "\n");
  }
  connector& binotel_account() {
    return make(binotel::kind(),
                "token: a-token-nobody-can-guess\ncompany_id: \"90001\"\nkey: K\nsecret: S\napi_base: " + base() + "/api/4.0\n");
  }
  connector& twilio_account() {
    return make(twilio::kind(), "account_sid: " + sid + "\nauth_token: T\napi_base: " + base() + "\n");
  }

  static std::string row(const std::string& id, const std::string& more = R"(,"disposition":"ANSWERED")") {
    return R"({"uniqueid":")" + id +
           R"(","calldate":"2026-11-18 13:00:00","call_type":"in","caller":"380000000101","duration":"30","billsec":"20")" +
           more + "}";
  }

  std::function<response(const hub::http::request&)> answer = [](const auto&) { return response::json(200, "[]"); };
  std::vector<hub::http::request> asked;

 private:
  void add(const std::string& method, const std::string& pattern) {
    hub::http::route r;
    r.method = method;
    r.pattern = pattern;
    r.handle = [this](hub::http::request request) -> hub::async::task<response> {
      asked.push_back(request);
      auto made = answer(request);
      co_return made;
    };
    routes_.add(std::move(r));
  }
  hub::http::router routes_;
  std::unique_ptr<hub::http::server> provider_;
};

TEST_F(telephony_lists, ringostat_is_asked_by_its_own_clock_and_told_its_key) {
  ringostat_account();
  answer = [](const auto&) { return response::json(200, sample("ringostat_api_calls_list_response.json")); };
  run_until([&] { return !position.empty(); });
  // 12:00 UTC is 14:00 in Kyiv; two hours back, and an hour more for a clock that is put back.
  EXPECT_EQ(asked[0].query.at("from"), "2026-11-18 11:00:00");
  EXPECT_EQ(asked[0].query.at("to"), "2026-11-18 15:00:00");
  EXPECT_EQ(asked[0].query.at("projectId"), "P1");
  EXPECT_THAT(asked[0].query.at("fields"), HasSubstr("uniqueid,calldate"));
  EXPECT_EQ(*asked[0].head.find("Auth-key"), "K");
  EXPECT_THAT(ids(), ElementsAre("1770794107.100201", "1770796960.100202", "1770808810.100207"));
  EXPECT_EQ(position, hub::to_rfc3339(clock_.at));
}

TEST_F(telephony_lists, binotel_is_asked_for_a_period) {
  binotel_account();
  answer = [](const auto&) { return response::json(200, sample("binotel_api_calls_for_period_response_dict.json")); };
  run_until([&] { return !position.empty(); });
  EXPECT_EQ(asked[0].body, R"({"startTime":1794996000,"stopTime":1795003201,"key":"K","secret":"S"})");
  EXPECT_FALSE(ids().empty());
}

TEST_F(telephony_lists, twilio_is_asked_page_by_page_and_credentials_stay_with_it) {
  twilio_account();
  answer = [](const hub::http::request& r) {
    auto page = hub::message::parse_json(sample("twilio_api_calls_list_response.json")).value();
    auto& calls = page.as_object()["calls"].as_array();
    const bool first = !r.query.contains("Page");
    calls.erase(calls.begin() + (first ? 1 : 0));
    if (first) page.as_object()["next_page_uri"] = std::string(twilio_path) + "?PageSize=200&Page=1&PageToken=PA1";
    return response::json(200, boost::json::serialize(page));
  };
  run_until([&] { return !position.empty(); });
  EXPECT_EQ(asked[0].query.at("StartTime>"), "2026-11-18T10:00:00Z");
  EXPECT_EQ(asked[0].query.at("StartTime<"), "2026-11-18T12:00:01Z");
  EXPECT_EQ(asked[1].query.at("PageToken"), "PA1");
  EXPECT_EQ(*asked[1].head.find("Authorization"), "Basic " + hub::to_base64(sid + ":T"));
  EXPECT_THAT(taken, SizeIs(2));

  answer = [](const auto&) { return response::json(200, R"({"calls":[],"next_page_uri":"@198.51.100.1/x"})"); };
  run_until([&] { return !trouble.empty(); });
  EXPECT_THAT(trouble, HasSubstr("not this account's"));
}

TEST_F(telephony_lists, take_each_event_once_and_what_changed_again) {
  ringostat_account();
  answer = [](const auto&) { return response::json(200, "[" + row("1") + "," + row("2") + R"(,{"uniqueid":"..."},7])"); };
  run_until([&] { return asked.size() == 2; });
  EXPECT_THAT(ids(), ElementsAre("...", "1", "2"));
  EXPECT_THAT(taken, SizeIs(4)) << "the row that cannot be read is in quarantine, alone";
  answer = [](const auto&) { return response::json(200, "[" + row("1") + "," + row("2", R"(,"disposition":"BUSY")") + "]"); };
  run_until([&] { return asked.size() >= 4; });
  EXPECT_THAT(taken, SizeIs(5));
}

TEST_F(telephony_lists, an_outage_is_made_good_in_pieces_and_the_position_follows_what_is_safe) {
  ringostat_account();
  position = hub::to_rfc3339(clock_.at - 24h);
  const auto first = position;
  answer = [this](const auto&) {
    return asked.size() < 3 ? response::json(200, "[" + row(std::to_string(asked.size())) + "]") : response::text(500, "");
  };
  run_until([&] { return !trouble.empty(); });
  EXPECT_THAT(trouble, HasSubstr("HTTP 500"));
  EXPECT_THAT(ids(), ElementsAre("1", "2"));
  EXPECT_EQ(asked[0].query.at("from"), "2026-11-17 11:00:00");
  EXPECT_EQ(asked[1].query.at("from"), "2026-11-17 17:00:00");
  EXPECT_EQ(position, hub::to_rfc3339(clock_.at - 14h)) << "26 hours in pieces of 6, of which two were answered";
  answer = [](const auto&) { return response::json(200, "[]"); };
  run_until([&] { return position == hub::to_rfc3339(clock_.at); });
  EXPECT_EQ(asked[3].query.at("from"), "2026-11-17 21:00:00") << "from the position on, less the look back";
  EXPECT_EQ(trouble, "");
}

TEST_F(telephony_lists, less_time_is_asked_for_where_there_are_more_calls_than_one_answer_holds) {
  ringostat_account();
  answer = [this](const auto&) {
    std::string rows;
    for (int i = 0; i < (asked.size() == 1 ? 6500 : 1); ++i) rows += (rows.empty() ? "" : ",") + row(std::to_string(i));
    return response::json(200, "[" + rows + "]");
  };
  run_until([&] { return !position.empty() && position == hub::to_rfc3339(clock_.at); });
  EXPECT_EQ(asked[1].query.at("to"), "2026-11-18 14:00:00") << "half as much";
  EXPECT_EQ(trouble, "");
}

TEST_F(telephony_lists, nothing_moves_while_nothing_can_be_kept) {
  ringostat_account();
  keeps = false;
  answer = [](const auto&) { return response::json(200, "[" + row("1") + "]"); };
  run_until([&] { return !trouble.empty(); });
  EXPECT_THAT(trouble, HasSubstr("neither broker nor spool"));
  EXPECT_EQ(position, "");
  keeps = true;
  run_until([&] { return !position.empty(); });
  EXPECT_THAT(ids(), ElementsAre("1"));
}

TEST_F(telephony_lists, a_wrong_key_and_patience_are_told_in_plain_words) {
  ringostat_account();
  answer = [](const auto&) {
    auto later = response::text(429, "");
    later.head.set("Retry-After", "1");
    return later;
  };
  run_until([&] { return !trouble.empty(); });
  EXPECT_THAT(trouble, HasSubstr("asks for patience"));
  answer = [](const auto&) { return response::json(401, R"({"error":"Unauthorized"})"); };
  run_until([&] { return trouble.find("refuses api_key") != std::string::npos; });
  EXPECT_EQ(position, "");
}

TEST_F(telephony_lists, binotel_says_with_200_that_it_refuses) {
  binotel_account();
  answer = [](const auto&) { return response::json(200, sample("binotel_api_error_response.json")); };
  run_until([&] { return !trouble.empty(); });
  EXPECT_THAT(trouble, HasSubstr("error 120 (Invalid request): are key and secret right?"));
}

TEST_F(telephony_lists, twilio_is_asked_whom_its_numbers_call) {
  auto& account = twilio_account();
  const std::string ours = R"({"phone_number":"+380000000190","status_callback":"https://hub.example/webhooks/twilio/main)";
  const std::string silent = R"({"phone_number":"+380000000191","status_callback":""})";
  const std::string other = R"({"phone_number":"+380000000192","status_callback":"https://else.example/calls?key=secret"})";
  const std::string app = R"({"phone_number":"+380000000193","status_callback":"","voice_application_sid":"AP1"})";
  const auto told = [&](const std::string& numbers, int status = 200) {
    answer = [=](const auto&) { return response::json(status, R"({"incoming_phone_numbers":[)" + numbers + "]}"); };
    return wait_for(account.inspect_webhook(http()));
  };
  EXPECT_EQ(told(ours + "\"}," + app).state, webhook_state::matches);
  EXPECT_EQ(*asked[0].head.find("Authorization"), "Basic " + hub::to_base64(sid + ":T"));
  EXPECT_THAT(told(ours + R"(#rc=5&rp=all"})").findings, ElementsAre());
  EXPECT_THAT(told(ours + R"(","status_callback_method":"GET"})").findings,
              ElementsAre("1 of 1 number call by GET; expected POST"));
  const auto half = told(ours + "\"}," + silent);
  EXPECT_EQ(half.state, webhook_state::matches);
  EXPECT_THAT(half.findings, ElementsAre("1 of 2 numbers tell nobody how calls end"));
  const auto wrong = told(ours + "\"}," + silent + "," + other);
  EXPECT_EQ(wrong.state, webhook_state::differs);
  EXPECT_EQ(wrong.found, "https://else.example/calls") << "what may be secret is not shown";
  EXPECT_THAT(wrong.findings, SizeIs(2));
  EXPECT_EQ(told(silent).state, webhook_state::not_set);
  EXPECT_EQ(told(app).state, webhook_state::nothing);
  EXPECT_EQ(told("", 401).state, webhook_state::unknown);
  EXPECT_EQ(told("", 500).state, webhook_state::unknown);
}

TEST_F(telephony_lists, who_registers_is_told_what_to_type_where_and_no_token) {
  const auto lines = [&](connector& account) {
    std::string text;
    for (const auto& line : wait_for(account.register_webhook(http()))) text += line + "\n";
    return text;
  };
  const auto cabinet = lines(ringostat_account());
  EXPECT_THAT(cabinet, HasSubstr("https://hub.example/webhooks/ringostat/main/<token>?ev=after_call"));
  EXPECT_THAT(cabinet, HasSubstr("fields: uniqueid, calldate, call_type, userfield, dst, full_num, disposition"));
  EXPECT_THAT(lines(binotel_account()), HasSubstr("POST https://hub.example/webhooks/binotel/main/<token>"));
  EXPECT_THAT(lines(twilio_account()), HasSubstr("https://hub.example/webhooks/twilio/main#rc=5&rp=all"));
  const auto looked_at = [&](connector& account) {
    EXPECT_THAT(lines(account), testing::Not(HasSubstr("a-token-nobody-can-guess")));
    const auto report = wait_for(account.inspect_webhook(http()));
    EXPECT_EQ(report.state, webhook_state::nothing);
    EXPECT_THAT(report.wanted, testing::EndsWith("/<token>"));
  };
  looked_at(ringostat_account());
  looked_at(binotel_account());
}

TEST_F(telephony_lists, calls_that_no_webhook_told_are_counted) {
  auto& account = ringostat_account();
  run_until([&] { return !position.empty(); });
  const auto before = repaired("ringostat").Value();
  // Of two calls at 12:10 one webhook comes.
  clock_.at += 11min;
  hub::http::request webhook;
  webhook.method = "POST";
  webhook.params = {{"account", "main"}, {"token", "a-token-nobody-can-guess"}};
  const auto at = [](const std::string& id) {
    return R"({"uniqueid":")" + id + R"(","calldate":"2026-11-18 14:10:00","call_type":"in","duration":"30","billsec":"20",)" +
           R"("disposition":"ANSWERED"})";
  };
  webhook.body = at("1");
  EXPECT_THAT(account.receive(webhook, clock_.at).events, SizeIs(1));
  clock_.at += 10min;
  answer = [at](const auto&) { return response::json(200, "[" + at("1") + "," + at("2") + "]"); };
  run_until([&] { return taken.size() == 2; });
  EXPECT_EQ(repaired("ringostat").Value() - before, 1);
}

}  // namespace
