// What is shipped: the rules of both profiles, and the examples of docs/routing-rules.md.

#include "routing/match.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace {

using namespace routing;
using namespace std::chrono_literals;

std::string read_file(const std::string& path) {
  std::ifstream file(LEADYARD_SOURCE_DIR "/" + path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::shared_ptr<const rule_set> profile(const std::string& name) {
  const auto file = "config/profiles/" + name + "/routing.yaml";
  const auto read = read_rules(read_file(file), file);
  EXPECT_EQ(hub::to_text(read.problems), "");
  EXPECT_EQ(hub::to_text(read.warnings), "");
  return read.rules;
}

TEST(profiles, of_the_autodealer_give_out_leads_at_any_hour_and_answer_in_working_time) {
  const auto rules = profile("autodealer");
  ASSERT_TRUE(rules);
  for (const auto& [team, of] : rules->teams)
    for (const auto& email : of.members) EXPECT_EQ(rules->working_time_of(email, team), nullptr) << email;
  const auto sunday_night = hub::parse_rfc3339("2026-11-22T23:30:00+02:00").value();
  EXPECT_EQ(rules->first_response_until(sunday_night, "", "sales"), hub::parse_rfc3339("2026-11-23T09:10:00+02:00").value());
  EXPECT_EQ(rules->catch_up, 3);
  EXPECT_TRUE(rules->pipeline_of("sales").sells_vehicles);
  for (const auto* name : {"sales", "import", "trade_in", "service"}) {
    EXPECT_EQ(rules->pipeline_of(name).name, name);
    EXPECT_FALSE(rules->pipeline_of(name).lost_reasons.empty());
    EXPECT_FALSE(rules->pipeline_of(name).sold_reasons.empty());
  }
}

TEST(profiles, of_the_pilot_cars_choose_nobody) {
  const auto rules = profile("pilot-cars");
  ASSERT_TRUE(rules);
  for (const auto& one : rules->rules) EXPECT_EQ(one.then.strategy, strategy::manual) << one.name;
  EXPECT_FALSE(rules->pipeline_of("sales").sells_vehicles);
  EXPECT_EQ(rules->policy_for("activity").window, 60min);
  EXPECT_EQ(rules->policy_for("activity").attach_while, std::vector<stage>{stage::fresh});
}

TEST(profiles, of_the_pilot_cars_value_what_companies_do_at_the_site) {
  const auto rules = profile("pilot-cars");
  ASSERT_TRUE(rules);
  using source = value_rule::source;
  struct {
    const char* activity;
    source from;
    double fixed;
    int priority;
  } const table[] = {{"load_plan", source::fixed, 500, 40},
                     {"quote", source::total_cost, 0, 60},
                     {"location_share", source::average_of_conversions, 0, 30},
                     {"order_attempt", source::total_cost, 0, 90},
                     {"read_the_faq", source::total_cost, 0, 20}};
  for (const auto& row : table) {
    facts about;
    about.channel = about.kind = "activity";
    about.activity = row.activity;
    const auto m = match(*rules, about);
    ASSERT_TRUE(m.then.estimated_value) << row.activity;
    EXPECT_EQ(m.then.estimated_value->from, row.from) << row.activity;
    EXPECT_EQ(m.then.estimated_value->fixed, row.fixed) << row.activity;
    EXPECT_EQ(m.then.estimated_value->over, row.from == source::average_of_conversions ? 90 * 24h : 0h) << row.activity;
    EXPECT_EQ(m.priority, row.priority) << row.activity;
    EXPECT_EQ(m.then.team, "admins");
    EXPECT_EQ(m.then.task.has_value(), std::string(row.activity) == "order_attempt");
    if (m.then.task) {
      EXPECT_EQ(m.then.task->title, "Call about the order");
      EXPECT_EQ(m.then.task->due, 15min);
    }
  }
}

// Whole files as they stand; pieces of a rule or of a section inside the smallest file that can hold them.
TEST(profiles, and_the_examples_of_the_documentation_are_taken) {
  std::istringstream page(read_file("docs/routing-rules.md"));
  std::string line, yaml;
  bool inside = false;
  int examples = 0;
  const auto take = [&](const std::string& text) {
    ++examples;
    EXPECT_EQ(hub::to_text(read_rules(text, "routing-rules.md").problems), "") << text;
  };
  while (std::getline(page, line)) {
    if (line == "```yaml" || (inside && line == "```")) {
      if (inside && yaml.starts_with("version:")) take(yaml);
      else if (inside && !yaml.starts_with("then:")) take("version: 1\n" + yaml);
      inside = !inside;
      yaml.clear();
    } else if (inside) {
      yaml += line + "\n";
      if (line.starts_with("then:")) take("version: 1\nteams: { sales: {} }\nrules:\n  - name: a\n    " + line + "\n");
    }
  }
  EXPECT_EQ(examples, 8);
}

}  // namespace
