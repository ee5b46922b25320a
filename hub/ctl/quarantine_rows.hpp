#pragma once
// SQL of `hubctl quarantine`: what could not be processed, grouped and one by one, and what an operator decided about it.
// Blocking, in the caller's transaction; failures are pqxx's.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hub::ctl {

struct quarantine_group {
  std::string cause, kind, account;  ///< "viber/main"
  std::int64_t count = 0;
  std::string oldest, newest;        ///< RFC 3339
  std::vector<std::int64_t> examples;
};

struct quarantine_entry {
  std::int64_t id = 0;
  std::string event_key, kind, channel, account, cause, reason, at, state, resolved_at, resolved_by, trace;
  int attempts = 0;
  std::string body;  ///< only where it was asked for
};

/// Which entries are meant; several conditions must all hold. Ids find closed entries too when `open_only` is false.
struct quarantine_filter {
  std::optional<std::int64_t> id;
  std::string cause;  ///< a part of it; empty: any
  bool open_only = true;
};

/// Open entries, most frequent cause first.
std::vector<quarantine_group> quarantine_groups(pqxx::work& tx);
/// Oldest first, those after `after_id`.
std::vector<quarantine_entry> quarantine_entries(pqxx::work& tx, const quarantine_filter& which, bool with_body,
                                                 std::int64_t after_id, int limit);

std::set<std::string> known_keys(pqxx::work& tx, const db::array& keys);
/// How often each of the keys was quarantined; absent: never.
std::map<std::string, int> quarantine_attempts(pqxx::work& tx, const db::array& keys);

/// Closes open entries as "resolved" or "dismissed" and writes the audit; returns how many were open.
std::size_t close_entries(pqxx::work& tx, const db::array& ids, const std::string& state, const std::string& who);
/// A parser looked once more and refused: what it says now.
void refused_again(pqxx::work& tx, std::int64_t id, const std::string& cause, const std::string& reason);

}  // namespace hub::ctl
