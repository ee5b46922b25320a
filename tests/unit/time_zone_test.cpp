// Times that platforms write without an offset, in the zone that the settings name.

#include "hub/base/time_zone.hpp"

#include <gtest/gtest.h>

namespace {

std::string utc(const std::string& shown, const std::string& zone = "Europe/Kyiv") {
  const auto at = hub::parse_wall_clock(shown, zone);
  return at ? hub::to_rfc3339(*at) : "none";
}

TEST(time_zone, knows_winter_and_summer) {
  EXPECT_EQ(utc("2026-02-11 09:15:07"), "2026-02-11T07:15:07.000Z");
  EXPECT_EQ(utc("2026-07-11T09:15:07"), "2026-07-11T06:15:07.000Z");
  EXPECT_EQ(utc("2026-07-11 09:15:07.250"), "2026-07-11T06:15:07.250Z");
  EXPECT_EQ(utc("2026-07-11 09:15:07", "Etc/UTC"), "2026-07-11T09:15:07.000Z");
  EXPECT_EQ(utc("2026-07-11 09:15:07", "America/New_York"), "2026-07-11T13:15:07.000Z");
}

TEST(time_zone, takes_the_first_of_two_hours_and_goes_on_over_a_skipped_one) {
  // 2026-03-29 03:00 becomes 04:00, 2026-10-25 04:00 becomes 03:00.
  EXPECT_EQ(utc("2026-03-29 02:59:59"), "2026-03-29T00:59:59.000Z");
  EXPECT_EQ(utc("2026-03-29 03:30:00"), "2026-03-29T01:30:00.000Z");
  EXPECT_EQ(utc("2026-03-29 04:00:00"), "2026-03-29T01:00:00.000Z");
  EXPECT_EQ(utc("2026-10-25 02:59:59"), "2026-10-24T23:59:59.000Z");
  EXPECT_EQ(utc("2026-10-25 03:30:00"), "2026-10-25T00:30:00.000Z");
  EXPECT_EQ(utc("2026-10-25 04:00:00"), "2026-10-25T02:00:00.000Z");
}

TEST(time_zone, shows_what_the_wall_clock_shows) {
  for (const auto* shown : {"2026-02-11 09:15:07", "2026-03-29 02:59:59", "2026-03-29 04:00:00", "2026-07-01 00:00:00",
                            "2026-10-25 02:59:59", "2026-10-25 04:00:00"})
    EXPECT_EQ(hub::to_wall_clock(*hub::parse_wall_clock(shown, "Europe/Kyiv"), "Europe/Kyiv"), shown);
  EXPECT_EQ(hub::to_wall_clock(hub::parse_rfc3339("2026-10-25T01:30:00Z").value(), "Europe/Kyiv"), "2026-10-25 03:30:00");
  EXPECT_EQ(hub::to_wall_clock(hub::parse_rfc3339("2026-02-11T07:15:07.9Z").value(), "UTC"), "2026-02-11 07:15:07");
}

TEST(time_zone, reads_nothing_else) {
  for (const auto* text : {"", "2026-02-11", "2026-02-11 09:15", "2026-02-30 09:15:07", "2026-02-11 09:15:07Z",
                           "2026-02-11 09:15:07+02:00", "2026-02-11 09:15:07-02:00", "11.02.2026 09:15:07", "1770794107"})
    EXPECT_EQ(utc(text), "none") << text;
}

TEST(time_zone, tells_names_from_other_words) {
  EXPECT_TRUE(hub::is_time_zone("Europe/Kyiv"));
  EXPECT_FALSE(hub::is_time_zone("Kyiv"));
  EXPECT_FALSE(hub::is_time_zone(""));
}

}  // namespace
