#pragma once
// One turn of the clock: everything that is due now. Pure of threads and sleeps, so that tests drive it with a clock of their
// own. Several processes may turn at the same time: rows are taken with their locks, and effects commit together with what
// says that they happened.

#include "hub/base/clock.hpp"
#include "workers/clock/hand_out.hpp"
#include "workers/clock/intake_watch.hpp"

#include <chrono>
#include <set>
#include <string>

namespace workers::clock {

class turner {
 public:
  turner(hub::db::connect_options database, const hub::clock& clock, hand_out_limits limits = {},
         std::set<account_name> accounts = {});

  /// True when something was done, so that more may be due already. Throws db::error, hub::error.
  bool turn();
  void drop_connection() noexcept { database_.reset(); }

 private:
  void look_at_queues(hub::instant now);
  bool hand_out_due(hub::instant now);
  void do_chores(hub::instant now);
  void shorten_feed(hub::instant now);

  hub::db::connection database_;
  const hub::clock& clock_;
  hand_out_limits limits_;
  rules_in_force rules_;
  intake_watch intake_;
  std::set<std::string> measured_;
  std::chrono::steady_clock::time_point next_look_, next_chores_, next_feed_;
};

}  // namespace workers::clock
