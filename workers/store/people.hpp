#pragma once
// SQL of identities and customers. Inside a transaction of hub::db; lock order: event keys, identities, customers.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

namespace workers::store {

struct identity_columns {
  hub::db::array space, account, external_id;
};
struct identity_facts {
  identity_columns who;
  hub::db::array subscribed, subscribed_at, read_up_to, reply_address, reply_address_at;
};
struct customer_names {
  hub::db::array id, first_name, last_name, language, named_at;
};

namespace people {

void prepare(pqxx::connection& c);

/// (n, id, customer_id) of those that exist; n is the 1-based place in the columns.
pqxx::result find_identities(pqxx::work& tx, const identity_columns& who);
/// Inserts those that nobody had inserted before; waits for a transaction that is inserting the same.
void insert_identities(pqxx::work& tx, const identity_columns& who);
/// As find_identities, with the rows that have no customer locked.
pqxx::result find_identities_locked(pqxx::work& tx, const identity_columns& who);
/// `n` new customers' ids.
pqxx::result insert_customers(pqxx::work& tx, std::size_t n);
/// Gives identities (by id) their customers, and the customers the platform's id in its own column.
void give_customers(pqxx::work& tx, const hub::db::array& identity_ids, const hub::db::array& customer_ids);
/// (id, merged_into, first_name, last_name, language, named_at in ms), locked in order of id.
pqxx::result lock_customers(pqxx::work& tx, const hub::db::array& ids);
/// Whether anybody is merged into anybody: asked after the lock, so that a merge just committed is seen.
bool any_linked(pqxx::work& tx);
/// The same columns of these customers and of everybody linked with them, locked in order of id.
pqxx::result lock_linked(pqxx::work& tx, const hub::db::array& ids);
void rename(pqxx::work& tx, const customer_names& rows);
void learn_facts(pqxx::work& tx, const identity_facts& rows);
/// Whether a person has unlinked one of these pairs, or judged that the two are not the same.
bool kept_apart(pqxx::work& tx, const hub::db::array& first, const hub::db::array& second);
/// Makes `merged` and everybody linked with it part of `root`, through merge_customers().
void link(pqxx::work& tx, std::int64_t root, std::int64_t merged);
void found_possibly_same(pqxx::work& tx, const hub::db::array& first, const hub::db::array& second);

}  // namespace people
}  // namespace workers::store
