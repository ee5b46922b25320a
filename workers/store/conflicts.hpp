#pragma once
// SQL of what is exchanged with an ERP: the ledger of objects, and where the two sides disagree. Inside a transaction of hub::db
// that holds the ERP's lock (vehicles.hpp).

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

namespace workers::store {

struct received_columns {
  hub::db::array account, object_type, object_id, version, content_hash, at;
};
struct object_columns {
  hub::db::array account, object_type, object_id;
};
struct conflict_columns {
  object_columns of;
  hub::db::array field, ours, theirs, why, vehicle_id, lead_id;
};

namespace conflicts {

void prepare(pqxx::connection& c);

/// What each object is, by everything received of it.
void received(pqxx::work& tx, const received_columns& rows);

/// (account, object_type, object_id, field, whether theirs is taken, theirs) of what people have judged of these objects.
pqxx::result judged(pqxx::work& tx, const object_columns& of);
/// From now on these are all disagreements of these objects: others are over, new ones open, and what was judged for the same
/// value stays judged.
void keep(pqxx::work& tx, const object_columns& of, const conflict_columns& rows);

/// (id, account, object_type, object_id, whether theirs is taken) of what was judged and not applied yet, oldest first.
pqxx::result to_apply(pqxx::work& tx, int limit);
void applied(pqxx::work& tx, const hub::db::array& ids);
/// What was judged cannot be done: it is open again.
void reopen(pqxx::work& tx, const conflict_columns& rows);

}  // namespace conflicts
}  // namespace workers::store
