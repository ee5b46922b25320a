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
}

TEST(choose, cursor_keys_name_the_team_and_its_skills_in_one_order) {
  EXPECT_EQ(cursor_key("sales", {}), "sales");
  EXPECT_EQ(cursor_key("sales", {"korea", "auction"}), "sales|auction,korea");
  EXPECT_EQ(cursor_key("sales", {"auction", "korea", "korea"}), "sales|auction,korea");
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
