// Calendars, clocks, pipelines, activities, values, tasks: how they are read, and what an operator reads about each mistake.

#include "routing/rules.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace routing;
using namespace std::chrono_literals;

std::string problems_of(const std::string& yaml) { return hub::to_text(read_rules(yaml, "r.yaml").problems); }
std::string warnings_of(const std::string& yaml) { return hub::to_text(read_rules(yaml, "r.yaml").warnings); }
hub::instant at(const std::string& text) { return hub::parse_rfc3339(text).value(); }
std::string told(const std::optional<hub::instant>& t) { return t ? hub::to_rfc3339(*t) : "never"; }

const std::string whole = R"(version: 1
timezone: Europe/Kyiv
calendars:
  sales: { mon-fri: ["09:00-13:00", "14:00-19:00"], sat: ["10:00-16:00"], sun: [], holidays: ["2026-12-25"] }
  night: { mon-sun: "20:00-8:00" }
  weekend: { sat-sun: [00:00-24:00] }
teams:
  sales: { members: [olena@example.test, taras@example.test], calendar: sales }
  guard: { members: [taras@example.test], calendar: night }
  import: { members: [iryna@example.test] }
people:
  olena@example.test: { zone: America/New_York }
  taras@example.test: { calendar: weekend }
pipelines:
  sales: { sells_vehicles: true, lost_reasons: [too expensive, bought elsewhere], sold_reasons: cash }
  service:
    stages: [new, contacted, qualified]
    transitions: { contacted: [qualified, sold], lost: [contacted], qualified: }
catch_up: 3
rules:
  - name: quote
    when: { activity: [quote, load_plan], activity_value: { at_least: 499.5 } }
    then: { team: sales, strategy: manual, estimated_value: { field: total_cost }, pipeline: service }
  - name: location
    when: { kind: activity, activity: location_share }
    then: { team: sales, estimated_value: { average_of: conversions, same: activity, over: 90d, else: 12.50 } }
  - name: order
    when: { activity: order_attempt }
    then: { team: sales, strategy: workload, online: required, task: { title: Call about the order, due: 15m } }
  - name: rest
    then: { team: sales, estimated_value: 500 }
sla: { first_response: { within: 10m, calendar: owner } }
)";

TEST(described, calendars_pipelines_and_actions_are_read_as_written) {
  const auto read = read_rules(whole, "r.yaml");
  ASSERT_TRUE(read.rules) << hub::to_text(read.problems);
  EXPECT_EQ(hub::to_text(read.warnings), "");
  const auto& r = *read.rules;
  const auto& sales = r.calendars.at("sales");
  EXPECT_EQ(sales.name, "sales");
  EXPECT_EQ(sales.week[0], (std::vector<day_interval>{{540, 780}, {840, 1140}}));
  EXPECT_EQ(sales.week[4], sales.week[0]);
  EXPECT_EQ(sales.week[5], (std::vector<day_interval>{{600, 960}}));
  EXPECT_TRUE(sales.week[6].empty());
  EXPECT_EQ(sales.holidays, std::set<std::string>{"2026-12-25"});
  EXPECT_EQ(r.calendars.at("night").week[6], (std::vector<day_interval>{{1200, 480}}));
  EXPECT_EQ(r.calendars.at("weekend").week[5], (std::vector<day_interval>{{0, 1440}}));

  EXPECT_TRUE(r.pipeline_of("sales").sells_vehicles);
  EXPECT_EQ(r.pipeline_of("sales").lost_reasons, (std::vector<std::string>{"too expensive", "bought elsewhere"}));
  EXPECT_EQ(r.pipeline_of("sales").sold_reasons, std::vector<std::string>{"cash"});
  EXPECT_EQ(r.pipeline_of("sales").stages, open_stages());
  const auto& service = r.pipeline_of("service");
  EXPECT_EQ(service.stages, (std::vector<stage>{stage::fresh, stage::contacted, stage::qualified}));
  EXPECT_EQ(service.transitions, (std::map<stage, std::set<stage>>{{stage::contacted, {stage::qualified, stage::sold}},
                                                                   {stage::qualified, {}},
                                                                   {stage::lost, {stage::contacted}}}));
  EXPECT_EQ(&r.pipeline_of("nowhere"), &r.pipeline_of("sales"));

  EXPECT_EQ(r.catch_up, 3);
  EXPECT_EQ(r.rules[0].then.estimated_value->from, value_rule::source::total_cost);
  EXPECT_EQ(r.rules[1].then.estimated_value->from, value_rule::source::average_of_conversions);
  EXPECT_EQ(r.rules[1].then.estimated_value->over, 24h * 90);
  EXPECT_EQ(r.rules[1].then.estimated_value->fixed, 12.5);
  EXPECT_EQ(r.rules[3].then.estimated_value->from, value_rule::source::fixed);
  EXPECT_EQ(r.rules[3].then.estimated_value->fixed, 500);
  EXPECT_TRUE(r.rules[2].then.online_required);
  EXPECT_EQ(r.rules[2].then.task->title, "Call about the order");
  EXPECT_EQ(r.rules[2].then.task->due, 15min);
  EXPECT_FALSE(r.rules[0].then.online_required);
  EXPECT_FALSE(r.rules[0].then.task);
}

TEST(described, nothing_means_one_pipeline_no_clock_and_people_who_are_always_there) {
  const auto r = read_rules("version: 1\nteams: { sales: { members: [olena@example.test] } }\n", "r.yaml").rules;
  ASSERT_TRUE(r);
  EXPECT_EQ(r->pipeline_of("sales").name, "sales");
  EXPECT_EQ(r->pipeline_of("import").stages, open_stages());
  EXPECT_FALSE(r->pipeline_of("import").sells_vehicles);
  EXPECT_EQ(r->working_time_of("olena@example.test", "sales"), nullptr);
  EXPECT_EQ(r->first_response_until(at("2026-11-20T12:00:00Z"), "", "sales"), std::nullopt);
  EXPECT_EQ(r->catch_up, 0);
  EXPECT_EQ(rule_set().pipeline_of("sales").stages, open_stages());
}

TEST(described, people_work_by_their_own_calendar_then_the_teams_in_their_own_zone) {
  const auto r = read_rules(whole, "r.yaml").rules;
  const auto monday = [](const char* time) { return at("2026-11-23T" + std::string(time) + ":00+02:00"); };
  EXPECT_TRUE(r->working_time_of("", "sales")->is_open(monday("09:00")));
  EXPECT_TRUE(r->working_time_of("nobody@example.test", "sales")->is_open(monday("09:00")));
  EXPECT_FALSE(r->working_time_of("olena@example.test", "sales")->is_open(monday("09:00")));
  EXPECT_TRUE(r->working_time_of("olena@example.test", "sales")->is_open(monday("16:00")));
  for (const auto* team : {"sales", "guard", "import", "nowhere"}) {
    EXPECT_FALSE(r->working_time_of("taras@example.test", team)->is_open(monday("09:00")));
    EXPECT_TRUE(r->working_time_of("taras@example.test", team)->is_open(at("2026-11-22T03:00:00+02:00")));
  }
  EXPECT_TRUE(r->working_time_of("", "guard")->is_open(monday("03:00")));
  EXPECT_EQ(r->working_time_of("iryna@example.test", "import"), nullptr);
  EXPECT_EQ(r->working_time_of("", "nowhere"), nullptr);
}

TEST(described, first_response_is_due_on_the_owners_the_teams_or_a_named_calendar) {
  const auto evening = at("2026-11-20T18:55:00+02:00");  // a Friday
  const auto until = [&](const std::string& calendar, const std::string& owner, const std::string& team) {
    auto yaml = whole;
    yaml.replace(yaml.find("calendar: owner"), 15, "calendar: " + calendar);
    return told(read_rules(yaml, "r.yaml").rules->first_response_until(evening, owner, team));
  };
  const auto saturday = told(at("2026-11-21T10:05:00+02:00")), at_once = told(evening + 10min);
  EXPECT_EQ(until("owner", "", "sales"), saturday);
  EXPECT_EQ(until("owner", "olena@example.test", "sales"), at_once);  // noon in New York
  EXPECT_EQ(until("owner", "taras@example.test", "sales"), told(at("2026-11-21T00:10:00+02:00")));
  EXPECT_EQ(until("team", "taras@example.test", "sales"), saturday);
  EXPECT_EQ(until("team", "taras@example.test", "import"), at_once);
  EXPECT_EQ(until("night", "olena@example.test", "import"), told(at("2026-11-20T20:10:00+02:00")));
}

TEST(described, pipelines_a_rule_names_and_nobody_described_are_told) {
  EXPECT_EQ(warnings_of("version: 1\npipelines: { sales: {}, service: {} }\nrules: [{ name: a, then: { pipeline: servise } }]\n"),
            "r.yaml:3:9: the pipeline servise is not described, so it is like sales; did you mean service? (found: a)\n");
  EXPECT_EQ(warnings_of("version: 1\nrules: [{ name: a, then: { pipeline: service } }]\n"), "");
}

TEST(described, conditions_on_activities_that_contradict_or_shadow_are_told) {
  const auto warned = [](const std::string& first, const std::string& second) {
    return warnings_of("version: 1\nrules:\n  - { name: a, when: " + first + ", then: {} }\n  - { name: b, when: " + second +
                       ", then: {} }\n  - { name: rest, then: {} }\n");
  };
  const std::string shadowed = "r.yaml:4:5: is never reached: \"a\" in line 3 takes everything it could match (found: b)\n";
  const std::string never = "r.yaml:4:5: can never match: lines 4 and 4 exclude each other (found: b)\n";
  EXPECT_EQ(warned("{ activity: [quote, load_plan] }", "{ activity: quote }"), shadowed);
  EXPECT_EQ(warned("{ kind: activity }", "{ activity: quote }"), shadowed);
  EXPECT_EQ(warned("{ activity_value: { at_least: 100 } }", "{ activity_value: { at_least: 100.01 } }"), shadowed);
  EXPECT_EQ(warned("{ activity_value: { at_least: 100.01 } }", "{ activity_value: { at_least: 100 } }"), "");
  EXPECT_EQ(warned("{ activity: quote }", "{ activity: [quote, load_plan] }"), "");
  EXPECT_EQ(warned("{ channel: viber }", "{ activity: quote, kind: message }"), never);
  EXPECT_EQ(warned("{ channel: viber }", "{ activity: quote, all: [{ activity: load_plan }] }"), never);
  EXPECT_EQ(warned("{ channel: viber }", "{ activity: quote, text: { words: price } }"), never);
}

const std::string calendar = "version: 1\ncalendars:\n  sales: ";
const std::string pipelines = "version: 1\npipelines:\n  sales: ";
const std::string then = "version: 1\nteams: { sales: {} }\nrules:\n  - name: a\n    then: ";
const std::string when = "version: 1\nrules:\n  - name: a\n    then: {}\n    when: ";

TEST(described, mistakes_are_refused_with_their_place) {
  const std::pair<std::string, std::string> table[] = {
      {calendar + "[mon]\n",
       "r.yaml:3:10: calendars.sales: expected a map like {mon-fri: [\"09:00-18:00\"], holidays: [\"2026-12-25\"]}\n"},
      {calendar + "{}\n", "r.yaml:3:3: calendars.sales: has no working time\n"},
      {calendar + "{ mon-fri: [], sun: }\n", "r.yaml:3:3: calendars.sales: has no working time\n"},
      {calendar + "{ monday: [\"09:00-13:00\"], holiday: [] }\n",
       "r.yaml:3:12: calendars.sales: expected a day like mon, days like mon-fri, or holidays; did you mean mon? "
       "(found: monday)\n"
       "r.yaml:3:37: calendars.sales: expected a day like mon, days like mon-fri, or holidays; did you mean holidays? "
       "(found: holiday)\n"},
      {calendar + "{ mon-fry: [\"09:00-13:00\"] }\n",
       "r.yaml:3:12: calendars.sales: expected a day like mon, days like mon-fri, or holidays (found: mon-fry)\n"},
      {calendar + "{ mon: [\"9-13\", \"09:60-13:00\", \"13:00\", \"24:00-08:00\", \"20:00-24:01\", \"09:00-09:00\"] }\n",
       "r.yaml:3:18: calendars.sales.mon: expected two times like 09:00-13:00, 20:00-08:00 or 00:00-24:00 (found: 9-13)\n"
       "r.yaml:3:26: calendars.sales.mon: expected two times like 09:00-13:00, 20:00-08:00 or 00:00-24:00 (found: 09:60-13:00)\n"
       "r.yaml:3:41: calendars.sales.mon: expected two times like 09:00-13:00, 20:00-08:00 or 00:00-24:00 (found: 13:00)\n"
       "r.yaml:3:50: calendars.sales.mon: expected two times like 09:00-13:00, 20:00-08:00 or 00:00-24:00 (found: 24:00-08:00)\n"
       "r.yaml:3:65: calendars.sales.mon: expected two times like 09:00-13:00, 20:00-08:00 or 00:00-24:00 (found: 20:00-24:01)\n"
       "r.yaml:3:80: calendars.sales.mon: ends when it begins; the whole day is 00:00-24:00 (found: 09:00-09:00)\n"},
      {calendar + "{ mon-fri: [\"09:00-13:00\", \"12:59-19:00\"] }\n",
       "r.yaml:3:37: calendars.sales: overlaps 09:00-13:00 of line 3 (found: 12:59-19:00)\n"},
      {calendar + "{ mon-sun: [\"20:00-08:00\", \"07:00-09:00\"] }\n",
       "r.yaml:3:37: calendars.sales: overlaps 20:00-08:00 of line 3 (found: 07:00-09:00)\n"},
      {calendar + "\n    mon: [\"07:00-09:00\"]\n    sun: [\"20:00-08:00\"]\n",
       "r.yaml:4:11: calendars.sales: overlaps 20:00-08:00 of line 5 (found: 07:00-09:00)\n"},
      {calendar + "{ mon-fri: [\"20:00-08:00\", \"08:00-20:00\"] }\n", ""},
      {calendar + "\n    mon-fri: [\"09:00-13:00\"]\n    fri-mon: [\"09:00-10:00\"]\n",
       "r.yaml:5:5: calendars.sales.fri-mon: line 4 says already when fri is worked (found: fri-mon)\n"},
      {calendar + "{ mon: [\"09:00-13:00\"], holidays: [\"25.12.2026\", \"2026-02-29\", \"2026-12-25\", \"2026-12-25\"] }\n",
       "r.yaml:3:45: calendars.sales.holidays: expected a day like 2026-12-25 (found: 25.12.2026)\n"
       "r.yaml:3:59: calendars.sales.holidays: expected a day like 2026-12-25 (found: 2026-02-29)\n"
       "r.yaml:3:87: calendars.sales.holidays: is named twice (found: 2026-12-25)\n"},
      {"version: 1\ncalendars: { owner: { mon: \"09:00-13:00\" } }\n",
       "r.yaml:2:14: calendars: sla says owner and team for the calendars of those; take another name (found: owner)\n"},
      {calendar + "{ mon: \"09:00-13:00\" }\nteams: { a: { calendar: sale } }\n"
                  "people: { b@example.test: { calendar: x, zone: Kyiv } }\n",
       "r.yaml:4:25: teams.a.calendar: there is no such calendar; did you mean sales? (found: sale)\n"
       "r.yaml:5:39: people.b@example.test.calendar: there is no such calendar (found: x)\n"
       "r.yaml:5:48: people.b@example.test.zone: not a time zone; write one like Europe/Kyiv (found: Kyiv)\n"},
      {"version: 1\ncatch_up: 0\nsla: { first_response: { calendar: nobody } }\n",
       "r.yaml:2:11: catch_up: expected a whole number from 1 to 1000 (found: 0)\n"
       "r.yaml:3:24: sla.first_response: within is missing\n"
       "r.yaml:3:36: sla.first_response.calendar: expected owner, team or the name of a calendar (found: nobody)\n"},
      {"version: 1\nsla: { first_respons: {}, first_response: { within: 10 } }\n",
       "r.yaml:2:8: sla: unknown key; did you mean first_response? (found: first_respons)\n"
       "r.yaml:2:53: sla.first_response.within: expected a length of time like 60m or 14d (found: 10)\n"},
      {pipelines + "{ stages: [new, qualified, contacted, sold], sell_vehicles: true }\n",
       "r.yaml:3:37: pipelines.sales.stages: stages stand in the order new, contacted, qualified, in_negotiation, prepayment "
       "(found: contacted)\n"
       "r.yaml:3:48: pipelines.sales.stages: sold and lost end every pipeline; name the open stages only (found: sold)\n"
       "r.yaml:3:55: pipelines.sales: unknown key; did you mean sells_vehicles? (found: sell_vehicles)\n"},
      {pipelines + "{ stages: [contacted, qualifed] }\n",
       "r.yaml:3:32: pipelines.sales.stages: expected one of new, contacted, qualified, in_negotiation, prepayment, sold, lost; "
       "did you mean qualified? (found: qualifed)\n"},
      {pipelines + "{ stages: [contacted] }\n", "r.yaml:3:12: pipelines.sales.stages: every pipeline begins with new\n"},
      {pipelines + "{ lost_reasons: [\"price: too high\"] }\n",
       "r.yaml:3:27: pipelines.sales.lost_reasons: a name has 1 to 100 bytes, no blank at its ends and none of : "
       "(found: price: too high)\n"},
      {pipelines + "{ stages: [new, contacted], transitions: { new: [new, qualified], sold: [lost], prepayment: [new] } }\n",
       "r.yaml:3:59: pipelines.sales.transitions.new: a lead may always stay where it is (found: new)\n"
       "r.yaml:3:64: pipelines.sales.transitions.new: the pipeline has no such stage (found: qualified)\n"
       "r.yaml:3:83: pipelines.sales.transitions.sold: a closed lead is opened again first (found: lost)\n"
       "r.yaml:3:90: pipelines.sales.transitions: the pipeline has no such stage (found: prepayment)\n"},
      {then + "{ estimated_value: -5, online: required, task: { titel: x, due: soon } }\n",
       "r.yaml:5:30: rule \"a\": then.estimated_value: expected {field: total_cost}, {average_of: conversions, ...} or a sum "
       "like 500 or 499.50 (found: -5)\n"
       "r.yaml:5:34: rule \"a\": then.online: needs a strategy that chooses somebody\n"
       "r.yaml:5:58: rule \"a\": then.task: title is missing\n"
       "r.yaml:5:60: rule \"a\": then.task: unknown key; did you mean title? (found: titel)\n"
       "r.yaml:5:75: rule \"a\": then.task.due: expected a length of time like 60m or 14d (found: soon)\n"},
      {then + "{ team: sales, strategy: workload, online: require, estimated_value: { field: total, over: 5d } }\n",
       "r.yaml:5:54: rule \"a\": then.online: expected required; did you mean required? (found: require)\n"
       "r.yaml:5:89: rule \"a\": then.estimated_value.field: expected total_cost (found: total)\n"
       "r.yaml:5:96: rule \"a\": then.estimated_value: over does not go with field (found: over)\n"},
      {then + "{ estimated_value: { average_of: conversion, else: 1.234 } }\n",
       "r.yaml:5:30: rule \"a\": then.estimated_value: same is missing; write same: activity\n"
       "r.yaml:5:30: rule \"a\": then.estimated_value: over is missing; write over: 90d\n"
       "r.yaml:5:44: rule \"a\": then.estimated_value.average_of: expected conversions; did you mean conversions? (found: "
       "conversion)\n"
       "r.yaml:5:62: rule \"a\": then.estimated_value.else: expected a sum like 500 or 499.50 (found: 1.234)\n"},
      {when + "{ activity: [~], activity_value: { atleast: 5 } }\n",
       "r.yaml:5:24: rule \"a\": when.activity: expected text\n"
       "r.yaml:5:44: rule \"a\": when.activity_value: at_least is missing\n"
       "r.yaml:5:46: rule \"a\": when.activity_value: unknown key; did you mean at_least? (found: atleast)\n"},
  };
  for (const auto& [yaml, text] : table) EXPECT_EQ(problems_of(yaml), text) << yaml;
}

TEST(described, calendars_are_a_hundred_at_most) {
  const auto many = [](int n) {
    std::string yaml = "version: 1\ncalendars:\n";
    for (int i = 0; i < n; ++i) yaml += "  c" + std::to_string(i) + ": { mon: \"09:00-13:00\" }\n";
    return problems_of(yaml);
  };
  EXPECT_EQ(many(100), "");
  EXPECT_EQ(many(101), "r.yaml:3:3: calendars: at most 100 calendars (found: 101)\n");
}

}  // namespace
