#pragma once
// Hears what other processes say with NOTIFY on one channel, over a connection of its own. For news that nobody misses: what is
// said while it is not connected is lost. Used by one thread at a time; never waits but for connecting, and throws nothing: while
// the database is away it hears nothing and tries again every few seconds.

#include "hub/db/connection.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace hub::db {

class listener {
 public:
  /// `channel` is a plain name of ours. Does not connect yet.
  listener(connect_options options, std::string channel);
  ~listener();

  /// What was said since the last time, in its order.
  std::vector<std::string> heard() noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace hub::db
