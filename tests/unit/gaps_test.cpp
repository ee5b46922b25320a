// Texts with gaps for the customer, the vehicle and the manager.

#include "hub/message/gaps.hpp"

#include <gtest/gtest.h>

namespace {

using namespace hub::message;

TEST(gaps, are_filled_wherever_they_stand) {
  EXPECT_EQ(fill_gaps("{customer}: {vehicle}, {vehicle}. {manager}", {"Олена", "Kia Rio 2020", "Тарас"}),
            "Олена: Kia Rio 2020, Kia Rio 2020. Тарас");
  EXPECT_EQ(fill_gaps("nothing to fill { here }", {}), "nothing to fill { here }");
  EXPECT_EQ(fill_gaps("", {"a", "b", "c"}), "");
}

TEST(gaps, that_nobody_can_fill_take_their_comma_along) {
  EXPECT_EQ(fill_gaps("Вітаємо, {customer}! {vehicle}.", {}), "Вітаємо!.");
  EXPECT_EQ(fill_gaps("{customer}, hello", {}), ", hello");
}

TEST(gaps, are_not_looked_for_in_what_was_filled_in) {
  EXPECT_EQ(fill_gaps("{customer} {manager}", {"{manager}", "", "Тарас"}), "{manager} Тарас");
}

TEST(gaps, others_are_told_apart) {
  EXPECT_TRUE(knows_gaps("{customer}{vehicle}{manager} }"));
  EXPECT_FALSE(knows_gaps("{ customer}"));
  EXPECT_FALSE(knows_gaps("{customer} {price}"));
  EXPECT_FALSE(knows_gaps("{"));
}

}  // namespace
