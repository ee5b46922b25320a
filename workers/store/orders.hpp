#pragma once
// SQL of an ERP's customers and orders, and of what they do to leads. Inside a transaction of hub::db that holds the ERP's lock
// (vehicles.hpp); lock order: customers, leads, vehicles, staff.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

#include <cstdint>
#include <string>

namespace workers::store {

struct told_customer_columns {
  hub::db::array account, erp_id, at, first_name, last_name, company_name;
};
struct order_columns {
  hub::db::array account, key, erp_id, number, placed_at, sum, currency, status, at, customer, vehicles, paid, shipped, cancelled,
      customer_id, lead_id, vehicle_id, moved_to;  ///< vehicles: ids parted by U+001F
};

namespace orders {

void prepare(pqxx::connection& c);

/// The newest told holds.
void learn_customers(pqxx::work& tx, const told_customer_columns& rows);
/// Of these customers of an ERP those who have an order there are called as the ERP calls them, unless a person typed a name.
void name_customers(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& ids);

/// (account, key, erp_id, number, sum, currency, status, at in ms, customer, vehicles, paid, shipped, cancelled, lead_id,
/// moved_to), by (account, key), and those without a lead of these customers.
pqxx::result read(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& keys);
pqxx::result read_unlinked(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& customers);
/// `zone`: where an order's date is a day.
void write(pqxx::work& tx, const order_columns& rows, const std::string& zone);

/// (account, customer, hub's customer) of customers that are known.
pqxx::result find_customers(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& customers);
/// (n, lead) of orders by customer and vehicles: the lead of theirs about one of these vehicles; a chosen one first, then an
/// open one, then the most recently active. `vehicles` parted by U+001F.
pqxx::result find_leads(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& customers,
                        const hub::db::array& vehicles);
/// (lead, customer) of these leads, and the customers their links point to.
pqxx::result customers_of(pqxx::work& tx, const hub::db::array& leads);
/// (id, stage, pipeline, source, manager, attachable, attach_until in ms), locked in order of id.
pqxx::result lock_leads(pqxx::work& tx, const hub::db::array& leads);
/// (lead, vehicle) of what they have chosen.
pqxx::result chosen(pqxx::work& tx, const hub::db::array& leads);
/// (vehicle, lead) of other leads that have chosen one of these.
pqxx::result chosen_by_others(pqxx::work& tx, std::int64_t lead, const hub::db::array& vehicles);
void choose(pqxx::work& tx, std::int64_t lead, const hub::db::array& vehicles);
/// Vehicles go along (move_vehicles()), the stage changes, the closing reason and an audit row are written.
void move(pqxx::work& tx, std::int64_t lead, const std::string& from, const std::string& to, bool attaches,
          const std::string& why, hub::instant at);
/// order_placed, once an order, with its newest sum; credited to the owner.
void convert(pqxx::work& tx, std::int64_t lead, const std::string& order, const std::string& sum, const std::string& currency,
             hub::instant at);
void unconvert(pqxx::work& tx, std::int64_t lead, const std::string& order);

/// (key, content) of what was sent of these orders of ours.
pqxx::result sent(pqxx::work& tx, const std::string& account, const hub::db::array& keys);
/// The ERP has taken that version.
void acknowledge(pqxx::work& tx, const std::string& account, const std::string& key, const std::string& version,
                 const std::string& erp_id, hub::instant at);

}  // namespace orders
}  // namespace workers::store
