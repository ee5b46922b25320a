#pragma once
// How long to wait before the next attempt: doubling from `first` to `limit`, each wait drawn evenly from
// its upper half so that processes restarted together do not come back together. Not thread-safe: one per
// loop.

#include <chrono>
#include <cstdint>
#include <random>

namespace hub {

class backoff {
 public:
  backoff(std::chrono::milliseconds first, std::chrono::milliseconds limit, std::uint64_t seed = std::random_device{}());

  /// The wait before the next attempt; grows with every call.
  std::chrono::milliseconds next();
  /// An attempt succeeded.
  void reset() { current_ = first_; }

 private:
  std::chrono::milliseconds first_, limit_, current_;
  std::mt19937_64 random_;
};

}  // namespace hub
