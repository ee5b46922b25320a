#pragma once
// The reading half of an ingest transaction: takes the permanent keys, finds or makes the customers, locks what the
// fold may change, in the lock order of docs/architecture.md. Throws db::error; throws linked_meanwhile when a merge
// changed a link between two statements (start the transaction again).

#include "workers/ingest/customers.hpp"
#include "workers/ingest/fold.hpp"

#include <pqxx/pqxx>

#include <span>

namespace workers::ingest {

/// Inserts the keys and fills everything of `state` that fold() reads. `batch` outlives the state.
/// `links_exist`: see state; when it turns out to be wrong, linked_meanwhile is thrown.
state load(pqxx::work& tx, const routing::rule_set& rules, std::span<const item> batch, bool links_exist);

}  // namespace workers::ingest
