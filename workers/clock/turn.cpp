#include "workers/clock/turn.hpp"

#include "hub/base/failpoint.hpp"
#include "hub/base/metrics.hpp"
#include "workers/clock/recount.hpp"
#include "workers/store/intake_times.hpp"
#include "workers/store/leads.hpp"
#include "workers/store/plans.hpp"
#include "workers/store/queue.hpp"
#include "workers/store/responses.hpp"
#include "workers/store/rules.hpp"

namespace workers::clock {

namespace {

using namespace std::chrono_literals;
namespace queue = store::queue;

void prepare_all(pqxx::connection& c) {
  store::plan_by_index(c);
  store::leads::prepare(c);
  store::rules::prepare(c);
  queue::prepare(c);
  store::responses::prepare(c);
  store::intake_times::prepare(c);
}

prometheus::Gauge& leads_of(const std::string& team) {
  return hub::metrics::gauge("hub_queue_leads", "Leads that wait in a team's queue.", {{"team", team}});
}
prometheus::Gauge& age_of(const std::string& team) {
  return hub::metrics::gauge("hub_queue_oldest_seconds", "How long the oldest of them has been waiting.", {{"team", team}});
}

}  // namespace

turner::turner(hub::db::connect_options database, const hub::clock& clock, hand_out_limits limits,
               std::set<account_name> accounts)
    : database_(std::move(database)),
      clock_(clock),
      limits_(limits),
      intake_(clock, std::move(accounts)),
      next_look_(clock.steady()),
      next_chores_(clock.steady()),
      next_feed_(clock.steady()) {
  database_.on_connect(prepare_all);
}

bool turner::turn() {
  static auto& lag = hub::metrics::gauge("hub_timer_lag_seconds", "How late the oldest due timer is.");
  const auto now = clock_.now();
  if (clock_.steady() >= next_look_) look_at_queues(now);
  if (clock_.steady() >= next_chores_) do_chores(now);
  if (clock_.steady() >= next_feed_) shorten_feed(now);
  intake_.look(database_, rules_);

  const auto due = database_.transact([&](pqxx::work& tx) { return queue::look(tx, now); });
  lag.Set(due.oldest_seconds);
  bool done = due.timers && hand_out_due(now);
  // Before anybody is told of what was missed.
  if (due.recounts) done |= recount_responses(database_, rules_, now);
  if (due.tasks)
    done |= database_.transact([&](pqxx::work& tx) {
      const auto told = queue::tell_tasks(tx, now);
      FAILPOINT("clock.told", "tasks");
      return told > 0;
    });
  if (due.responses) done |= database_.transact([&](pqxx::work& tx) { return queue::tell_responses(tx, now) > 0; });
  return done;
}

bool turner::hand_out_due(hub::instant now) {
  std::vector<std::string> teams;
  database_.transact([&](pqxx::work& tx) {
    queue::spread(tx, now);
    for (const auto& row : queue::due_teams(tx, now)) teams.push_back(row[0].as<std::string>(""));
  });
  bool done = false;
  for (const auto& team : teams) done |= hand_out(database_, rules_, team, now, limits_).held;
  return done;
}

void turner::look_at_queues(hub::instant now) {
  std::set<std::string> seen;
  database_.transact([&](pqxx::work& tx) {
    queue::plan_all(tx, now);
    for (const auto& row : queue::sizes(tx, now)) {
      const auto team = row[0].as<std::string>();
      leads_of(team).Set(row[1].as<double>());
      age_of(team).Set(row[2].as<double>());
      seen.insert(team);
    }
  });
  for (const auto& team : measured_)
    if (!seen.contains(team)) {
      leads_of(team).Set(0);
      age_of(team).Set(0);
    }
  measured_.merge(seen);
  next_look_ = clock_.steady() + limits_.again;
}

void turner::do_chores(hub::instant now) {
  const auto windows = [&](pqxx::work& tx) { return queue::hold_chores(tx) ? queue::clear_windows(tx, now) : 0; };
  while (database_.transact(windows) > 0) continue;
  database_.transact([&](pqxx::work& tx) {
    if (queue::hold_chores(tx)) queue::remove_old(tx, now);
  });
  next_chores_ = clock_.steady() + 1h;
}

// A little at a time: a writing transaction that lasts holds the feed itself back.
void turner::shorten_feed(hub::instant now) {
  const auto some = [&](pqxx::work& tx) { return queue::hold_chores(tx) ? queue::remove_changes(tx, now) : 0; };
  while (database_.transact(some) > 0) continue;
  next_feed_ = clock_.steady() + 30s;
}

}  // namespace workers::clock
