#pragma once
// When an account is too quiet: what came teaches how long it usually is without an event in working time, and a silence much
// longer than that is worth a look. Pure: events, hours and time are handed in; any thread.

#include "hub/base/time.hpp"
#include "routing/calendar.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace workers::clock {

/// Events that came within one minute; pauses inside it do not count.
struct came {
  hub::instant first;
  hub::instant last;
};

struct silence_limits {
  double share = 0.99;                                            ///< of the gaps are not longer than the usual one
  double times = 3;                                               ///< so much longer than that is silent
  std::chrono::milliseconds at_least = std::chrono::minutes(30);  ///< nothing shorter is
  std::size_t fewest = 50;                                        ///< gaps, to say anything at all
};

/// The usual longest gap between events in working time; nothing while there are too few gaps to say. `events` in order of
/// time; `works` null: at all hours. Gaps without working time (a night) are none.
std::optional<std::chrono::milliseconds> usual_gap(const std::vector<came>& events, const routing::working_time* works,
                                                   const silence_limits& limits = {});

/// Working time since the last event.
std::chrono::milliseconds silence_since(hub::instant last, const routing::working_time* works, hub::instant now);

/// Whether that is too long, for an account with that usual gap.
bool is_silent(std::chrono::milliseconds silence, std::chrono::milliseconds usual, const silence_limits& limits = {});

}  // namespace workers::clock
