#pragma once
// Handing out a team's queue: the oldest leads first, to whoever is eligible now. Called by the clock pool's thread; every
// page is a transaction of its own on the connection it is given. One worker at a time hands out a team's queue; others
// leave it to that one. Throws db::error; what was not committed is done again when its timer is taken again.

#include "hub/db/connection.hpp"
#include "workers/rules_in_force.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace workers::clock {

struct hand_out_limits {
  int page = 100;                                              ///< leads a transaction
  std::chrono::milliseconds again = std::chrono::seconds(30);  ///< a queue that is not empty is looked at after this
};

struct handed_out {
  bool held = false;      ///< nobody else was at it, and its due timers are settled
  std::size_t given = 0;  ///< leads that have an owner now
};
handed_out hand_out(hub::db::connection& database, rules_in_force& rules, const std::string& team, hub::instant now,
                    const hand_out_limits& limits);

}  // namespace workers::clock
