#include "workers/media/pool.hpp"

#include "workers/crew.hpp"
#include "workers/media/fetcher.hpp"

#include <algorithm>

namespace workers::media {

struct media_pool::state {
  media_options options;
  hub::media::store& store;
  crew<fetcher> fetchers;

  state(media_options o, hub::media::store& s) : options(std::move(o)), store(s) {}
};

media_pool::media_pool(media_options options, hub::media::store& into)
    : state_(std::make_unique<state>(std::move(options), into)) {}

media_pool::~media_pool() { stop(std::chrono::milliseconds(0)); }

void media_pool::start() {
  auto& s = *state_;
  for (unsigned i = 0; i < std::max(1U, s.options.fetchers); ++i) s.fetchers.add(s.options, s.store, i == 0);
}

void media_pool::stop(std::chrono::milliseconds patience) { state_->fetchers.stop(patience); }

}  // namespace workers::media
