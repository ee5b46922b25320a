#include "hub/api/queries.hpp"

namespace hub::api {

queries::queries(const db::connect_options& options, std::size_t threads) : pool_(threads) {
  idle_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) idle_.emplace_back(options);
}

queries::~queries() { pool_.join(); }

queries::lease queries::take() {
  std::lock_guard lock(mutex_);
  auto last = std::move(idle_.back());
  idle_.pop_back();
  return {this, std::move(last)};
}

void queries::give_back(db::connection c) {
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(c));
}

std::string queries::trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_;
}

void queries::note(std::string trouble) {
  std::lock_guard lock(mutex_);
  trouble_ = std::move(trouble);
}

}  // namespace hub::api
