#pragma once
// The two clocks a program may read, injected so that tests own time. One of the two virtual classes of
// the system. Any thread.

#include "hub/base/time.hpp"

#include <chrono>

namespace hub {

class clock {
 public:
  virtual ~clock() = default;
  /// Wall time: for what is stored and shown.
  virtual instant now() const = 0;
  /// Monotonic time: for every wait, timeout and rate.
  virtual std::chrono::steady_clock::time_point steady() const = 0;
};

/// The machine's clocks.
const clock& real_clock();

}  // namespace hub
