// The call flow of a car dealer (docs/domain.md, "Calls"): somebody rings, nobody answers, they are called back; a colleague
// answers the next call. The switchboard tells it by webhooks, people work through the API, operators through hubctl.

#include "tests/e2e/office.hpp"

#include <set>

namespace {

using namespace std::chrono_literals;
using e2e::json::object;

constexpr char profile[] = "autodealer";

class call_flow : public e2e::in_office<profile> {
 protected:
  static std::string at(std::chrono::minutes ago) {
    auto text = e2e::moment(ago);
    text[10] = ' ';
    return text.substr(0, 19);
  }
  static void nobody_answers(const std::string& call, const std::string& number, std::chrono::minutes ago) {
    ASSERT_EQ(hub().ringostat("incoming_before_call", call, number, {{"calldate", at(ago)}, {"disposition", "CALLING"}}), 200);
    ASSERT_EQ(
        hub().ringostat(
            "incoming_after_call", call, number,
            {{"calldate", at(ago)}, {"disposition", "NO ANSWER"}, {"duration", "20"}, {"waittime", "20"}, {"billsec", "0"}}),
        200);
  }
  static void somebody_answers(const std::string& call, const std::string& number, const std::string& extension,
                               std::chrono::minutes ago) {
    ASSERT_EQ(hub().ringostat("incoming_after_call", call, number,
                              {{"calldate", at(ago)},
                               {"disposition", "PROPER"},
                               {"duration", "65"},
                               {"waittime", "5"},
                               {"billsec", "60"},
                               {"employee_number", extension}}),
              200);
  }
  /// The one lead that calls opened, as the owner of the business sees it; the others were known before.
  static e2e::answer lead_of_a_call(const std::set<std::string>& known) {
    std::string id;
    EXPECT_TRUE(e2e::office::eventually([&] {
      const auto page = hub().ask("owner", "GET", "/api/v1/leads?status=all");
      for (const auto& each : page.body.at("leads").as_array())
        if (e2e::text_of(each, "/channel") == "call" && !known.contains(e2e::text_of(each, "/id")))
          id = e2e::text_of(each, "/id");
      return !id.empty();
    }));
    return hub().ask("owner", "GET", "/api/v1/leads/" + id);
  }
  /// The call backs of a lead, as "open" or "done".
  static std::string call_backs_of(const std::string& lead) {
    std::string states;
    const auto page = hub().ask("owner", "GET", "/api/v1/tasks?status=all");
    for (const auto& each : page.body.at("tasks").as_array())
      if (e2e::text_of(each, "/lead_id") == lead && e2e::text_of(each, "/kind") == "call_back")
        states += e2e::text_of(each, "/completed_at").empty() ? "open" : "done";
    return states;
  }
};

TEST_F(call_flow, a_missed_call_becomes_a_lead_with_an_owner_and_a_call_back_that_the_next_talk_completes) {
  nobody_answers("flow.1", "380000000201", 20min);
  const auto seen = lead_of_a_call({});
  const auto lead = seen["/lead/id"];
  EXPECT_EQ(seen["/lead/stage"], "new");
  EXPECT_NE(seen["/lead/owner/id"], "") << "the rules gave it to somebody";
  EXPECT_NE(seen["/lead/first_response_due_at"], "") << "the clock of the first response runs";
  EXPECT_EQ(call_backs_of(lead), "open");

  // The same person rings again, and is talked with.
  somebody_answers("flow.2", "+380 (00) 000-02-01", "101", 10min);
  ASSERT_TRUE(e2e::office::eventually([&] { return call_backs_of(lead) == "done"; })) << "one call back, once, and done";
  const auto after = hub().ask("owner", "GET", "/api/v1/leads/" + lead);
  EXPECT_EQ(after["/lead/stage"], "contacted");
  EXPECT_EQ(after["/lead/first_response_due_at"], "");
}

TEST_F(call_flow, a_webhook_told_twice_or_out_of_order_changes_nothing) {
  const auto before = hub().ask("owner", "GET", "/api/v1/leads?status=all").body.at("leads").as_array().size();
  somebody_answers("flow.3", "380000000202", "102", 30min);
  somebody_answers("flow.3", "380000000202", "102", 30min);
  ASSERT_EQ(
      hub().ringostat("incoming_before_call", "flow.3", "380000000202", {{"calldate", at(30min)}, {"disposition", "CALLING"}}),
      200);
  std::size_t now = 0;
  ASSERT_TRUE(e2e::office::eventually([&] {
    now = hub().ask("owner", "GET", "/api/v1/leads?status=all").body.at("leads").as_array().size();
    return now > before;
  }));
  EXPECT_EQ(now, before + 1);
  const auto summary = hub().hubctl({"leads", "--summary"});
  EXPECT_NE(summary.output.find("calls"), std::string::npos) << summary.output;
}

TEST_F(call_flow, shows_no_number_anywhere) {
  const auto page = hub().ask("owner", "GET", "/api/v1/leads?status=all");
  std::set<std::string> known;
  for (const auto& each : page.body.at("leads").as_array()) known.insert(e2e::text_of(each, "/id"));
  nobody_answers("flow.4", "380000000203", 5min);
  const auto lead = lead_of_a_call(known)["/lead/id"];
  for (const auto& path : {std::string("/api/v1/leads?status=all"), std::string("/api/v1/customers"), "/api/v1/leads/" + lead,
                           "/api/v1/leads/" + lead + "/timeline"}) {
    const auto shown = e2e::json::serialize(hub().ask("owner", "GET", path).body);
    EXPECT_EQ(shown.find("0000002"), std::string::npos) << path;
    EXPECT_EQ(shown.find("fp:"), std::string::npos) << path;
  }
  EXPECT_EQ(hub().hubctl({"leads", lead}).output.find("0000002"), std::string::npos);
}

}  // namespace
