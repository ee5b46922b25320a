#pragma once
// SQL of the clock pool: timers, the queues of teams, what is due, what has passed. Inside a transaction of hub::db.
// Timers are taken and settled in the transaction of their effect (no network call is involved): one of a process that died
// is waiting again.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

#include <cstdint>
#include <optional>
#include <string>

namespace workers::store::queue {

void prepare(pqxx::connection& c);

struct what_is_due {
  bool timers = false, tasks = false, responses = false;
  bool recounts = false;      ///< of who waits for an answer
  double oldest_seconds = 0;  ///< how long the oldest due timer has been waiting
};
what_is_due look(pqxx::work& tx, hub::instant now);

/// Turns due timers of people into timers of the queues they concern.
void spread(pqxx::work& tx, hub::instant now);
/// (team) names of due timers.
pqxx::result due_teams(pqxx::work& tx, hub::instant now);
/// The team's id, when nobody else hands out its queue at the moment; held until the transaction ends.
std::optional<std::int64_t> hold(pqxx::work& tx, const std::string& team);
/// Settles the team's due timers.
void take_timers(pqxx::work& tx, const std::string& team, hub::instant now);
/// The next look at the team's queue, unless one is planned.
void plan(pqxx::work& tx, const std::string& team, hub::instant at);
/// Plans a look at each queue that has none planned and may be handed out.
void plan_all(pqxx::work& tx, hub::instant now);
/// A look at the queues of these teams.
void wake(pqxx::work& tx, const hub::db::array& teams, hub::instant now);

/// Where a page begins: behind this lead.
struct place {
  std::string queued_at = "-infinity";
  std::int64_t lead = 0;
};
/// (id, queued_at as text) of the team's next leads that rules may give away, oldest first. `manual` and `automatic`: names of
/// the rules in force by their strategy; a lead of none of them is as its last decision said.
pqxx::result page(pqxx::work& tx, std::int64_t team, const place& behind, const hub::db::array& manual,
                  const hub::db::array& automatic, int most);
/// (id, last receipt, how many decisions, queue_reason) of those that still wait in that queue, locked in order of id.
pqxx::result lock(pqxx::work& tx, const hub::db::array& leads, std::int64_t team);
void tell_reasons(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& reasons);
/// (id, since when in ms, owner's e-mail, team) of those of the leads whose first response is due, since when it is.
pqxx::result clocks(pqxx::work& tx, const hub::db::array& leads);
void set_clocks(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& due);
/// To the end of another team's queue, in the order they had.
void move(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& teams);

/// Notifications, each due time once; how many rows were looked after.
std::size_t tell_tasks(pqxx::work& tx, hub::instant now);
std::size_t tell_responses(pqxx::work& tx, hub::instant now);

/// Leads whose window has passed take no more; locks their customers first. How many leads; call again until none.
std::size_t clear_windows(pqxx::work& tx, hub::instant now);
void remove_old(pqxx::work& tx, hub::instant now);
/// Changes that no console will ask for again: those older than 15 minutes, some at a time; says how many.
std::size_t remove_changes(pqxx::work& tx, hub::instant now);
/// False when another worker does it at the moment.
bool hold_chores(pqxx::work& tx);

/// For index_words() alone, which has a connection of its own.
void prepare_words(pqxx::connection& c);
/// Makes the next 150 messages searchable; how many ids it passed.
std::int64_t index_words(pqxx::work& tx);

/// (team, leads, age of the oldest in seconds) of non-empty queues.
pqxx::result sizes(pqxx::work& tx, hub::instant now);

}  // namespace workers::store::queue
