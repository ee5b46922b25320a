#include "hub/base/scrub.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using hub::has_number;
using hub::scrub_numbers;

TEST(scrub, finds_a_number_however_it_is_written) {
  for (const std::string number : {
           "+380000000001",
           "380000000001",
           "00380000000001",
           "0000000001",
           "+38 000 000 00 01",
           "+38 (000) 000-00-01",
           "(000) 000-0001",
           "000.000.00.01",
           "000-000-0001",
           "000/000/0001",
           "+1 000 000 0001",
           "+49 000 00001",
           "+380\u00A000\u00A0000\u00A000\u00A001",
           "+380\u2009000\u2009000\u2009001",
           "+380\u2011000\u2011000\u2011001",
           "+380\u200B000000001",
           "\uFF0B\uFF13\uFF18\uFF10\uFF10\uFF10\uFF10\uFF10\uFF10\uFF10\uFF10\uFF10\uFF11",
           "\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0661",
           "050:123:45:67",
           "+1234567",
       }) {
    EXPECT_EQ(scrub_numbers(number), "[number]") << number;
    EXPECT_EQ(scrub_numbers("call " + number + ", please"), "call [number], please") << number;
    EXPECT_EQ(scrub_numbers("tel:" + number), "tel:[number]") << number;
    EXPECT_TRUE(has_number("x" + number + "x")) << number;
  }
}

TEST(scrub, finds_several) {
  EXPECT_EQ(scrub_numbers("+380000000001, +380000000002; 0000000003"), "[number], [number]; [number]");
}

TEST(scrub, leaves_what_is_no_number) {
  for (const std::string text : {
           "",
           "Škoda Octavia A7 2019, пробіг 148 тис.",
           "18:30",
           "20.11.2026 18:30",
           "18:30 20.11.2026",
           "2026-11-20 08:05:59",
           "1 250 000",
           "$12 500",
           "VIN WVWZZZ1KZAW123456",
           "1HGCM82633A004352",
           "listing-48213_src-autoria",
           "order 6214870800000000001",
           "2.0 TDI 150",
           "AA1234BB",
           "\xD0\xD0\xD0",
           "\xFF\xFE 123",
           "+",
           "+++",
           "++ 12",
       }) {
    EXPECT_EQ(scrub_numbers(text), text);
    EXPECT_FALSE(has_number(text)) << text;
  }
}

TEST(scrub, survives_every_cut_of_a_text) {
  const std::string text = "\uFF0B380\u00A000\u2009000 18:30 \u0660\u0661 +380000000001 \U0001F697";
  for (std::size_t i = 0; i <= text.size(); ++i)
    for (std::size_t j = i; j <= text.size(); ++j) scrub_numbers(text.substr(i, j - i));
}

}  // namespace
