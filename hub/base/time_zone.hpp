#pragma once
// What a wall clock shows: the rules of time zones, from ICU. Who counts working time asks (routing/calendar), and who reads
// the times of a platform that writes them without an offset. Pure, any thread; each zone is looked up once.

#include "hub/base/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hub {

// Milliseconds since 1970; outside of them a zone is taken to stay as it is at the nearest.
inline constexpr std::int64_t first_zone_instant = 0;
inline constexpr std::int64_t last_zone_instant = 84'006LL * 24 * 60 * 60'000;  ///< 2200

/// Between two changes of a zone its wall clock runs `offset` ahead of UTC.
struct zone_stretch {
  std::int64_t from;  ///< UTC milliseconds; the first is open to the past
  std::int64_t offset;
};
using zone_table = std::vector<zone_stretch>;

/// Whether the tz database knows it: "Europe/Kyiv".
bool is_time_zone(const std::string& name);

/// `name` is one that is_time_zone() knows.
std::shared_ptr<const zone_table> zone_table_of(const std::string& name);

/// When a clock on the wall of that zone shows `shown` (a time taken as if it were UTC): the first time when it does so
/// twice; where it skips it, as if it had not been put forward yet.
instant from_wall_clock(instant shown, const std::string& zone);

/// What a clock on the wall of that zone shows, to the second: "2026-02-11 09:15:07".
std::string to_wall_clock(instant at, const std::string& zone);

/// "2026-02-11 09:15:07", with or without a T and a fraction. Nothing for anything else.
std::optional<instant> parse_wall_clock(std::string_view text, const std::string& zone);

}  // namespace hub
