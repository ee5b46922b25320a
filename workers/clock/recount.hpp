#pragma once
// Who waits for an answer after all: leads of which a reply failed for good, or arrived after it had been given up. Their clock
// runs from the customer's own word. One turn of the clock pool; throws db::error, hub::error.

#include "hub/base/time.hpp"
#include "hub/db/connection.hpp"
#include "workers/rules_in_force.hpp"

namespace workers::clock {

/// The next of them, in one transaction. False when there are none.
bool recount_responses(hub::db::connection& database, rules_in_force& rules, hub::instant now);

}  // namespace workers::clock
