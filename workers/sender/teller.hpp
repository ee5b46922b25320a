#pragma once
// The thread of the sender pool that tells our own people what they want to be told outside the console. run() and what it calls
// belong to that thread; abandon() may be called from any.

#include "workers/sender/connector_line.hpp"
#include "workers/sender/notices.hpp"

namespace workers::sender {

class teller {
 public:
  explicit teller(const sender_options& options);

  /// Until `stopping`; what is under way is finished first, unless abandon() is called.
  void run(std::stop_token stopping);
  void abandon() { line_.abandon(); }

 private:
  bool tell();  ///< one notice; false when none is due

  const sender_options& options_;
  notices notices_;
  connector_line line_;
  std::chrono::steady_clock::time_point collected_{};
};

}  // namespace workers::sender
