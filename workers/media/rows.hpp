#pragma once
// The SQL of media_fetch and media. A row is taken in a transaction that commits a lease, the bytes travel with no
// transaction open, and every result is written by compare-and-set on (event key, part, attempt): a holder whose lease
// was taken over writes nothing. Called by the fetchers, each with its own connection on its own thread. Failures are
// hub::db::error.

#include "hub/db/connection.hpp"
#include "hub/media/store.hpp"
#include "workers/media/outcome.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace workers::media {

/// A taken row.
struct job {
  std::string event_key;
  std::string part;
  std::string channel;
  std::string account;
  std::string type;       ///< what the message claims: "photo", "video", "voice_note", "file"
  std::string reference;  ///< sealed by the connector
  int attempt = 0;        ///< this one; together with key and part the right to write the result
  bool deadline_passed = false;
  int deaths = 0;         ///< how many holders ended without a word
};

struct backlog {
  std::int64_t pending = 0;
  double seconds_to_first_deadline = 0;  ///< negative: passed; 0 when nothing waits
};

class rows {
 public:
  explicit rows(hub::db::connect_options options);

  /// The waiting row whose deadline comes first; then those without a deadline; then those whose deadline has passed,
  /// which get one attempt (a connector may have fetched them in time). Nothing when no row is due.
  std::optional<job> take(const std::string& taken_by, std::chrono::milliseconds lease);
  /// False when the lease was lost.
  bool renew(const job& held, std::chrono::milliseconds lease);

  /// Writes the media row and links it with message, lead, customer, call or vehicle. False when the lease was lost.
  bool settle_stored(const job& held, const hub::media::stored& file);
  /// too_large, refused or expired. False when the lease was lost.
  bool settle(const job& held, const outcome& how);
  /// Gives the row back, to be tried again after `wait`, at the latest at its deadline.
  bool give_back(const job& held, const std::string& reason, std::chrono::milliseconds wait);

  backlog count();
  void disconnect() noexcept { database_.reset(); }

 private:
  hub::db::connection database_;
};

/// The statements by name, so that a test prepares each one against the migrated schema.
void prepare_media_statements(pqxx::connection& on);

}  // namespace workers::media
