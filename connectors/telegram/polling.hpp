#pragma once
// What the answers of getUpdates mean: which updates came, how far that is, how long to wait and what an operator should
// know. Facts: "getUpdates" of the Bot API, and the server's source for conflicts. Pure; the loop in telegram.cpp asks and
// waits.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace connectors::telegram {

/// An id that lies further away than this is no gap but a new beginning.
inline constexpr std::uint64_t longest_gap = 1'000'000;

struct update {
  std::uint64_t id = 0;
  std::string body;  ///< one update, as a webhook would carry it
};

struct polled {
  std::vector<update> updates;
  std::vector<std::string> unnumbered;    ///< what the list holds besides: to be quarantined
  std::string trouble;                    ///< for the operator; empty: all is well
  bool failed = false;                    ///< ask again after a pause that grows
  std::chrono::milliseconds at_least{0};  ///< the platform asks for this much patience
};

/// Of an answer of getUpdates, whatever its status and body.
polled read_updates(int status, std::string_view body);

/// How many updates are missing between what was expected next and what came: ids grow by one, and begin anew at any number
/// after a week without any. 0 for the first ever, and when they began anew.
std::uint64_t missing_before(std::uint64_t expected, std::uint64_t came);

}  // namespace connectors::telegram
