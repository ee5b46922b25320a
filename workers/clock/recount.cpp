#include "workers/clock/recount.hpp"

#include "hub/base/failpoint.hpp"
#include "hub/db/times.hpp"
#include "workers/store/queue.hpp"
#include "workers/store/responses.hpp"
#include "workers/store/rules.hpp"

namespace workers::clock {

bool recount_responses(hub::db::connection& database, rules_in_force& rules, hub::instant now) {
  return database.transact([&](pqxx::work& tx) {
    const auto& in_force = rules.of(tx, store::rules::active(tx).hash);
    const auto leads = store::responses::take(tx, now);
    if (leads.empty()) return false;
    hub::db::array waiting, due;
    for (const auto& row : store::responses::recount(tx, leads)) {
      // Our own outage is nobody's delay: from the later of platform time and arrival on.
      const auto since = hub::db::instant_at(row, 1);
      waiting.add(row[0].as<std::int64_t>());
      due.add(in_force.first_response_until(since, row[2].as<std::string>(), row[3].as<std::string>()));
    }
    if (!waiting.empty()) store::queue::set_clocks(tx, waiting, due);
    FAILPOINT("clock.recounted", "");
    return true;
  });
}

}  // namespace workers::clock
