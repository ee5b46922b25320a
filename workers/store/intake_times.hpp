#pragma once
// SQL of when events came, by account: from the kept bodies' keys, which begin with channel and account, so that only an
// index is read. Inside a transaction of hub::db; prepare() is called on every connect.

#include "hub/base/time.hpp"

#include <pqxx/pqxx>

namespace workers::store::intake_times {

void prepare(pqxx::connection& c);

/// (channel, account, first, last) of every minute in which something came, in milliseconds since 1970, by account in order of
/// time. Ends by itself after five seconds.
pqxx::result minutes(pqxx::work& tx, hub::instant since);
/// (channel, account, last) of what came since then.
pqxx::result latest(pqxx::work& tx, hub::instant since);

}  // namespace workers::store::intake_times
