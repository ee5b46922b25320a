#include "hub/base/backoff.hpp"

#include <algorithm>

namespace hub {

backoff::backoff(std::chrono::milliseconds first, std::chrono::milliseconds limit, std::uint64_t seed)
    : first_(first), limit_(limit), current_(first), random_(seed) {}

std::chrono::milliseconds backoff::next() {
  std::uniform_int_distribution<std::int64_t> spread(current_.count() / 2, current_.count());
  current_ = std::min(current_ * 2, limit_);
  return std::chrono::milliseconds(spread(random_));
}

}  // namespace hub
