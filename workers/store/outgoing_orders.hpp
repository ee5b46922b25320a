#pragma once
// SQL of orders that go to an ERP: which leads are one, what was sent of them, and the job of sending. The ledger's row of
// direction `sent` is the job: taken with a lease, settled by compare-and-set on the attempt. Inside transactions of hub::db;
// no row of a lead is locked, for what is read too early is read again at the next look.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

#include <string>

namespace workers::store {

struct outgoing_columns {
  hub::db::array account, key, version, content_hash, content;
};

namespace outgoing_orders {

void prepare(pqxx::connection& c);

/// A row a vehicle: (lead, account, erp_id, title, price, currency, the order's total, customer's id there or "hub-<id>", name,
/// email, since when in ms) of leads at prepayment with a vehicle of an ERP, but for those whose order was born there.
pqxx::result wanted(pqxx::work& tx);
/// (key, account, content_hash, content, other_id) of everything sent, and whether its lead still is an order.
pqxx::result sent(pqxx::work& tx);
/// New contents wait to be sent; whoever sends an older one now has lost its right to settle.
void write(pqxx::work& tx, const outgoing_columns& rows);

/// (account, key, attempt, content) of the one that has waited longest; nothing when none is due.
pqxx::result take(pqxx::work& tx);
/// `state` done, waiting (again after `seconds`) or refused. False when somebody else has it.
bool settle(pqxx::work& tx, const std::string& account, const std::string& key, int attempt, const std::string& state,
            const std::string& reason, int seconds);

}  // namespace outgoing_orders
}  // namespace workers::store
