#pragma once
// What becomes of one media fetch, decided without I/O: from the connector's answer, or its absence, and from what
// the bytes turned out to be. Pure, any thread.

#include "hub/base/describe.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace workers::media {

/// How an attempt ends. All but `again` are states of media_fetch and final.
enum class ending { stored, too_large, refused, expired, again };
constexpr auto names_of(ending) {
  using enum ending;
  return std::array{hub::named{"stored", stored}, hub::named{"too_large", too_large}, hub::named{"refused", refused},
                    hub::named{"expired", expired}, hub::named{"again", again}};
}

struct outcome {
  media::ending ending = media::ending::again;
  std::string reason;  ///< for the operator; never an address or a reference
};

/// What the connector's internal endpoint says: 200 the bytes, 413 too large, 410 no longer there, 400, 403, 415 and 422
/// never (not sealed by this hub, an address that must not be reached), anything else not now. `detail` is the title of its
/// problem body.
outcome judge_answer(int status, std::string_view detail);

/// Whether bytes of the type `real` may be kept for a message of type `claim`.
outcome judge_content(std::string_view claim, std::string_view real, std::uint64_t size);

/// An attempt that could be made again is the last one when the platform's deadline has passed.
outcome at_deadline(outcome last, bool deadline_passed);

/// The wait before attempt `attempts` + 1: doubling from one second to one minute.
std::chrono::milliseconds wait_after(int attempts);

}  // namespace workers::media
