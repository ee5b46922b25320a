#include "workers/store/leads.hpp"

namespace workers::store::leads {

void prepare(pqxx::connection& c) {
  c.prepare("lead.lock", R"(
    select l.id, l.customer_id, l.pipeline, l.stage, l.manager_id, l.source_channel, l.intent, l.priority,
           array_to_string(l.tags, E'\x1f'), l.attachable,
           (extract(epoch from l.attach_until) * 1000)::bigint, (extract(epoch from l.closed_at) * 1000)::bigint,
           (extract(epoch from l.unanswered_since) * 1000)::bigint, (extract(epoch from l.created_at) * 1000)::bigint,
           (extract(epoch from l.last_activity_at) * 1000)::bigint,
           l.origin, (l.estimated_value * 100)::bigint, l.currency,
           (extract(epoch from l.first_response_due_at) * 1000)::bigint,
           (extract(epoch from l.first_response_at) * 1000)::bigint, l.first_response_by,
           case when $4 then (select s.email from staff s where s.id = l.manager_id) end,
           case when $4 then (select t.name from team t where t.id = l.team_id) end
      from lead l
     where l.customer_id = any ($1::bigint[]) and (l.attachable or l.closed_at >= $2 or l.attach_until >= $3)
     order by l.id
       for no key update)");
  c.prepare("lead.new_ids", "select nextval(pg_get_serial_sequence('lead', 'id')) from generate_series(1, $1::integer)");
  c.prepare("lead.insert", R"(
    insert into lead (id, customer_id, source_channel, intent, priority, created_at, pipeline, attachable, attach_until, team_id,
                      queued_at, queue_reason, tags, last_activity_at, unanswered_since, origin, data, estimated_value, currency,
                      first_response_due_at, first_response_at, first_response_by)
    select w.id, w.customer_id, w.source, w.intent, w.priority, w.created_at, w.pipeline, w.attachable,
           w.attach_until, t.id, w.queued_at, w.queue_reason, string_to_array(w.tags, E'\x1f'),
           w.last_activity_at, w.unanswered_since, w.origin, coalesce(w.data, '{}'), w.value / 100.0, w.currency,
           w.due, w.responded_at, w.responded_by
      from unnest($1::bigint[], $2::bigint[], $3::lead_source[], $4::lead_intent[], $5::smallint[], $6::timestamptz[], $7::text[],
                  $8::timestamptz[], $9::text[], $10::timestamptz[], $11::text[], $12::text[],
                  $13::timestamptz[], $14::timestamptz[], $15::boolean[], $16::text[], $17::jsonb[], $18::bigint[], $19::text[],
                  $20::timestamptz[], $21::timestamptz[], $22::bigint[])
           as w(id, customer_id, source, intent, priority, created_at, pipeline, attach_until, team, queued_at,
                queue_reason, tags, last_activity_at, unanswered_since, attachable, origin, data, value, currency,
                due, responded_at, responded_by)
      left join team t on t.name = w.team)");
  c.prepare("lead.update_facts", R"(
    update lead l set
        source_channel = w.source, intent = w.intent, priority = w.priority, created_at = w.created_at,
        attachable = w.attachable, tags = string_to_array(w.tags, E'\x1f'), last_activity_at = w.last_activity_at,
        unanswered_since = w.unanswered_since, origin = w.origin, data = coalesce(w.data, l.data),
        estimated_value = w.value / 100.0, currency = w.currency, first_response_due_at = w.due,
        first_response_at = w.responded_at, first_response_by = w.responded_by, updated_at = now()
      from unnest($1::bigint[], $2::lead_source[], $3::lead_intent[], $4::smallint[], $5::timestamptz[], $6::boolean[],
                  $7::text[], $8::timestamptz[], $9::timestamptz[], $10::text[], $11::jsonb[], $12::bigint[], $13::text[],
                  $14::timestamptz[], $15::timestamptz[], $16::bigint[])
           as w(id, source, intent, priority, created_at, attachable, tags, last_activity_at, unanswered_since, origin, data,
                value, currency, due, responded_at, responded_by)
     where l.id = w.id)");
  c.prepare("lead.recount_unanswered", R"(
    update lead l set unanswered_since = rest.since,
                      first_response_due_at = case when rest.since is not null then l.first_response_due_at end
      from unnest($1::bigint[], $2::timestamptz[]) as w(id, answered_at)
     cross join lateral (select min(m.sent_at) as since from message m
                          where m.lead_id = w.id and m.direction = 'incoming' and m.sent_at > w.answered_at) rest
     where l.id = w.id)");
  c.prepare("staff.lock_teams", R"(
    select t.name, s.id, s.email, s.active, array_to_string(m.skills, E'\x1f'), s.open_leads,
           coalesce((extract(epoch from s.last_assigned_at) * 1000000)::bigint, 0)
      from team t join team_member m on m.team_id = t.id join staff s on s.id = m.staff_id
     where t.name = any ($1::text[])
     order by s.id
       for no key update of s)");
  // Only those of whom there is something to tell.
  c.prepare("staff.who_is_away", R"(
    select s.id, coalesce(a.holds, false), coalesce(p.available, true)
      from unnest($1::bigint[]) as s(id)
      left join lateral (select true as holds from absence a
                          where a.staff_id = s.id and a.begins_at <= $2 and (a.ends_at is null or a.ends_at > $2)
                          limit 1) a on true
      left join presence p on p.staff_id = s.id
     where a.holds or not p.available)");
  c.prepare("cursor.create", R"(
    insert into assignment_cursor (key) select k from unnest($1::text[]) k order by k on conflict do nothing)");
  c.prepare("cursor.lock", R"(
    select key, last_id, in_a_row from assignment_cursor where key = any ($1::text[]) order by key for no key update)");
  c.prepare("cursor.move", R"(
    update assignment_cursor c set last_id = w.last_id, in_a_row = w.in_a_row
      from unnest($1::text[], $2::bigint[], $3::integer[]) as w(key, last_id, in_a_row) where c.key = w.key)");
  c.prepare("lead.change_owner", "select change_owner($1::bigint[], $2::bigint[], null, $3::text[], $4::timestamptz)");
  c.prepare("lead.change_stage",
            "select change_stage($1::bigint[], $2::lead_stage[], $3::boolean[], null, $4::text[], $5::timestamptz)");
  c.prepare("lead.queue_again", R"(
    update lead l set team_id = t.id, queued_at = $4, queue_reason = w.reason
      from unnest($1::bigint[], $2::text[], $3::text[]) as w(id, team, reason) left join team t on t.name = w.team
     where l.id = w.id and l.manager_id is null)");
  c.prepare("assignment_decision.insert", R"(
    insert into assignment_decision (lead_id, event_key, rules_hash, rule, winner_id, decided_at, receipt)
    select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::jsonb[]))");
}

pqxx::result lock(pqxx::work& tx, const hub::db::array& customers, hub::instant closed_after, hub::instant window_after,
                  bool with_owner) {
  return tx.exec_prepared("lead.lock", customers.text(), hub::to_rfc3339(closed_after), hub::to_rfc3339(window_after),
                          with_owner);
}

pqxx::result new_ids(pqxx::work& tx, std::size_t n) { return tx.exec_prepared("lead.new_ids", n); }

void insert(pqxx::work& tx, const lead_columns& r) {
  tx.exec_prepared0("lead.insert", r.id.text(), r.customer_id.text(), r.source.text(), r.intent.text(), r.priority.text(),
                    r.created_at.text(), r.pipeline.text(), r.attach_until.text(), r.team.text(), r.queued_at.text(),
                    r.queue_reason.text(), r.tags.text(), r.last_activity_at.text(), r.unanswered_since.text(),
                    r.attachable.text(), r.more.origin.text(), r.more.data.text(), r.more.value.text(), r.more.currency.text(),
                    r.more.due.text(), r.more.responded_at.text(), r.more.responded_by.text());
}

void update_facts(pqxx::work& tx, const lead_facts& r) {
  tx.exec_prepared0("lead.update_facts", r.id.text(), r.source.text(), r.intent.text(), r.priority.text(), r.created_at.text(),
                    r.attachable.text(), r.tags.text(), r.last_activity_at.text(), r.unanswered_since.text(),
                    r.more.origin.text(), r.more.data.text(), r.more.value.text(), r.more.currency.text(), r.more.due.text(),
                    r.more.responded_at.text(), r.more.responded_by.text());
}

void recount_unanswered(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& answered_at) {
  tx.exec_prepared0("lead.recount_unanswered", leads.text(), answered_at.text());
}

pqxx::result lock_people(pqxx::work& tx, const hub::db::array& teams) {
  return tx.exec_prepared("staff.lock_teams", teams.text());
}

pqxx::result who_is_away(pqxx::work& tx, const hub::db::array& people, hub::instant at) {
  return tx.exec_prepared("staff.who_is_away", people.text(), hub::to_rfc3339(at));
}

pqxx::result lock_cursors(pqxx::work& tx, const hub::db::array& keys) {
  auto rows = tx.exec_prepared("cursor.lock", keys.text());
  if (rows.size() == keys.size()) return rows;
  tx.exec_prepared0("cursor.create", keys.text());
  return tx.exec_prepared("cursor.lock", keys.text());
}

void move_cursors(pqxx::work& tx, const hub::db::array& keys, const hub::db::array& last_ids, const hub::db::array& in_a_row) {
  tx.exec_prepared0("cursor.move", keys.text(), last_ids.text(), in_a_row.text());
}

void change_owner(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& owners, const hub::db::array& reasons,
                  hub::instant at) {
  tx.exec_prepared("lead.change_owner", leads.text(), owners.text(), reasons.text(), hub::to_rfc3339(at));
}

void change_stage(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& stages, const hub::db::array& attaches,
                  const hub::db::array& reasons, hub::instant at) {
  tx.exec_prepared("lead.change_stage", leads.text(), stages.text(), attaches.text(), reasons.text(), hub::to_rfc3339(at));
}

void queue_again(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& teams, const hub::db::array& reasons,
                 hub::instant at) {
  tx.exec_prepared0("lead.queue_again", leads.text(), teams.text(), reasons.text(), hub::to_rfc3339(at));
}

void insert_decisions(pqxx::work& tx, const decision_columns& r) {
  tx.exec_prepared0("assignment_decision.insert", r.lead_id.text(), r.event_key.text(), r.rules_hash.text(), r.rule.text(),
                    r.winner_id.text(), r.decided_at.text(), r.receipt.text());
}

}  // namespace workers::store::leads
