#include "workers/sender/pool.hpp"

#include "workers/sender/sender.hpp"

#include <algorithm>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace workers::sender {

struct sender_pool::state {
  sender_options options;
  circuits accounts;
  std::list<sender> senders;
  std::vector<std::jthread> threads;
  std::mutex mutex;
  std::condition_variable ended;
  std::size_t running = 0;

  explicit state(sender_options o)
      : options(std::move(o)), accounts(options.failures, options.first_rest, options.longest_rest) {}
};

sender_pool::sender_pool(sender_options options) : state_(std::make_unique<state>(std::move(options))) {}

sender_pool::~sender_pool() { stop(std::chrono::milliseconds(0)); }

void sender_pool::start() {
  auto& s = *state_;
  for (unsigned i = 0; i < std::max(1U, s.options.senders); ++i) {
    auto& each = s.senders.emplace_back(s.options, s.accounts, i);
    {
      const std::lock_guard lock(s.mutex);
      ++s.running;
    }
    s.threads.emplace_back([&s, &each](std::stop_token stopping) {
      each.run(stopping);
      const std::lock_guard lock(s.mutex);
      --s.running;
      s.ended.notify_all();
    });
  }
}

void sender_pool::stop(std::chrono::milliseconds patience) {
  auto& s = *state_;
  for (auto& thread : s.threads) thread.request_stop();
  {
    std::unique_lock lock(s.mutex);
    s.ended.wait_for(lock, patience, [&] { return s.running == 0; });
    if (s.running > 0)
      for (auto& each : s.senders) each.abandon();
  }
  s.threads.clear();  // joins
  s.senders.clear();
}

}  // namespace workers::sender
