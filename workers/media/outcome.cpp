#include "workers/media/outcome.hpp"

#include "hub/media/kind.hpp"

#include <algorithm>

namespace workers::media {

outcome judge_answer(int status, std::string_view detail) {
  const std::string said = detail.empty() ? "the connector answered " + std::to_string(status) : std::string(detail);
  switch (status) {
    case 200: return {ending::stored, {}};
    case 413: return {ending::too_large, said};
    case 410: return {ending::expired, said};
    case 400:
    case 403:
    case 415:
    case 422: return {ending::refused, said};
    // 401 and 404 too: a token that does not match and an account that is missing in the settings are mended by an
    // operator, and the photo should still come then.
    default: return {ending::again, said};
  }
}

outcome judge_content(std::string_view claim, std::string_view real, std::uint64_t size) {
  // A host that answers with nothing has not answered.
  if (size == 0) return {ending::again, "the file came empty"};
  if (auto why = hub::media::why_not(claim, real); !why.empty()) return {ending::refused, std::move(why)};
  return {ending::stored, {}};
}

outcome at_deadline(outcome last, bool deadline_passed) {
  if (last.ending == ending::again && deadline_passed) last.ending = ending::expired;
  return last;
}

std::chrono::milliseconds wait_after(int attempts) {
  return std::chrono::milliseconds(std::min<std::int64_t>(60'000, 1'000LL << std::clamp(attempts - 1, 0, 6)));
}

}  // namespace workers::media
