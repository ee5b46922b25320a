#include "routing/receipt_words.hpp"

#include <gtest/gtest.h>

namespace routing {
namespace {

std::string name(std::int64_t id) { return id == 1 ? "Olena" : id == 2 ? "Ivan" : "person " + std::to_string(id); }

receipt given(strategy how, std::optional<std::int64_t> winner) {
  receipt made;
  made.rule = "korean-import";
  made.team = "sales";
  made.strategy = how;
  made.winner = winner;
  return made;
}

TEST(receipt_words, say_whose_turn_it_was) {
  auto kept = given(strategy::round_robin, 1);
  kept.cursor_before = 2;
  EXPECT_EQ(in_words(kept, name), "Rule korean-import gave it to Olena by round robin in sales: next in the ring after Ivan.");
  kept.cursor_before = 0;
  kept.rule.clear();
  EXPECT_EQ(in_words(kept, name), "No rule matched; given to Olena by round robin in sales: first in the ring.");
}

TEST(receipt_words, say_who_was_least_loaded_and_who_could_not_get_it) {
  auto kept = given(strategy::workload, 2);
  kept.tie_break = "3 open leads, waited longest";
  kept.excluded = {{1, "at capacity 25 of 25"}, {7, "inactive"}};
  EXPECT_EQ(in_words(kept, name),
            "Rule korean-import gave it to Ivan by workload in sales: fewest open leads (3 open leads, waited longest)"
            "; not eligible: Olena (at capacity 25 of 25), person 7 (inactive).");
}

TEST(receipt_words, say_why_nobody_has_it) {
  auto kept = given(strategy::round_robin, std::nullopt);
  kept.reason = "the team is empty";
  EXPECT_EQ(in_words(kept, name), "Rule korean-import found nobody by round robin in sales: the team is empty.");
  EXPECT_EQ(in_words(given(strategy::manual, std::nullopt), name),
            "Rule korean-import: it waits in sales for somebody to claim it.");
}

TEST(receipt_words, say_who_was_not_there_and_who_had_enough_in_a_row) {
  auto kept = given(strategy::workload, 1);
  kept.tie_break = "6 open leads";
  kept.excluded = {{2, "absent"}, {7, "off hours"}, {8, "had 3 in a row"}};
  EXPECT_EQ(in_words(kept, name),
            "Rule korean-import gave it to Olena by workload in sales: fewest open leads (6 open leads)"
            "; not eligible: Ivan (absent), person 7 (off hours), person 8 (had 3 in a row).");
  kept = given(strategy::round_robin, std::nullopt);
  kept.reason = "everybody is off hours";
  kept.excluded = {{1, "off hours"}};
  EXPECT_EQ(in_words(kept, name),
            "Rule korean-import found nobody by round robin in sales: everybody is off hours; not eligible: Olena (off hours).");
}

TEST(receipt_words, name_three_who_were_excluded_and_count_the_rest) {
  auto kept = given(strategy::round_robin, 1);
  for (int id = 10; id < 15; ++id) kept.excluded.push_back({id, "inactive"});
  const auto words = in_words(kept, name);
  EXPECT_NE(words.find("person 12 (inactive) and 2 more."), std::string::npos) << words;
  EXPECT_EQ(words.find("person 13"), std::string::npos);
}

}  // namespace
}  // namespace routing
