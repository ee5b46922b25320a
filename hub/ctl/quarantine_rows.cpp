#include "hub/ctl/quarantine_rows.hpp"

#include "hub/ctl/database.hpp"

namespace hub::ctl {

std::vector<quarantine_group> quarantine_groups(pqxx::work& tx) {
  std::vector<quarantine_group> groups;
  for (const auto& row :
       tx.exec("select cause, kind, nullif(channel || '/' || account, '/'), count(*), " + utc_of("min(quarantined_at)") + ", " +
               utc_of("max(quarantined_at)") + ", array_to_string((array_agg(id order by id))[1:3], ' ')" +
               " from quarantine where state = 'open' group by cause, kind, channel, account order by count(*) desc, cause")) {
    auto& group = groups.emplace_back(quarantine_group{text_or_empty(row[0]),
                                                       text_or_empty(row[1]),
                                                       text_or_empty(row[2]),
                                                       row[3].as<std::int64_t>(),
                                                       text_or_empty(row[4]),
                                                       text_or_empty(row[5]),
                                                       {}});
    const auto ids = text_or_empty(row[6]);
    for (std::size_t from = 0; from < ids.size();) {
      const auto to = std::min(ids.find(' ', from), ids.size());
      group.examples.push_back(std::stoll(ids.substr(from, to - from)));
      from = to + 1;
    }
  }
  return groups;
}

std::vector<quarantine_entry> quarantine_entries(pqxx::work& tx, const quarantine_filter& which, bool with_body,
                                                 std::int64_t after_id, int limit) {
  std::vector<quarantine_entry> entries;
  const auto rows = tx.exec_params(
      "select id, event_key, kind, channel, account, cause, reason, " + utc_of("quarantined_at") + ", attempts, state, " +
          utc_of("resolved_at") + ", resolved_by, trace, case when $4::boolean then body end from quarantine" +
          " where ($1::bigint is null or id = $1) and strpos(cause, $2) > 0 and (not $3::boolean or state = 'open')"
          " and id > $5 order by id limit $6",
      which.id, which.cause, which.open_only, with_body, after_id, limit);
  for (const auto& row : rows) {
    auto& e = entries.emplace_back();
    e.id = row[0].as<std::int64_t>();
    e.event_key = text_or_empty(row[1]);
    e.kind = text_or_empty(row[2]);
    e.channel = text_or_empty(row[3]);
    e.account = text_or_empty(row[4]);
    e.cause = text_or_empty(row[5]);
    e.reason = text_or_empty(row[6]);
    e.at = text_or_empty(row[7]);
    e.attempts = row[8].as<int>();
    e.state = text_or_empty(row[9]);
    e.resolved_at = text_or_empty(row[10]);
    e.resolved_by = text_or_empty(row[11]);
    e.trace = text_or_empty(row[12]);
    if (!row[13].is_null()) e.body = pqxx::binarystring(row[13]).str();
  }
  return entries;
}

std::set<std::string> known_keys(pqxx::work& tx, const db::array& keys) {
  std::set<std::string> known;
  for (const auto& row : tx.exec_params("select key from event_key where key = any ($1::text[])", keys.text()))
    known.insert(text_or_empty(row[0]));
  return known;
}

std::map<std::string, int> quarantine_attempts(pqxx::work& tx, const db::array& keys) {
  std::map<std::string, int> attempts;
  for (const auto& row :
       tx.exec_params("select event_key, attempts from quarantine where event_key = any ($1::text[])", keys.text()))
    attempts[text_or_empty(row[0])] = row[1].as<int>();
  return attempts;
}

std::size_t close_entries(pqxx::work& tx, const db::array& ids, const std::string& state, const std::string& who) {
  // hub-worker closes what it processes by itself; who had it replayed is written down all the same.
  return tx
      .exec_params(
          "with closed as (update quarantine set state = $2, resolved_at = coalesce(resolved_at, now()), resolved_by = $3"
          " where id = any ($1::bigint[]) and (state = 'open' or"
          " ($2 = 'resolved' and state = 'resolved' and resolved_by = 'ingest'))"
          " returning id, event_key)"
          " insert into audit (program, action, subject, details)"
          " select 'hubctl', 'quarantine_' || $2, 'quarantine:' || id, jsonb_build_object('by', $3::text, 'event_key', event_key)"
          " from closed",
          ids.text(), state, who)
      .affected_rows();
}

void refused_again(pqxx::work& tx, std::int64_t id, const std::string& cause, const std::string& reason) {
  tx.exec_params0("update quarantine set attempts = attempts + 1, cause = $2, reason = $3 where id = $1 and state = 'open'", id,
                  cause, reason);
}

}  // namespace hub::ctl
