#pragma once
// One shard: a thread with one broker and one database connection, so that delivery, commit and acknowledgement are one
// straight line. What happens when something fails is decided here (docs/failure-modes.md):
//
//   data error        the batch is split until the culprit is alone; that one is quarantined, its neighbours go through
//   anything else     the whole batch again after a back-off; after a minute the channel is closed until the database answers
//   came back twice   handled alone, marked before; quarantined when three processes died over it
//   20 in a row       fail alone with one cause: close, alert, try one every 10 s
//
// Nothing is ever nack-requeued.

#include "hub/amqp/consumer.hpp"
#include "hub/base/clock.hpp"
#include "hub/db/connection.hpp"
#include "workers/ingest/state.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <shared_mutex>
#include <thread>

namespace workers::ingest {

struct shard_options {
  hub::amqp::consumer_options queue;
  hub::db::connect_options database;
  std::size_t batch = 200;
  std::chrono::microseconds linger = std::chrono::milliseconds(3);
};

class shard {
 public:
  /// `others` is shared by the shards of a process: a suspect is handled while no other shard is inside a batch.
  shard(shard_options options, const hub::clock& clock, std::shared_ptr<std::shared_mutex> others);
  /// Stops: the batch under way ends, what is not acknowledged goes back to the queue.
  ~shard();

  void start();
  /// Returns at once.
  void ask_to_stop() { stop_ = true; }
  /// Waits for the batch under way.
  void stop();
  /// Consuming at this moment: broker open and database not known to be away.
  bool healthy() const { return healthy_; }

 private:
  struct loop;
  shard_options options_;
  const hub::clock& clock_;
  std::shared_ptr<std::shared_mutex> others_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> healthy_{false};
  std::thread thread_;
};

}  // namespace workers::ingest
