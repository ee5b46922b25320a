#pragma once
// One shard's consumer, owned and driven by that shard's thread: connection, channel, single active consumer,
// manual acknowledgement. Nothing is ever nack-requeued: close() returns what is unacknowledged to the queue's
// head. Every call services heartbeats; a caller busy for longer calls service(). Throws hub::error (transient)
// when the connection or channel is gone; call open() again after a back-off.

#include "hub/amqp/broker.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hub::amqp {

struct delivery {
  std::uint64_t tag = 0;
  std::uint64_t count = 0;  ///< x-delivery-count: how often it came back before; 0 at first
  std::string body;
};

struct consumer_options {
  broker_options broker;
  std::uint32_t shards = 2;
  std::uint32_t shard = 0;
  std::uint16_t prefetch = 1000;
};

class consumer {
 public:
  explicit consumer(consumer_options options);
  ~consumer();

  /// Connects, declares the topology, sets prefetch, starts consuming.
  void open();
  bool is_open() const;
  /// What is there, at most `most`: waits up to `wait` for the first delivery (or until `stop` becomes true),
  /// then up to `linger` for more. Empty when none came.
  std::vector<delivery> take(std::size_t most, std::chrono::milliseconds wait, std::chrono::microseconds linger,
                             const std::atomic<bool>& stop);
  /// Acknowledges everything up to and including `tag`.
  void ack_up_to(std::uint64_t tag);
  void ack(std::uint64_t tag);
  /// Reads frames without taking deliveries away from take().
  void service();
  void close() noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Messages ready and unacknowledged in a shard's queue, by a passive declare on a short-lived connection
/// (ready only, that is what AMQP tells). For hubctl and tests.
std::uint32_t messages_ready(const broker_options& broker, std::uint32_t shards, std::uint32_t shard);

struct queue_state {
  std::string name;
  std::uint32_t messages = 0;   ///< ready, as above
  std::uint32_t consumers = 0;  ///< 0: nobody takes from it
};
/// Every shard's queue, in order.
std::vector<queue_state> look_at_queues(const broker_options& broker, std::uint32_t shards);

}  // namespace hub::amqp
