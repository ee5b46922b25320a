// Ringostat's webhooks and its list of calls: every recorded body against the call it becomes, whatever its fields are called.

#include "connectors/telephony/ringostat/normalize.hpp"
#include "tests/unit/telephony_fixture.hpp"

namespace {

using namespace telephony_test;

const account_context of = context("ringostat");

ringostat::settings renamed() {
  ringostat::settings with;
  with.fields.call_id = {"uniq"};
  with.fields.event = {"kind"};
  with.event_values = {{"finish", "after_call"}};
  with.fields.calldate = {"when"};
  with.fields.call_type = {"way"};
  with.fields.client_in = {"caller_id"};
  with.fields.project_number = {"project_number"};
  with.fields.disposition = {"call_status"};
  with.fields.duration = {"total_time"};
  with.fields.billsec = {"talk_time"};
  with.fields.extension = {"manager"};
  with.fields.recording = {"link"};
  return with;
}

events parse(const std::string& body, const ringostat::settings& with = {}) {
  return ringostat::normalize(of, with, body, received_at);
}

call_record one(const std::string& body, const ringostat::settings& with = {}) {
  const auto got = parse(body, with);
  EXPECT_TRUE(got && got->size() == 1) << body;
  return got && got->size() == 1 ? call_of(got->front()) : call_record{};
}

TEST(ringostat, makes_of_every_recorded_webhook_the_recorded_call) {
  const auto names = recorded_samples("ringostat_");
  ASSERT_EQ(names.size(), 11u);
  for (const auto& name : names)
    expect_told(parse(body_of(name), name.find("renamed") != std::string::npos ? renamed() : ringostat::settings{}), of, name);
}

TEST(ringostat, names_its_line_and_takes_it_for_nobody) {
  ringostat::settings with;
  with.lines = {{"Google Ads", hub::secret("0200000190")}};
  const auto call = one(body_of("ringostat_in_01_before_call.json"), with);
  EXPECT_EQ(call.line, "Google Ads");
  EXPECT_EQ(call.customer.size(), 1u);
  EXPECT_TRUE(one(R"({"uniqueid":"1.1","call_type":"in","caller":"380200000190"})", with).customer.empty());
}

TEST(ringostat, reads_the_list_of_calls_and_leaves_what_goes_on_for_the_next) {
  const auto got = parse(body_of("ringostat_api_calls_list_response.json"));
  ASSERT_TRUE(got.has_value());
  ASSERT_EQ(got->size(), 3u) << "the fourth goes on";
  expect_to_survive(*got);
  const std::vector<std::string> same{"ringostat_in_03_after_call_answered.json", "ringostat_in_04_after_call_missed.json",
                                      "ringostat_out_02_after_call_answered.json"};
  for (std::size_t i = 0; i < same.size(); ++i) {
    EXPECT_EQ(boost::json::value(told_by((*got)[i], of)), boost::json::value(recorded(same[i]).at(0))) << same[i];
    EXPECT_EQ(call_of((*got)[i]).source, call_source::poll);
  }
  // Wrapped, as one client found it; and once more, as every list repeats.
  const auto wrapped = parse("{\"data\":" + body_of("ringostat_api_calls_list_response.json") + "}");
  ASSERT_TRUE(wrapped.has_value());
  for (std::size_t i = 0; i < got->size(); ++i) EXPECT_EQ((*wrapped)[i].key, (*got)[i].key);
}

TEST(ringostat, keeps_a_row_that_cannot_be_read_and_goes_on_with_the_rest) {
  const auto got = parse(R"([5,{"uniqueid":"1.1","disposition":"BUSY"},{"caller":"380200000101","disposition":"BUSY"}])");
  ASSERT_TRUE(got.has_value());
  ASSERT_EQ(got->size(), 3u);
  EXPECT_EQ(call_of((*got)[1]).disposition, call_disposition::busy);
  for (const auto i : {0u, 2u}) {
    const auto& refused = std::get<hub::message::unparsed>((*got)[i].data);
    const auto kept = hub::unseal(of.seal_key, refused.sealed);
    ASSERT_TRUE(kept.has_value());
    const auto again = parse(*kept);
    ASSERT_TRUE(again && again->size() == 1) << "a mended parser reads it alone";
    EXPECT_EQ((*again)[0].key, (*got)[i].key);
  }
  EXPECT_EQ(std::get<hub::message::unparsed>((*got)[2].data).reason, "call id: is missing");
}

TEST(ringostat, makes_one_call_of_webhooks_and_list_in_any_order) {
  std::vector<event> all;
  for (const auto* name :
       {"ringostat_in_01_before_call.json", "ringostat_in_02_answer.json", "ringostat_in_03_after_call_answered.json"})
    all.push_back(parse(body_of(name))->front());
  all.push_back(parse(body_of("ringostat_api_calls_list_response.json"))->front());
  const auto wanted = merged(all);
  EXPECT_EQ(wanted.state, hub::message::call_state::ended);
  EXPECT_EQ(wanted.waiting_seconds, 11u);
  std::sort(all.begin(), all.end(), [](const event& a, const event& b) { return a.key < b.key; });
  do EXPECT_EQ(merged(all), wanted);
  while (std::next_permutation(all.begin(), all.end(), [](const event& a, const event& b) { return a.key < b.key; }));
}

TEST(ringostat, tells_the_event_by_its_name_or_by_the_disposition) {
  const auto step = [](const std::string& more) { return one(R"({"uniqueid":"1.1",)" + more + "}").step; };
  EXPECT_EQ(step(R"("event":"incoming_forward_step","disposition":"CALLING")"), call_step::started);
  EXPECT_EQ(step(R"("event":"Incoming after call","disposition":"IN PROGRESS")"), call_step::started);
  EXPECT_EQ(step(R"("event":"Завершено","disposition":"BUSY")"), call_step::missed) << "a name that says nothing";
  EXPECT_EQ(step(R"("disposition":"CALLING")"), call_step::started);
  EXPECT_EQ(step(R"("call_type":"in")"), call_step::started);
  EXPECT_EQ(step(R"("disposition":"answered","billsec":5)"), call_step::ended);
  EXPECT_EQ(step(R"("disposition":"Client No Answer")"), call_step::missed);
  EXPECT_EQ(step(R"("event":"after_rating_menu","disposition":"REPEATED")"), call_step::ended);
}

TEST(ringostat, takes_an_unknown_disposition_by_its_talk_seconds) {
  EXPECT_EQ(one(R"({"uniqueid":"1.1","disposition":"scheme did not work","billsec":"0"})").disposition, call_disposition::failed);
  EXPECT_EQ(one(R"({"uniqueid":"1.1","disposition":"something new","billsec":"7"})").disposition, call_disposition::answered);
}

TEST(ringostat, reads_its_own_clock) {
  const std::string body = R"({"uniqueid":"1.1","calldate":"2026-07-11 09:15:07","disposition":"BUSY","duration":"7"})";
  EXPECT_EQ(hub::to_rfc3339(*one(body).ended_at), "2026-07-11T06:15:14.000Z");
  ringostat::settings with;
  with.time_zone = "Europe/London";
  EXPECT_EQ(hub::to_rfc3339(*one(body, with).ended_at), "2026-07-11T08:15:14.000Z");
}

TEST(ringostat, reads_json_rpc) {
  const auto call = one(R"({"jsonrpc":"2.0","id":1,"method":"after","params":{"uniqueid":"1.1","disposition":"BUSY"}})");
  EXPECT_EQ(call.call_id, "1.1");
  EXPECT_EQ(call.disposition, call_disposition::busy);
}

TEST(ringostat, refuses_what_is_no_call_and_quotes_nothing) {
  for (const std::string body :
       {"", "{", "[", "\"x\"", "{}", R"({"caller":"380200000101"})", R"({"error":"Unauthorized"})",
        R"({"uniqueid":"380200000101","caller":"380200000101","call_type":"in"})", "a=%zz", R"({"uniqueid":{"a":1}})"}) {
    const auto got = parse(body);
    ASSERT_FALSE(got.has_value()) << body;
    EXPECT_EQ(got.error().value, "") << body;
    EXPECT_THAT(hub::to_text(got.error()), testing::Not(testing::HasSubstr("0200000101")));
  }
  EXPECT_TRUE(parse("[]").has_value()) << "a list of no calls";
}

}  // namespace
