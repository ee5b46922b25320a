#include "workers/store/outgoing_orders.hpp"

namespace workers::store::outgoing_orders {

void prepare(pqxx::connection& c) {
  c.prepare("outgoing_order.wanted", R"(
    select l.id, e.account, e.erp_id, v.make || ' ' || v.model || coalesce(' ' || v.year::text, ''), v.price::text, v.currency,
           (sum(v.price) over (partition by l.id, e.account))::text,
           coalesce((select i.external_id from identity i
                      where i.customer_id = l.customer_id and i.space || ':' || i.account = e.account
                      order by i.id limit 1), 'hub-' || l.customer_id),
           coalesce(nullif(trim(c.first_name || ' ' || c.last_name), ''), nullif(c.company_name, ''), 'Customer ' || c.id),
           coalesce(c.email, ''),
           (extract(epoch from coalesce((select max(h.at) from stage_history h
                                          where h.lead_id = l.id and h.to_stage = 'prepayment'), l.updated_at)) * 1000)::bigint
      from lead l
      join lead_vehicle w on w.lead_id = l.id and w.chosen
      join vehicle v on v.id = w.vehicle_id and v.price is not null
      join erp_vehicle e on e.vehicle_id = v.id
      join customer c on c.id = l.customer_id
     where l.stage = 'prepayment'
       and not exists (select from erp_order o where o.lead_id = l.id and o.order_key not like 'lead-%' and not o.cancelled)
     order by l.id, e.account, e.erp_id)");
  c.prepare("outgoing_order.sent", R"(
    select g.object_id, g.account, g.content_hash, g.content, g.other_id,
           coalesce((select l.stage in ('prepayment', 'sold') from lead l where 'lead-' || l.id = g.object_id
                       and l.id = substr(g.object_id, 6)::bigint), false)
      from erp_ledger g where g.direction = 'sent' and g.object_type = 'order' and g.object_id ~ '^lead-[0-9]{1,18}$')");
  c.prepare("outgoing_order.write", R"(
    insert into erp_ledger as g (account, direction, object_type, object_id, version, content_hash, content, state,
                                 next_attempt_at)
    select w.account, 'sent', 'order', w.key, w.version, w.content_hash, w.content, 'waiting', now()
      from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as w(account, key, version, content_hash, content)
    on conflict (account, direction, object_type, object_id) do update set
      version = excluded.version, content_hash = excluded.content_hash, content = excluded.content, state = 'waiting',
      next_attempt_at = now(), attempt = g.attempt + 1, taken_until = null, acknowledged_at = null, reason = '', at = now()
     where g.content_hash <> excluded.content_hash)");
  c.prepare("outgoing_order.take", R"(
    update erp_ledger g set attempt = g.attempt + 1, taken_until = now() + interval '30 seconds'
      from (select account, object_id from erp_ledger
             where state = 'waiting' and direction = 'sent' and object_type = 'order' and next_attempt_at <= now()
               and (taken_until is null or taken_until < now())
             order by next_attempt_at limit 1 for no key update skip locked) w
     where g.account = w.account and g.direction = 'sent' and g.object_type = 'order' and g.object_id = w.object_id
    returning g.account, g.object_id, g.attempt, g.content)");
  c.prepare("outgoing_order.settle", R"(
    update erp_ledger set state = $4, reason = $5, taken_until = null, next_attempt_at = now() + make_interval(secs => $6)
     where account = $1 and direction = 'sent' and object_type = 'order' and object_id = $2 and attempt = $3
       and state = 'waiting')");
}

pqxx::result wanted(pqxx::work& tx) { return tx.exec_prepared("outgoing_order.wanted"); }

pqxx::result sent(pqxx::work& tx) { return tx.exec_prepared("outgoing_order.sent"); }

void write(pqxx::work& tx, const outgoing_columns& r) {
  tx.exec_prepared0("outgoing_order.write", r.account.text(), r.key.text(), r.version.text(), r.content_hash.text(),
                    r.content.text());
}

pqxx::result take(pqxx::work& tx) { return tx.exec_prepared("outgoing_order.take"); }

bool settle(pqxx::work& tx, const std::string& account, const std::string& key, int attempt, const std::string& state,
            const std::string& reason, int seconds) {
  return tx.exec_prepared("outgoing_order.settle", account, key, attempt, state, reason, seconds).affected_rows() == 1;
}

}  // namespace workers::store::outgoing_orders
