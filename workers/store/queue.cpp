#include "workers/store/queue.hpp"

namespace workers::store::queue {

namespace {

constexpr int at_once = 200;

void prepare_timers(pqxx::connection& c) {
  c.prepare("timer.look", R"(
    select (select min(due_at) from timer where state = 'waiting' and kind in ('hand_out', 'queue') and due_at <= $1),
           exists (select from task where not completed and manager_id is not null and due_at <= $1
                                      and told_due_at is distinct from due_at),
           exists (select from lead where first_response_due_at is not null and first_response_due_at <= $1
                                      and told_response_due_at is distinct from first_response_due_at),
           extract(epoch from $1 - (select min(due_at) from timer
                                     where state = 'waiting' and kind in ('hand_out', 'queue') and due_at <= $1)),
           exists (select from timer where state = 'waiting' and kind = 'recount' and due_at <= $1))");
  c.prepare("timer.take_people", R"(
    with due as (select id from timer where state = 'waiting' and kind = 'hand_out' and staff_id is not null and due_at <= $1
                  order by due_at limit 500 for update skip locked)
    update timer t set state = 'done', attempt = attempt + 1 from due where t.id = due.id returning t.staff_id)");
  c.prepare("timer.wake_people", "select wake_queues($1::bigint[], '{}', $2)");
  c.prepare("timer.due_teams", R"(
    select distinct payload ->> 'team' from timer
     where state = 'waiting' and kind in ('hand_out', 'queue') and staff_id is null and due_at <= $1)");
  c.prepare("timer.take_of_team", R"(
    with due as (select id, kind from timer
                  where state = 'waiting' and kind in ('hand_out', 'queue') and due_at <= $2 and payload ->> 'team' = $1
                  order by id for update skip locked),
         gone as (delete from timer t using due d where t.id = d.id and d.kind = 'queue')
    update timer t set state = 'done', attempt = attempt + 1 from due d where t.id = d.id and d.kind = 'hand_out')");
  c.prepare("timer.plan", R"(
    insert into timer (kind, due_at, payload)
    select 'queue', $2, jsonb_build_object('team', $1::text)
     where not exists (select from timer where kind = 'queue' and state = 'waiting' and payload ->> 'team' = $1))");
  c.prepare("timer.plan_all", R"(
    insert into timer (kind, due_at, payload)
    select 'queue', $1, jsonb_build_object('team', t.name) from team t
     where exists (select from lead l
                    where l.team_id = t.id and l.queued_at is not null and l.queue_reason is distinct from 'manual')
       and not exists (select from timer w where w.kind = 'queue' and w.state = 'waiting' and w.payload ->> 'team' = t.name))");
  c.prepare("timer.wake_teams", "select wake_queues('{}', array(select id from team where name = any ($1::text[])), $2)");
}

void prepare_queues(pqxx::connection& c) {
  c.prepare("queue.hold", R"(
    with asked as materialized (select id from team where name = $1)
    select id from asked where pg_try_advisory_xact_lock(hashtext('leadyard queue'), id::integer))");
  c.prepare("queue.page", R"(
    select l.id, l.queued_at::text
      from lead l
      left join lateral (select d.rule, d.receipt ->> 'strategy' as strategy from assignment_decision d
                          where d.lead_id = l.id order by d.id desc limit 1) d on true
     where l.team_id = $1 and l.queued_at >= $2 and (l.queued_at, l.id) > ($2, $3)
       and l.queue_reason is distinct from 'manual'
       and case when d.rule = any ($4::text[]) then false
                when d.rule = any ($5::text[]) then true
                else coalesce(d.strategy, 'manual') <> 'manual' end
     order by l.queued_at, l.id limit $6)");
  c.prepare("queue.lock", R"(
    select l.id, (select d.receipt from assignment_decision d where d.lead_id = l.id order by d.id desc limit 1),
           (select count(*) from assignment_decision d where d.lead_id = l.id), coalesce(l.queue_reason, '')
      from lead l
     where l.id = any ($1::bigint[]) and l.team_id = $2 and l.queued_at is not null
     order by l.id
       for no key update of l)");
  c.prepare("queue.tell_reasons", R"(
    update lead l set queue_reason = w.reason from unnest($1::bigint[], $2::text[]) as w(id, reason)
     where l.id = w.id and l.queued_at is not null)");
  // Our own outage is nobody's delay: from the later of platform time and arrival on.
  c.prepare("queue.clocks", R"(
    select l.id, floor(extract(epoch from greatest(l.unanswered_since, m.created_at)) * 1000)::bigint, s.email,
           coalesce(t.name, '')
      from lead l join staff s on s.id = l.manager_id left join team t on t.id = l.team_id
      left join lateral (select x.created_at from message x
                          where x.lead_id = l.id and x.direction = 'incoming' and x.sent_at >= l.unanswered_since
                          order by x.sent_at, x.id limit 1) m on true
     where l.id = any ($1::bigint[]) and l.unanswered_since is not null and l.first_response_due_at is not null)");
  c.prepare("queue.set_clocks", R"(
    update lead l set first_response_due_at = w.due from unnest($1::bigint[], $2::timestamptz[]) as w(id, due)
     where l.id = w.id)");
  c.prepare("queue.move", R"(
    update lead l set team_id = t.id, updated_at = now()
      from unnest($1::bigint[], $2::text[]) as w(id, team) join team t on t.name = w.team
     where l.id = w.id and l.queued_at is not null)");
  c.prepare("queue.sizes", R"(
    select coalesce(t.name, ''), count(*), greatest(extract(epoch from $1 - min(l.queued_at)), 0)
      from lead l left join team t on t.id = l.team_id where l.queued_at is not null group by 1)");
}

void prepare_chores(pqxx::connection& c) {
  c.prepare("task.tell_due", R"(
    with due as (select id, manager_id, lead_id, title from task
                  where not completed and manager_id is not null and due_at <= $1 and told_due_at is distinct from due_at
                  order by due_at limit $2 for no key update skip locked),
         told as (update task t set told_due_at = t.due_at from due d where t.id = d.id)
    insert into notification (staff_id, kind, lead_id, text)
    select manager_id, 'task_due', lead_id, 'Due: ' || title from due order by id)");
  c.prepare("lead.tell_response", R"(
    with due as (select id, manager_id, team_id from lead
                  where first_response_due_at is not null and first_response_due_at <= $1
                    and told_response_due_at is distinct from first_response_due_at
                  order by first_response_due_at limit $2 for no key update skip locked),
         told as (update lead l set told_response_due_at = l.first_response_due_at from due d where l.id = d.id returning l.id),
         made as (
    insert into notification (staff_id, kind, lead_id, text)
    select who.id, 'first_response_missed', due.id, 'Nobody has answered lead ' || due.id || ' in time'
      from due join lateral (
        select s.id from staff s where s.id = due.manager_id
        union
        select s.id from team_member m join staff s on s.id = m.staff_id
         where m.team_id = due.team_id and m.supervisor and s.active) who on true
     order by due.id, who.id)
    select count(*) from told)");
  c.prepare("window.customers", R"(
    select distinct customer_id from (select customer_id from lead where attachable and attach_until < $1
                                       order by attach_until limit $2) l)");
  c.prepare("window.lock_customers", "select id from customer where id = any ($1::bigint[]) order by id for no key update");
  c.prepare("window.clear", R"(
    with passed as (select id from lead where customer_id = any ($1::bigint[]) and attachable and attach_until < $2
                     order by id for no key update)
    update lead l set attachable = false, updated_at = now() from passed where l.id = passed.id)");
  c.prepare("chores.hold", "select pg_try_advisory_xact_lock(hashtext('leadyard chores'))");
  c.prepare("chores.idempotency", "delete from idempotency where created_at < $1::timestamptz - interval '1 day'");
  c.prepare("chores.changes", "select remove_old_changes($1::timestamptz - interval '15 minutes', 5000)");
  c.prepare("chores.sessions", "delete from web_session where expires_at < $1::timestamptz");
  c.prepare("chores.password_links", "delete from password_link where expires_at < $1::timestamptz");
  c.prepare("chores.notices", "delete from notice where created_at < $1::timestamptz - interval '7 days'");
  c.prepare("chores.timers", "delete from timer where state <> 'waiting' and due_at < $1::timestamptz - interval '7 days'");
}

}  // namespace

void prepare(pqxx::connection& c) {
  prepare_timers(c);
  prepare_queues(c);
  prepare_chores(c);
}

what_is_due look(pqxx::work& tx, hub::instant now) {
  const auto row = tx.exec_prepared1("timer.look", hub::to_rfc3339(now));
  return {!row[0].is_null(), row[1].as<bool>(), row[2].as<bool>(), row[4].as<bool>(), row[3].as<double>(0.0)};
}

void spread(pqxx::work& tx, hub::instant now) {
  hub::db::array people;
  for (const auto& row : tx.exec_prepared("timer.take_people", hub::to_rfc3339(now))) people.add(row[0].as<std::int64_t>());
  if (!people.empty()) tx.exec_prepared("timer.wake_people", people.text(), hub::to_rfc3339(now));
}

pqxx::result due_teams(pqxx::work& tx, hub::instant now) { return tx.exec_prepared("timer.due_teams", hub::to_rfc3339(now)); }

std::optional<std::int64_t> hold(pqxx::work& tx, const std::string& team) {
  const auto rows = tx.exec_prepared("queue.hold", team);
  if (rows.empty()) return std::nullopt;
  return rows[0][0].as<std::int64_t>();
}

void take_timers(pqxx::work& tx, const std::string& team, hub::instant now) {
  tx.exec_prepared0("timer.take_of_team", team, hub::to_rfc3339(now));
}

void plan(pqxx::work& tx, const std::string& team, hub::instant at) {
  tx.exec_prepared0("timer.plan", team, hub::to_rfc3339(at));
}

void plan_all(pqxx::work& tx, hub::instant now) { tx.exec_prepared0("timer.plan_all", hub::to_rfc3339(now)); }

void wake(pqxx::work& tx, const hub::db::array& teams, hub::instant now) {
  tx.exec_prepared("timer.wake_teams", teams.text(), hub::to_rfc3339(now));
}

pqxx::result page(pqxx::work& tx, std::int64_t team, const place& behind, const hub::db::array& manual,
                  const hub::db::array& automatic, int most) {
  return tx.exec_prepared("queue.page", team, behind.queued_at, behind.lead, manual.text(), automatic.text(), most);
}

pqxx::result lock(pqxx::work& tx, const hub::db::array& leads, std::int64_t team) {
  return tx.exec_prepared("queue.lock", leads.text(), team);
}

void tell_reasons(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& reasons) {
  tx.exec_prepared0("queue.tell_reasons", leads.text(), reasons.text());
}

pqxx::result clocks(pqxx::work& tx, const hub::db::array& leads) { return tx.exec_prepared("queue.clocks", leads.text()); }

void set_clocks(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& due) {
  tx.exec_prepared0("queue.set_clocks", leads.text(), due.text());
}

void move(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& teams) {
  tx.exec_prepared0("queue.move", leads.text(), teams.text());
}

std::size_t tell_tasks(pqxx::work& tx, hub::instant now) {
  return tx.exec_prepared("task.tell_due", hub::to_rfc3339(now), at_once).affected_rows();
}

std::size_t tell_responses(pqxx::work& tx, hub::instant now) {
  return tx.exec_prepared1("lead.tell_response", hub::to_rfc3339(now), at_once)[0].as<std::size_t>();
}

std::size_t clear_windows(pqxx::work& tx, hub::instant now) {
  hub::db::array customers;
  for (const auto& row : tx.exec_prepared("window.customers", hub::to_rfc3339(now), at_once))
    customers.add(row[0].as<std::int64_t>());
  if (customers.empty()) return 0;
  tx.exec_prepared("window.lock_customers", customers.text());
  return tx.exec_prepared("window.clear", customers.text(), hub::to_rfc3339(now)).affected_rows();
}

void remove_old(pqxx::work& tx, hub::instant now) {
  for (const char* what : {"chores.idempotency", "chores.sessions", "chores.password_links", "chores.notices", "chores.timers"})
    tx.exec_prepared0(what, hub::to_rfc3339(now));
}

std::size_t remove_changes(pqxx::work& tx, hub::instant now) {
  return tx.exec_prepared1("chores.changes", hub::to_rfc3339(now))[0].as<std::size_t>();
}

// What a crash of the server takes away it takes whole, and is made again: no wait for the disk.
void prepare_words(pqxx::connection& c) {
  pqxx::nontransaction(c).exec0("set synchronous_commit = off");
  c.prepare("words.index", "select index_messages(150)");
}

std::int64_t index_words(pqxx::work& tx) { return tx.exec_prepared1("words.index")[0].as<std::int64_t>(); }

bool hold_chores(pqxx::work& tx) { return tx.exec_prepared1("chores.hold")[0].as<bool>(); }

pqxx::result sizes(pqxx::work& tx, hub::instant now) { return tx.exec_prepared("queue.sizes", hub::to_rfc3339(now)); }

}  // namespace workers::store::queue
