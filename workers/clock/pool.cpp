#include "workers/clock/pool.hpp"

#include "hub/base/backoff.hpp"
#include "hub/base/log.hpp"
#include "workers/clock/turn.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace workers::clock {

struct clock_pool::state {
  clock_options options;
  turner turns;
  std::mutex mutex;
  std::condition_variable_any wake;
  std::jthread thread;

  state(clock_options o, const hub::clock& clock)
      : options(std::move(o)), turns(options.database, clock, options.limits, options.accounts) {}

  void wait(std::stop_token stopping, std::chrono::milliseconds length) {
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stopping, length, [] { return false; });
  }

  void run(std::stop_token stopping) {
    hub::backoff pause(std::chrono::milliseconds(500), std::chrono::seconds(15));
    while (!stopping.stop_requested()) {
      try {
        const bool done = turns.turn();
        pause.reset();
        if (!done) wait(stopping, options.idle);
      } catch (const std::exception& e) {
        hub::log::warn("the clock missed a turn; it is made up for", {{"error", e.what()}});
        wait(stopping, pause.next());
      }
    }
    turns.drop_connection();
  }
};

clock_pool::clock_pool(clock_options options, const hub::clock& clock)
    : state_(std::make_unique<state>(std::move(options), clock)) {}

clock_pool::~clock_pool() { stop(); }

void clock_pool::start() {
  state_->thread = std::jthread([this](std::stop_token stopping) { state_->run(stopping); });
}

void clock_pool::stop() {
  if (!state_->thread.joinable()) return;
  state_->thread.request_stop();
  state_->thread.join();
}

}  // namespace workers::clock
