#pragma once
// How far a mailbox has been taken in: UIDs ascend and are never used twice, as long as UIDVALIDITY stays (RFC 3501,
// 2.3.1.1). Some servers show a lower UID after a higher one, so a few below the highest stay open for a while. Kept after
// every mail; asking again from an older position is harmless. Pure, one thread.

#include "hub/base/time.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace connectors::email {

struct mailbox_position {
  std::uint32_t validity = 0;    ///< 0: nothing was ever taken
  std::uint32_t highest = 0;     ///< what is above was never looked at
  std::set<std::uint32_t> open;  ///< at or below it, and still to be taken, or seen for the first time
  hub::instant newest{};         ///< when our server had the newest mail that was taken

  /// As kept by to_text(); anything else is a beginning.
  static mailbox_position read(std::string_view text);
  std::string to_text() const;

  /// A mailbox met for the first time, or whose UIDs mean something else now: `found` is to be taken, and all that comes.
  void begin(std::uint32_t new_validity, std::uint32_t next_uid, const std::vector<std::uint32_t>& found);
  /// The sets to search for, each short enough for one command: "17,19:25,31:*".
  std::vector<std::string> to_search() const;
  /// What those searches found: the UIDs to take now, ascending. What was passed over stays open within the look-back.
  std::vector<std::uint32_t> saw(std::vector<std::uint32_t> found);
  void took(std::uint32_t uid, hub::instant internal_date);
};

/// "1:3,7": runs of numbers as IMAP writes them.
std::string uid_set(const std::vector<std::uint32_t>& uids);

}  // namespace connectors::email
