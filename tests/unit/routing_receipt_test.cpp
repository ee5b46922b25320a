#include "routing/receipt.hpp"

#include <gtest/gtest.h>

#include <random>

namespace {

using namespace routing;

bool same(const receipt& kept, const choice& again) {
  if (kept.winner != again.winner || kept.reason != again.reason || kept.tie_break != again.tie_break) return false;
  if (kept.cursor_before != again.cursor_before || kept.cursor_after != again.cursor_after) return false;
  if (kept.in_a_row_before != again.in_a_row_before || kept.in_a_row_after != again.in_a_row_after) return false;
  if (kept.excluded.size() != again.excluded.size()) return false;
  for (std::size_t i = 0; i < again.excluded.size(); ++i)
    if (kept.excluded[i].id != again.excluded[i].id || kept.excluded[i].reason != again.excluded[i].reason) return false;
  return true;
}

matched by_rule(strategy how, std::vector<std::string> skills = {}) {
  matched by;
  by.rule = "korean import";
  by.then.team = "import";
  by.then.strategy = how;
  by.then.skills = std::move(skills);
  return by;
}

TEST(receipt, holds_the_decision_and_no_text) {
  rule_set rules;
  rules.hash = "abc";
  auto by = by_rule(strategy::round_robin, {"korea"});
  by.priority = 100;
  by.parts = {"rule +80", "line 31 +40"};
  by.because = {{"words: корея", 70, 80}, {"matches: a+:b", 1, 2}};
  std::vector<candidate> team(3);
  team[0].id = 9;
  team[0].email = "taras@example.test";
  team[0].skills = {"auction", "korea"};
  team[0].open_leads = 3;
  team[0].capacity = 25;
  team[0].last_assigned = 1789999999000001;
  team[1].id = 4;
  team[1].active = false;
  team[2].id = 5;
  cursor ring{"import|korea", 4};
  const auto kept = decide(rules, by, team, ring, 1790000000123456);
  EXPECT_EQ(to_json(kept),
            R"({"rules_hash":"abc","rule":"korean import","strategy":"round_robin","team":"import","skills":["korea"],)"
            R"("candidates":[{"id":4,"inactive":true,"open_leads":0},{"id":5,"open_leads":0},)"
            R"({"id":9,"skills":["korea"],"open_leads":3,"capacity":25,"last_assigned":1789999999000001}],)"
            R"("excluded":[{"id":4,"reason":"inactive"},{"id":5,"reason":"lacks skill korea"}],)"
            R"("tie_break":"next after 4 in the ring","cursor":"import|korea","cursor_before":4,"cursor_after":9,"winner":9,)"
            R"("evidence":[{"by":"words","from":70,"to":80},{"by":"matches","from":1,"to":2}],)"
            R"("priority":100,"priority_parts":["rule +80","line 31 +40"],"decided_at":"2026-09-21T14:13:20.123Z"})");
  EXPECT_EQ(team[0].open_leads, 4u);
  EXPECT_EQ(ring.last, 9);
}

TEST(receipt, holds_who_was_not_there_and_how_many_somebody_had_in_a_row) {
  rule_set rules;
  rules.hash = "abc";
  rules.catch_up = 2;
  auto by = by_rule(strategy::workload);
  by.then.online_required = true;
  std::vector<candidate> team(4);
  for (int i = 0; i < 4; ++i) team[i].id = i + 1;
  team[0].absent = true;
  team[1].off_hours = true;
  team[1].available = false;
  team[3].open_leads = 6;
  cursor ring{"import||workload", 3, 2};
  const auto kept = decide(rules, by, team, ring, 0);
  EXPECT_EQ(to_json(kept),
            R"({"rules_hash":"abc","rule":"korean import","strategy":"workload","team":"import",)"
            R"("candidates":[{"id":1,"open_leads":0,"absent":true},{"id":2,"open_leads":0,"off_hours":true,"away":true},)"
            R"({"id":3,"open_leads":0},{"id":4,"open_leads":6}],)"
            R"("excluded":[{"id":1,"reason":"absent"},{"id":2,"reason":"off hours"},{"id":3,"reason":"had 2 in a row"}],)"
            R"("tie_break":"6 open leads","online_required":true,"cursor":"import||workload","cursor_before":3,"cursor_after":4,)"
            R"("catch_up":2,"in_a_row_before":2,"in_a_row_after":1,"winner":4,"decided_at":"1970-01-01T00:00:00.000Z"})");
  EXPECT_TRUE(same(kept, re_evaluate(kept)));
  EXPECT_EQ(receipt_from_json(to_json(kept)).value(), kept);
}

// As hub-worker wrote them before it knew of calendars, presence and catch_up.
TEST(receipt, of_an_earlier_version_is_read_and_decides_again_the_same) {
  const std::pair<const char*, std::int64_t> table[] = {
      {R"({"rules_hash":"abc","rule":"korean import","strategy":"round_robin","team":"import","skills":["korea"],)"
       R"("candidates":[{"id":4,"inactive":true,"open_leads":0},{"id":5,"open_leads":0},)"
       R"({"id":9,"skills":["korea"],"open_leads":3,"capacity":25,"last_assigned":1789999999000001}],)"
       R"("excluded":[{"id":4,"reason":"inactive"},{"id":5,"reason":"lacks skill korea"}],)"
       R"("tie_break":"next after 4 in the ring","cursor":"import|korea","cursor_before":4,"cursor_after":9,"winner":9,)"
       R"("priority":100,"decided_at":"2026-09-21T14:13:20.123Z"})", 9},
      {R"({"rules_hash":"abc","rule":"returning","strategy":"workload","team":"sales",)"
       R"("candidates":[{"id":4,"open_leads":2},{"id":5,"open_leads":1}],)"
       R"("tie_break":"1 open lead","cursor_before":4,"cursor_after":4,"winner":5,"decided_at":"2026-09-21T14:13:20.123Z"})", 5},
  };
  for (const auto& [json, winner] : table) {
    const auto kept = receipt_from_json(json);
    ASSERT_TRUE(kept) << to_text(kept.error());
    EXPECT_EQ(kept->winner, winner);
    EXPECT_TRUE(same(*kept, re_evaluate(*kept))) << json;
    EXPECT_EQ(to_json(*kept), json);
  }
}

TEST(receipt, of_a_manual_rule_names_no_candidates) {
  std::vector<candidate> team(2);
  cursor ring{"sales", 3};
  matched by;
  const auto kept = decide(rule_set{}, by, team, ring, 0);
  EXPECT_EQ(kept.reason, "manual");
  EXPECT_FALSE(kept.winner);
  EXPECT_TRUE(kept.candidates.empty());
  EXPECT_TRUE(same(kept, re_evaluate(kept)));
}

TEST(receipt, that_was_tampered_with_is_told_by_deciding_again) {
  std::vector<candidate> team(2);
  team[0].id = 1;
  team[1].id = 2;
  cursor ring{"import", 0};
  auto kept = decide(rule_set{}, by_rule(strategy::round_robin), team, ring, 5);
  ASSERT_TRUE(same(kept, re_evaluate(kept)));
  kept.winner = 2;
  EXPECT_FALSE(same(kept, re_evaluate(kept)));
}

TEST(receipt, that_is_not_one_is_refused) {
  EXPECT_FALSE(receipt_from_json("{"));
  EXPECT_FALSE(receipt_from_json("{}"));
  EXPECT_FALSE(receipt_from_json(R"({"rules_hash":1,"rule":"a","strategy":"manual","decided_at":"2026-09-21T14:13:20Z"})"));
}

TEST(receipt, decides_again_the_same_for_every_one_of_100000_decisions) {
  std::mt19937 dice(42);
  const std::vector<std::string> all_skills{"korea", "auction", "service"};
  rule_set rules;
  rules.hash = std::string(64, 'a');
  int nobody = 0;
  for (int i = 0; i < 100000; ++i) {
    std::vector<candidate> team(dice() % 6);
    for (auto& c : team) {
      c.id = 1 + dice() % 1000;
      c.active = dice() % 5 != 0;
      for (const auto& skill : all_skills)
        if (dice() % 2) c.skills.push_back(skill);
      if (dice() % 2) c.capacity = dice() % 6;
      c.open_leads = dice() % 5;
      c.last_assigned = dice() % 3 ? 1790000000000000 + dice() % 4 : 0;
      c.absent = dice() % 6 == 0;
      c.off_hours = dice() % 6 == 0;
      c.available = dice() % 4 != 0;
    }
    std::vector<std::string> wanted;
    for (const auto& skill : all_skills)
      if (dice() % 4 == 0) wanted.push_back(skill);
    const auto how = static_cast<strategy>(dice() % 3);
    // Often who is in the team had the last ones.
    const auto last = !team.empty() && dice() % 2 ? team[dice() % team.size()].id : static_cast<std::int64_t>(dice() % 1100);
    cursor ring{cursor_key("import", wanted, how), last, static_cast<int>(dice() % 5)};
    rules.catch_up = dice() % 2 ? dice() % 4 : 0;
    auto by = by_rule(how, wanted);
    by.then.online_required = dice() % 2;
    const auto kept = decide(rules, by, team, ring, 1790000000000000 + i);
    nobody += !kept.winner;
    if (i % 10 == 0) {
      const auto read = receipt_from_json(to_json(kept));
      ASSERT_TRUE(read) << to_text(read.error());
      ASSERT_EQ(*read, kept);
    }
    ASSERT_TRUE(same(kept, re_evaluate(kept))) << to_json(kept);
  }
  EXPECT_GT(nobody, 1000);
  EXPECT_LT(nobody, 90000);
}

}  // namespace
