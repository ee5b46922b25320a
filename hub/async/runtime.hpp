#pragma once
// The one event loop of a program: network and timers, one thread, never blocked. main builds a runtime,
// hands its executor to what needs it, registers how each part stops, and calls run(), which returns when
// SIGINT or SIGTERM came (or stop() was called) and every part has stopped, last started first.

#include "hub/async/task.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace hub::async {

class runtime {
 public:
  /// Starts crypto and ignores SIGPIPE. One per process.
  runtime();
  ~runtime();
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  asio::io_context& context();
  asio::any_io_executor executor();

  /// Runs on the loop; an exception that escapes is logged as ERROR and stops the program with exit code 1.
  void spawn(std::string name, task<> work);

  /// `step` runs on the loop when the program stops; steps run one after the other, last registered first.
  void on_stop(std::string name, std::function<task<>()> step);
  /// SIGHUP.
  void on_reload(std::function<void()> reload);

  /// Blocks until the program has stopped. All stop steps together get `drain`; what is not done then is
  /// named in an ERROR line. Returns the exit code.
  int run(std::chrono::milliseconds drain = std::chrono::seconds(10));
  /// Any thread.
  void stop();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace hub::async
