#include "workers/turns.hpp"

#include "hub/base/backoff.hpp"
#include "hub/base/log.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace workers {

struct turns::state {
  turn_options options;
  std::mutex mutex;
  std::condition_variable_any wake;
  std::jthread thread;

  void wait(std::stop_token stopping, std::chrono::milliseconds length) {
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stopping, length, [] { return false; });
  }

  void run(std::stop_token stopping) {
    hub::backoff pause(std::chrono::milliseconds(500), std::chrono::seconds(15));
    while (!stopping.stop_requested()) {
      try {
        const bool done = options.turn();
        pause.reset();
        wait(stopping, done ? options.rest : options.idle);
      } catch (const std::exception& e) {
        hub::log::warn(options.missed, {{"error", e.what()}});
        wait(stopping, pause.next());
      }
    }
    options.end();
  }
};

turns::turns(turn_options options) : state_(std::make_unique<state>()) { state_->options = std::move(options); }

turns::~turns() { stop(); }

void turns::start() {
  state_->thread = std::jthread([this](std::stop_token stopping) { state_->run(stopping); });
}

void turns::stop() {
  if (!state_->thread.joinable()) return;
  state_->thread.request_stop();
  state_->thread.join();
}

}  // namespace workers
