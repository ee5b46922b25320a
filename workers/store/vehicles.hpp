#pragma once
// SQL of the stock as an ERP tells it: what was told of each vehicle, its full exchanges, and the rows of `vehicle` that
// follow. Inside a transaction of hub::db that holds the ERP's lock; lock order: event keys, the ERP's lock, identities,
// customers, leads, vehicles, staff.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

#include <cstdint>

namespace workers::store {

/// "" is null, but for ids.
struct vehicle_columns {
  hub::db::array id, make, model, year, vin, price, currency, colour, mileage, status, erp_sync_id;
};
struct told_columns {
  hub::db::array account, erp_id, facts, vin, first_told, newest, absent_at, live, base, vehicle_id;
};
struct photo_columns {
  hub::db::array key, part, channel, account, reference, file_name, vehicle;  ///< vehicle: the ERP's id
};
struct range_columns {
  hub::db::array account, catalogue, at, from, to, present, total;  ///< present: ids, one text each parted by U+001F
};

namespace vehicles {

void prepare(pqxx::connection& c);

/// One at a time applies what ERPs tell: until the transaction ends.
void lock_erp(pqxx::work& tx);

/// (account, erp_id, facts, first_told, newest, absent_at in ms, base, vehicle_id) by (account, id), by VIN, by vehicle.
pqxx::result read_told(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& ids);
pqxx::result read_told_by_vin(pqxx::work& tx, const hub::db::array& vins);
pqxx::result read_told_by_vehicle(pqxx::work& tx, const hub::db::array& vehicles);
void write_told(pqxx::work& tx, const told_columns& rows);

/// (id, vin, erp_sync_id, whether an ERP tells of it) of vehicles with one of these VINs or ids.
pqxx::result find(pqxx::work& tx, const hub::db::array& vins, const hub::db::array& erp_ids);
/// Locks them in order of id; then (id, make, model, year, vin, price and currency, colour, mileage, status, the lead that
/// holds it, whether it is sold), as text.
pqxx::result lock(pqxx::work& tx, const hub::db::array& ids);
pqxx::result new_ids(pqxx::work& tx, std::size_t n);
void insert(pqxx::work& tx, const vehicle_columns& rows);
/// First the VINs that go, so that two rows may exchange theirs.
void update(pqxx::work& tx, const vehicle_columns& rows);

void insert_ranges(pqxx::work& tx, const range_columns& rows);
/// (catalogue, at in ms, range_from, range_to, present, total) of an account, oldest first.
pqxx::result read_ranges(pqxx::work& tx, const std::string& account);
/// Removes those from before `at`.
void remove_ranges(pqxx::work& tx, const std::string& account, hub::instant at);
/// The newest kept exchange of an account, in ms; null when there is none.
pqxx::result newest_range(pqxx::work& tx, const std::string& account);
/// (erp_id, first_told, newest, absent_at in ms, live) of all of an account.
pqxx::result read_known(pqxx::work& tx, const std::string& account);

/// Pictures to fetch; those that are known are asked for again only where they could not be fetched.
void want_photos(pqxx::work& tx, const photo_columns& rows);
/// What was fetched before its vehicle had a row.
void link_photos(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& ids);

}  // namespace vehicles
}  // namespace workers::store
