// When an account is too quiet: gaps in working time, the usual one, the verdict. Time is the test's.

#include "workers/clock/silence.hpp"
#include "routing/rules.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using workers::clock::came;
using workers::clock::is_silent;
using workers::clock::silence_since;
using workers::clock::usual_gap;

hub::instant at(const std::string& text) { return hub::parse_rfc3339(text).value(); }

routing::working_time nine_to_six() {
  routing::calendar week;
  for (std::size_t day = 0; day < 5; ++day) week.week[day] = {{9 * 60, 18 * 60}};
  return {week, "UTC"};
}

/// `count` events, `apart` from each other.
std::vector<came> row(hub::instant from, std::size_t count, std::chrono::milliseconds apart) {
  std::vector<came> made;
  for (std::size_t i = 0; i < count; ++i) made.push_back({from + i * apart, from + i * apart});
  return made;
}

TEST(silence, is_counted_in_working_time) {
  const auto works = nine_to_six();
  const auto friday = at("2026-11-20T17:50:00Z");
  EXPECT_EQ(silence_since(friday, &works, at("2026-11-23T09:20:00Z")), 30min) << "a weekend lies between";
  EXPECT_EQ(silence_since(friday, nullptr, at("2026-11-20T18:50:00Z")), 1h);
  EXPECT_EQ(silence_since(friday, &works, friday - 1h), 0ms);
}

TEST(silence, gives_no_verdict_on_few_gaps) {
  EXPECT_EQ(usual_gap({}, nullptr), std::nullopt);
  EXPECT_EQ(usual_gap(row(at("2026-11-16T09:00:00Z"), 50, 5min), nullptr), std::nullopt) << "49 gaps";
  EXPECT_EQ(usual_gap(row(at("2026-11-16T09:00:00Z"), 51, 5min), nullptr), 5min);
}

TEST(silence, takes_the_gap_that_one_in_a_hundred_exceeds) {
  auto events = row(at("2026-11-16T09:00:00Z"), 200, 2min);  // 199 gaps
  auto next = events.back().last;
  for (const auto gap : {40min, 180min, 300min}) {
    next += gap;
    events.push_back({next, next});
  }
  // 202 gaps: the 200th in order of length.
  EXPECT_EQ(usual_gap(events, nullptr), 40min);
}

TEST(silence, leaves_nights_out_of_what_is_usual) {
  const auto works = nine_to_six();
  std::vector<came> events;
  for (int day = 16; day <= 20; ++day)
    for (const auto& one : row(at("2026-11-" + std::to_string(day) + "T08:00:00Z"), 41, 15min)) events.push_back(one);
  EXPECT_EQ(usual_gap(events, &works), 15min);
  EXPECT_EQ(usual_gap(events, nullptr), 14h) << "were somebody at work at all hours";
  EXPECT_EQ(usual_gap(row(at("2026-11-21T00:00:00Z"), 500, 5min), &works), std::nullopt) << "a weekend teaches nothing";
}

TEST(silence, does_not_count_pauses_within_a_minute) {
  std::vector<came> events;
  for (int i = 0; i < 60; ++i) {
    const auto begin = at("2026-11-16T09:00:00Z") + i * 10min;
    events.push_back({begin, begin + 50s});
  }
  EXPECT_EQ(usual_gap(events, nullptr), 10min - 50s);
}

TEST(silence, is_longer_than_thrice_the_usual_gap_and_half_an_hour) {
  EXPECT_FALSE(is_silent(30min, 1min));
  EXPECT_TRUE(is_silent(30min + 1s, 1min));
  EXPECT_FALSE(is_silent(2h, 40min));
  EXPECT_TRUE(is_silent(2h + 1s, 40min));
}

TEST(opening_hours, are_those_of_the_first_response_else_the_longest_week) {
  const auto read = [](const std::string& sla) {
    return routing::read_rules(
        "version: 1\ntimezone: UTC\ncalendars:\n  short: { mon: [\"09:00-12:00\"] }\n"
        "  long: { mon-fri: [\"10:00-18:00\"] }\n"
        "teams:\n  sales: { members: [m1@example.test] }\n" +
            sla + "rules:\n  - name: all\n    then: { intent: buy, team: sales, strategy: manual }\n",
        "rules");
  };
  const auto monday_nine = at("2026-11-16T09:30:00Z");
  const auto named = read("sla: { first_response: { within: 10m, calendar: short } }\n");
  ASSERT_TRUE(named.rules) << hub::to_text(named.problems);
  EXPECT_TRUE(named.rules->opening_hours()->is_open(monday_nine));
  const auto owners = read("sla: { first_response: { within: 10m, calendar: owner } }\n");
  ASSERT_TRUE(owners.rules) << hub::to_text(owners.problems);
  EXPECT_FALSE(owners.rules->opening_hours()->is_open(monday_nine));
  EXPECT_TRUE(owners.rules->opening_hours()->is_open(monday_nine + 4h));
}

}  // namespace
