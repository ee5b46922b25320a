// What an ERP told of a vehicle, and what of it the hub's row takes over.

#include "workers/ingest/told_vehicle.hpp"
#include "workers/ingest/told_order.hpp"

#include <gtest/gtest.h>

namespace {

using namespace workers::ingest;
using routing::stage;

instant at(int n) { return instant(std::chrono::minutes(n)); }

hub::message::vehicle car(const std::string& status, const std::string& price = "") {
  hub::message::vehicle made;
  made.id = "v";
  made.vin = "TMBZZZ9BZE0009000";
  made.make = "Skoda";
  made.model = "Octavia";
  if (!status.empty()) made.status = hub::value_of<hub::message::vehicle_state>(status);
  made.price = price;
  made.currency = price.empty() ? "" : "UAH";
  return made;
}

TEST(told_vehicle, keeps_the_newest_of_each_field_whatever_the_order) {
  vehicle_facts one, other;
  learn_vehicle(one, car("sold"), at(2));
  learn_vehicle(one, car("available", "100.00"), at(1));
  learn_vehicle(other, car("available", "100.00"), at(1));
  learn_vehicle(other, car("sold"), at(2));
  learn_vehicle(other, car("sold"), at(2));
  EXPECT_EQ(one, other);
  EXPECT_EQ(one["price"], "100.00 UAH");
  EXPECT_EQ(status_told(one, false), "sold");
  EXPECT_EQ(status_told(one, true), "sold") << "what was sold stays sold";
}

TEST(told_vehicle, takes_kilometres_whole) {
  vehicle_facts facts;
  auto with = car("");
  with.mileage = "089000.7";
  learn_vehicle(facts, with, at(1));
  EXPECT_EQ(facts["mileage"], "89000");
  with.mileage = "123456789012";
  learn_vehicle(facts, with, at(2));
  EXPECT_EQ(facts["mileage"], "89000");
}

TEST(told_vehicle, is_archived_where_none_is_left_or_it_is_deleted_or_absent) {
  vehicle_facts facts;
  auto offer = hub::message::vehicle{};
  offer.quantity = "0.000";
  learn_vehicle(facts, offer, at(1));
  EXPECT_EQ(status_told(facts, false), "archived");
  learn_vehicle(facts, car("available"), at(2));
  EXPECT_EQ(status_told(facts, false), "available") << "a status says more than a count";
  EXPECT_EQ(status_told(facts, true), "archived");
  auto gone = hub::message::vehicle{};
  gone.deleted = true;
  learn_vehicle(facts, gone, at(3));
  EXPECT_EQ(status_told(facts, false), "archived");
}

TEST(told_vehicle, follows_the_erp_and_leaves_what_people_changed) {
  vehicle_case c;
  c.row = {{"colour", "dark red"}, {"make", "Skoda"}, {"status", "available"}};
  c.base = {{"colour", "red"}, {"make", "Skoda"}, {"status", "available"}};
  c.told = {{"colour", "red"}, {"make", "Škoda"}, {"status", "sold"}};
  auto made = settle(c);
  EXPECT_EQ(made.row["colour"] + made.row["make"] + made.row["status"], "dark redŠkodasold");
  EXPECT_TRUE(made.open.empty());
  c.told["colour"] = "blue";
  made = settle(c);
  ASSERT_EQ(made.open.size(), 1u);
  EXPECT_EQ(made.open[0].field + made.open[0].ours + made.open[0].theirs, "colourdark redblue");
  c.verdicts["colour"] = {true, "blue"};
  EXPECT_EQ(settle(c).row["colour"], "blue");
  c.verdicts["colour"] = {true, "green"};
  EXPECT_EQ(settle(c).row["colour"], "dark red") << "it was judged for another value";
}

TEST(told_vehicle, of_several_with_one_vin_gives_it_to_whom_a_person_named_then_to_whom_is_in_stock) {
  vin_claim first{"bas:main", "a", true, true, false, at(1)}, second{"bas:main", "b", true, true, false, at(1)};
  EXPECT_EQ(owner_of({second, first}).id, "a");
  second.at = at(2);
  EXPECT_EQ(owner_of({second, first}).id, "b") << "told last";
  second.live = false;
  EXPECT_EQ(owner_of({second, first}).id, "a");
  second.given = true;
  EXPECT_EQ(owner_of({second, first}).id, "b");
}

TEST(full_exchanges, archive_what_they_leave_out_but_never_most_of_it) {
  const std::map<std::string, known_vehicle> all{{"a", {at(0), at(1), true, {}}},
                                                 {"b", {at(0), at(1), true, {}}},
                                                 {"c", {at(0), at(9), true, {}}},
                                                 {"d", {at(0), at(1), false, {}}}};
  auto known = all;
  const auto good = judge({{at(5), "x", {"a"}}}, known);
  EXPECT_FALSE(good[0].refused);
  EXPECT_TRUE(known["b"].is_absent());
  EXPECT_FALSE(known["c"].is_absent()) << "it was told of since";
  EXPECT_FALSE(known["d"].is_absent()) << "it is out of stock anyway";
  known = all;
  EXPECT_TRUE(judge({{at(5), "x", {}}}, known)[0].refused);
  EXPECT_FALSE(known["a"].is_absent());
  known = all;
  EXPECT_FALSE(judge({{at(5), "x", {}, true}}, known)[0].refused) << "a person said that it is right";
  EXPECT_TRUE(known["a"].is_absent());
}

TEST(full_exchanges, are_judged_alike_in_whatever_order_they_and_the_vehicles_come) {
  std::map<std::string, known_vehicle> known{{"a", {at(0), at(1), true, {}}}, {"b", {at(0), at(1), true, {}}}};
  judge({{at(5), "x", {"a"}}}, known);
  auto later = known;
  judge({{at(5), "x", {"a"}}, {at(7), "x", {"a", "b"}}}, later);
  EXPECT_FALSE(later["b"].is_absent()) << "the next one has it";
  judge({{at(5), "x", {"a"}}}, later);
  EXPECT_EQ(later["b"].absent_at, known["b"].absent_at);
}

// ---- orders ---------------------------------------------------------------------------------------------------------

TEST(told_order, says_where_its_lead_goes) {
  hub::message::order told;
  EXPECT_FALSE(goal_of(told));
  told.paid = true;
  EXPECT_EQ(goal_of(told), stage::prepayment);
  told.shipped = true;
  EXPECT_EQ(goal_of(told), stage::sold);
  told.deleted = true;
  EXPECT_EQ(goal_of(told), stage::lost);
}

TEST(told_order, knows_our_own_ids) {
  EXPECT_EQ(lead_of_order("lead-42"), 42);
  EXPECT_EQ(lead_of_order(order_of_lead(7)), 7);
  EXPECT_FALSE(lead_of_order("42"));
  EXPECT_FALSE(lead_of_order("lead-"));
  EXPECT_FALSE(lead_of_order("lead-4x"));
}

TEST(told_order, moves_every_stage_as_the_table_says) {
  routing::pipeline sells;
  sells.sells_vehicles = true;
  sells.lost_reasons = {"too expensive"};
  for (const auto& from : names_of(stage{}))
    for (const auto goal : {stage::prepayment, stage::sold, stage::lost}) {
      ordered_lead lead;
      lead.stage = from.value;
      lead.has_owner = lead.has_vehicle = true;
      const auto step = step_of(lead, goal, sells);
      const bool stays = from.value == goal || (from.value == stage::sold && goal != stage::lost) || from.value == stage::lost;
      EXPECT_EQ(step.to, stays ? std::nullopt : std::optional(goal)) << from.name << " to " << hub::name_of(goal);
      EXPECT_EQ(step.why_not.empty(), from.value != stage::lost || goal == stage::lost) << from.name << hub::name_of(goal);
    }
}

TEST(told_order, asks_a_person_where_a_lead_cannot_go) {
  routing::pipeline sells;
  sells.sells_vehicles = true;
  ordered_lead lead;
  lead.has_vehicle = true;
  EXPECT_NE(step_of(lead, stage::prepayment, sells).why_not.find("nobody owns"), std::string::npos);
  lead.insisted = true;
  EXPECT_EQ(step_of(lead, stage::prepayment, sells).to, stage::prepayment);
  lead.other_vehicle = "taken";
  EXPECT_EQ(step_of(lead, stage::prepayment, sells).why_not, "taken");
  EXPECT_EQ(step_of(lead, stage::lost, sells).to, stage::lost) << "a cancellation needs no vehicle";
  lead = {};
  lead.has_owner = true;
  EXPECT_NE(step_of(lead, stage::sold, sells).why_not.find("no vehicle"), std::string::npos);
  lead.stage = stage::lost;
  lead.has_vehicle = true;
  EXPECT_EQ(step_of(lead, stage::sold, sells).why_not, "the lead was lost here");
  lead.moved_to = stage::lost;
  EXPECT_EQ(step_of(lead, stage::sold, sells).to, stage::sold);
}

TEST(told_order, knows_its_own_word_when_it_comes_back) {
  hub::message::order_asked sent;
  sent.vehicles = {{"v", "Skoda", "1.00"}};
  sent.total = "1.00";
  hub::message::order told;
  told.vehicles = {"v"};
  told.total = "1.00";
  EXPECT_TRUE(is_echo(told, sent));
  told.paid = true;
  EXPECT_FALSE(is_echo(told, sent));
  told.cancelled = sent.cancelled = true;
  EXPECT_TRUE(is_echo(told, sent));
  told.total = "2.00";
  EXPECT_FALSE(is_echo(told, sent));
}

}  // namespace
