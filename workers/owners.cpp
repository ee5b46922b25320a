#include "workers/owners.hpp"

#include "hub/base/text.hpp"
#include "workers/store/leads.hpp"

#include <algorithm>
#include <set>

namespace workers {

namespace {

/// Workload looks at whom it chose last only to stop after so many in a row.
bool asks_ring(const routing::rule_set& rules, const routing::action& then) {
  return then.strategy == routing::strategy::round_robin || (then.strategy == routing::strategy::workload && rules.catch_up > 0);
}

/// Those who only supervise a team are not given its leads.
bool takes_leads(const routing::rule_set& rules, const std::string& team, const std::string& email) {
  const auto declared = rules.teams.find(team);
  if (declared == rules.teams.end()) return false;
  const auto& members = declared->second.members;
  return std::find(members.begin(), members.end(), email) != members.end();
}

void load_people(pqxx::work& tx, const routing::rule_set& rules, const std::set<std::string>& teams, hub::instant now,
                 roster& people) {
  hub::db::array names, ids;
  for (const auto& name : teams) names.add(name);
  for (const auto& row : store::leads::lock_people(tx, names)) {
    const auto team = row[0].as<std::string>();
    routing::candidate c;
    c.id = row[1].as<std::int64_t>();
    c.email = row[2].as<std::string>();
    if (!takes_leads(rules, team, c.email)) continue;
    c.active = row[3].as<bool>();
    if (const auto skills = row[4].as<std::string>(""); !skills.empty()) c.skills = hub::split(skills, '\x1f');
    c.capacity = rules.capacity_of(c.email);
    c.open_leads = row[5].as<std::uint32_t>();
    c.last_assigned = row[6].as<std::int64_t>();
    const auto* works = rules.working_time_of(c.email, team);
    c.off_hours = works && !works->is_open(now);
    ids.add(c.id);
    people.teams[team].push_back(std::move(c));
  }
  if (ids.empty()) return;

  // A second statement: what somebody changed while we waited for the locks is visible only now.
  for (const auto& row : store::leads::who_is_away(tx, ids, now))
    for (auto& [team, members] : people.teams)
      for (auto& c : members)
        if (c.id == row[0].as<std::int64_t>()) {
          c.absent = row[1].as<bool>();
          c.available = row[2].as<bool>();
        }
}

}  // namespace

roster load_roster(pqxx::work& tx, const routing::rule_set& rules, const std::vector<const routing::action*>& asked,
                   hub::instant now) {
  roster people;
  std::set<std::string> teams, rings;
  for (const auto* then : asked) {
    // Nobody is chosen: nobody needs to wait for this transaction.
    if (then->team.empty() || then->strategy.value_or(routing::strategy::manual) == routing::strategy::manual) continue;
    teams.insert(then->team);
    if (asks_ring(rules, *then)) rings.insert(routing::cursor_key(*then));
  }
  if (!teams.empty()) load_people(tx, rules, teams, now, people);
  if (rings.empty()) return people;

  hub::db::array keys;
  for (const auto& key : rings) keys.add(key);
  for (const auto& row : store::leads::lock_cursors(tx, keys)) {
    const auto key = row[0].as<std::string>();
    people.cursors[key] = {key, row[1].as<std::int64_t>(), row[2].as<int>()};
  }
  return people;
}

routing::receipt choose_owner(const routing::rule_set& rules, const routing::matched& why, roster& people, hub::instant now) {
  auto& team = people.teams[why.then.team];
  const auto key = routing::cursor_key(why.then);
  auto& ring = people.cursors.try_emplace(key, routing::cursor{key}).first->second;
  auto made = routing::decide(rules, why, team, ring,
                              std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count());
  if (!made.winner) return made;

  const auto winner = std::find_if(team.begin(), team.end(), [&](const auto& c) { return c.id == *made.winner; });
  for (auto& [name, members] : people.teams)
    for (auto& c : members)
      if (c.id == winner->id) {
        c.open_leads = winner->open_leads;
        c.last_assigned = winner->last_assigned;
      }
  return made;
}

void write_owners(pqxx::work& tx, const std::vector<owner_decision>& decisions, hub::instant now) {
  hub::db::array leads, owners, reasons, waiting, teams, why_waiting;
  store::decision_columns rows;
  for (const auto& d : decisions) {
    if (d.receipt->winner) {
      leads.add(d.lead);
      owners.add(*d.receipt->winner);
      reasons.add(d.reason);
    } else if (d.waits) {
      waiting.add(d.lead);
      teams.add_or_null(d.receipt->team);
      why_waiting.add(d.receipt->reason);
    }
    rows.lead_id.add(d.lead);
    rows.event_key.add(d.event_key);
    rows.rules_hash.add(d.receipt->rules_hash);
    rows.rule.add(d.receipt->rule);
    rows.winner_id.add(d.receipt->winner);
    rows.decided_at.add(now);
    rows.receipt.add(routing::to_json(*d.receipt));
  }
  if (!leads.empty()) store::leads::change_owner(tx, leads, owners, reasons, now);
  if (!waiting.empty()) store::leads::queue_again(tx, waiting, teams, why_waiting, now);
  if (!decisions.empty()) store::leads::insert_decisions(tx, rows);
}

void move_rings(pqxx::work& tx, const roster& before, const roster& after) {
  hub::db::array keys, places, in_a_row;
  for (const auto& [key, ring] : after.cursors) {
    const auto known = before.cursors.find(key);
    if (known == before.cursors.end()) continue;
    if (known->second.last == ring.last && known->second.in_a_row == ring.in_a_row) continue;
    keys.add(key);
    places.add(ring.last);
    in_a_row.add(ring.in_a_row);
  }
  if (!keys.empty()) store::leads::move_cursors(tx, keys, places, in_a_row);
}

}  // namespace workers
