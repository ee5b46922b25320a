// Binotel's webhooks and lists of calls: every recorded body against the call it becomes.

#include "connectors/telephony/binotel/normalize.hpp"
#include "tests/unit/telephony_fixture.hpp"

namespace {

using namespace telephony_test;

const account_context of = context("binotel");

binotel::settings settings() {
  binotel::settings with;
  with.company_id = "90001";
  with.lines = {{"main", hub::secret("0200000192")}};
  return with;
}

events parse(const std::string& body) { return binotel::normalize(of, settings(), body, received_at); }

call_record one(const std::string& body) {
  const auto got = parse(body);
  EXPECT_TRUE(got && got->size() == 1) << body;
  return got && got->size() == 1 ? call_of(got->front()) : call_record{};
}

TEST(binotel, makes_of_every_recorded_webhook_the_recorded_call) {
  const auto names = recorded_samples("binotel_");
  ASSERT_EQ(names.size(), 10u);
  for (const auto& name : names) {
    // The repeat says that the call is over and that its recording is there, in one body: it is one event.
    if (name.find("_repeat") == std::string::npos) expect_told(parse(body_of(name)), of, name);
  }
}

TEST(binotel, tells_the_end_and_its_recording_in_one_event) {
  const std::string name = "binotel_in_06_apiCallCompleted_answered_repeat.http.txt";
  const auto got = parse(body_of(name));
  ASSERT_TRUE(got && got->size() == 1);
  auto wanted = recorded(name).at(0);
  EXPECT_EQ(wanted["event"].as_string(), "recording_ready");
  wanted["event"] = "ended";
  EXPECT_EQ(boost::json::value(told_by(got->front(), of)), boost::json::value(wanted));
  EXPECT_EQ(call_of(got->front()).source, call_source::completed);
  EXPECT_EQ(call_of(got->front()).line, "main");
}

TEST(binotel, reads_the_lists_of_calls_in_both_shapes) {
  const auto list = parse(body_of("binotel_api_calls_for_period_response_list.json")),
             by_id = parse(body_of("binotel_api_calls_for_period_response_dict.json"));
  ASSERT_TRUE(list && by_id);
  ASSERT_EQ(list->size(), 3u);
  ASSERT_EQ(by_id->size(), 3u);
  expect_to_survive(*list);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*list)[i].key, (*by_id)[i].key);
    EXPECT_EQ(call_of((*list)[i]).source, call_source::poll);
  }
  const std::vector<std::string> same{"binotel_in_06_apiCallCompleted_answered_repeat.http.txt",
                                      "binotel_in_07_apiCallCompleted_missed.http.txt",
                                      "binotel_out_05_apiCallCompleted_transfer.http.txt"};
  for (std::size_t i = 0; i < same.size(); ++i) {
    auto wanted = recorded(same[i]).at(0);
    if (i == 0) wanted["event"] = "ended";
    EXPECT_EQ(boost::json::value(told_by((*list)[i], of)), boost::json::value(wanted)) << same[i];
  }
  const auto none = parse(body_of("binotel_api_calls_for_period_response_empty.json"));
  EXPECT_TRUE(none && none->empty());
}

TEST(binotel, makes_one_call_of_all_its_webhooks_in_any_order) {
  for (const auto& beginning : {"binotel_in_0", "binotel_out_0"}) {
    std::vector<event> all;
    for (const auto& name : recorded_samples(beginning))
      if (name.find("_07_") == std::string::npos) all.push_back(parse(body_of(name))->front());
    ASSERT_GE(all.size(), 4u);
    const auto wanted = merged(all);
    EXPECT_EQ(wanted.state, hub::message::call_state::ended);
    const auto by_key = [](const event& a, const event& b) { return a.key < b.key; };
    std::sort(all.begin(), all.end(), by_key);
    do EXPECT_EQ(merged(all), wanted);
    while (std::next_permutation(all.begin(), all.end(), by_key));
  }
}

TEST(binotel, gives_the_manager_who_talked_last) {
  const auto call = one(body_of("binotel_out_03_transferredTheCall.http.txt"));
  EXPECT_EQ(call.manager, "903");
  EXPECT_EQ(call.step, call_step::answered);
}

TEST(binotel, reads_former_names) {
  const auto in = one("requestType=receivedTheCall&generalCallID=1&callType=0&didNumber=0200000192&srcNumber=0200000101");
  EXPECT_EQ(in.customer.size(), 1u);
  EXPECT_EQ(in.line, "main");
  const auto out = one("requestType=receivedTheCall&generalCallID=1&callType=1&extNumber=902&dstNumber=0200000102");
  EXPECT_EQ(out.customer.size(), 1u);
  EXPECT_EQ(out.manager, "902");
}

TEST(binotel, takes_what_is_no_call_and_what_goes_on_for_nothing_to_tell) {
  for (const std::string& body :
       {body_of("binotel_in_01_apiCallSettings.http.txt"),
        std::string("requestType=hangupTheCall&generalCallID=1&disposition=ONLINE"),
        std::string("requestType=apiCallCompleted&callDetails[generalCallID]=1&callDetails"
                    "[disposition]=SMS-SUCCESS"),
        std::string(R"({"status":"success","callDetails":[{"generalCallID":"1","disposition":"CALLING"}]})")}) {
    const auto got = parse(body);
    EXPECT_TRUE(got && got->empty()) << body;
  }
}

TEST(binotel, knows_every_disposition) {
  const auto how = [](const std::string& word, int billsec) {
    return one("requestType=hangupTheCall&generalCallID=1&disposition=" + word + "&billsec=" + std::to_string(billsec));
  };
  EXPECT_EQ(how("CANCEL", 0).disposition, call_disposition::canceled);
  EXPECT_EQ(how("CHANUNAVAIL", 0).disposition, call_disposition::failed);
  const auto voice = how("VM-SUCCESS", 30);
  EXPECT_EQ(voice.disposition, call_disposition::voicemail);
  EXPECT_EQ(voice.talk_seconds, 0u);
  EXPECT_EQ(how("SOMETHING", 30).disposition, call_disposition::answered);
  EXPECT_EQ(how("SOMETHING", 0).disposition, call_disposition::failed);
}

TEST(binotel, answers_what_the_platform_waits_for) {
  EXPECT_EQ(binotel::answer_to(body_of("binotel_in_01_apiCallSettings.http.txt")), "{}");
  EXPECT_EQ(binotel::answer_to(body_of("binotel_in_05_apiCallCompleted_answered.http.txt")), R"({"status":"success"})");
  EXPECT_EQ(binotel::answer_to("%"), R"({"status":"success"})");
}

TEST(binotel, refuses_what_is_no_call_of_this_company_and_quotes_nothing) {
  for (const std::string& body :
       {std::string(), std::string("a"), std::string("requestType=somethingNew&generalCallID=1"), std::string("{"),
        std::string("requestType=receivedTheCall&callType=0&externalNumber=0200000101"),
        std::string("requestType=receivedTheCall&generalCallID=1&companyID=90002"),
        std::string("requestType=receivedTheCall&generalCallID=0200000101&externalNumber=0200000101"),
        std::string("requestType=apiCallCompleted&callDetails=x"), body_of("binotel_api_error_response.json"),
        std::string(R"({"status":"success"})"), std::string(R"({"status":"success","callDetails":5})")}) {
    const auto got = parse(body);
    ASSERT_FALSE(got.has_value()) << body;
    EXPECT_EQ(got.error().value, "") << body;
    EXPECT_THAT(hub::to_text(got.error()), testing::Not(testing::HasSubstr("0200000101")));
  }
  // In a list the others go on.
  const auto got = parse(R"({"status":"success","callDetails":[{"companyID":"90002","generalCallID":"1","disposition":"BUSY"},)"
                         R"({"companyID":"90001","generalCallID":"2","disposition":"BUSY"}]})");
  ASSERT_TRUE(got && got->size() == 2);
  EXPECT_TRUE(std::holds_alternative<hub::message::unparsed>((*got)[0].data));
  EXPECT_EQ(call_of((*got)[1]).call_id, "2");
}

}  // namespace
