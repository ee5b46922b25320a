#pragma once
// Confirmed publishing. One publisher per process: a thread of its own with its own connection, a bounded
// window of unconfirmed deliveries, `mandatory` on every one. It never retries and never keeps: each submitted
// publication is settled exactly once, and whoever submitted decides what follows (connectors/intake).
//
// Under load several publications of one shard travel as one CloudEvents batch; alone they travel alone.

#include "hub/amqp/broker.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hub::amqp {

struct publication {
  std::uint64_t ticket = 0;  ///< the caller's number for it
  std::uint32_t shard = 0;
  std::string key;           ///< event key; message_id of a single delivery
  std::string body;          ///< one encoded CloudEvent
};

enum class outcome {
  confirmed,  ///< safe on the queue
  returned,   ///< no queue took it (the ack that follows a return is no confirm)
  nacked,     ///< the broker refused it
  lost,       ///< no connection, or it broke before the confirm: may or may not have arrived
};

struct settlement {
  std::uint64_t ticket;
  outcome result;
};

struct publisher_options {
  broker_options broker;
  std::uint32_t shards = 2;
  std::size_t window = 1000;           ///< unconfirmed deliveries at most
  std::size_t batch_events = 64;       ///< events in one delivery at most
  std::size_t batch_bytes = 256 << 10;
  std::chrono::microseconds gather{700};  ///< how long a publication waits for company, if any came just before
  std::chrono::microseconds steady_gather{2500};  ///< the same in a steady stream (over 500 a second)
};

class publisher {
 public:
  /// `on_settled` runs on the publisher's thread with everything one pass settled: post it to your loop.
  publisher(publisher_options options, std::function<void(std::vector<settlement>)> on_settled);
  /// Settles what is left as lost, closes, joins.
  ~publisher();

  /// Any thread, never blocks. While there is no connection the publications are settled as lost at once.
  void submit(std::vector<publication> list);

  /// Connected and not blocked by the broker. Any thread.
  bool ready() const;
  /// Shuts the socket down under a publisher that hangs (a blocked broker stops reading): all in flight is
  /// settled as lost and the thread reconnects. Any thread.
  void abandon();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace hub::amqp
