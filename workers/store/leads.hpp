#pragma once
// SQL of leads, their owners and decisions. Inside a transaction of hub::db; lock order: customers, leads, staff,
// cursors.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

#include <string>

namespace workers::store {

/// What a lead is worth, and its clock of the first response. `value` in hundredths; `data` null: as it was.
struct lead_extras {
  hub::db::array origin, data, value, currency, due, responded_at, responded_by;
};
struct lead_columns {
  hub::db::array id, customer_id, source, intent, priority, created_at, pipeline, attachable, attach_until, team, queued_at,
      queue_reason, tags, last_activity_at, unanswered_since;
  lead_extras more;
};
struct lead_facts {
  hub::db::array id, source, intent, priority, created_at, attachable, tags, last_activity_at, unanswered_since;
  lead_extras more;
};
struct decision_columns {
  hub::db::array lead_id, event_key, rules_hash, rule, winner_id, decided_at, receipt;
};

namespace leads {

void prepare(pqxx::connection& c);

/// The leads of these customers that an event may join: attachable ones, those closed not before `closed_after`, those
/// whose window ends not before `window_after`; locked in order of id. Columns as in load.cpp; owner's e-mail and team
/// only `with_owner`.
pqxx::result lock(pqxx::work& tx, const hub::db::array& customers, hub::instant closed_after, hub::instant window_after,
                  bool with_owner);
/// `n` ids for new leads.
pqxx::result new_ids(pqxx::work& tx, std::size_t n);
void insert(pqxx::work& tx, const lead_columns& rows);
void update_facts(pqxx::work& tx, const lead_facts& rows);
/// After the messages are there: replies of `answered_at` answered what came before them, and nothing later.
void recount_unanswered(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& answered_at);

/// (team, staff id, email, active, skills, open_leads, last_assigned in µs) of the teams' members, people locked in
/// order of id.
pqxx::result lock_people(pqxx::work& tx, const hub::db::array& teams);
/// (staff id, absent, available) of those of these people who are absent at that moment, or say that they are away.
pqxx::result who_is_away(pqxx::work& tx, const hub::db::array& people, hub::instant at);
/// (key, last_id, in_a_row), locked; creates those that are missing.
pqxx::result lock_cursors(pqxx::work& tx, const hub::db::array& keys);
void move_cursors(pqxx::work& tx, const hub::db::array& keys, const hub::db::array& last_ids, const hub::db::array& in_a_row);

void change_owner(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& owners, const hub::db::array& reasons,
                  hub::instant at);
void change_stage(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& stages, const hub::db::array& attaches,
                  const hub::db::array& reasons, hub::instant at);
/// A lead that came back without an owner waits in a team's queue.
void queue_again(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& teams, const hub::db::array& reasons,
                 hub::instant at);
void insert_decisions(pqxx::work& tx, const decision_columns& rows);

}  // namespace leads
}  // namespace workers::store
