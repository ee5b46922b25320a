#pragma once
// One thread that takes a turn again and again, for pools that do what is due rather than what is delivered. A turn that did
// something is followed by the next after `rest`, one that had nothing to do after `idle`; one that failed is logged and made
// again with back-off. start() and stop() are for whoever owns it; the turn is called on the thread alone.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace workers {

struct turn_options {
  std::function<bool()> turn;        ///< whether there was anything to do; may throw
  std::function<void()> end;         ///< after the last turn, on the same thread
  std::chrono::milliseconds idle{};  ///< between two looks when there was nothing to do
  std::chrono::milliseconds rest{};  ///< between two turns that did something
  std::string missed;                ///< said in the log of a turn that failed
};

class turns {
 public:
  explicit turns(turn_options options);
  ~turns();  ///< stop()

  void start();
  /// Ends after the turn under way. Blocking.
  void stop();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace workers
