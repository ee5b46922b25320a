#pragma once
// The clock pool of hub-worker: one thread that does what is due by the clock and not by an event. It hands out queues, tells
// people of due tasks and missed first responses, watches how quiet accounts are, ends windows and removes what is kept for a
// time only. A second one makes messages findable by their words. Built, started and stopped by main; any number of processes may
// run one each. Nothing is thrown after start(): the database may come and go.

#include "hub/base/clock.hpp"
#include "hub/db/connection.hpp"
#include "workers/clock/hand_out.hpp"
#include "workers/clock/intake_watch.hpp"

#include <chrono>
#include <memory>

namespace workers::clock {

struct clock_options {
  hub::db::connect_options database;
  hand_out_limits limits{};
  std::set<account_name> accounts{};  ///< configured ones, whose silence is watched; empty: all that ever came
  std::chrono::milliseconds idle = std::chrono::milliseconds(500);  ///< between two looks when nothing was due
};

class clock_pool {
 public:
  clock_pool(clock_options options, const hub::clock& clock);
  ~clock_pool();  ///< stop()

  void start();
  /// Ends the transaction under way. Blocking.
  void stop();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace workers::clock
