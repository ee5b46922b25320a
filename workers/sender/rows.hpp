#pragma once
// The SQL of the outbox as the sender pool uses it. A row is taken in a transaction that commits a lease; a second one checks
// once more whether it may go and commits `sending` with a new attempt number before anybody is asked to send it; what came of
// it is written by compare-and-set on (id, attempt) (workers/store/outbox). Called by the senders, each with its own connection
// on its own thread. Failures are hub::db::error.

#include "hub/db/connection.hpp"
#include "hub/message/sending.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace workers::sender {

/// A row whose turn it is.
struct job {
  std::uint64_t id = 0;
  std::string channel, account;
  int attempt = 0;  ///< the newest one there was
};

/// An attempt that is on record.
struct begun {
  std::string channel, account;
  hub::message::send_asked ask;
};

struct backlog {
  std::map<std::string, std::int64_t> rows;      ///< by state: queued, sending, and unknown and failed that nobody has dismissed
  std::map<std::string, double> oldest_seconds;  ///< by channel, of what is queued or sending
  std::map<std::string, std::int64_t> paused;    ///< accounts, by channel
};

struct swept {
  std::int64_t unknown = 0;  ///< nobody told what came of them
  std::int64_t expired = 0;  ///< their time to be sent is over
  std::int64_t again = 0;    ///< unknown ones that the settings send again
};

class rows {
 public:
  rows(hub::db::connect_options options, std::string holder);

  /// The oldest unfinished row of a conversation whose time has come, of an account that is neither paused nor `closed`
  /// ("viber:main"); nothing when no turn has come.
  std::optional<job> take(std::chrono::milliseconds lease, const std::vector<std::string>& closed);
  /// Puts the attempt on record. Nothing when it must not go (it is failed then, visibly) or the lease was lost.
  std::optional<begun> begin(const job& taken, std::chrono::milliseconds good_for);
  /// An attempt of a sender that died or lost its answer: to be asked about once more, under its own number.
  std::optional<begun> take_orphan(std::chrono::milliseconds older_than, std::chrono::milliseconds lease);
  bool settle(const begun& attempt, const hub::message::send_told& told);

  /// `silence`: an attempt of which nothing was heard for so long is unknown. `resent`: channels whose unknown rows are sent
  /// again.
  swept sweep(std::chrono::milliseconds silence, const std::vector<std::string>& resent);
  backlog count();
  void disconnect() noexcept { database_.reset(); }

 private:
  hub::db::connection database_;
  std::string holder_;
};

/// The statements by name, so that a test prepares each one against the migrated schema.
void prepare_sender_statements(pqxx::connection& on);

}  // namespace workers::sender
