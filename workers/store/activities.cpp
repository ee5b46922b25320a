#include "workers/store/activities.hpp"

namespace workers::store::activities {

void prepare(pqxx::connection& c) {
  c.prepare("customer.contacts", R"(
    select id, company_name, (extract(epoch from company_name_at) * 1000)::bigint,
           coalesce(email, ''), (extract(epoch from email_at) * 1000)::bigint,
           coalesce(url, ''), (extract(epoch from url_at) * 1000)::bigint
      from customer where id = any ($1::bigint[]))");
  c.prepare("customer.update_contacts", R"(
    update customer c set company_name = w.company_name, company_name_at = w.company_name_at, email = w.email,
                          email_at = w.email_at, url = w.url, url_at = w.url_at, updated_at = now()
      from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[], $5::timestamptz[], $6::text[], $7::timestamptz[])
           as w(id, company_name, company_name_at, email, email_at, url, url_at)
     where c.id = w.id)");
  c.prepare("conversion.averages", R"(
    select w.n, (avg(c.conversion_value) * 100)::bigint
      from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) with ordinality as w(activity, after, until, n)
      join conversion c on c.created_at > w.after and c.created_at <= w.until
      join lead l on l.id = c.lead_id and l.origin = w.activity
     group by w.n)");
  c.prepare("activity.insert", R"(
    insert into activity (lead_id, customer_id, activity, at, value, currency, data, event_key)
    select w.lead_id, w.customer_id, w.activity, w.at, w.value / 100.0, w.currency, w.data, w.event_key
      from unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[], $7::jsonb[], $8::text[])
           as w(lead_id, customer_id, activity, at, value, currency, data, event_key))");
  c.prepare("task.insert", R"(
    insert into task (lead_id, manager_id, title, due_at, due_date, kind, event_key)
    select w.lead_id, l.manager_id, w.title, w.due_at, (w.due_at at time zone $5)::date, 'call', w.event_key
      from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[]) as w(lead_id, title, due_at, event_key)
      join lead l on l.id = w.lead_id
    on conflict (event_key) do nothing)");
  c.prepare("lead_vehicle.suggest", R"(
    insert into lead_vehicle (lead_id, vehicle_id, suggested)
    select w.lead_id, v.id, true
      from unnest($1::bigint[], $2::text[]) as w(lead_id, vin)
      join vehicle v on v.vin = w.vin
     where v.status in ('available', 'reserved')
     order by v.id, w.lead_id
    on conflict do nothing)");
}

pqxx::result read_contacts(pqxx::work& tx, const hub::db::array& customers) {
  return tx.exec_prepared("customer.contacts", customers.text());
}

void update_contacts(pqxx::work& tx, const contact_columns& r) {
  tx.exec_prepared0("customer.update_contacts", r.id.text(), r.company_name.text(), r.company_name_at.text(), r.email.text(),
                    r.email_at.text(), r.url.text(), r.url_at.text());
}

pqxx::result averages(pqxx::work& tx, const hub::db::array& activity, const hub::db::array& after, const hub::db::array& until) {
  return tx.exec_prepared("conversion.averages", activity.text(), after.text(), until.text());
}

void insert(pqxx::work& tx, const activity_columns& r) {
  tx.exec_prepared0("activity.insert", r.lead_id.text(), r.customer_id.text(), r.activity.text(), r.at.text(), r.value.text(),
                    r.currency.text(), r.data.text(), r.event_key.text());
}

void insert_tasks(pqxx::work& tx, const task_columns& r, const std::string& zone) {
  tx.exec_prepared0("task.insert", r.lead_id.text(), r.title.text(), r.due_at.text(), r.event_key.text(), zone);
}

void suggest_vehicles(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& vins) {
  tx.exec_prepared0("lead_vehicle.suggest", leads.text(), vins.text());
}

}  // namespace workers::store::activities
