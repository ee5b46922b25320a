#include "workers/store/calls.hpp"

namespace workers::store::calls {

void prepare(pqxx::connection& c) {
  c.prepare("call.read", R"(
    select w.n, c.revision, c.facts::text, c.lead_id, c.customer_id
      from unnest($1::text[], $2::text[], $3::text[]) with ordinality as w(provider, account, call_id, n)
      join call_record c using (provider, account, call_id))");
  c.prepare("call.write", R"(
    insert into call_record as c (provider, account, call_id, revision, facts, lead_id, customer_id, manager_id, direction,
                                  start_time, end_time, duration, status, answered_at, talk_seconds, wait_seconds, line)
    select w.provider, w.account, w.call_id, w.revision + 1, w.facts, w.lead_id, w.customer_id, s.id, w.direction, w.start_time,
           w.end_time, w.duration, w.status, w.answered_at, w.talk_seconds, w.wait_seconds, w.line
      from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::jsonb[], $6::bigint[], $7::bigint[], $8::text[],
                  $9::call_direction[], $10::timestamptz[], $11::timestamptz[], $12::integer[], $13::call_status[],
                  $14::timestamptz[], $15::integer[], $16::integer[], $17::text[])
           as w(provider, account, call_id, revision, facts, lead_id, customer_id, manager, direction, start_time, end_time,
                duration, status, answered_at, talk_seconds, wait_seconds, line)
      left join staff s on s.extension = nullif(w.manager, '')
     order by 1, 2, 3
    on conflict (provider, account, call_id) do update set
      revision = excluded.revision, facts = excluded.facts, lead_id = coalesce(c.lead_id, excluded.lead_id),
      customer_id = excluded.customer_id, manager_id = excluded.manager_id, direction = excluded.direction,
      start_time = excluded.start_time, end_time = excluded.end_time, duration = excluded.duration, status = excluded.status,
      answered_at = excluded.answered_at, talk_seconds = excluded.talk_seconds, wait_seconds = excluded.wait_seconds,
      line = excluded.line, updated_at = now()
     where c.revision = excluded.revision - 1)");
  c.prepare("call.recording", R"(
    insert into media_fetch (event_key, part, call_id, channel, account, type, reference, file_name, deadline)
    select w.provider || ':' || w.account || ':call:' || w.call_id, w.part, c.id, w.provider, w.account, w.type::message_type,
           w.reference, w.file_name, w.deadline
      from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
           as w(provider, account, call_id, part, reference, type, file_name, deadline)
      join call_record c using (provider, account, call_id)
    on conflict (event_key, part) do nothing)");
  c.prepare("call.call_back", R"(
    insert into task (lead_id, manager_id, title, due_at, due_date, kind, event_key)
    select w.lead_id, l.manager_id, w.title, w.due_at, (w.due_at at time zone $5)::date, 'call_back', w.key
      from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[], $6::timestamptz[])
           as w(lead_id, title, due_at, key, missed_at)
      join lead l on l.id = w.lead_id
     where not exists (select from call_record c where c.lead_id = w.lead_id and c.status in ('answered', 'completed')
                                                   and c.start_time > w.missed_at)
     order by w.key
    on conflict (event_key) do nothing)");
  c.prepare("call.called_back", R"(
    update task t set completed = true, completed_at = now(), updated_at = now()
      from (select t.id from task t
              join unnest($1::bigint[], $2::timestamptz[]) as w(lead_id, talked_at) using (lead_id)
              join call_record c on c.lead_id = t.lead_id and c.start_time <= w.talked_at
                                and t.event_key = c.provider || ':' || c.account || ':call:' || c.call_id || ':call_back'
             where t.kind = 'call_back' and not t.completed
             order by t.id for no key update of t) as due
     where t.id = due.id)");
}

pqxx::result read(pqxx::work& tx, const hub::db::array& provider, const hub::db::array& account, const hub::db::array& call_id) {
  return tx.exec_prepared("call.read", provider.text(), account.text(), call_id.text());
}

std::size_t write(pqxx::work& tx, const call_columns& r) {
  return static_cast<std::size_t>(tx.exec_prepared("call.write", r.provider.text(), r.account.text(), r.call_id.text(),
                                                   r.revision.text(), r.facts.text(), r.lead_id.text(), r.customer_id.text(),
                                                   r.manager.text(), r.direction.text(), r.start_time.text(), r.end_time.text(),
                                                   r.duration.text(), r.status.text(), r.answered_at.text(),
                                                   r.talk_seconds.text(), r.wait_seconds.text(), r.line.text())
                                      .affected_rows());
}

void insert_recordings(pqxx::work& tx, const recording_columns& r) {
  tx.exec_prepared0("call.recording", r.provider.text(), r.account.text(), r.call_id.text(), r.part.text(), r.reference.text(),
                    r.type.text(), r.file_name.text(), r.deadline.text());
}

void insert_call_backs(pqxx::work& tx, const call_back_columns& r, const std::string& zone) {
  tx.exec_prepared0("call.call_back", r.lead_id.text(), r.title.text(), r.due_at.text(), r.key.text(), zone, r.missed_at.text());
}

void complete_call_backs(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& talked_at) {
  tx.exec_prepared0("call.called_back", leads.text(), talked_at.text());
}

}  // namespace workers::store::calls
