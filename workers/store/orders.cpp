#include "workers/store/orders.hpp"

namespace workers::store::orders {

void prepare(pqxx::connection& c) {
  c.prepare("erp_customer.learn", R"(
    insert into erp_customer as k (account, erp_id, at, first_name, last_name, company_name)
    select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
    on conflict (account, erp_id) do update set
      at = excluded.at, first_name = excluded.first_name, last_name = excluded.last_name, company_name = excluded.company_name
     where (k.at, k.first_name, k.last_name, k.company_name)
         < (excluded.at, excluded.first_name, excluded.last_name, excluded.company_name))");
  // A millisecond after the beginning: older than every platform's word, younger than what a person typed.
  c.prepare("erp_customer.name", R"(
    update customer c set
        first_name = case when n.named and c.named_at is distinct from 'epoch' then n.first_name else c.first_name end,
        last_name = case when n.named and c.named_at is distinct from 'epoch' then n.last_name else c.last_name end,
        named_at = case when n.named and c.named_at is distinct from 'epoch'
                        then timestamptz 'epoch' + interval '1 ms' else c.named_at end,
        company_name = case when n.company_name <> '' and c.company_name_at is distinct from 'epoch'
                             and c.named_at is distinct from 'epoch' then n.company_name else c.company_name end,
        updated_at = now()
      from (select distinct on (i.customer_id) i.customer_id, e.first_name, e.last_name, e.company_name,
                   e.first_name <> '' or e.last_name <> '' as named
              from unnest($1::text[], $2::text[]) as w(account, id)
              join erp_customer e on e.account = w.account and e.erp_id = w.id
              join identity i on i.external_id = e.erp_id and i.space || ':' || i.account = e.account
             where i.customer_id is not null
               and exists (select from erp_order o where o.account = e.account and o.customer = e.erp_id)
             order by i.customer_id, e.at desc, e.erp_id) n
     where c.id = n.customer_id
       and ((n.named and c.named_at is distinct from 'epoch' and (c.first_name, c.last_name) <> (n.first_name, n.last_name))
            or (n.company_name <> '' and c.company_name_at is distinct from 'epoch' and c.named_at is distinct from 'epoch'
                and c.company_name <> n.company_name)))");
  const std::string columns = R"(
    select o.account, o.order_key, o.erp_id, o.number, coalesce(o.sum::text, ''),
           coalesce(o.currency, ''), o.status, (extract(epoch from o.at) * 1000)::bigint, o.customer,
           array_to_string(o.vehicles, E'\x1f'), o.paid, o.shipped, o.cancelled, o.lead_id, o.moved_to
      from erp_order o )";
  c.prepare("erp_order.read",
            columns + "join unnest($1::text[], $2::text[]) as w(account, key) on o.account = w.account and o.order_key = w.key");
  c.prepare("erp_order.unlinked", columns + R"(
      join (select distinct w.account, w.customer from unnest($1::text[], $2::text[]) as w(account, customer)) w
        on o.account = w.account and o.customer = w.customer
     where o.lead_id is null and w.customer <> '')");
  c.prepare("erp_order.write", R"(
    insert into erp_order as k (account, order_key, erp_id, number, date, sum, currency, status, at, customer, vehicles, paid,
                                shipped, cancelled, customer_id, lead_id, vehicle_id, moved_to)
    select w.account, w.key, w.erp_id, w.number, (w.placed_at at time zone $19)::date, w.sum, w.currency, w.status, w.at, w.customer,
           string_to_array(w.vehicles, E'\x1f'), w.paid, w.shipped, w.cancelled, w.customer_id, w.lead_id, w.vehicle_id, w.moved_to
      from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::numeric[], $7::text[], $8::text[],
                  $9::timestamptz[], $10::text[], $11::text[], $12::boolean[], $13::boolean[], $14::boolean[], $15::bigint[],
                  $16::bigint[], $17::bigint[], $18::lead_stage[])
           as w(account, key, erp_id, number, placed_at, sum, currency, status, at, customer, vehicles, paid, shipped, cancelled,
                customer_id, lead_id, vehicle_id, moved_to)
    on conflict (account, order_key) do update set
      erp_id = excluded.erp_id, number = excluded.number, date = coalesce(excluded.date, k.date), sum = excluded.sum,
      currency = excluded.currency, status = excluded.status, at = excluded.at, customer = excluded.customer,
      vehicles = excluded.vehicles, paid = excluded.paid, shipped = excluded.shipped, cancelled = excluded.cancelled,
      customer_id = excluded.customer_id, lead_id = excluded.lead_id, vehicle_id = excluded.vehicle_id,
      moved_to = excluded.moved_to, updated_at = now())");
  c.prepare("erp_order.find_customers", R"(
    select w.account, w.customer, i.customer_id
      from (select distinct * from unnest($1::text[], $2::text[])) as w(account, customer)
      join identity i on i.external_id = w.customer and i.space = split_part(w.account, ':', 1)
                     and i.account = substr(w.account, strpos(w.account, ':') + 1)
     where i.customer_id is not null)");
  c.prepare("erp_order.find_leads", R"(
    select distinct on (w.n) w.n, l.id
      from unnest($1::text[], $2::text[], $3::text[]) with ordinality as w(account, customer, vehicles, n)
      join identity i on i.external_id = w.customer and i.space = split_part(w.account, ':', 1)
                     and i.account = substr(w.account, strpos(w.account, ':') + 1)
     cross join lateral link_of(i.customer_id) as k(id)
      join lead l on l.customer_id = k.id
      join lead_vehicle v on v.lead_id = l.id
      join erp_vehicle e on e.vehicle_id = v.vehicle_id and e.account = w.account
                        and e.erp_id = any (string_to_array(w.vehicles, E'\x1f'))
     order by w.n, v.chosen desc, l.stage not in ('sold', 'lost') desc, l.last_activity_at desc, l.id)");
  c.prepare("erp_order.customers_of", R"(
    select l.id, l.customer_id from lead l where l.id = any ($1::bigint[])
    union select l.id, k.merged_into from lead l join customer k on k.id = l.customer_id
           where l.id = any ($1::bigint[]) and k.merged_into is not null)");
  c.prepare("erp_order.lock_leads", R"(
    select id, stage, pipeline, source_channel, manager_id, attachable, (extract(epoch from attach_until) * 1000)::bigint
      from lead where id = any ($1::bigint[]) order by id for no key update)");
  c.prepare("erp_order.chosen", "select lead_id, vehicle_id from lead_vehicle where lead_id = any ($1::bigint[]) and chosen");
  c.prepare("erp_order.chosen_by_others", R"(
    select vehicle_id, lead_id from lead_vehicle where vehicle_id = any ($2::bigint[]) and chosen and lead_id <> $1
     order by vehicle_id)");
  c.prepare("erp_order.choose", R"(
    insert into lead_vehicle (lead_id, vehicle_id, chosen, suggested) select $1, v, true, false from unnest($2::bigint[]) v
    on conflict (lead_id, vehicle_id) do update set chosen = true, suggested = false)");
  c.prepare("erp_order.move_vehicles", "select move_vehicles($1, $2::lead_stage, $3::lead_stage)");
  c.prepare("erp_order.change_stage", R"(
    select change_stage(array[$1::bigint], array[$2::lead_stage], array[$3::boolean], null, array[$4::text], $5::timestamptz))");
  c.prepare("erp_order.close", R"(
    update lead set close_reason = 'order cancelled', close_note = $2 where id = $1)");
  c.prepare("erp_order.audit", R"(
    insert into audit (program, action, subject, details)
    values ('hub-worker', 'lead_stage', 'lead:' || $1::text,
            jsonb_build_object('from', $2::text, 'to', $3::text, 'actor', 'erp')))");
  c.prepare("erp_order.convert", R"(
    insert into conversion as k (lead_id, order_id, conversion_value, currency, conversion_type, staff_id, created_at)
    select l.id, $2, $3::numeric, $4, 'order_placed', l.manager_id, $5::timestamptz from lead l where l.id = $1
    on conflict (lead_id, order_id) do update set conversion_value = excluded.conversion_value, currency = excluded.currency
     where k.conversion_type = 'order_placed'
       and (k.conversion_value, k.currency) <> (excluded.conversion_value, excluded.currency))");
  c.prepare("erp_order.unconvert",
            "delete from conversion where lead_id = $1 and order_id = $2 and conversion_type = 'order_placed'");
  c.prepare("erp_ledger.sent", R"(
    select object_id, content from erp_ledger
     where account = $1 and direction = 'sent' and object_type = 'order' and object_id = any ($2::text[]))");
  c.prepare("erp_ledger.acknowledge", R"(
    update erp_ledger set acknowledged_at = $5::timestamptz, other_id = case when $4 <> '' then $4 else other_id end
     where account = $1 and direction = 'sent' and object_type = 'order' and object_id = $2 and version = $3
       and (acknowledged_at is null or acknowledged_at < $5::timestamptz))");
}

void learn_customers(pqxx::work& tx, const told_customer_columns& r) {
  tx.exec_prepared0("erp_customer.learn", r.account.text(), r.erp_id.text(), r.at.text(), r.first_name.text(), r.last_name.text(),
                    r.company_name.text());
}

void name_customers(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& ids) {
  tx.exec_prepared0("erp_customer.name", accounts.text(), ids.text());
}

pqxx::result read(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& keys) {
  return tx.exec_prepared("erp_order.read", accounts.text(), keys.text());
}

pqxx::result read_unlinked(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& customers) {
  return tx.exec_prepared("erp_order.unlinked", accounts.text(), customers.text());
}

void write(pqxx::work& tx, const order_columns& r, const std::string& zone) {
  tx.exec_prepared0("erp_order.write", r.account.text(), r.key.text(), r.erp_id.text(), r.number.text(), r.placed_at.text(),
                    r.sum.text(), r.currency.text(), r.status.text(), r.at.text(), r.customer.text(), r.vehicles.text(),
                    r.paid.text(), r.shipped.text(), r.cancelled.text(), r.customer_id.text(), r.lead_id.text(),
                    r.vehicle_id.text(), r.moved_to.text(), zone);
}

pqxx::result find_customers(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& customers) {
  return tx.exec_prepared("erp_order.find_customers", accounts.text(), customers.text());
}

pqxx::result find_leads(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& customers,
                        const hub::db::array& vehicles) {
  return tx.exec_prepared("erp_order.find_leads", accounts.text(), customers.text(), vehicles.text());
}

pqxx::result customers_of(pqxx::work& tx, const hub::db::array& leads) {
  return tx.exec_prepared("erp_order.customers_of", leads.text());
}

pqxx::result lock_leads(pqxx::work& tx, const hub::db::array& leads) {
  return tx.exec_prepared("erp_order.lock_leads", leads.text());
}

pqxx::result chosen(pqxx::work& tx, const hub::db::array& leads) { return tx.exec_prepared("erp_order.chosen", leads.text()); }

pqxx::result chosen_by_others(pqxx::work& tx, std::int64_t lead, const hub::db::array& vehicles) {
  return tx.exec_prepared("erp_order.chosen_by_others", lead, vehicles.text());
}

void choose(pqxx::work& tx, std::int64_t lead, const hub::db::array& vehicles) {
  tx.exec_prepared0("erp_order.choose", lead, vehicles.text());
}

void move(pqxx::work& tx, std::int64_t lead, const std::string& from, const std::string& to, bool attaches,
          const std::string& why, hub::instant at) {
  tx.exec_prepared("erp_order.move_vehicles", lead, from, to);
  tx.exec_prepared("erp_order.change_stage", lead, to, attaches, why, hub::to_rfc3339(at));
  if (to == "lost") tx.exec_prepared0("erp_order.close", lead, why);
  tx.exec_prepared0("erp_order.audit", std::to_string(lead), from, to);
}

void convert(pqxx::work& tx, std::int64_t lead, const std::string& order, const std::string& sum, const std::string& currency,
             hub::instant at) {
  tx.exec_prepared0("erp_order.convert", lead, order, sum, currency, hub::to_rfc3339(at));
}

void unconvert(pqxx::work& tx, std::int64_t lead, const std::string& order) {
  tx.exec_prepared0("erp_order.unconvert", lead, order);
}

pqxx::result sent(pqxx::work& tx, const std::string& account, const hub::db::array& keys) {
  return tx.exec_prepared("erp_ledger.sent", account, keys.text());
}

void acknowledge(pqxx::work& tx, const std::string& account, const std::string& key, const std::string& version,
                 const std::string& erp_id, hub::instant at) {
  tx.exec_prepared0("erp_ledger.acknowledge", account, key, version, erp_id, hub::to_rfc3339(at));
}

}  // namespace workers::store::orders
