#pragma once
// SQL of what platforms tell about messages after they were written, and of the ads that brought leads. Inside a transaction
// of hub::db; lock order: after messages, sorted by key.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

namespace workers::store {

struct change_columns {
  hub::db::array platform_id, channel, account, kind, by_whom, at, customer_id, content, location;
};
struct referral_columns {
  hub::db::array lead_id, at, source, id, url, headline, body;
};

namespace changes {

void prepare(pqxx::connection& c);

/// The newest of each kind holds; of one instant the greater text, so that order does not matter.
void merge(pqxx::work& tx, const change_columns& rows);
/// The earliest of a lead holds.
void keep_referrals(pqxx::work& tx, const referral_columns& rows);

}  // namespace changes
}  // namespace workers::store
