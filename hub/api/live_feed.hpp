#pragma once
// What has changed, told to every open console: one reader per process looks into hub.live_change ten times a second while
// somebody listens, asks the database which person may know of which row, and puts a line into each listener's queue.
// events.cpp writes the queues to the browsers. Everything here is called on the loop; SQL runs on a thread of its own.
//
// A place in the feed is (epoch, xid, id). Rows are told in that order and only below the oldest transaction still open, so
// none is skipped by a listener that goes on from the last place it was told. A writing transaction that stays open
// therefore holds the feed back: hub_live_lag_seconds shows it.

#include "hub/api/queries.hpp"
#include "hub/base/clock.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hub::api {

struct live_limits {
  std::chrono::milliseconds every{100};    ///< how often the feed is read while anybody listens
  std::chrono::seconds heartbeat{15};      ///< a stream is never silent for longer
  std::chrono::seconds sessions_every{5};  ///< how often it is asked who is still signed in
  std::size_t most_waiting = 2'000;        ///< lines a listener may leave unread before it is told that it is behind
  std::size_t most_missed = 1'000;         ///< changes that are made up for; who missed more loads everything anew
  std::size_t most_per_person = 12;
  std::size_t most = 2'000;
};

/// A place in the feed.
struct live_place {
  std::uint64_t xid = 0;
  std::int64_t id = 0;

  auto operator<=>(const live_place&) const = default;
};
/// "1.1763680000-48213-77": what is sent as the event's id.
std::string to_text(const std::string& epoch, const live_place& at);
struct live_mark {
  std::string epoch;
  live_place at;
};
/// Nothing when it is not one of ours.
std::optional<live_mark> read_mark(std::string_view text);

/// One open stream.
struct live_listener {
  enum class end { none, behind, signed_out };

  live_listener(const boost::asio::any_io_executor& loop, std::int64_t who) : bell(loop), person(who) {}

  boost::asio::steady_timer bell;  ///< cancelled when there is something to do
  const std::int64_t person;
  std::string credential;           ///< hex of the session's or the token's hash
  std::optional<live_mark> resume;  ///< where the client says it was
  std::optional<live_place> at;     ///< everything up to here is in `waiting` or was sent; nothing: has not begun
  std::string epoch;                ///< of `at`
  std::deque<std::shared_ptr<const std::string>> waiting;
  end why = end::none;
};

class live_feed {
 public:
  live_feed(const db::connect_options& database, const clock& time);
  ~live_feed();

  live_limits limits;

  /// A new stream from the next reading on, or from `resume`; nothing when the person or the process has too many. `loop`
  /// outlives the feed.
  std::shared_ptr<live_listener> listen(const boost::asio::any_io_executor& loop, std::int64_t person, std::string credential,
                                        std::optional<live_mark> resume);
  /// Whether it is worth telling that this person is writing about that lead: not again within two seconds.
  bool is_news_of_typing(std::int64_t lead, std::int64_t person);
  /// Tells everybody else who may see the lead, in every hub-api on this database, once the transaction commits. Kept nowhere.
  static void tell_typing(pqxx::work& sql, std::int64_t lead, std::int64_t person);

  struct state;  // known inside live_feed.cpp only

 private:
  std::shared_ptr<state> state_;
};

}  // namespace hub::api
