#include "hub/db/watchdog.hpp"

#include "hub/base/log.hpp"

#include <sys/socket.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>

namespace hub::db {

using std::chrono::steady_clock;

struct watchdog::state {
  struct guarded {
    int socket;
    steady_clock::time_point until;
    bool shut = false;
  };

  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::uint64_t, guarded> watched;
  std::uint64_t next_ticket = 1;
  bool stopping = false;
  std::thread thread;

  void run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      auto wake = steady_clock::now() + std::chrono::seconds(1);
      for (auto& [ticket, g] : watched) {
        if (g.shut) continue;
        if (g.until <= steady_clock::now()) {
          g.shut = true;
          ::shutdown(g.socket, SHUT_RDWR);
          log::warn("database statement passed its deadline; connection dropped");
        } else {
          wake = std::min(wake, g.until);
        }
      }
      changed.wait_until(lock, wake);
    }
  }
};

watchdog& watchdog::instance() {
  static watchdog only;
  return only;
}

watchdog::watchdog() : state_(std::make_unique<state>()) {
  state_->thread = std::thread([this] { state_->run(); });
}

watchdog::~watchdog() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

// The thread looks once a second at least, so neither arming nor releasing has to wake it: that would cost every
// transaction two context switches. A deadline under a second is not promised.
std::uint64_t watchdog::guard(int socket, std::chrono::milliseconds limit) {
  std::lock_guard lock(state_->mutex);
  const auto ticket = state_->next_ticket++;
  state_->watched[ticket] = {socket, steady_clock::now() + limit};
  return ticket;
}

bool watchdog::release(std::uint64_t ticket) {
  std::lock_guard lock(state_->mutex);
  const auto found = state_->watched.find(ticket);
  if (found == state_->watched.end()) return false;
  const bool shut = found->second.shut;
  state_->watched.erase(found);
  return shut;
}

}  // namespace hub::db
