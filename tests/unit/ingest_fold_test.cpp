// The pure parts of ingest: amounts of money, numbers of vehicles, and folds whose order must not matter.

#include "hub/base/failure.hpp"
#include "routing/rules.hpp"
#include "tests/support/events.hpp"
#include "workers/ingest/fold.hpp"
#include "workers/ingest/learn.hpp"
#include "workers/ingest/vin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using namespace workers::ingest;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(amounts, are_counted_in_hundredths) {
  EXPECT_EQ(hundredths(""), std::nullopt);
  EXPECT_EQ(hundredths("0"), 0);
  EXPECT_EQ(hundredths("1250.5"), 125050);
  EXPECT_EQ(hundredths("0.29"), 29);
  EXPECT_EQ(hundredths("0.295"), 30);
  EXPECT_EQ(hundredths("999999999999.99"), 99'999'999'999'999);
}

TEST(amounts, that_no_column_holds_are_refused) {
  for (const auto* text : {"-5", "1e3", "1,5", ".5", "5.", "1.2.3", "abc", " 1", "1000000000000", "999999999999.999"})
    EXPECT_THROW(hundredths(text), hub::error) << text;
}

TEST(vehicle_numbers, are_words_of_seventeen_in_any_case) {
  EXPECT_THAT(vins_in("Цікавить WVWZZZ1KZAW000001, ще в наявності?"), ElementsAre("WVWZZZ1KZAW000001"));
  EXPECT_THAT(vins_in("wvwzzz1kzaw000001 і «KMHD35LE1DU000002»"), ElementsAre("WVWZZZ1KZAW000001", "KMHD35LE1DU000002"));
  EXPECT_THAT(vins_in("WVWZZZ1KZAW000001 wvwzzz1kzaw000001"), ElementsAre("WVWZZZ1KZAW000001"));
  EXPECT_THAT(vins_in("VIN:WVWZZZ1KZAW000001."), ElementsAre("WVWZZZ1KZAW000001"));
}

TEST(vehicle_numbers, have_no_i_o_q_and_no_other_length) {
  EXPECT_THAT(vins_in("WVWZZZ1KZAW00000"), IsEmpty());
  EXPECT_THAT(vins_in("WVWZZZ1KZAW0000012"), IsEmpty());
  EXPECT_THAT(vins_in("WVWZZZ1KZAWO00001"), IsEmpty());
  EXPECT_THAT(vins_in("x_WVWZZZ1KZAW000001"), IsEmpty());
  EXPECT_THAT(vins_in(""), IsEmpty());
}

/// A state with one known customer, as load() would leave it.
state loaded(const std::vector<item>& items) {
  state s;
  for (const auto& one : items) s.items.push_back(&one);
  std::sort(s.items.begin(), s.items.end(), [](const item* a, const item* b) {
    return std::tie(a->event.time, a->event.key) < std::tie(b->event.time, b->event.key);
  });
  s.customers[1].id = s.customers[1].root = 1;
  for (const auto& one : items)
    for (const auto& who : hub::message::identities_of(one.event)) s.customer_of[who] = 1;
  return s;
}

routing::rule_set an_hour_while_new() {
  routing::rule_set rules;
  rules.lead_policies["default"] = {};
  rules.lead_policies["activity"] = {{routing::stage::fresh}, 60min, std::nullopt};
  return rules;
}

TEST(consolidation, the_last_instant_of_the_window_still_joins) {
  const auto rules = an_hour_while_new();
  const std::vector<item> items{{activity_of(1, 1, "quote", "10"), ""},
                                {activity_of(1, 2, "quote", "20", 60min), ""},
                                {activity_of(1, 3, "quote", "30", 60min + 1ms), ""}};
  auto s = loaded(items);
  fold(rules, s);
  ASSERT_EQ(s.leads.size(), 2u);
  EXPECT_EQ(s.leads[0].value, 2000);
  EXPECT_FALSE(s.leads[0].attachable);
  EXPECT_EQ(s.leads[1].value, 3000);
  EXPECT_TRUE(s.leads[1].attachable);
}

TEST(consolidation, somebody_at_work_on_a_lead_gets_nothing_new_into_it) {
  const auto rules = an_hour_while_new();
  const std::vector<item> items{{activity_of(1, 2, "quote", "20", 5min), ""}};
  auto s = loaded(items);
  lead_row lead;
  lead.id = 7;
  lead.customer = 1;
  lead.source = "website";
  lead.stage = routing::stage::contacted;
  lead.created_at = lead.last_activity_at = story_begins();
  lead.attach_until = story_begins() + 60min;
  add_lead(s, lead);
  fold(rules, s);
  ASSERT_EQ(s.leads.size(), 2u);
  EXPECT_FALSE(s.leads[0].attachable);
  EXPECT_EQ(s.activities.at(0).lead, 1u);
}

TEST(consolidation, a_late_activity_joins_the_lead_in_whose_window_it_happened) {
  const auto rules = an_hour_while_new();
  const std::vector<item> items{{activity_of(1, 3, "quote", "70", 30min), ""}};
  auto s = loaded(items);
  for (const auto begun : {0min, 90min}) {
    lead_row lead;
    lead.id = 7 + begun.count();
    lead.customer = 1;
    lead.source = "website";
    lead.attachable = begun > 0min;
    lead.created_at = lead.last_activity_at = story_begins() + begun;
    lead.attach_until = lead.created_at + 60min;
    add_lead(s, lead);
  }
  fold(rules, s);
  ASSERT_EQ(s.leads.size(), 2u);
  EXPECT_EQ(s.activities.at(0).lead, 0u);
  EXPECT_EQ(s.leads[0].value, 7000);
  EXPECT_TRUE(s.openings.empty());
}

TEST(consolidation, origin_and_value_do_not_depend_on_order) {
  const auto rules = an_hour_while_new();
  const auto quote = activity_of(1, 1, "quote", "900", 10min);
  const auto plan = activity_of(1, 2, "load_plan", "300", 5min);
  for (const bool plan_first : {true, false}) {
    SCOPED_TRACE(plan_first);
    // Each in a batch of its own, in both orders.
    const std::vector<item> first{{plan_first ? plan : quote, ""}}, second{{plan_first ? quote : plan, ""}};
    auto one = loaded(first);
    fold(rules, one);
    auto two = loaded(second);
    auto lead = one.leads.at(0);
    lead.fresh = lead.touched = false;
    add_lead(two, lead);
    fold(rules, two);
    ASSERT_EQ(two.leads.size(), 1u);
    EXPECT_EQ(two.leads[0].origin, "load_plan");
    EXPECT_EQ(two.leads[0].data, R"({"token":2})");
    EXPECT_EQ(two.leads[0].value, 90000);
    EXPECT_EQ(two.leads[0].created_at, plan.time);
  }
}

}  // namespace
