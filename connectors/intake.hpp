#pragma once
// Takes canonical events and answers one question: are they safe? Direct mode publishes and waits for the
// broker's confirm, at most `confirm_wait`. The first timeout, nack, return, loss or block switches to spool
// mode: what is unconfirmed goes to the spool first, in its order, everything new behind it, and nobody waits for
// the broker any more; a drain in the background sends the spool's entries and forgets those that are confirmed,
// until it is empty and direct mode is back. On the loop, but for settled().
//
// Sending something twice is possible and harmless: workers know every event key.

#include "connectors/spool.hpp"
#include "hub/amqp/publisher.hpp"
#include "hub/async/task.hpp"
#include "hub/message/canonical.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace connectors {

/// What intake asks of hub::amqp::publisher; functions, so that tests can be the broker.
struct broker_link {
  std::function<void(std::vector<hub::amqp::publication>)> submit;
  std::function<bool()> ready;
  std::function<void()> abandon;
};

struct intake_options {
  std::uint32_t shards = 2;
  std::chrono::milliseconds confirm_wait{1000};
  std::size_t drain_window = 500;                  ///< entries of the spool under way at the same time
  std::chrono::milliseconds drain_patience{5000};  ///< without any settlement for so long the publisher hangs
  std::chrono::milliseconds first_probe{50};       ///< back-off while the broker is away
  std::chrono::milliseconds longest_probe{2000};
};

class intake {
 public:
  intake(boost::asio::io_context& loop, broker_link broker, spool& spooled_to, intake_options options);
  ~intake();

  /// Called in spool mode with every list of events that went to the spool.
  void on_spooled(std::function<void(const std::vector<hub::message::event>&)> tell);

  /// Starts the drain of what a former process left; call once, on the loop.
  void start();
  /// True when every event is confirmed on a queue or fsynced in the spool; false: nobody may be told it is safe.
  hub::async::task<bool> accept(std::vector<hub::message::event> events);
  /// Any thread: hands the publisher's settlements to the loop.
  void settled(std::vector<hub::amqp::settlement> list);
  /// Stops the drain; what is in the spool stays for the next process.
  hub::async::task<> stop();

  bool is_spooling() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace connectors
