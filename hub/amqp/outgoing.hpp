#pragma once
// What the publisher decides, without socket, thread or clock: which publications travel together and when
// (waiting_line), and what the broker's answers mean for those on their way (confirm_window). Not thread-safe:
// the publisher's thread owns both. Nothing fails.

#include "hub/amqp/publisher.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hub::amqp {

using moment = std::chrono::steady_clock::time_point;

/// What waits to be written, one queue per shard.
class waiting_line {
 public:
  explicit waiting_line(const publisher_options& options);

  void push(publication p, moment now);
  /// How long the next write may still wait for company; zero when it is due, nothing when nothing waits.
  std::optional<std::chrono::microseconds> wait_before_write(moment now) const;
  /// The publications of the next delivery, all of one shard; the shards take turns. Only when size() > 0.
  std::vector<publication> next();

  /// How many more would make the next delivery due before its time.
  std::size_t company_wanted() const;
  /// While nothing waits in a steady stream: when to look for what has come meanwhile. Else nothing.
  std::optional<std::chrono::microseconds> wait_before_look(moment now) const;

  std::size_t size() const { return events_; }
  std::size_t bytes() const { return bytes_; }
  /// Every ticket that waits; the line is empty afterwards.
  std::vector<std::uint64_t> clear();

 private:
  std::size_t batch_events_, batch_bytes_;
  std::chrono::microseconds gather_, steady_gather_;
  std::vector<std::deque<publication>> shards_;
  std::size_t turn_ = 0, events_ = 0, bytes_ = 0;
  moment since_{}, last_{};
  double lately_ = 0;  ///< publications of the last moments, older ones counting less
  std::chrono::microseconds patience_{0};  ///< how long the first in line waits for company
};

/// Deliveries written and not answered yet, in order of their delivery tags (1, 2, ...).
class confirm_window {
 public:
  /// The next delivery's tag.
  std::uint64_t add(std::vector<std::uint64_t> tickets, std::string message_id, moment now);
  /// Settles what the broker's ack or nack speaks of. Each settled delivery's time goes to `seconds`.
  void answer(std::uint64_t tag, bool multiple, bool positive, moment now, std::vector<settlement>& settled,
              std::vector<double>& seconds);
  /// The oldest delivery of that id could not be routed. The ack that follows settles it as returned. Gives the
  /// number of its publications.
  std::size_t returned(std::string_view message_id);
  void lose_all(std::vector<settlement>& settled);

  std::size_t size() const { return open_; }
  std::optional<moment> oldest() const;

 private:
  struct flight {
    std::vector<std::uint64_t> tickets;  ///< empty once settled
    std::string message_id;
    moment written;
    bool returned = false;
  };
  void settle(flight& f, outcome result, moment now, std::vector<settlement>& settled, std::vector<double>& seconds);

  std::deque<flight> flights_;
  std::uint64_t first_tag_ = 1;  ///< tag of flights_.front()
  std::size_t open_ = 0;
};

}  // namespace hub::amqp
