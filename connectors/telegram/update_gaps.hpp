#pragma once
// Which updates of a webhook never came. Their numbers grow by one, but calls overtake each other, come again when we did not
// answer 200, and begin anew at any number after a week without any ("update_id" of the Bot API). So a number that was skipped
// is missing only when it stays away while many others came, or for a while. Pure: time is handed in; on the loop.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace connectors::telegram {

struct gap_limits {
  std::uint64_t later = 1000;                                     ///< given up after so many other updates
  std::chrono::milliseconds open_for = std::chrono::minutes(10);  ///< or after this time
  std::chrono::milliseconds quiet = std::chrono::hours(6 * 24);   ///< after this the next number says nothing
};

class update_gaps {
 public:
  using time = std::chrono::steady_clock::time_point;

  explicit update_gaps(gap_limits limits = {}) : limits_(limits) {}

  /// An update came, perhaps again, perhaps late. What came before the first one is not missed.
  void came(std::uint64_t id, time now);
  /// How many numbers are given up now; each is told once, whether it comes afterwards or not.
  std::uint64_t give_up(time now);
  /// Updates that came, each counted once.
  std::uint64_t seen() const { return seen_; }

 private:
  struct gap {
    std::uint64_t last = 0;
    time since;
    std::uint64_t seen = 0;  ///< of all updates, when it was opened
  };
  void fill(std::uint64_t id);

  gap_limits limits_;
  std::map<std::uint64_t, gap> open_;  ///< by their first number
  std::uint64_t next_ = 0, seen_ = 0;
  std::uint64_t given_up_ = 0;  ///< not told yet
  time last_;
};

/// The number of an update, from its JSON; nothing when it has none.
std::optional<std::uint64_t> update_id_of(std::string_view body);

}  // namespace connectors::telegram
