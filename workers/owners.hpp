#pragma once
// Who gets leads, on locked rows: the people of teams as they are at this moment, the rings, and writing down what was
// decided. Used by ingest for new leads and by the clock pool for queued ones, each inside its own transaction, which
// holds the leads' rows already (lock order: leads, staff, cursors). Throws db::error.

#include "routing/receipt.hpp"
#include "routing/rules.hpp"

#include <pqxx/pqxx>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace workers {

/// What choosing works on: the locked people of the teams that are asked, and the rings.
struct roster {
  std::map<std::string, std::vector<routing::candidate>> teams;
  std::map<std::string, routing::cursor> cursors;  ///< by key; an absent ring is a new one
};

/// Locks the people of the teams that these actions choose from, and their rings. Absences, calendars and presence are
/// taken as they hold at `now`.
roster load_roster(pqxx::work& tx, const routing::rule_set& rules, const std::vector<const routing::action*>& asked,
                   hub::instant now);

/// Decides one lead on what the earlier ones left. Pure. Somebody in several teams has one load.
routing::receipt choose_owner(const routing::rule_set& rules, const routing::matched& why, roster& people, hub::instant now);

/// A decision to be written.
struct owner_decision {
  std::int64_t lead = 0;
  std::string event_key;
  std::string reason;  ///< of the change of owner, when somebody got the lead
  const routing::receipt* receipt = nullptr;
  bool waits = false;  ///< without a winner it goes to the queue of the receipt's team
};
void write_owners(pqxx::work& tx, const std::vector<owner_decision>& decisions, hub::instant now);

/// Writes the rings that moved; only those that load_roster() locked.
void move_rings(pqxx::work& tx, const roster& before, const roster& after);

}  // namespace workers
