#pragma once
// The decisions of ingest, pure: which lead each event joins or opens, what its customer and lead learn from it, and
// who gets the leads that need an owner. No thread, no socket, no SQL, no wall clock; the same functions serve live
// work, explain, tests and backtests. Every handler commutes: rows that are compared do not depend on the order in
// which events arrive (docs/domain.md, "What must not depend on order").

#include "workers/ingest/state.hpp"
#include "workers/owners.hpp"

namespace workers::ingest {

/// What rules may ask of an event.
routing::facts facts_of(const state& s, const hub::message::event& e, const customer_row& customer);

/// Folds the events of `s` in order: fills messages, receipts, facts and openings, changes customers and leads.
void fold(const routing::rule_set& rules, state& s);

/// Decides every opening in order, each on what the earlier ones left; updates roster and openings.
void choose_owners(const routing::rule_set& rules, state& s, roster& people, instant now);

}  // namespace workers::ingest
