// Twilio's callbacks, recordings, list of calls and signatures: every recorded body and vector.

#include "connectors/telephony/twilio/normalize.hpp"
#include "connectors/telephony/twilio/signature.hpp"
#include "tests/unit/telephony_fixture.hpp"

namespace {

using namespace telephony_test;

const account_context of = context("twilio");

twilio::settings settings() {
  twilio::settings with;
  with.account_sid = "AC00000000000000000000000000000a01";
  with.lines = {{"main", hub::secret("380200000190")}, {"second", hub::secret("380200000191")}};
  return with;
}

events parse(const std::string& body) { return twilio::normalize(of, settings(), body, received_at); }

const std::string account = "AccountSid=AC00000000000000000000000000000a01&CallSid=CA1&";

call_record one(const std::string& fields) {
  const auto got = parse(account + fields);
  EXPECT_TRUE(got && got->size() == 1) << fields;
  return got && got->size() == 1 ? call_of(got->front()) : call_record{};
}

event first_of(const std::string& name) { return parse(body_of(name)).value().at(0); }

TEST(twilio, makes_of_every_recorded_callback_the_recorded_call) {
  const auto names = recorded_samples("twilio_");
  ASSERT_EQ(names.size(), 8u);
  for (const auto& name : names) {
    const auto got = parse(body_of(name));
    ASSERT_TRUE(got && got->size() == 1) << name;
    auto wanted = recorded(name).at(0);
    // When it began is known from the callback before; merging keeps that.
    if (name == "twilio_out_02_ringing.http.txt") wanted["started_at"] = "2026-02-13T08:00:02.000Z";
    if (name == "twilio_out_03_no_answer.http.txt") wanted["started_at"] = nullptr;
    EXPECT_EQ(boost::json::value(told_by(got->front(), of)), boost::json::value(wanted)) << name;
    expect_to_survive(*got);
  }
  const auto outbound = merged({first_of("twilio_out_03_no_answer.http.txt"), first_of("twilio_out_02_ringing.http.txt"),
                                first_of("twilio_out_01_initiated.http.txt")});
  EXPECT_EQ(hub::to_rfc3339(*outbound.started_at), "2026-02-13T08:00:00.000Z");
  EXPECT_EQ(outbound.line, "second");
}

TEST(twilio, makes_one_call_of_all_its_legs_in_any_order) {
  std::vector<event> all;
  for (const auto& name : recorded_samples("twilio_in_")) all.push_back(first_of(name));
  ASSERT_EQ(all.size(), 5u);
  const auto wanted = merged(all);
  EXPECT_EQ(wanted.state, hub::message::call_state::ended);
  EXPECT_EQ(wanted.talk_seconds, 60u);
  EXPECT_EQ(wanted.manager, "901");
  EXPECT_EQ(wanted.line, "main");
  EXPECT_TRUE(wanted.recording);
  EXPECT_EQ(hub::to_rfc3339(*wanted.ended_at), "2026-02-13T07:01:12.000Z");
  const auto by_key = [](const event& a, const event& b) { return a.key < b.key; };
  std::sort(all.begin(), all.end(), by_key);
  do EXPECT_EQ(merged(all), wanted);
  while (std::next_permutation(all.begin(), all.end(), by_key));
}

TEST(twilio, makes_the_same_call_of_its_list) {
  const auto got = parse(body_of("twilio_api_calls_list_response.json"));
  ASSERT_TRUE(got && got->size() == 2);
  expect_to_survive(*got);
  const auto call = merged(*got);
  EXPECT_EQ(call.state, hub::message::call_state::ended);
  EXPECT_EQ(call.disposition, call_disposition::answered);
  EXPECT_EQ(call.talk_seconds, 60u);
  EXPECT_EQ(call.manager, "901");
  EXPECT_EQ(hub::to_rfc3339(*call.started_at), "2026-02-13T07:00:00.000Z");
  EXPECT_EQ(hub::to_rfc3339(*call.answered_at), "2026-02-13T07:00:11.000Z");
  EXPECT_EQ(hub::to_rfc3339(*call.ended_at), "2026-02-13T07:01:12.000Z");
  const auto unfinished = parse(R"({"calls":[{"sid":"CA1","account_sid":"AC00000000000000000000000000000a01",)"
                                R"("status":"in-progress","direction":"inbound"}]})");
  EXPECT_TRUE(unfinished && unfinished->empty());
}

TEST(twilio, misses_a_call_whose_legs_nobody_answered) {
  const std::string child = "Direction=outbound-dial&From=%2B380200000101&To=sip%3A901%40d.example&CallStatus=";
  const auto leg = parse("ParentCallSid=CA0&" + account + child + "no-answer");
  EXPECT_TRUE(leg && leg->empty()) << "another may be ringing";
  const auto ringing = parse("ParentCallSid=CA1&" + account + child + "ringing");
  const auto parent = parse(account + "Direction=inbound&From=%2B380200000101&To=%2B380200000190&CallStatus=completed");
  const auto call = merged({parent->front(), ringing->front()});
  EXPECT_EQ(call.state, hub::message::call_state::missed);
  EXPECT_EQ(call.disposition, call_disposition::no_answer);
}

TEST(twilio, tells_who_is_the_customer) {
  const auto child = [](const std::string& from, const std::string& to) {
    return one("ParentCallSid=CA0&Direction=outbound-dial&CallStatus=ringing&From=" + from + "&To=" + to);
  };
  const auto customer = people(of, settings()).customer("380200000101");
  // A SIP user, a mobile of ours, a mobile that nobody told us of.
  for (const auto* to : {"sip:901@d.example", "client:olena", "%2B380200000191", "%2B380200000199"}) {
    const auto call = child("%2B380200000101", to);
    EXPECT_EQ(call.direction, hub::message::call_direction::inbound) << to;
    EXPECT_EQ(call.customer, customer) << to;
  }
  for (const auto* from : {"%2B380200000190", "client:olena"}) {
    const auto call = child(from, "%2B380200000101");
    EXPECT_EQ(call.direction, hub::message::call_direction::outbound) << from;
    EXPECT_EQ(call.customer, customer) << from;
  }
  EXPECT_EQ(child("client:olena", "%2B380200000101").manager, "olena");
  // We ring the manager first.
  const auto manager = one("Direction=outbound-api&CallStatus=in-progress&From=%2B380200000190&To=sip:901@d.example");
  EXPECT_EQ(manager.step, call_step::started);
  EXPECT_EQ(manager.manager, "901");
  EXPECT_TRUE(manager.customer.empty());
}

TEST(twilio, takes_numbers_that_spell_a_word_for_nobody) {
  for (const auto* from : {"%2B266696687", "%2B7378742833", "%2B86282452253", "anonymous", ""})
    EXPECT_TRUE(one(std::string("Direction=inbound&CallStatus=ringing&To=%2B380200000190&From=") + from).customer.empty())
        << from;
}

TEST(twilio, tells_nothing_of_a_recording_that_is_not_there) {
  const auto got = parse(body_of("twilio_in_06_recording_absent.http.txt"));
  EXPECT_TRUE(got && got->empty());
}

TEST(twilio, refuses_what_is_no_call_of_this_account_and_quotes_nothing) {
  for (const auto& body :
       {std::string(), account + "a=1", account + "CallStatus=new&From=%2B380200000101",
        std::string("CallSid=CA1&CallStatus=ringing"), std::string("AccountSid=AC1&CallSid=CA1&CallStatus=ringing"),
        std::string("AccountSid=AC00000000000000000000000000000a01&CallStatus=ringing&Direction=inbound"),
        std::string(R"({"code":20003,"status":401})"), std::string("{")}) {
    const auto got = parse(body);
    ASSERT_FALSE(got.has_value()) << body;
    EXPECT_EQ(got.error().value, "") << body;
    EXPECT_THAT(hub::to_text(got.error()), testing::Not(testing::HasSubstr("0200000101")));
  }
}

// ---- signatures -----------------------------------------------------------------------------------------------------

std::string word(const boost::json::value& of_json) { return std::string(of_json.as_string()); }

TEST(twilio_signature, is_judged_as_recorded) {
  const auto file = hub::message::parse_json(sample("twilio_signature_vectors.json")).value();
  const auto& vectors = file.at("vectors").as_array();
  ASSERT_EQ(vectors.size(), 14u);
  for (const auto& one : vectors) {
    form_pairs fields;
    for (const auto& pair : one.at("params").as_array()) fields.emplace_back(word(pair.at(0)), word(pair.at(1)));
    const auto* raw = one.as_object().if_contains("raw_body");
    const hub::secret token(word(one.at("auth_token")));
    const auto signature = word(one.at("signature")), url = word(one.at("url")), body = raw ? word(*raw) : std::string();
    EXPECT_EQ(twilio::is_signed(signature, token, url, fields, body), one.at("valid").as_bool()) << word(one.at("name"));
    EXPECT_FALSE(twilio::is_signed(signature, hub::secret(""), url, fields, body));
    EXPECT_FALSE(twilio::is_signed(signature, hub::secret("another"), url, fields, body));
    EXPECT_FALSE(twilio::is_signed("", token, url, fields, body));
    fields.emplace_back("More", "1");
    if (!raw) {
      EXPECT_FALSE(twilio::is_signed(signature, token, url, fields, body)) << word(one.at("name"));
    }
  }
}

TEST(twilio_signature, stands_over_every_recorded_request) {
  const auto names = recorded_samples("twilio_");
  for (const auto& name : names) {
    const auto text = sample(name);
    const auto header = text.find("X-Twilio-Signature: ") + 20;
    const auto target = text.substr(5, text.find(' ', 5) - 5);
    const hub::secret token("00000000000000000000000000sample");
    const auto signature = text.substr(header, text.find('\r', header) - header);
    const auto fields = parse_form(body_of(name)).value();
    EXPECT_TRUE(twilio::is_signed(signature, token, "https://hub.example" + target, fields, body_of(name))) << name;
    EXPECT_TRUE(twilio::is_signed(signature, token, "https://hub.example:443" + target, fields, body_of(name))) << name;
    EXPECT_FALSE(twilio::is_signed(signature, token, "https://hub.example:8443" + target, fields, body_of(name))) << name;
  }
}

}  // namespace
