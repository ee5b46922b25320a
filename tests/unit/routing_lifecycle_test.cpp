#include "routing/lifecycle.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace routing;
using enum stage;

constexpr stage all[] = {fresh, contacted, qualified, in_negotiation, prepayment, sold, lost};

// Everything a step may ask for is there.
transition step(stage from, stage to) { return {from, to, true, true, true, to == lost ? "too expensive" : ""}; }

std::string refused(const pipeline& of, const transition& wanted) {
  const auto why = refuse(of, wanted);
  return why ? hub::to_text(*why) : "";
}

// One letter a way: - stays, + forward, < one step back, x lost, r reopened by a supervisor, . no way.
std::vector<std::string> ways_of(const pipeline& of) {
  std::vector<std::string> table;
  for (const auto from : all) {
    std::string row;
    for (const auto to : all) {
      auto wanted = step(from, to);
      const bool supervisor = !refuse(of, wanted);
      wanted.as_supervisor = false;
      const bool anybody = !refuse(of, wanted);
      EXPECT_TRUE(supervisor || !anybody);
      row += from == to ? (anybody ? '-' : '?') : !supervisor ? '.' : !anybody ? 'r' : to == lost ? 'x' : to > from ? '+' : '<';
      for (const bool as_supervisor : {false, true}) {
        const auto next = next_stages(of, from, as_supervisor);
        const bool offered = std::find(next.begin(), next.end(), to) != next.end();
        EXPECT_EQ(offered, from != to && (as_supervisor ? supervisor : anybody));
        EXPECT_TRUE(std::is_sorted(next.begin(), next.end()));
      }
    }
    table.push_back(row);
  }
  return table;
}

TEST(lifecycle, goes_forward_one_step_back_to_lost_and_is_reopened_by_a_supervisor) {
  EXPECT_EQ(ways_of({"sales"}), (std::vector<std::string>{
                                    "-+++++x",
                                    "<-++++x",
                                    ".<-+++x",
                                    "..<-++x",
                                    "...<-+x",
                                    "rrrrr-.",
                                    "rrrrr.-",
                                }));
}

TEST(lifecycle, of_a_shorter_pipeline_leaves_out_what_it_does_not_have) {
  EXPECT_EQ(ways_of({"service", {fresh, contacted, in_negotiation}}), (std::vector<std::string>{
                                                                          "-+.+.+x",
                                                                          "<-.+.+x",
                                                                          ".<-+.+x",  // left from an earlier version of the rules
                                                                          ".<.-.+x",
                                                                          "...<-+x",
                                                                          "rr.r.-.",
                                                                          "rr.r..-",
                                                                      }));
}

TEST(lifecycle, follows_the_table_for_the_stages_that_are_in_it_and_loses_from_anywhere) {
  pipeline of{"sales"};
  of.transitions = {{fresh, {contacted}}, {qualified, {in_negotiation, fresh}}, {prepayment, {}}, {lost, {contacted}}};
  EXPECT_EQ(ways_of(of), (std::vector<std::string>{
                             "-+....x",
                             "<-++++x",
                             "<.-+..x",
                             "..<-++x",
                             "....-.x",
                             "rrrrr-.",
                             ".r....-",
                         }));
}

TEST(lifecycle, needs_an_owner_to_leave_new_and_a_supervisor_to_lose_what_nobody_owns) {
  const pipeline of{"sales"};
  for (const auto from : all)
    for (const auto to : all)
      for (const bool as_supervisor : {false, true}) {
        auto wanted = step(from, to);
        wanted.as_supervisor = as_supervisor;
        const bool owned = !refuse(of, wanted);
        wanted.has_owner = false;
        const bool unowned = !refuse(of, wanted);
        const bool needs = from != to && (to == lost ? !as_supervisor : from == fresh);
        EXPECT_EQ(unowned, owned && !needs) << static_cast<int>(from) << " to " << static_cast<int>(to);
      }
}

TEST(lifecycle, needs_a_chosen_vehicle_where_vehicles_are_sold) {
  for (const bool sells : {false, true}) {
    pipeline of{"sales"};
    of.sells_vehicles = sells;
    for (const auto from : all)
      for (const auto to : all) {
        auto wanted = step(from, to);
        const bool with = !refuse(of, wanted);
        wanted.has_chosen_vehicle = false;
        const bool needs = sells && from != to && (to == prepayment || to == sold);
        EXPECT_EQ(!refuse(of, wanted), with && !needs);
      }
  }
}

TEST(lifecycle, asks_for_a_reason_of_the_list_when_a_lead_is_lost_and_takes_one_when_it_is_sold) {
  pipeline of{"sales"};
  const auto closed = [&](stage to, const std::string& reason) {
    auto wanted = step(contacted, to);
    wanted.reason = reason;
    return refused(of, wanted);
  };
  EXPECT_EQ(closed(lost, ""), "reason: say why the lead is lost");
  EXPECT_EQ(closed(lost, "anything"), "");
  EXPECT_EQ(closed(sold, ""), "");
  EXPECT_EQ(closed(sold, "anything"), "");
  of.lost_reasons = {"too expensive", "bought elsewhere"};
  of.sold_reasons = {"cash", "credit"};
  EXPECT_EQ(closed(lost, ""), "reason: say why the lead is lost, one of: too expensive, bought elsewhere");
  EXPECT_EQ(closed(lost, "cash"), "reason: expected one of: too expensive, bought elsewhere (found: cash)");
  EXPECT_EQ(closed(lost, "bought elsewhere"), "");
  EXPECT_EQ(closed(sold, ""), "");
  EXPECT_EQ(closed(sold, "too expensive"), "reason: expected one of: cash, credit (found: too expensive)");
  EXPECT_EQ(closed(sold, "credit"), "");
  EXPECT_EQ(closed(qualified, "anything"), "");
}

TEST(lifecycle, that_stays_where_it_is_is_nobodys_change) {
  pipeline of{"sales"};
  of.sells_vehicles = true;
  of.lost_reasons = {"too expensive"};
  for (const auto s : all) EXPECT_EQ(refused(of, {s, s, false, false, false, ""}), "");
}

TEST(lifecycle, says_what_is_missing) {
  pipeline of{"sales"};
  of.sells_vehicles = true;
  EXPECT_EQ(refused(of, {contacted, sold, true, false, false, ""}),
            "stage: no vehicle is chosen; sold needs one in the pipeline sales (found: sold)");
  EXPECT_EQ(refused(of, {qualified, fresh, true, true, true, ""}),
            "stage: qualified is not followed by new; it may become contacted, in_negotiation, prepayment, sold, lost "
            "(found: new)");
  EXPECT_EQ(refused(of, {sold, lost, true, true, true, "x"}),
            "stage: sold is not followed by lost; it may become new, contacted, qualified, in_negotiation, prepayment "
            "(found: lost)");
  EXPECT_EQ(refused(of, {lost, contacted, true, true, false, ""}),
            "stage: only a supervisor opens a closed lead again (found: contacted)");
  EXPECT_EQ(refused(of, {fresh, contacted, false, true, true, ""}),
            "stage: nobody owns the lead; it is claimed or assigned before it leaves new (found: contacted)");
  EXPECT_EQ(refused(of, {fresh, lost, false, true, false, "x"}),
            "stage: nobody owns the lead; only a supervisor closes it like that (found: lost)");
  EXPECT_EQ(refused({"service", {fresh, contacted}}, {fresh, prepayment, true, true, true, ""}),
            "stage: the pipeline service has no such stage (found: prepayment)");
}

}  // namespace
