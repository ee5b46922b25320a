#pragma once
// One ingest transaction after the other on one database connection: load, fold, write, commit. Owned by one shard's
// thread. It neither retries nor splits: that is the shard's (shard.hpp), which knows the deliveries.

#include "hub/base/clock.hpp"
#include "hub/db/connection.hpp"
#include "workers/ingest/state.hpp"
#include "workers/rules_in_force.hpp"

#include <span>
#include <string>

namespace workers::ingest {

class ingestor {
 public:
  ingestor(hub::db::connect_options database, const hub::clock& clock);

  /// Everything of the batch or nothing; where an ERP's events are among others, two transactions. Known keys are dropped.
  /// Throws db::error, hub::error, or what fold() threw.
  void process(std::span<const item> batch);

  /// Keeps what cannot be processed, with its reason; in a transaction of its own.
  void quarantine(const item& what, const std::string& cause, const std::string& reason);
  /// The same for a delivery element that could not even be decoded.
  void quarantine_undecodable(const std::string& key, const std::string& body, const std::string& reason);

  /// Before an event is handled alone: how often a process died over it. Committed before it returns.
  int mark_suspect(const std::string& event_key);
  void clear_suspect(const std::string& event_key);

  /// A statement that touches nothing: whether the database answers.
  void probe();
  void drop_connection() noexcept { database_.reset(); }

 private:
  void process_alike(std::span<const item> batch);
  void process_in(pqxx::work& tx, std::span<const item> batch);

  hub::db::connection database_;
  const hub::clock& clock_;
  std::string process_;
  rules_in_force rules_;
  bool links_exist_ = false;  ///< once seen they stay: links that are taken apart again cost nothing but care
};

}  // namespace workers::ingest
