#include "workers/store/events.hpp"

namespace workers::store::events {

void prepare(pqxx::connection& c) {
  c.prepare("event_key.insert", R"(
    insert into event_key (key, kind, time, received_at, trace)
    select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[])
    on conflict do nothing
    returning key)");
  c.prepare("quarantine.insert", R"(
    insert into quarantine (event_key, kind, channel, account, body, cause, reason, trace)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (event_key) do update set
      attempts = quarantine.attempts + 1, cause = excluded.cause, reason = excluded.reason, body = excluded.body,
      state = 'open', resolved_at = null, resolved_by = null)");
  c.prepare("quarantine.resolve", R"(
    update quarantine set state = 'resolved', resolved_at = now(), resolved_by = 'ingest'
     where event_key = any ($1::text[]) and state = 'open')");
  c.prepare("suspect.mark", R"(
    insert into suspect (event_key, crashes, process) values ($1, 0, $2)
    on conflict (event_key) do update set crashes = suspect.crashes + 1, marked_at = now(), process = excluded.process
    returning crashes)");
  c.prepare("suspect.clear", "delete from suspect where event_key = $1");
}

std::vector<std::string> insert_keys(pqxx::work& tx, const new_keys& rows) {
  std::vector<std::string> fresh;
  for (const auto& row : tx.exec_prepared("event_key.insert", rows.key.text(), rows.kind.text(), rows.time.text(),
                                          rows.received_at.text(), rows.trace.text()))
    fresh.push_back(row[0].as<std::string>());
  return fresh;
}

void quarantine(pqxx::work& tx, const quarantined& entry) {
  tx.exec_prepared0("quarantine.insert", entry.event_key, entry.kind, entry.channel, entry.account,
                    pqxx::binarystring(entry.body), entry.cause, entry.reason, entry.trace);
}

void resolve_quarantine(pqxx::work& tx, const hub::db::array& keys) { tx.exec_prepared0("quarantine.resolve", keys.text()); }

int mark_suspect(pqxx::work& tx, const std::string& event_key, const std::string& process) {
  return tx.exec_prepared1("suspect.mark", event_key, process)[0].as<int>();
}

void clear_suspect(pqxx::work& tx, const std::string& event_key) { tx.exec_prepared0("suspect.clear", event_key); }

}  // namespace workers::store::events
