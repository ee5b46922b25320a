#include "workers/store/messages.hpp"

namespace workers::store {

void kept_events::add(hub::instant received, const std::string& event_key, const std::string& body) {
  received_at.add(received);
  key.add(event_key);
  from.add(bodies.size() + 1);  // SQL counts from one
  size.add(body.size());
  bodies += body;
}

void fetch_columns::add(const hub::message::event& of, const hub::message::attachment& what) {
  event_key.add(of.key);
  part.add(what.part);
  channel.add(of.channel);
  account.add(of.account);
  type.add(hub::name_of(what.type));
  reference.add(what.reference);
  file_name.add(what.file_name);
  size.add(what.size);
  seconds.add(what.seconds);
  deadline.add(what.expires_at);
}

namespace messages {

void prepare(pqxx::connection& c) {
  c.prepare("message.insert", R"(
    with touched as (
      update lead l set last_activity_at = w.last_activity_at, unanswered_since = w.unanswered_since, updated_at = now()
        from unnest($15::bigint[], $16::timestamptz[], $17::timestamptz[]) as w(id, last_activity_at, unanswered_since)
       where l.id = w.id),
    kept as (
      insert into event_body (received_at, key, body)
      select w.received_at, w.key, convert_from(substring($22::bytea from w.begins for w.size), 'UTF8')
        from unnest($18::timestamptz[], $19::text[], $20::integer[], $21::integer[]) as w(received_at, key, begins, size)
      on conflict (received_at, key) do update set body = excluded.body)
    insert into message (lead_id, customer_id, manager_id, channel, direction, type, content, sent_at, event_key,
                         reply_to, account, platform_id, details, late_by)
    select w.lead_id, w.customer_id, w.manager_id, w.channel, w.direction, w.type, w.content, w.sent_at,
           w.event_key, w.reply_to, w.account, w.platform_id, w.details, w.late_by * interval '1 millisecond'
      from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::message_channel[], $5::message_direction[], $6::message_type[],
                  $7::text[], $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::text[], $13::jsonb[], $14::bigint[])
           as w(lead_id, customer_id, manager_id, channel, direction, type, content, sent_at, event_key, reply_to, account,
                platform_id, details, late_by))");
  c.prepare("media_fetch.insert", R"(
    insert into media_fetch (event_key, part, message_id, channel, account, type, reference, file_name, claimed_size,
                             claimed_seconds, deadline)
    select w.event_key, w.part, m.id, w.channel, w.account, w.type::message_type, w.reference, w.file_name, w.size,
           w.seconds, w.deadline
      from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::integer[],
                  $10::timestamptz[])
           as w(event_key, part, channel, account, type, reference, file_name, size, seconds, deadline)
      join message m on m.event_key = w.event_key
    on conflict (event_key, part) do nothing)");
  // Receipts come in any order: each instant is the earliest told, the state the greatest. Messages written from elsewhere
  // show it here.
  c.prepare("receipt.merge", R"(
    with told as (
      insert into receipt (channel, account, platform_id, status, sent_at, delivered_at, read_at, failed_at, reason,
                           outbox_id, attempt)
      select w.channel, w.account, w.platform_id, w.status::message_status, w.sent_at, w.delivered_at, w.read_at,
             w.failed_at, w.reason, o.id, case when o.id is not null then w.attempt end
        from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
                    $8::timestamptz[], $9::text[], $10::bigint[], $11::integer[])
             as w(channel, account, platform_id, status, sent_at, delivered_at, read_at, failed_at, reason, outbox_id, attempt)
        left join outbox o on o.id = w.outbox_id and o.channel = w.channel and o.account = w.account
       order by 1, 2, 3
      on conflict (channel, account, platform_id) do update set
        status = greatest(receipt.status, excluded.status),
        sent_at = least(receipt.sent_at, excluded.sent_at),
        delivered_at = least(receipt.delivered_at, excluded.delivered_at),
        read_at = least(receipt.read_at, excluded.read_at),
        failed_at = least(receipt.failed_at, excluded.failed_at),
        reason = coalesce(receipt.reason, excluded.reason),
        outbox_id = coalesce(receipt.outbox_id, excluded.outbox_id),
        attempt = coalesce(receipt.attempt, excluded.attempt),
        updated_at = now()
      returning channel, account, platform_id, status, outbox_id),
    foreign_ones as (
      update message m set status = greatest(m.status, t.status), updated_at = now()
        from told t
       where t.outbox_id is null and m.platform_id = t.platform_id and m.channel = t.channel::message_channel
         and m.account = t.account and m.direction = 'outgoing' and m.status < t.status)
    select distinct outbox_id from told where outbox_id is not null)");
}

void insert(pqxx::work& tx, const message_columns& r, const lead_times& leads, const kept_events& kept) {
  tx.exec_prepared0("message.insert", r.lead_id.text(), r.customer_id.text(), r.manager_id.text(), r.channel.text(),
                    r.direction.text(), r.type.text(), r.content.text(), r.sent_at.text(), r.event_key.text(), r.reply_to.text(),
                    r.account.text(), r.platform_id.text(), r.details.text(), r.late_by.text(), leads.id.text(),
                    leads.last_activity_at.text(), leads.unanswered_since.text(), kept.received_at.text(), kept.key.text(),
                    kept.from.text(), kept.size.text(), pqxx::binarystring(kept.bodies));
}

void insert_fetches(pqxx::work& tx, const fetch_columns& r) {
  tx.exec_prepared0("media_fetch.insert", r.event_key.text(), r.part.text(), r.channel.text(), r.account.text(), r.type.text(),
                    r.reference.text(), r.file_name.text(), r.size.text(), r.seconds.text(), r.deadline.text());
}

void merge_receipts(pqxx::work& tx, const receipt_columns& r) {
  const auto ours = tx.exec_prepared("receipt.merge", r.channel.text(), r.account.text(), r.platform_id.text(), r.status.text(),
                                     r.sent_at.text(), r.delivered_at.text(), r.read_at.text(), r.failed_at.text(),
                                     r.reason.text(), r.outbox_id.text(), r.attempt.text());
  hub::db::array rows;
  for (const auto& row : ours) rows.add(row[0].as<std::int64_t>());
  // What the hub itself sent may have had several attempts.
  if (!rows.empty()) tx.exec_params("select show_sends($1::bigint[])", rows.text());
}

}  // namespace messages
}  // namespace workers::store
