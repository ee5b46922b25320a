// The telephony connectors around their parsers: who is believed, what a request tells, which settings are refused, where
// recordings are.

#include "config/node.hpp"
#include "connectors/sealed.hpp"
#include "connectors/telephony/account.hpp"
#include "connectors/telephony/binotel/binotel.hpp"
#include "connectors/telephony/ringostat/ringostat.hpp"
#include "connectors/telephony/twilio/twilio.hpp"
#include "tests/unit/telephony_fixture.hpp"

namespace {

using namespace telephony_test;
using testing::HasSubstr;

const std::string token = "a-token-nobody-can-guess";

struct made {
  account_context of;
  hub::problems found;
  std::unique_ptr<connector> it;
};

made make(const connector_kind& kind, const std::string& yaml, const std::string& public_url = "https://hub.example") {
  made one;
  one.of = context(std::string(kind.channel));
  one.of.public_url = public_url;
  const auto read = config::parse_yaml(yaml, "hub.yaml");
  EXPECT_TRUE(read.problems.empty()) << hub::to_text(read.problems);
  one.it = kind.make(one.of, read.root, one.found);
  return one;
}

const std::string ringostat_yaml = "token: " + token + "\nrecording_hosts: [records.ringostat.example]\n";
const std::string binotel_yaml = "token: " + token + "\ncompany_id: \"90001\"\n";
const std::string twilio_yaml = "account_sid: AC00000000000000000000000000000a01\nauth_token: 00000000000000000000000000sample\n";

hub::http::request request(const std::string& method, const std::string& body, const std::string& shown = token) {
  hub::http::request r;
  r.method = method;
  r.body = body;
  r.params = {{"account", "main"}, {"token", shown}};
  return r;
}

TEST(telephony_connectors, believe_only_who_knows_the_token) {
  for (const auto& one : {make(ringostat::kind(), ringostat_yaml), make(binotel::kind(), binotel_yaml)}) {
    ASSERT_TRUE(one.it) << hub::to_text(one.found);
    const bool is_ringostat = one.of.channel == "ringostat";
    const auto body =
        is_ringostat ? body_of("ringostat_in_01_before_call.json") : body_of("binotel_in_02_receivedTheCall.http.txt");
    EXPECT_EQ(one.it->receive(request("POST", body), received_at).events.size(), 1u);
    for (const auto& shown : {std::string(), token + "x", token.substr(1), std::string("A") + token.substr(1)})
      EXPECT_EQ(one.it->receive(request("POST", body, shown), received_at).verdict, verdict::forged) << shown;
    auto without = request("POST", body);
    without.params.clear();
    EXPECT_EQ(one.it->receive(without, received_at).verdict, verdict::forged);
  }
}

TEST(telephony_connectors, read_a_get_and_fixed_parameters_of_the_address) {
  const auto one = make(ringostat::kind(), ringostat_yaml);
  auto get = request("GET", "");
  get.query = {
      {"call_id", "1.1"}, {"ev", "after_call"}, {"status", "BUSY"}, {"caller", "+380 20 000 01 01"}, {"call_type", "in"}};
  const auto got = one.it->receive(get, received_at);
  ASSERT_EQ(got.events.size(), 1u);
  EXPECT_EQ(call_of(got.events[0]).disposition, call_disposition::busy);
  EXPECT_EQ(call_of(got.events[0]).customer.size(), 1u);

  for (const auto& body :
       {std::string(R"({"uniqueid":"1.1","billsec":"5","duration":"9"})"), std::string("uniqueid=1.1&billsec=5")}) {
    auto post = request("POST", body);
    post.query = {{"ev", "after_call"}, {"billsec", "7"}};
    const auto with = one.it->receive(post, received_at);
    ASSERT_EQ(with.events.size(), 1u) << body;
    EXPECT_EQ(call_of(with.events[0]).step, call_step::ended) << body;
    EXPECT_EQ(one.it->receive(request("POST", body), received_at).events.size(), 1u);
  }
  EXPECT_TRUE(one.it->receive(request("HEAD", ""), received_at).events.empty());
}

TEST(telephony_connectors, keep_what_they_refuse_of_a_get) {
  const auto one = make(ringostat::kind(), ringostat_yaml);
  auto get = request("GET", "");
  get.query = {{"caller", "+380200000101"}, {"status", "BUSY"}};
  const auto got = one.it->receive(get, received_at);
  EXPECT_EQ(got.verdict, verdict::accepted);
  ASSERT_EQ(got.events.size(), 1u);
  const auto& refused = std::get<hub::message::unparsed>(got.events[0].data);
  EXPECT_EQ(refused.reason, "call id: is missing");
  EXPECT_EQ(hub::unseal(one.of.seal_key, refused.sealed).value(), "caller=%2B380200000101&status=BUSY");
}

TEST(telephony_connectors, binotel_takes_only_its_addresses_and_waits_for_its_answer) {
  const auto one = make(binotel::kind(), binotel_yaml + "addresses: [192.0.2.114]\n");
  ASSERT_TRUE(one.it) << hub::to_text(one.found);
  auto from = request("POST", body_of("binotel_in_05_apiCallCompleted_answered.http.txt"));
  from.peer = "192.0.2.114";
  const auto got = one.it->receive(from, received_at);
  EXPECT_EQ(got.events.size(), 1u);
  EXPECT_EQ(got.answer, R"({"status":"success"})");
  from.peer = "192.0.2.115";
  EXPECT_EQ(one.it->receive(from, received_at).verdict, verdict::forged);
  const auto any = make(binotel::kind(), binotel_yaml);
  EXPECT_EQ(any.it->receive(from, received_at).verdict, verdict::accepted);
  // What cannot be read is answered so that it does not come again: it is kept.
  const auto refused = any.it->receive(request("POST", "requestType=apiCallCompleted"), received_at);
  EXPECT_EQ(refused.verdict, verdict::unreadable);
  EXPECT_EQ(refused.answer, R"({"status":"success"})");
}

TEST(telephony_connectors, binotel_asks_where_a_recording_is) {
  const auto one = make(binotel::kind(), binotel_yaml + "key: K\nsecret: S\nrecording_hosts: [records.binotel.example]\n");
  const auto got =
      one.it->receive(request("POST", body_of("binotel_in_06_apiCallCompleted_answered_repeat.http.txt")), received_at);
  const auto source = one.it->open_media(call_of(got.events.at(0)).recording->reference);
  ASSERT_TRUE(source.has_value()) << hub::to_text(source.error());
  EXPECT_EQ(source->method, "POST");
  EXPECT_EQ(source->url, "https://api.binotel.com/api/4.0/stats/call-record.json");
  EXPECT_EQ(source->body, R"({"generalCallID":"9000000101","key":"K","secret":"S"})");
  const auto there = source->next(R"({"status":"success","url":"https://records.binotel.example/dl/1.mp3?expires=900"})");
  ASSERT_TRUE(there.has_value());
  EXPECT_EQ(there->url, "https://records.binotel.example/dl/1.mp3?expires=900");
  EXPECT_EQ(there->method, "GET");
  for (const auto* answer :
       {"", "{}", R"({"status":"error"})", R"({"status":"success","url":"https://elsewhere.example/1.mp3"})"})
    EXPECT_FALSE(source->next(answer).has_value()) << answer;
  const auto without = make(binotel::kind(), binotel_yaml);
  EXPECT_THAT(hub::to_text(without.it->open_media(call_of(got.events.at(0)).recording->reference).error()),
              HasSubstr("key and secret"));
}

TEST(telephony_connectors, ringostat_fetches_recordings_from_its_hosts_only) {
  const auto one = make(ringostat::kind(), ringostat_yaml);
  const auto body = body_of("ringostat_in_03_after_call_answered.json");
  const auto reference = call_of(one.it->receive(request("POST", body), received_at).events.at(0)).recording->reference;
  EXPECT_EQ(one.it->open_media(reference)->url, "https://records.ringostat.example/rec/1770794107.100201.mp3");
  EXPECT_FALSE(make(ringostat::kind(), "token: " + token + "\n").it->open_media(reference).has_value());
  const auto other = make(ringostat::kind(), "token: " + token + "\nrecording_hosts: [other.example]\n");
  EXPECT_FALSE(other.it->open_media(reference).has_value());
  const auto hidden = seal_media(one.of, {"rec:ringostat:1.1", received_at});
  EXPECT_THAT(hub::to_text(one.it->open_media(hidden).error()), HasSubstr("held a number"));
}

TEST(telephony_connectors, twilio_believes_its_signature_over_the_public_address) {
  const auto one = make(twilio::kind(), twilio_yaml);
  ASSERT_TRUE(one.it) << hub::to_text(one.found);
  const std::string body = "AccountSid=AC00000000000000000000000000000a01&CallSid=CA1&CallStatus=ringing&Direction=inbound";
  const auto signed_with = [&](const std::string& key) {
    hub::http::request r;
    r.method = "POST";
    r.body = body;
    r.head.set("X-Twilio-Signature", hub::to_base64(hub::hmac_sha1(
                                         key,
                                         "https://hub.example/webhooks/twilio/mainAccountSidAC00000000000000000000000000000a01"
                                         "CallSidCA1CallStatusringingDirectioninbound")));
    return r;
  };
  EXPECT_EQ(one.it->receive(signed_with("00000000000000000000000000sample"), received_at).events.size(), 1u);
  EXPECT_EQ(one.it->receive(signed_with("another"), received_at).verdict, verdict::forged);
  const auto rotating = make(twilio::kind(), twilio_yaml + "previous_auth_token: another\n");
  EXPECT_EQ(rotating.it->receive(signed_with("another"), received_at).events.size(), 1u);
  auto changed = signed_with("00000000000000000000000000sample");
  changed.body += "&To=%2B380200000199";
  EXPECT_EQ(one.it->receive(changed, received_at).verdict, verdict::forged);
  auto twice = signed_with("00000000000000000000000000sample");
  twice.head.list.emplace_back("X-Twilio-Signature", "x");
  EXPECT_EQ(one.it->receive(twice, received_at).verdict, verdict::forged);
  EXPECT_EQ(one.it->receive(request("POST", body), received_at).verdict, verdict::forged);
}

TEST(telephony_connectors, twilio_fetches_recordings_with_its_credentials) {
  const auto one = make(twilio::kind(), twilio_yaml);
  const auto events = one.it->normalize(body_of("twilio_in_05_recording_completed.http.txt"), received_at);
  const auto source = one.it->open_media(call_of(events->at(0)).recording->reference);
  ASSERT_TRUE(source.has_value());
  EXPECT_TRUE(source->url.ends_with("/RE00000000000000000000000000000101.mp3"));
  EXPECT_EQ(*source->head.find("Authorization"),
            "Basic " + hub::to_base64("AC00000000000000000000000000000a01:00000000000000000000000000sample"));
}

TEST(telephony_connectors, refuse_settings_that_cannot_work) {
  const auto why = [](const connector_kind& kind, const std::string& yaml,
                      const std::string& public_url = "https://hub.example") {
    const auto one = make(kind, yaml, public_url);
    EXPECT_FALSE(one.it) << yaml;
    return hub::to_text(one.found);
  };
  EXPECT_THAT(why(ringostat::kind(), ""), HasSubstr("token"));
  EXPECT_THAT(why(ringostat::kind(), "token: short\n"), HasSubstr(".token: expected 12"));
  EXPECT_THAT(why(ringostat::kind(), "token: a/token/with/slashes/in/it\n"), HasSubstr(".token: expected 12"));
  EXPECT_THAT(why(ringostat::kind(), ringostat_yaml + "time_zone: Kyiv\n"), HasSubstr(".time_zone"));
  EXPECT_THAT(why(ringostat::kind(), ringostat_yaml + "country: \"+380\"\n"), HasSubstr(".country"));
  EXPECT_THAT(why(ringostat::kind(), ringostat_yaml + "fields: { call_id: [] }\n"), HasSubstr(".fields.call_id"));
  const auto line = why(ringostat::kind(), ringostat_yaml + "lines: [{ name: sales, number: \"12345678\" }]\n");
  EXPECT_THAT(line, HasSubstr("sales"));
  EXPECT_THAT(line, testing::Not(HasSubstr("12345678"))) << "a number is not shown";
  EXPECT_THAT(why(binotel::kind(), "token: " + token + "\n"), HasSubstr("company_id"));
  EXPECT_THAT(why(binotel::kind(), binotel_yaml + "poll_every: 1h\n"), HasSubstr(".poll_every"));
  EXPECT_THAT(why(ringostat::kind(), ringostat_yaml + "look_back: 1m\n"), HasSubstr(".look_back"));
  EXPECT_THAT(why(twilio::kind(), twilio_yaml + "reach_back: 1h\n"), HasSubstr(".reach_back"));
  EXPECT_THAT(why(binotel::kind(), binotel_yaml + "recording_hosts: [\"https://x.example\"]\n"), HasSubstr(".recording_hosts"));
  EXPECT_THAT(why(twilio::kind(), twilio_yaml, ""), HasSubstr("public_url"));
  EXPECT_THAT(why(twilio::kind(), "account_sid: AC1\n"), HasSubstr("auth_token"));
}

}  // namespace
