// Who sees which figures, ranges that cannot be, and figures of what people did through the API. That the figures are right is
// api_reports_recount_test's.

#include "tests/integration/api_fixture.hpp"

#include <set>

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

}  // namespace
}  // namespace hub::api
