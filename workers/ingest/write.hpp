#pragma once
// The writing half of an ingest transaction: sends what fold() and choose_owners() decided, set by set, in the lock order
// of docs/architecture.md. Throws db::error.

#include "workers/ingest/fold.hpp"

#include <pqxx/pqxx>

namespace workers::ingest {

void write(pqxx::work& tx, const routing::rule_set& rules, state& s, const roster& before, const roster& after, instant now);

}  // namespace workers::ingest
