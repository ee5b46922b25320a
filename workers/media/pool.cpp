#include "workers/media/pool.hpp"

#include "workers/media/fetcher.hpp"

#include <algorithm>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace workers::media {

struct media_pool::state {
  media_options options;
  hub::media::store& store;
  std::list<fetcher> fetchers;
  std::vector<std::jthread> threads;
  std::mutex mutex;
  std::condition_variable ended;
  std::size_t running = 0;

  state(media_options o, hub::media::store& s) : options(std::move(o)), store(s) {}
};

media_pool::media_pool(media_options options, hub::media::store& into)
    : state_(std::make_unique<state>(std::move(options), into)) {}

media_pool::~media_pool() { stop(std::chrono::milliseconds(0)); }

void media_pool::start() {
  auto& s = *state_;
  for (unsigned i = 0; i < std::max(1U, s.options.fetchers); ++i) {
    auto& each = s.fetchers.emplace_back(s.options, s.store, i == 0);
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

void media_pool::stop(std::chrono::milliseconds patience) {
  auto& s = *state_;
  for (auto& thread : s.threads) thread.request_stop();
  {
    std::unique_lock lock(s.mutex);
    s.ended.wait_for(lock, patience, [&] { return s.running == 0; });
    if (s.running > 0)
      for (auto& each : s.fetchers) each.abandon();
  }
  s.threads.clear();  // joins
  s.fetchers.clear();
}

}  // namespace workers::media
