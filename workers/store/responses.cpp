#include "workers/store/responses.hpp"

namespace workers::store::responses {

void prepare(pqxx::connection& c) {
  c.prepare("response.lock", R"(
    select l.id from lead l
     where l.id in (select t.lead_id from timer t where t.state = 'waiting' and t.kind = 'recount' and t.due_at <= $1
                     order by t.due_at limit 100)
     order by l.id for no key update)");
  c.prepare("response.take", R"(
    update timer set state = 'done', attempt = attempt + 1
     where state = 'waiting' and kind = 'recount' and due_at <= $1 and lead_id = any ($2::bigint[]))");
  // The same as workers/ingest/answers decides message by message: a customer's word that no person has answered since. A
  // failed reply answers nothing, one of several parts only when all of them failed. The first response moves only where
  // the one that counted has failed, or none was counted.
  c.prepare("response.recount", R"(
    with word as (
      select m.lead_id, m.sent_at as at, m.created_at as came from message m
       where m.lead_id = any ($1::bigint[]) and m.direction = 'incoming'
         and not coalesce((m.details ->> 'automatic')::boolean, false)
      union all
      select k.lead_id, k.start_time, k.created_at from call_record k
       where k.lead_id = any ($1::bigint[]) and k.direction = 'inbound' and k.status in ('missed', 'voicemail')
         and k.start_time is not null),
    answer as (
      select m.lead_id, coalesce(o.resent_at, least(m.sent_at, m.created_at)) as at
        from message m left join outbox o on o.message_id = m.id
       where m.lead_id = any ($1::bigint[]) and m.direction = 'outgoing' and m.status <> 'failed' and m.type <> 'system'
         and (m.manager_id is not null or m.event_key is not null)
         and not coalesce((m.details ->> 'automatic')::boolean, false)
      union all
      select k.lead_id, coalesce(k.answered_at, k.start_time) from call_record k
       where k.lead_id = any ($1::bigint[]) and k.status in ('answered', 'completed')
         and coalesce(k.answered_at, k.start_time) is not null),
    found as (
      select l.id, l.stage not in ('sold', 'lost') as open, w.at as since, w.came, a.first,
             l.first_response_at is null
             or exists (select from message m join outbox o on o.message_id = m.id
                         where m.lead_id = l.id and m.direction = 'outgoing' and m.manager_id is not null
                           and m.status = 'failed' and m.sent_at = l.first_response_at
                           and not exists (select from outbox p where p.reply_id = o.reply_id and p.state <> 'failed'))
               as first_is_open
        from lead l
        left join lateral (
          select x.at, x.came from word x
           where x.lead_id = l.id
             and x.at > coalesce((select max(y.at) from answer y where y.lead_id = l.id), '-infinity'::timestamptz)
           order by x.at limit 1) w on true
        left join lateral (
          select min(y.at) as first from answer y
           where y.lead_id = l.id and y.at >= (select min(x.at) from word x where x.lead_id = l.id)) a on true
       where l.id = any ($1::bigint[])),
    written as (
      update lead l set
          unanswered_since = case when f.open then f.since else l.unanswered_since end,
          first_response_due_at = case when f.open and f.since is null then null else l.first_response_due_at end,
          first_response_at = case when f.first_is_open then f.first else l.first_response_at end,
          first_response_by = case when f.first_is_open
            then (select h.to_id from ownership_history h where h.lead_id = l.id and h.at <= f.first
                   order by h.at desc, h.id desc limit 1)
            else l.first_response_by end,
          updated_at = now()
        from found f where l.id = f.id
      returning l.id, l.manager_id, l.team_id, l.unanswered_since, f.open, f.came)
    select w.id, floor(extract(epoch from greatest(w.unanswered_since, w.came)) * 1000)::bigint, coalesce(s.email, ''),
           coalesce(t.name, '')
      from written w left join staff s on s.id = w.manager_id left join team t on t.id = w.team_id
     where w.open and w.unanswered_since is not null
     order by w.id)");
}

hub::db::array take(pqxx::work& tx, hub::instant now) {
  hub::db::array leads;
  const auto at = hub::to_rfc3339(now);
  for (const auto& row : tx.exec_prepared("response.lock", at)) leads.add(row[0].as<std::int64_t>());
  if (!leads.empty()) tx.exec_prepared0("response.take", at, leads.text());
  return leads;
}

pqxx::result recount(pqxx::work& tx, const hub::db::array& leads) { return tx.exec_prepared("response.recount", leads.text()); }

}  // namespace workers::store::responses
