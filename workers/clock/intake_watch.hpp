#pragma once
// Measures how quiet each account is, against what is usual for it, and shows it as metrics: hub_intake_silence_seconds and,
// where enough is known, hub_intake_usual_gap_seconds and hub_intake_silent. Learns every hour from the events of four weeks,
// looks every minute. Called by the clock's thread; throws db::error, and looks again when the next time comes.

#include "hub/base/clock.hpp"
#include "hub/db/connection.hpp"
#include "workers/clock/silence.hpp"
#include "workers/rules_in_force.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace workers::clock {

/// Channel and account.
using account_name = std::pair<std::string, std::string>;

class intake_watch {
 public:
  /// `accounts` are those that are configured; of others nothing is expected. Empty: all that ever came.
  explicit intake_watch(const hub::clock& clock, std::set<account_name> accounts = {});

  /// Does what is due; called every turn.
  void look(hub::db::connection& database, rules_in_force& rules);

 private:
  struct quiet {
    hub::instant last;
    std::optional<std::chrono::milliseconds> usual;
    bool told = false;  ///< hub_intake_silent exists
  };
  void learn(pqxx::work& tx, const routing::working_time* works, hub::instant now);
  void show(const routing::working_time* works, hub::instant now);

  const hub::clock& clock_;
  std::set<account_name> accounts_;
  std::map<account_name, quiet> known_;
  std::chrono::steady_clock::time_point next_look_, next_learning_;
};

}  // namespace workers::clock
