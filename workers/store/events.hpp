#pragma once
// SQL of events: permanent keys, kept bodies, quarantine, suspects. Called inside a transaction of hub::db; one thread
// per connection. prepare() is called on every connect.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

#include <string>
#include <string_view>
#include <vector>

namespace workers::store {

struct new_keys {
  hub::db::array key, kind, time, received_at, trace;
};
struct quarantined {
  std::string event_key, kind, channel, account, body, cause, reason, trace;
};

namespace events {

void prepare(pqxx::connection& c);

/// Inserts keys (sorted by the caller) and returns those nobody had inserted before.
std::vector<std::string> insert_keys(pqxx::work& tx, const new_keys& rows);

/// One entry per event key; a repeated failure counts its attempts and opens it again.
void quarantine(pqxx::work& tx, const quarantined& entry);

/// Entries of these keys are processed now.
void resolve_quarantine(pqxx::work& tx, const hub::db::array& keys);

/// Marks an event that is about to be handled alone; returns how often a process died over it before.
int mark_suspect(pqxx::work& tx, const std::string& event_key, const std::string& process);
void clear_suspect(pqxx::work& tx, const std::string& event_key);

}  // namespace events
}  // namespace workers::store
