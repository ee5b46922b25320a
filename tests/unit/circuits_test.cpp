// The circuit breaker of an account: closed, open, half open with one message, closed again; others notice nothing.

#include "workers/sender/circuits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using workers::sender::circuits;

constexpr circuits::moment begin{1h};

class breaker : public testing::Test {
 protected:
  void fail(int times, circuits::moment at = begin) {
    for (int n = 0; n < times; ++n) {
      ASSERT_TRUE(accounts.begin("viber:main", at));
      accounts.failed("viber:main", at);
    }
  }
  /// Waits are drawn from the upper half: nobody is tried before it, everybody after the whole.
  circuits accounts{5, 4s, 16s};
};

TEST_F(breaker, opens_after_so_many_in_a_row_and_not_before) {
  fail(4);
  EXPECT_THAT(accounts.closed_to_us(begin), IsEmpty());
  accounts.succeeded("viber:main");
  fail(4);
  EXPECT_THAT(accounts.closed_to_us(begin), IsEmpty()) << "one that went began the row anew";
  fail(1);
  EXPECT_THAT(accounts.closed_to_us(begin), ElementsAre("viber:main"));
  EXPECT_FALSE(accounts.begin("viber:main", begin));
}

TEST_F(breaker, what_says_nothing_about_the_platform_counts_neither_way) {
  fail(4);
  ASSERT_TRUE(accounts.begin("viber:main", begin));
  accounts.neither("viber:main");
  EXPECT_THAT(accounts.closed_to_us(begin), IsEmpty());
  fail(1);
  EXPECT_THAT(accounts.closed_to_us(begin), ElementsAre("viber:main")) << "the row goes on";
}

TEST_F(breaker, leaves_other_accounts_alone) {
  fail(5);
  EXPECT_TRUE(accounts.begin("viber:second", begin));
  EXPECT_TRUE(accounts.begin("telegram:main", begin));
  accounts.failed("viber:second", begin);
  EXPECT_THAT(accounts.closed_to_us(begin), ElementsAre("viber:main"));
}

TEST_F(breaker, tries_one_message_after_its_rest_and_closes_when_that_went) {
  fail(5);
  EXPECT_THAT(accounts.closed_to_us(begin + 1900ms), ElementsAre("viber:main"));
  const auto rested = begin + 4s;
  EXPECT_THAT(accounts.closed_to_us(rested), IsEmpty());
  EXPECT_TRUE(accounts.begin("viber:main", rested));
  EXPECT_FALSE(accounts.begin("viber:main", rested)) << "one at a time";
  EXPECT_THAT(accounts.closed_to_us(rested + 1h), ElementsAre("viber:main")) << "as long as nobody knows how that one ended";
  accounts.succeeded("viber:main");
  EXPECT_TRUE(accounts.begin("viber:main", rested));
  EXPECT_TRUE(accounts.begin("viber:main", rested));
  fail(4, rested);
  EXPECT_THAT(accounts.closed_to_us(rested), IsEmpty()) << "it begins anew";
}

TEST_F(breaker, rests_longer_each_time_its_one_message_fails_up_to_a_limit) {
  fail(5);
  auto now = begin;
  for (const auto least : {4s, 8s, 8s, 8s}) {  // half of 8, 16, 16, 16
    now += 16s;
    ASSERT_TRUE(accounts.begin("viber:main", now));
    accounts.failed("viber:main", now);
    EXPECT_THAT(accounts.closed_to_us(now + least - 1ms), ElementsAre("viber:main"));
    EXPECT_THAT(accounts.closed_to_us(now + 16s), IsEmpty());
  }
}

TEST_F(breaker, gives_the_one_message_s_turn_back_when_it_never_left) {
  fail(5);
  const auto rested = begin + 4s;
  ASSERT_TRUE(accounts.begin("viber:main", rested));
  accounts.neither("viber:main");
  EXPECT_TRUE(accounts.begin("viber:main", rested));
}

}  // namespace
