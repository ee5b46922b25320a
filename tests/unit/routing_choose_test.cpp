#include "routing/choose.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace {

using namespace routing;

candidate member(std::int64_t id, std::uint32_t open = 0, std::optional<std::uint32_t> capacity = {}, std::int64_t last = 0) {
  candidate c;
  c.id = id;
  c.open_leads = open;
  c.capacity = capacity;
  c.last_assigned = last;
  return c;
}

std::vector<std::int64_t> winners(strategy how, std::vector<candidate> team, cursor ring, int n) {
  std::vector<std::int64_t> list;
  for (int i = 0; i < n; ++i) list.push_back(choose(how, {}, team, ring, i + 1).winner.value_or(-1));
  return list;
}

TEST(choose, round_robin_goes_around_by_id_whatever_the_order_of_rows) {
  EXPECT_EQ(winners(strategy::round_robin, {member(7), member(2), member(5)}, {}, 5), (std::vector<std::int64_t>{2, 5, 7, 2, 5}));
}

TEST(choose, round_robin_goes_on_after_the_stored_place) {
  EXPECT_EQ(winners(strategy::round_robin, {member(2), member(5), member(7)}, {"sales", 5}, 2),
            (std::vector<std::int64_t>{7, 2}));
}

TEST(choose, round_robin_goes_on_when_who_was_chosen_last_has_left) {
  EXPECT_EQ(winners(strategy::round_robin, {member(2), member(7)}, {"sales", 5}, 2), (std::vector<std::int64_t>{7, 2}));
}

TEST(choose, round_robin_tells_its_place_and_updates_the_winner) {
  std::vector<candidate> team{member(2), member(5, 3)};
  cursor ring{"sales", 2};
  const auto made = choose(strategy::round_robin, {}, team, ring, 77);
  EXPECT_EQ(made.winner, 5);
  EXPECT_EQ(made.tie_break, "next after 2 in the ring");
  EXPECT_EQ(made.cursor_before, 2);
  EXPECT_EQ(made.cursor_after, 5);
  EXPECT_EQ(ring.last, 5);
  EXPECT_EQ(team[1].open_leads, 4u);
  EXPECT_EQ(team[1].last_assigned, 77);
  EXPECT_EQ(made.reason, "");
}

TEST(choose, round_robin_begins_with_the_first) {
  std::vector<candidate> team{member(9)};
  cursor ring;
  EXPECT_EQ(choose(strategy::round_robin, {}, team, ring, 1).tie_break, "first in the ring");
}

TEST(choose, workload_takes_the_fewest_open_leads) {
  std::vector<candidate> team{member(1, 4), member(2, 1), member(3, 2)};
  cursor ring{"sales", 1};
  const auto made = choose(strategy::workload, {}, team, ring, 5);
  EXPECT_EQ(made.winner, 2);
  EXPECT_EQ(made.tie_break, "1 open lead");
  EXPECT_EQ(made.cursor_after, 1);
  EXPECT_EQ(ring.last, 1);
}

TEST(choose, workload_gives_ties_to_whoever_waited_longest) {
  std::vector<candidate> team{member(1, 2, {}, 500), member(2, 2, {}, 300), member(3, 9, {}, 1)};
  cursor ring;
  const auto made = choose(strategy::workload, {}, team, ring, 600);
  EXPECT_EQ(made.winner, 2);
  EXPECT_EQ(made.tie_break, "2 open leads, waited longest");
}

TEST(choose, workload_gives_full_ties_to_the_smallest_id) {
  std::vector<candidate> team{member(4), member(3)};
  cursor ring;
  const auto made = choose(strategy::workload, {}, team, ring, 1);
  EXPECT_EQ(made.winner, 3);
  EXPECT_EQ(made.tie_break, "0 open leads, smallest id");
}

TEST(choose, capacity_excludes_in_both_strategies) {
  for (const auto how : {strategy::round_robin, strategy::workload}) {
    std::vector<candidate> team{member(1, 25, 25), member(2, 30, 31), member(3, 26, 25)};
    cursor ring;
    const auto made = choose(how, {}, team, ring, 1);
    EXPECT_EQ(made.winner, 2);
    ASSERT_EQ(made.excluded.size(), 2u);
    EXPECT_EQ(made.excluded[0].reason, "at capacity 25 of 25");
    EXPECT_EQ(made.excluded[1].reason, "at capacity 26 of 25");
  }
}

TEST(choose, skills_and_switched_off_accounts_exclude) {
  std::vector<candidate> team{member(1), member(2), member(3)};
  team[0].active = false;
  team[1].skills = {"auction"};
  team[2].skills = {"korea", "auction"};
  cursor ring;
  const auto made = choose(strategy::round_robin, {"auction", "korea"}, team, ring, 1);
  EXPECT_EQ(made.winner, 3);
  ASSERT_EQ(made.excluded.size(), 2u);
  EXPECT_EQ(made.excluded[0].reason, "inactive");
  EXPECT_EQ(made.excluded[1].reason, "lacks skill korea");
}

TEST(choose, says_why_nobody_was_chosen) {
  cursor ring{"sales", 4};
  const auto why = [&](std::vector<candidate> team, strategy how = strategy::round_robin, std::vector<std::string> skills = {}) {
    const auto made = choose(how, skills, team, ring, 1);
    EXPECT_FALSE(made.winner);
    EXPECT_EQ(made.cursor_after, 4);
    return made.reason;
  };
  auto off = member(1);
  off.active = false;
  EXPECT_EQ(why({}), "the team is empty");
  EXPECT_EQ(why({member(1)}, strategy::manual), "manual");
  EXPECT_EQ(why({member(1, 2, 2), member(2, 1, 1)}), "everybody is at capacity");
  EXPECT_EQ(why({off}), "everybody is inactive");
  EXPECT_EQ(why({member(2)}, strategy::workload, {"korea", "auction"}), "nobody has the skills korea, auction");
  EXPECT_EQ(why({off, member(2, 1, 1)}), "nobody is eligible: 1 inactive, 1 at capacity");
  auto absent = member(3), closed = member(4);
  absent.absent = closed.off_hours = true;
  EXPECT_EQ(why({closed, closed}), "everybody is off hours");
  EXPECT_EQ(why({absent}), "everybody is absent");
  EXPECT_EQ(why({member(5, 1, 1), closed, absent, absent}), "nobody is eligible: 2 absent, 1 off hours, 1 at capacity");
}

TEST(choose, who_is_absent_off_hours_or_away_gets_nothing) {
  std::vector<candidate> team{member(1), member(2), member(3), member(4)};
  team[0].absent = true;
  team[1].off_hours = true;
  team[2].available = false;
  cursor ring;
  const auto made = choose(strategy::round_robin, {}, team, ring, 1, {.online_required = true});
  EXPECT_EQ(made.winner, 4);
  ASSERT_EQ(made.excluded.size(), 3u);
  EXPECT_EQ(made.excluded[0].reason, "absent");
  EXPECT_EQ(made.excluded[1].reason, "off hours");
  EXPECT_EQ(made.excluded[2].reason, "away");
}

TEST(choose, who_is_away_gets_leads_where_the_rule_does_not_ask) {
  std::vector<candidate> team{member(3)};
  team[0].available = false;
  cursor ring;
  EXPECT_EQ(choose(strategy::workload, {}, team, ring, 1).winner, 3);
}

TEST(choose, of_several_reasons_the_one_that_lasts_longest_is_told) {
  auto one = member(1, 25, 25);
  one.available = false;
  const auto why = [&] {
    std::vector<candidate> team{one};
    cursor ring;
    return choose(strategy::round_robin, {"korea"}, team, ring, 1, {.online_required = true}).excluded[0].reason;
  };
  one.absent = one.off_hours = true;
  one.active = false;
  EXPECT_EQ(why(), "inactive");
  one.active = true;
  EXPECT_EQ(why(), "lacks skill korea");
  one.skills = {"korea"};
  EXPECT_EQ(why(), "absent");
  one.absent = false;
  EXPECT_EQ(why(), "off hours");
  one.off_hours = false;
  EXPECT_EQ(why(), "away");
  one.available = true;
  EXPECT_EQ(why(), "at capacity 25 of 25");
}

TEST(choose, cursor_keys_name_the_team_and_its_skills_in_one_order) {
  EXPECT_EQ(cursor_key("sales", {}), "sales");
  EXPECT_EQ(cursor_key("sales", {"korea", "auction"}), "sales|auction,korea");
  EXPECT_EQ(cursor_key("sales", {"auction", "korea", "korea"}), "sales|auction,korea");
  EXPECT_EQ(cursor_key("sales", {}, strategy::workload), "sales||workload");
  EXPECT_EQ(cursor_key("sales", {"korea"}, strategy::workload), "sales|korea|workload");
  action then;
  then.team = "sales";
  EXPECT_EQ(cursor_key(then), "sales");
  then.strategy = strategy::workload;
  EXPECT_EQ(cursor_key(then), "sales||workload");
}

// ---- back from leave ----------------------------------------------------------------------------------------------

TEST(choose, who_is_back_from_leave_with_no_leads_gets_three_in_a_row_then_somebody_else_one) {
  std::vector<candidate> team{member(1, 12), member(2, 11), member(3, 0)};
  cursor ring{"sales||workload"};
  std::vector<std::int64_t> order;
  for (int i = 0; i < 9; ++i) order.push_back(choose(strategy::workload, {}, team, ring, i + 1, {.catch_up = 3}).winner.value());
  EXPECT_EQ(order, (std::vector<std::int64_t>{3, 3, 3, 2, 3, 3, 3, 1, 3}));

  const auto rested = choose(strategy::workload, {}, team, ring, 20, {.catch_up = 1});
  EXPECT_EQ(rested.winner, 2);
  ASSERT_EQ(rested.excluded.size(), 1u);
  EXPECT_EQ(rested.excluded[0].id, 3);
  EXPECT_EQ(rested.excluded[0].reason, "had 1 in a row");
  EXPECT_EQ(rested.in_a_row_before, 1);
  EXPECT_EQ(rested.in_a_row_after, 1);
  EXPECT_EQ(rested.cursor_before, 3);
  EXPECT_EQ(rested.cursor_after, 2);
}

TEST(choose, the_only_one_who_can_gets_as_many_in_a_row_as_there_are) {
  std::vector<candidate> team{member(1), member(2)};
  team[0].absent = true;
  cursor ring;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(choose(strategy::workload, {}, team, ring, i, {.catch_up = 3}).winner, 2);
  EXPECT_EQ(ring.in_a_row, 10);
  team[0].absent = false;
  EXPECT_EQ(choose(strategy::workload, {}, team, ring, 11, {.catch_up = 3}).winner, 1);
  EXPECT_EQ(ring.in_a_row, 1);
}

TEST(choose, without_a_limit_workload_leaves_its_cursor_alone) {
  std::vector<candidate> team{member(1), member(2, 9)};
  cursor ring{"sales||workload", 2, 7};
  EXPECT_EQ(choose(strategy::workload, {}, team, ring, 1).winner, 1);
  EXPECT_EQ(ring.last, 2);
  EXPECT_EQ(ring.in_a_row, 7);
}

TEST(choose, nobody_wins_more_in_a_row_than_the_limit_while_somebody_else_could) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 dice(seed);
    const int limit = 1 + dice() % 4;
    std::vector<candidate> team;
    for (int i = 0; i < 2 + static_cast<int>(dice() % 4); ++i) team.push_back(member(i + 1, dice() % 60));
    cursor rings[2];
    std::int64_t last[2] = {};
    int row[2] = {};
    for (int decision = 0; decision < 300; ++decision) {
      for (auto& c : team)
        if (dice() % 8 == 0) c.absent = !c.absent;
      const auto there = std::count_if(team.begin(), team.end(), [](const auto& c) { return !c.absent; });
      const int which = dice() % 2;
      const auto made = choose(which ? strategy::workload : strategy::round_robin, {}, team, rings[which], decision,
                               {.catch_up = limit});
      ASSERT_EQ(made.winner.has_value(), there > 0);
      if (!made.winner) continue;
      row[which] = *made.winner == last[which] ? row[which] + 1 : 1;
      last[which] = *made.winner;
      if (there > 1) {
        ASSERT_LE(row[which], limit) << "seed " << seed << " decision " << decision;
      }
    }
  }
}

// For every pair of people and every interval in which both are eligible at each decision, counts differ by at most
// one. Enough to look at the longest such intervals with running extremes of the difference.
TEST(choose, round_robin_is_fair_to_each_pair_under_any_coming_and_going) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 dice(seed);
    const int people = 2 + dice() % 7;
    std::vector<candidate> team;
    for (int i = 0; i < people; ++i) team.push_back(member(1 + i * 3));
    cursor ring{"sales", static_cast<std::int64_t>(dice() % 40)};
    struct watch { int difference = 0, low = 0, high = 0; };
    std::map<std::pair<int, int>, watch> pairs;
    for (int decision = 0; decision < 400; ++decision) {
      for (auto& c : team) {
        if (dice() % 10 == 0) c.active = !c.active;
        if (dice() % 15 == 0) c.capacity = c.capacity ? std::nullopt : std::optional(c.open_leads + dice() % 2);
      }
      std::vector<bool> eligible;
      for (const auto& c : team) eligible.push_back(c.active && (!c.capacity || c.open_leads < *c.capacity));
      const auto made = choose(strategy::round_robin, {}, team, ring, decision);
      for (int a = 0; a < people; ++a)
        for (int b = a + 1; b < people; ++b) {
          auto& w = pairs[{a, b}];
          if (!eligible[a] || !eligible[b]) {
            w = {};
            continue;
          }
          w.difference += (made.winner == team[a].id) - (made.winner == team[b].id);
          w.low = std::min(w.low, w.difference);
          w.high = std::max(w.high, w.difference);
          ASSERT_LE(w.high - w.low, 1) << "seed " << seed << " decision " << decision;
        }
    }
  }
}

TEST(choose, workload_never_goes_above_capacity_and_uses_every_free_place) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 dice(seed);
    std::vector<candidate> team;
    std::uint32_t places = 0;
    for (int i = 0; i < 6; ++i) {
      const std::uint32_t capacity = dice() % 26;
      team.push_back(member(i + 1, dice() % (capacity + 1), capacity));
      places += capacity - team.back().open_leads;
    }
    cursor ring;
    std::uint32_t given = 0;
    for (int lead = 0; lead < 200; ++lead) {
      given += choose(strategy::workload, {}, team, ring, lead).winner.has_value();
      for (const auto& c : team) ASSERT_LE(c.open_leads, *c.capacity);
    }
    EXPECT_EQ(given, places);
  }
}

TEST(choose, workload_evens_out) {
  std::vector<candidate> team{member(1), member(2), member(3)};
  cursor ring;
  for (int i = 0; i < 3000; ++i) choose(strategy::workload, {}, team, ring, i);
  for (const auto& c : team) EXPECT_EQ(c.open_leads, 1000u);
}

}  // namespace
