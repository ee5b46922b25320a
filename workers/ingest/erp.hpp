#pragma once
// What an ERP tells, applied: customers, vehicles and full exchanges (stock.hpp), orders and their leads (told_order.hpp), and
// what people judged where both sides differ. Part of an ingest transaction of its own (ingestor.cpp), one at a time over all
// workers, so that none of this costs other events anything. Lock order: event keys, the ERP's lock, identities, customers,
// leads, vehicles, staff. Throws db::error and hub::error.

#include "hub/db/connection.hpp"
#include "workers/ingest/state.hpp"

namespace workers::ingest {

/// vehicle, exchange, customer, order, order_handed.
bool is_of_erp(const hub::message::event& e);

/// After the identities, before customers are locked: the orders these events concern, their leads and whose those are.
void find_orders(pqxx::work& tx, state& s);

/// After write().
void apply_erp(pqxx::work& tx, const routing::rule_set& rules, state& s, instant now);

/// Applies what people have judged since; whether there was anything. A transaction of its own.
bool apply_verdicts(pqxx::work& tx, const routing::rule_set& rules, instant now);

}  // namespace workers::ingest
