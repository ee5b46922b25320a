#pragma once
// Several threads that do the same work, each with what it owns (connections), for the pools that wait for somebody else's
// answer. A member has run(std::stop_token), which returns once it was asked to stop and what it had begun is finished, and
// abandon(), which any thread may call to have that end at once. add() and stop() are for whoever owns the crew.

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace workers {

template <class Member>
class crew {
 public:
  /// Makes a member of these and sets it to work.
  template <class... Args>
  void add(Args&&... with) {
    auto& each = members_.emplace_back(std::forward<Args>(with)...);
    {
      const std::lock_guard lock(mutex_);
      ++running_;
    }
    threads_.emplace_back([this, &each](std::stop_token stopping) {
      each.run(stopping);
      const std::lock_guard lock(mutex_);
      --running_;
      ended_.notify_all();
    });
  }

  /// Gives what is under way `patience` to be finished. Blocking.
  void stop(std::chrono::milliseconds patience) {
    for (auto& thread : threads_) thread.request_stop();
    {
      std::unique_lock lock(mutex_);
      ended_.wait_for(lock, patience, [&] { return running_ == 0; });
      if (running_ > 0)
        for (auto& each : members_) each.abandon();
    }
    threads_.clear();  // joins
    members_.clear();
  }

 private:
  std::list<Member> members_;
  std::vector<std::jthread> threads_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t running_ = 0;
};

}  // namespace workers
