#pragma once
// The ingest pool of a hub-worker: one shard thread for every queue of every shard count that is consumed. Started
// and stopped by main.

#include "config/settings.hpp"
#include "hub/base/clock.hpp"
#include "workers/ingest/shard.hpp"

#include <memory>
#include <string>
#include <vector>

namespace workers {

/// Connection settings that every part of the worker shares.
hub::db::connect_options database_options(const config::settings& settings);

class ingest_pool {
 public:
  ingest_pool(const config::settings& settings, const hub::clock& clock);

  void start();
  /// All shards finish their batch and give back what is unacknowledged. Blocks for at most a batch.
  void stop();
  /// Empty when every shard consumes, else which does not.
  std::string not_ready() const;

 private:
  std::vector<std::unique_ptr<ingest::shard>> shards_;
};

}  // namespace workers
