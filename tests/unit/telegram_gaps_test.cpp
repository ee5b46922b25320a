// Which updates of a webhook are missing: numbers in any order, again, late, never, and begun anew. Time is the test's.

#include "connectors/telegram/update_gaps.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace {

using namespace std::chrono_literals;
using connectors::telegram::update_gaps;
using connectors::telegram::update_id_of;

class telegram_gaps : public testing::Test {
 protected:
  void come(std::initializer_list<std::uint64_t> ids) {
    for (const auto id : ids) gaps.came(id, now);
  }
  update_gaps gaps{{.later = 100, .open_for = 10min}};
  update_gaps::time now{24h};
};

TEST_F(telegram_gaps, are_none_while_numbers_grow_by_one) {
  for (std::uint64_t id = 5'000'000'000; id < 5'000'001'000; ++id) gaps.came(id, now += 1h);
  EXPECT_EQ(gaps.give_up(now + 24h), 0u);
  EXPECT_EQ(gaps.seen(), 1000u);
}

TEST_F(telegram_gaps, are_counted_once_when_they_stay_open_for_the_time) {
  come({10, 11, 15});
  EXPECT_EQ(gaps.give_up(now + 9min), 0u);
  EXPECT_EQ(gaps.give_up(now + 10min), 3u);
  EXPECT_EQ(gaps.give_up(now + 1h), 0u);
  come({12, 13, 14, 16});
  EXPECT_EQ(gaps.give_up(now + 2h), 0u) << "what comes after all is not missed again";
}

TEST_F(telegram_gaps, are_given_up_after_many_later_updates) {
  come({10, 12});
  for (std::uint64_t id = 13; id < 112; ++id) gaps.came(id, now);
  EXPECT_EQ(gaps.give_up(now), 0u);
  come({112});
  EXPECT_EQ(gaps.give_up(now), 1u);
}

TEST_F(telegram_gaps, are_not_made_by_repetitions_of_one_update) {
  come({10, 12});
  for (int i = 0; i < 500; ++i) come({12, 10});
  EXPECT_EQ(gaps.give_up(now), 0u) << "the same again is no later update";
  come({11, 11});
  EXPECT_EQ(gaps.give_up(now + 1h), 0u);
}

TEST_F(telegram_gaps, close_piece_by_piece) {
  come({10, 20, 15, 12, 18});
  EXPECT_EQ(gaps.give_up(now + 10min), 6u) << "11, 13, 14, 16, 17, 19";
}

TEST_F(telegram_gaps, are_not_what_came_before_the_first) {
  come({10, 9, 8, 3});
  EXPECT_EQ(gaps.give_up(now + 1h), 0u);
  EXPECT_EQ(gaps.seen(), 1u);
}

TEST_F(telegram_gaps, are_not_a_new_beginning_after_a_week_of_quiet) {
  come({1000, 1001});
  now += 7 * 24h;
  come({1500, 1501});
  now += 8 * 24h;
  come({200, 201});
  EXPECT_EQ(gaps.give_up(now + 1h), 0u);
  come({203});
  EXPECT_EQ(gaps.give_up(now + 10min), 1u) << "the new row has gaps of its own";
}

TEST_F(telegram_gaps, are_not_a_number_of_another_row) {
  come({1000, 900'000'000, 900'000'001, 1001, 900'000'002});
  EXPECT_EQ(gaps.give_up(now + 1h), 0u);
}

TEST_F(telegram_gaps, of_shuffled_repeated_and_lossy_rows_are_what_was_left_out) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 dice(seed);
  for (int round = 0; round < 200; ++round) {
    const auto begin = 1'000'000 + dice() % 1'000'000'000ULL;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> calls;  // when, which
    std::set<std::uint64_t> lost;
    for (std::uint64_t n = 0; n < 2000; ++n) {
      // The first and the last few frame the row.
      if (n > 60 && n < 1990 && dice() % 20 == 0) {
        lost.insert(begin + n);
        continue;
      }
      const auto delay = n == 0 ? 0 : dice() % 40;
      calls.emplace_back(n + delay, begin + n);
      if (dice() % 10 == 0) calls.emplace_back(n + delay + dice() % 300, begin + n);
    }
    std::stable_sort(calls.begin(), calls.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    update_gaps row({.later = 100, .open_for = 10min});
    auto at = now;
    std::uint64_t missing = 0;
    for (const auto& [when, id] : calls) {
      row.came(id, at += 1ms);
      if (dice() % 50 == 0) missing += row.give_up(at);
    }
    missing += row.give_up(at + 10min);
    ASSERT_EQ(missing, lost.size());
    ASSERT_EQ(row.give_up(at + 24h), 0u);
  }
}

TEST(telegram_update_id, is_read_without_reading_the_update) {
  EXPECT_EQ(update_id_of(R"({"update_id":42,"message":{}})"), 42u);
  EXPECT_EQ(update_id_of("{\"message\":{\"text\":\"\\\"update_id\\\":7\"}, \"update_id\" : 43 }"), 43u);
  for (const char* bad : {"", "{}", R"({"update_id":"x"})", R"({"update_id":)", R"({"update_id":0})", R"({"update_id":-4})"})
    EXPECT_EQ(update_id_of(bad), std::nullopt) << bad;
}

}  // namespace
