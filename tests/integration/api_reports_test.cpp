// Who sees which figures, ranges that cannot be, and figures of what people did through the API. That the figures are right is
// api_reports_recount_test's.

#include "tests/integration/api_fixture.hpp"

#include <set>
#include <sstream>

namespace hub::api {
namespace {

class reports : public api {
 protected:
  static void SetUpTestSuite() {
    api::SetUpTestSuite();
    const std::string text = rules_text() + "timezone: Europe/Kyiv\n";
    const auto rules = routing::read_rules(text, "test rules").rules;
    hub_->run("select hub.activate_rules($1, $2, 'test', $3::jsonb)", rules->hash, text, routing::teams_json(*rules));
  }
};

TEST_F(reports, show_each_role_what_the_policy_gives_it) {
  const auto people = [&](const std::string& who) {
    const auto told = json(hub_->get("/api/v1/reports/ranking?from=2026-03-27&to=2026-03-30", sessions_[who]));
    std::set<std::string> names;
    for (const auto& one : told.at("people").as_array()) names.emplace(one.at("person").at("name").as_string());
    return names;
  };
  EXPECT_EQ(people("ann"), (std::set<std::string>{"ann"}));
  EXPECT_EQ(people("sue"), (std::set<std::string>{"ann", "bob", "sue"}));
  EXPECT_EQ(people("ian"), (std::set<std::string>{"ann", "bob", "eve", "sue"}));
}

TEST_F(reports, are_zero_and_not_broken_where_nothing_happened) {
  for (const auto* name : {"overview", "ranking", "origins", "funnel", "follow-ups", "response-times"}) {
    const auto told = hub_->get("/api/v1/reports/" + std::string(name) + "?from=2001-01-01&to=2001-01-02", sessions_["adam"]);
    EXPECT_EQ(told.status, 200) << name << told.body;
  }
  const auto empty = json(hub_->get("/api/v1/reports/overview?from=2001-01-01&to=2001-01-02", sessions_["adam"]));
  EXPECT_EQ(empty.at("rate").to_number<double>(), 0);
  EXPECT_TRUE(empty.at("seconds_to_conversion").is_null());
}

TEST_F(reports, refuse_ranges_that_cannot_be) {
  for (const auto* range :
       {"from=2026-02-30", "from=2026-03-02&to=2026-03-01", "from=2020-01-01&to=2026-01-01", "from=yesterday"}) {
    const auto told = hub_->get("/api/v1/reports/overview?" + std::string(range), sessions_["adam"]);
    EXPECT_EQ(told.status, 400) << range;
    EXPECT_EQ(json(told).at("field").as_string(), "from") << range;
  }
}

TEST_F(reports, follow_up_and_funnel_figures_come_from_what_people_did) {
  const auto lead = make_lead("Figures", "sales", "ann");
  const auto at = [&](const std::string& what) { return "/api/v1/leads/" + std::to_string(lead) + what; };
  const auto send = [&](const std::string& path, const std::string& body) { return hub_->post(path, sessions_["ann"], body); };
  ASSERT_EQ(send(at("/stage"), R"({"stage":"contacted"})").status, 200);
  ASSERT_EQ(
      send(at("/tasks"), R"({"title":"call","kind":"follow_up","due_at":")" + to_rfc3339(hub_->time.now() + 1h) + "\"}").status,
      201);
  const auto task = json(hub_->get("/api/v1/tasks?owner=me", sessions_["ann"])).at("tasks").at(0).at("id").as_int64();
  ASSERT_EQ(send("/api/v1/tasks/" + std::to_string(task) + "/complete", "").status, 200);
  ASSERT_EQ(send(at("/actions"), R"({"action_type":"call"})").status, 201);
  const auto followed = json(hub_->get("/api/v1/reports/follow-ups", sessions_["ann"]));
  // The task may be due after midnight.
  const auto due = followed.at("due").as_int64();
  EXPECT_LE(due, 1);
  EXPECT_EQ(followed.at("done_in_time").as_int64(), due);
  const auto funnel = json(hub_->get("/api/v1/reports/funnel", sessions_["ann"]));
  EXPECT_EQ(funnel.at("stages").at(1).at("stage").as_string(), "contacted");
  EXPECT_GE(funnel.at("stages").at(1).at("entered").as_int64(), 1);
  EXPECT_FALSE(funnel.at("stages").at(0).at("seconds_in_stage").is_null());
}

TEST_F(reports, tell_response_times_as_percentiles_of_working_minutes) {
  const std::string text = R"(version: 1
timezone: Europe/Kyiv
calendars:
  office: { mon-fri: ["09:00-18:00"] }
teams:
  sales: {members: [ann@example.com, bob@example.com], supervisors: [sue@example.com, ada@example.com], calendar: office}
  service: {members: [eve@example.com]}
pipelines:
  sales: {sells_vehicles: true}
rules:
  - {name: everything, then: {team: sales, strategy: manual}}
)";
  const auto read = routing::read_rules(text, "rules with hours");
  ASSERT_TRUE(read.rules) << to_text(read.problems);
  hub_->run("select hub.activate_rules($1, $2, 'test', $3::jsonb)", read.rules->hash, text, routing::teams_json(*read.rules));
  const auto answered = [](const char* channel, const char* team, const char* who, const char* from, const char* at) {
    const auto lead = make_lead("Answered", team, who);
    hub_->run(
        "update hub.lead set source_channel = $2::text::hub.lead_source, created_at = $3::timestamptz,"
        " first_response_at = $4::timestamptz, first_response_by = $5 where id = $1",
        lead, channel, from, at, staff_[who]);
  };
  const auto shown = [](const boost::json::value& of) {
    std::ostringstream text;
    text << of.at("p50").to_number<double>() << " " << of.at("p90").to_number<double>() << " "
         << of.at("p95").to_number<double>();
    return text.str();
  };
  // Friday evening to Monday morning is an hour; Kyiv is two hours ahead.
  answered("viber", "sales", "ann", "2024-03-08T15:30:00Z", "2024-03-11T07:30:00Z");
  answered("viber", "sales", "ann", "2024-03-11T08:00:00Z", "2024-03-11T08:10:00Z");
  answered("email", "sales", "bob", "2024-03-12T08:00:00Z", "2024-03-12T08:20:00Z");
  answered("email", "service", "eve", "2024-03-09T00:00:00Z", "2024-03-09T01:00:00Z");  // no calendar: every minute
  const auto told = json(hub_->get("/api/v1/reports/response-times?from=2024-03-01&to=2024-03-31", sessions_["adam"]));
  EXPECT_EQ(shown(told.at("working_minutes")), "40 60 60");
  for (const auto& row : told.at("people").as_array()) {
    if (row.at("person").at("name") == "ann") {
      EXPECT_EQ(shown(row.at("working_minutes")), "35 55 57.5");
      EXPECT_EQ(row.at("answered").as_int64(), 2);
    }
    if (row.at("person").at("name") == "sue") {
      EXPECT_TRUE(row.at("working_minutes").is_null());
    }
  }
  EXPECT_EQ(told.at("channels").at(0).at("channel").as_string(), "email");
  EXPECT_EQ(shown(told.at("channels").at(0).at("working_minutes")), "40 56 58");
  ASSERT_EQ(told.at("periods").as_array().size(), 3U);
  EXPECT_EQ(told.at("periods").at(1).at("from").as_string(), "2024-03-11");
  EXPECT_EQ(told.at("periods").at(1).at("answered").as_int64(), 2);
  const auto weeks = json(hub_->get("/api/v1/reports/response-times?from=2024-02-01&to=2024-03-31", sessions_["adam"]));
  ASSERT_EQ(weeks.at("periods").as_array().size(), 2U);
  EXPECT_EQ(weeks.at("periods").at(0).at("from").as_string(), "2024-03-04");
  const auto own = json(hub_->get("/api/v1/reports/response-times?from=2024-03-01&to=2024-03-31", sessions_["bob"]));
  EXPECT_EQ(shown(own.at("working_minutes")), "20 20 20") << "a manager's own";
}

}  // namespace
}  // namespace hub::api
