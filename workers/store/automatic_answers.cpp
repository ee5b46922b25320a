#include "workers/store/automatic_answers.hpp"

namespace workers::store::automatic_answers {

void prepare(pqxx::connection& c) {
  // Who wants no messages from us gets none, as for everybody's replies.
  c.prepare("answer.fillings", R"(
    select w.n - 1, nextval(pg_get_serial_sequence('message', 'id')), c.first_name, vehicle_of_interest(l.id),
           coalesce(s.name, '')
      from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) with ordinality as w(lead, customer, channel, account, n)
      join lead l on l.id = w.lead join customer c on c.id = w.customer left join staff s on s.id = l.manager_id
     cross join lateral (select external_id from ids_on(w.customer, w.channel, w.account) limit 1) i
     cross join lateral reach_of(w.customer, w.channel, w.account, i.external_id) r
     where r.refused_at is null or r.refused_at < r.heard_at
     order by w.n)");
  c.prepare("answer.recipients", R"(
    select w.n - 1, i.space, i.account, i.external_id, coalesce(i.reply_address, '')
      from unnest($1::bigint[], $2::text[], $3::text[]) with ordinality as w(customer, channel, account, n)
     cross join lateral ids_on(w.customer, w.channel, w.account) with ordinality as i(space, account, external_id,
                                                                                     reply_address, place)
     order by w.n, i.place)");
  // Other rules in the middle of the night make no other night of it. A day is the longest that anything is tried.
  c.prepare("answer.write", R"(
    with told as (
      select * from unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[],
                           $8::text[], $9::text[], $10::jsonb[], $11::jsonb[])
           as w(conversation, closed_until, message_id, lead_id, customer_id, channel, account, content, reply_to, details,
                payload)
       where not exists (select from automatic_answer a where a.conversation = w.conversation and a.closed_until > $12)),
    claimed as (
      insert into automatic_answer (conversation, closed_until, message_id)
      select conversation, closed_until, message_id from told order by conversation
      on conflict do nothing returning message_id),
    said as (
      insert into message (id, lead_id, customer_id, channel, direction, type, content, sent_at, reply_to, status, account,
                           details)
      select t.message_id, t.lead_id, t.customer_id, t.channel::message_channel, 'outgoing', 'text', t.content, $12, t.reply_to,
             'queued', t.account, t.details
        from told t join claimed using (message_id))
    insert into outbox (message_id, reply_id, conversation, channel, account, part, payload, deadline, automatic)
    select t.message_id, t.message_id, t.conversation, t.channel, t.account, 0, t.payload,
           least(t.closed_until, $12 + interval '24 hours'), true
      from told t join claimed using (message_id) order by t.message_id)");
}

pqxx::result fillings(pqxx::work& tx, const answer_places& to) {
  return tx.exec_prepared("answer.fillings", to.lead_id.text(), to.customer_id.text(), to.channel.text(), to.account.text());
}

pqxx::result recipients(pqxx::work& tx, const answer_places& to) {
  return tx.exec_prepared("answer.recipients", to.customer_id.text(), to.channel.text(), to.account.text());
}

void write(pqxx::work& tx, const answer_columns& r, hub::instant now) {
  tx.exec_prepared0("answer.write", r.conversation.text(), r.closed_until.text(), r.message_id.text(), r.lead_id.text(),
                    r.customer_id.text(), r.channel.text(), r.account.text(), r.content.text(), r.reply_to.text(),
                    r.details.text(), r.payload.text(), hub::to_rfc3339(now));
}

}  // namespace workers::store::automatic_answers
