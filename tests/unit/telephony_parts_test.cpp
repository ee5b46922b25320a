// What the telephony parsers share: numbers in every spelling and their fingerprints against recorded vectors, forms, times,
// and what an event may not carry.

#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "connectors/telephony/call.hpp"
#include "connectors/telephony/form.hpp"
#include "hub/base/crypto.hpp"
#include "hub/message/json.hpp"

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include <fstream>
#include <sstream>

namespace {

using namespace connectors;
using namespace connectors::telephony;

std::string read_file(const std::string& name) {
  std::ifstream in(LEADYARD_SOURCE_DIR "/tests/unit/telephony/" + name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string word(const boost::json::value& of) { return of.is_null() ? std::string() : std::string(of.as_string()); }

account_context context(const std::string& fingerprint_key = "fingerprint key of the test") {
  hub::crypto_start();
  account_context c;
  c.channel = "ringostat";
  c.account = "main";
  c.seal_key = hub::secret("seal key of the test");
  c.fingerprint_key = hub::secret(fingerprint_key);
  return c;
}

std::string_view name_of(party_kind kind) {
  switch (kind) {
    case party_kind::external: return "external";
    case party_kind::internal: return "internal";
    case party_kind::anonymous: return "anonymous";
    case party_kind::invalid: return "invalid";
  }
  return "";
}

TEST(telephony_number, is_read_as_recorded_whatever_its_spelling) {
  const auto file = hub::message::parse_json(read_file("e164_fingerprint_vectors.json")).value();
  const auto of = context(word(file.at("key_ascii")));
  const common_settings with;
  ASSERT_EQ(file.at("vectors").as_array().size(), 40u);
  for (const auto& one : file.at("vectors").as_array()) {
    const auto input = word(one.at("input"));
    const auto read = read_party(input, {});
    EXPECT_EQ(name_of(read.kind), word(one.at("kind"))) << input;
    EXPECT_EQ(read.e164, word(one.at("e164"))) << input;
    const auto customer = people(of, with).customer(input);
    const auto fingerprint = word(one.at("fingerprint"));
    ASSERT_EQ(customer.size(), fingerprint.empty() ? 0u : 1u) << input;
    if (customer.empty()) continue;
    EXPECT_EQ(customer[0].space, "fingerprint");
    EXPECT_EQ(customer[0].account, "");
    EXPECT_TRUE(customer[0].id.starts_with("fp:") && customer[0].id.ends_with(":" + fingerprint)) << customer[0].id;
  }
}

TEST(telephony_number, is_of_the_country_that_the_settings_name) {
  const numbering british{"44", 10};
  EXPECT_EQ(read_party("07700 900123", british).e164, "+447700900123");
  EXPECT_EQ(read_party("+44 (0)7700 900123", british).e164, "+447700900123");
  EXPECT_EQ(read_party("00380000000101", british).e164, "+380000000101");
  EXPECT_EQ(read_party("0000000101", {}).e164, "+380000000101");
}

TEST(telephony_number, is_no_login_when_a_number_hides_in_it) {
  EXPECT_EQ(read_party("alex", {}).name, "alex");
  EXPECT_EQ(read_party("sip:dealer-olena2@pbx.example", {}).name, "dealer-olena2");
  for (const auto* text : {"op380000000101", "op-000-000-01-01", "0000000101 Olena", "office 7700900"})
    EXPECT_EQ(read_party(text, {}).kind, party_kind::invalid) << text;
}

TEST(telephony_number, is_cut_to_what_an_event_takes_when_it_is_a_login) {
  std::string login;
  for (int i = 0; i < 100; ++i) login += "\xF0\x9F\x98\x80";
  const auto name = read_party(login, {}).name;
  EXPECT_EQ(name.substr(0, 240), login.substr(0, 240));
  hub::message::call_record call;
  call.call_id = "1";
  call.manager = name;
  EXPECT_TRUE(hub::message::from_json<hub::message::call_record>(hub::message::parse_json(hub::message::to_json(call)).value())
                  .has_value());
}

TEST(telephony_people, never_take_our_own_line_for_a_customer) {
  const auto of = context();
  common_settings with;
  with.lines = {{"sales", hub::secret("+380 00 000 01 90")}, {"Olena's mobile", hub::secret("0000000191")}};
  people who(of, with);
  EXPECT_TRUE(who.customer("0000000190").empty());
  EXPECT_TRUE(who.customer("380000000191").empty());
  EXPECT_EQ(who.customer("0000000101").size(), 1u);
  EXPECT_EQ(who.line("380000000190"), "sales");
  EXPECT_EQ(who.line("380000000192"), hub::fingerprint(of.fingerprint_key, "+380000000192"));
  EXPECT_EQ(who.line("901"), "");
  EXPECT_EQ(who.manager("901"), "901");
  EXPECT_EQ(who.manager("0000000102"), "");
}

TEST(telephony_people, find_the_numbers_they_read_in_links_and_ids) {
  const auto of = context();
  const common_settings with;
  people who(of, with);
  EXPECT_FALSE(who.holds_number("https://records.example/?n=0000000101"));
  who.customer("+38 (000) 000-01-01");
  for (const auto* text : {"https://records.example/?n=0000000101", "a-380000000101-b", "%2B38%28000%29000%2D01%2D01",
                           "+380 00 000 01 01", "0%30000001%301"})
    EXPECT_TRUE(who.holds_number(text)) << text;
  for (const auto* text : {"", "1770794107.100201", "https://records.example/rec/1770794107.100201.mp3", "0000000102"})
    EXPECT_FALSE(who.holds_number(text)) << text;
  who.customer("00000011");
  EXPECT_TRUE(who.holds_number("call-00000011")) << "what is no whole number may be somebody's, misspelled";
}

// ---- forms ----------------------------------------------------------------------------------------------------------

boost::json::object tree(std::string_view body) { return form_tree(parse_form(body).value()).value(); }

TEST(telephony_form, becomes_the_tree_that_php_makes) {
  EXPECT_EQ(boost::json::serialize(tree("a=1&b%5Bc%5D=x+y&b[d][0][e]=%D0%9E&b[d][1][e]=&a=2")),
            R"({"a":"2","b":{"c":"x y","d":{"0":{"e":"О"},"1":{"e":""}}}})");
  EXPECT_EQ(boost::json::serialize(tree("l[]=1&l[]=2&x[=3&y]z=4&[q]=5&&w")),
            R"({"l":{"0":"1","1":"2"},"x[":"3","y]z":"4","[q]":"5","w":""})");
  EXPECT_EQ(boost::json::serialize(tree("a=&a[b]=1")), R"({"a":{"b":"1"}})");
}

TEST(telephony_form, has_limits) {
  EXPECT_FALSE(parse_form("a=%D0").has_value()) << "half a character";
  EXPECT_FALSE(parse_form("a=%4").has_value());
  std::string many;
  for (std::size_t i = 0; i <= most_form_keys; ++i) many += "&k" + std::to_string(i) + "=1";
  EXPECT_FALSE(parse_form(many).has_value());
  EXPECT_TRUE(form_tree(parse_form("a[b][c][d][e][f]=1").value()).has_value());
  EXPECT_FALSE(form_tree(parse_form("a[b][c][d][e][f][g]=1").value()).has_value());
}

TEST(telephony_form, reads_fields_as_text_or_number) {
  const auto body = hub::message::parse_json(R"({"a":"1","b":2,"c":{"d":3,"e":[{"f":1},5,{"f":2}]},"g":1.5,"h":null})").value();
  const auto& from = body.as_object();
  EXPECT_EQ(field(from, "a") + field(from, "b") + field_at(from, "c/d") + field_at(from, "c/x/y") + field(from, "g"), "123");
  EXPECT_EQ(rows_in(from.at("c").as_object(), "e").size(), 2u);
  EXPECT_EQ(rows_in(tree("l[0][a]=1&l[1][a]=2"), "l").size(), 2u);
  EXPECT_TRUE(rows_in(tree("l="), "l").empty());
}

TEST(telephony_form, reads_times_and_seconds) {
  EXPECT_EQ(hub::to_rfc3339(mail_time_of("Fri, 13 Feb 2026 07:00:02 +0000").value()), "2026-02-13T07:00:02.000Z");
  EXPECT_EQ(hub::to_rfc3339(mail_time_of("3 Feb 2026 09:00:02 +0200").value()), "2026-02-03T07:00:02.000Z");
  for (const auto* text : {"", "13 Feb 2026", "Fri, 13 Fab 2026 07:00:02 +0000", "Fri, 31 Feb 2026 07:00:02 +0000",
                           "Fri, 13 Feb 1926 07:00:02 +0000"})
    EXPECT_FALSE(mail_time_of(text)) << text;
  EXPECT_EQ(seconds_of(" 95 "), 95u);
  for (const auto* text : {"", "-1", "1.5", "604801", "99999999999", "x"}) EXPECT_FALSE(seconds_of(text)) << text;
  EXPECT_EQ(hub::to_rfc3339(unix_time_of("1770881400").value()), "2026-02-12T07:30:00.000Z");
  for (const auto* text : {"", "0", "-5", "1770881400000"}) EXPECT_FALSE(unix_time_of(text)) << text;
}

// ---- events ---------------------------------------------------------------------------------------------------------

class telephony_event : public testing::Test {
 protected:
  hub::message::event make(const hub::message::call_record& call, std::string_view recording = {}, int seconds = 0) {
    return call_event({of_, with_, received_ + std::chrono::seconds(seconds)}, who_, call, recording);
  }
  static hub::message::call_record call() {
    hub::message::call_record made;
    made.call_id = "1770794107.100201";
    return made;
  }
  std::string opened(const hub::message::event& e) {
    const auto& recording = std::get<hub::message::call_record>(e.data).recording;
    return recording ? open_sealed_media(of_, recording->reference).value().url : std::string();
  }
  account_context of_ = context();
  common_settings with_;
  people who_{of_, with_};
  hub::instant received_ = hub::parse_rfc3339("2026-11-18T12:00:00Z").value();
};

TEST_F(telephony_event, has_a_key_of_what_was_told_and_of_nothing_else) {
  const auto first = make(call(), "https://records.example/1.mp3"), again = make(call(), "https://records.example/1.mp3", 9);
  EXPECT_EQ(first.key, again.key);
  EXPECT_TRUE(first.key.starts_with("ringostat:main:call:1770794107.100201:")) << first.key;
  EXPECT_EQ(first.conversation, "call:ringostat:main:1770794107.100201");
  EXPECT_NE(make(call(), "https://records.example/2.mp3").key, first.key);
  auto ended = call();
  ended.step = hub::message::call_step::ended;
  EXPECT_NE(make(ended, "https://records.example/1.mp3").key, first.key);
}

TEST_F(telephony_event, happened_when_it_was_received_only_while_the_call_goes_on) {
  EXPECT_EQ(std::get<hub::message::call_record>(make(call()).data).started_at, received_);
  auto row = call();
  row.source = hub::message::call_source::poll;
  EXPECT_FALSE(std::get<hub::message::call_record>(make(row).data).started_at);
  EXPECT_EQ(make(row).time, received_);
}

TEST_F(telephony_event, carries_no_link_with_a_number_in_it_and_no_number_as_an_id) {
  EXPECT_EQ(opened(make(call(), "https://records.example/?customerNumber=0000000101")),
            "https://records.example/?customerNumber=0000000101");
  who_.customer("380000000101");
  EXPECT_EQ(opened(make(call(), "https://records.example/?customerNumber=0000000101")), "rec:ringostat:1770794107.100201");
  auto hidden = call();
  hidden.call_id = "c-0000000101";
  EXPECT_THROW(make(hidden), refused_body);
  for (const auto* id : {"", "a b", "a/b", "a\n", "дзвінок"}) {
    hidden.call_id = id;
    EXPECT_THROW(make(hidden), refused_body) << id;
  }
}

}  // namespace
