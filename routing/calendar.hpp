#pragma once
// Working time: when a team or a person works, and when a span of working time has passed. Pure, any thread; the zone's
// rules come from ICU. An instant is working time when the zone's clock on the wall shows a time inside an interval; so an
// hour that is skipped is nobody's working time, one that comes twice is worked twice. Spans are counted to the millisecond.
// Instants before 1970 and after 2199 are taken for those.

#include "hub/base/time.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace routing {

/// Minutes since local midnight; `to` may be smaller than `from`: then the interval ends on the next day (20:00-08:00) and
/// belongs to the day on which it begins. 24:00 is the end of the day. Equal ends are no time at all.
struct day_interval {
  int from = 0;
  int to = 0;
  bool operator==(const day_interval&) const = default;
};

/// A week of intervals, Monday first, and the days (2026-12-25) on which none begins; what began the evening before goes on.
struct calendar {
  std::string name;
  std::array<std::vector<day_interval>, 7> week;
  std::set<std::string> holidays;
  bool operator==(const calendar&) const = default;
};

/// A calendar in a zone, ready to be asked. Making one costs more than asking it: keep it.
class working_time {
 public:
  /// `zone` is a time zone's name that read_rules() has checked.
  working_time(const calendar& of, const std::string& zone);
  ~working_time();
  working_time(working_time&&) noexcept;
  working_time& operator=(working_time&&) noexcept;

  bool is_open(hub::instant at) const;
  /// The first instant at which `length` of working time has passed since `from`: 13:00, not 14:00, when the last of it is
  /// the end of the morning. Nothing when somewhere on the way two years have no working time.
  std::optional<hub::instant> after(hub::instant from, std::chrono::milliseconds length) const;
  /// Working time between two instants; zero when `to` is not after `from`.
  std::chrono::milliseconds between(hub::instant from, hub::instant to) const;
  /// The next instant after `at` at which is_open() changes; nothing within two years.
  std::optional<hub::instant> next_edge(hub::instant at) const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace routing
