#include "workers/pool.hpp"

namespace workers {

hub::db::connect_options database_options(const config::settings& settings) {
  return {.url = settings.database.url, .deadline = settings.database.deadline, .application_name = "hub-worker"};
}

ingest_pool::ingest_pool(const config::settings& settings, const hub::clock& clock) {
  const auto gate = std::make_shared<std::shared_mutex>();
  auto counts = settings.ingest.draining;
  counts.insert(counts.begin(), settings.ingest.shards);
  for (const auto count : counts) {
    for (std::uint32_t n = 0; n < count; ++n) {
      ingest::shard_options options;
      options.queue = {.broker = {.url = settings.broker.url.reveal(), .client_name = "hub-worker ingest"},
                       .shards = count,
                       .shard = n,
                       .prefetch = settings.ingest.prefetch};
      options.database = database_options(settings);
      options.batch = settings.ingest.batch;
      options.linger = settings.ingest.linger;
      shards_.push_back(std::make_unique<ingest::shard>(std::move(options), clock, gate));
    }
  }
}

void ingest_pool::start() {
  for (auto& one : shards_) one->start();
}

void ingest_pool::stop() {
  for (auto& one : shards_) one->ask_to_stop();
  for (auto& one : shards_) one->stop();
}

std::string ingest_pool::not_ready() const {
  for (std::size_t i = 0; i < shards_.size(); ++i)
    if (!shards_[i]->healthy()) return "shard " + std::to_string(i) + " does not consume";
  return {};
}

}  // namespace workers
