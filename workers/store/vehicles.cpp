#include "workers/store/vehicles.hpp"

namespace workers::store::vehicles {

void prepare(pqxx::connection& c) {
  const std::string told = R"(
    select e.account, e.erp_id, e.facts::text, (extract(epoch from e.first_told) * 1000)::bigint,
           (extract(epoch from e.newest) * 1000)::bigint, (extract(epoch from e.absent_at) * 1000)::bigint,
           e.base::text, e.vehicle_id
      from erp_vehicle e )";
  c.prepare("erp.lock", "select pg_advisory_xact_lock(hashtext('leadyard erp'))");
  c.prepare("erp_vehicle.read",
            told + "join unnest($1::text[], $2::text[]) as w(account, id) on e.account = w.account and e.erp_id = w.id");
  c.prepare("erp_vehicle.by_vin", told + "where e.vin = any ($1::text[])");
  c.prepare("erp_vehicle.by_vehicle", told + "where e.vehicle_id = any ($1::bigint[])");
  c.prepare("erp_vehicle.write", R"(
    insert into erp_vehicle (account, erp_id, facts, vin, first_told, newest, absent_at, live, base, vehicle_id)
    select * from unnest($1::text[], $2::text[], $3::jsonb[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                         $7::timestamptz[], $8::boolean[], $9::jsonb[], $10::bigint[])
    on conflict (account, erp_id) do update set
      facts = excluded.facts, vin = excluded.vin, first_told = excluded.first_told, newest = excluded.newest,
      absent_at = excluded.absent_at, live = excluded.live, base = excluded.base, vehicle_id = excluded.vehicle_id)");
  // Of one that is told twice in a batch the statement sees one row.
  c.prepare("vehicle.want_photos", R"(
    insert into media_fetch (event_key, part, channel, account, type, reference, file_name, vehicle)
    select distinct on (w.key, w.part) w.key, w.part, w.channel, w.account, 'photo', w.reference, w.file_name, w.vehicle
      from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
           with ordinality as w(key, part, channel, account, reference, file_name, vehicle, n)
     order by w.key, w.part, w.n desc
    on conflict (event_key, part) do update set reference = excluded.reference, state = 'pending', reason = null,
      next_attempt_at = now(), created_at = now(), updated_at = now()
     where media_fetch.state in ('expired', 'refused'))");
  c.prepare("vehicle.link_photos", R"(
    update media z set vehicle_id = e.vehicle_id, updated_at = now()
      from unnest($1::text[], $2::text[]) as w(account, id)
      join erp_vehicle e on e.account = w.account and e.erp_id = w.id
      join media_fetch f on f.vehicle = e.erp_id and f.channel || ':' || f.account = e.account
     where z.id = f.media_id and z.vehicle_id is null and e.vehicle_id is not null)");
  c.prepare("vehicle.find", R"(
    select v.id, coalesce(v.vin, ''), coalesce(v.erp_sync_id, ''),
           exists (select from erp_vehicle e where e.vehicle_id = v.id)
      from vehicle v where v.vin = any ($1::text[]) or v.erp_sync_id = any ($2::text[])
     order by v.id)");
  c.prepare("vehicle.lock", "select id from vehicle where id = any ($1::bigint[]) order by id for no key update");
  // A statement of its own: what somebody did to a lead while the lock was waited for is visible only now.
  c.prepare("vehicle.read", R"(
    select v.id, v.make, v.model, coalesce(v.year::text, ''), coalesce(v.vin, ''),
           coalesce(v.price::text || ' ' || v.currency, ''), v.colour, coalesce(v.mileage::text, ''), v.status,
           h.lead_id, h.sold
      from vehicle v
      left join lateral (select w.lead_id, l.stage = 'sold' as sold
                           from lead_vehicle w join lead l on l.id = w.lead_id
                          where w.vehicle_id = v.id and w.chosen and l.stage in ('prepayment', 'sold')
                          order by w.lead_id limit 1) h on true
     where v.id = any ($1::bigint[])
     order by v.id)");
  c.prepare("vehicle.new_ids", "select nextval(pg_get_serial_sequence('vehicle', 'id')) from generate_series(1, $1::integer)");
  c.prepare("vehicle.insert", R"(
    insert into vehicle (id, make, model, year, vin, price, currency, colour, mileage, status, erp_sync_id)
    select * from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::numeric[], $7::text[], $8::text[],
                         $9::integer[], $10::vehicle_status[], $11::text[]))");
  c.prepare("vehicle.clear_vins", R"(
    update vehicle v set vin = null
      from unnest($1::bigint[], $2::text[]) as w(id, vin)
     where v.id = w.id and v.vin is not null and v.vin is distinct from w.vin)");
  c.prepare("vehicle.update", R"(
    update vehicle v set make = w.make, model = w.model, year = w.year, vin = w.vin, price = w.price,
                         currency = coalesce(w.currency, v.currency), colour = w.colour, mileage = w.mileage,
                         status = w.status, erp_sync_id = coalesce(v.erp_sync_id, w.erp_sync_id),
                         updated_at = now(), version = v.version + 1
      from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::numeric[], $7::text[], $8::text[],
                  $9::integer[], $10::vehicle_status[], $11::text[])
           as w(id, make, model, year, vin, price, currency, colour, mileage, status, erp_sync_id)
     where v.id = w.id)");
  c.prepare("erp_exchange.insert", R"(
    insert into erp_exchange as k (account, catalogue, at, range_from, range_to, present, total)
    select w.account, w.catalogue, w.at, w.range_from, w.range_to, string_to_array(w.present, E'\x1f'), w.total
      from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::bigint[])
           as w(account, catalogue, at, range_from, range_to, present, total)
    on conflict (account, at, catalogue, range_from) do update set
      range_to = excluded.range_to, present = excluded.present, total = excluded.total
     where (k.range_to, k.present, k.total) < (excluded.range_to, excluded.present, excluded.total))");
  c.prepare("erp_exchange.read", R"(
    select catalogue, (extract(epoch from at) * 1000)::bigint, range_from, range_to, array_to_string(present, E'\x1f'), total
      from erp_exchange where account = $1 order by at, catalogue, range_from)");
  c.prepare("erp_exchange.newest", "select (extract(epoch from max(at)) * 1000)::bigint from erp_exchange where account = $1");
  c.prepare("erp_exchange.remove", "delete from erp_exchange where account = $1 and at < $2");
  c.prepare("erp_vehicle.known", R"(
    select erp_id, (extract(epoch from first_told) * 1000)::bigint, (extract(epoch from newest) * 1000)::bigint,
           (extract(epoch from absent_at) * 1000)::bigint, live
      from erp_vehicle where account = $1)");
}

void lock_erp(pqxx::work& tx) { tx.exec_prepared("erp.lock"); }

pqxx::result read_told(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& ids) {
  return tx.exec_prepared("erp_vehicle.read", accounts.text(), ids.text());
}

pqxx::result read_told_by_vin(pqxx::work& tx, const hub::db::array& vins) {
  return tx.exec_prepared("erp_vehicle.by_vin", vins.text());
}

pqxx::result read_told_by_vehicle(pqxx::work& tx, const hub::db::array& vehicles) {
  return tx.exec_prepared("erp_vehicle.by_vehicle", vehicles.text());
}

void write_told(pqxx::work& tx, const told_columns& r) {
  tx.exec_prepared0("erp_vehicle.write", r.account.text(), r.erp_id.text(), r.facts.text(), r.vin.text(), r.first_told.text(),
                    r.newest.text(), r.absent_at.text(), r.live.text(), r.base.text(), r.vehicle_id.text());
}

pqxx::result find(pqxx::work& tx, const hub::db::array& vins, const hub::db::array& erp_ids) {
  return tx.exec_prepared("vehicle.find", vins.text(), erp_ids.text());
}

pqxx::result lock(pqxx::work& tx, const hub::db::array& ids) {
  tx.exec_prepared("vehicle.lock", ids.text());
  return tx.exec_prepared("vehicle.read", ids.text());
}

pqxx::result new_ids(pqxx::work& tx, std::size_t n) { return tx.exec_prepared("vehicle.new_ids", n); }

void insert(pqxx::work& tx, const vehicle_columns& r) {
  tx.exec_prepared0("vehicle.insert", r.id.text(), r.make.text(), r.model.text(), r.year.text(), r.vin.text(), r.price.text(),
                    r.currency.text(), r.colour.text(), r.mileage.text(), r.status.text(), r.erp_sync_id.text());
}

void update(pqxx::work& tx, const vehicle_columns& r) {
  tx.exec_prepared0("vehicle.clear_vins", r.id.text(), r.vin.text());
  tx.exec_prepared0("vehicle.update", r.id.text(), r.make.text(), r.model.text(), r.year.text(), r.vin.text(), r.price.text(),
                    r.currency.text(), r.colour.text(), r.mileage.text(), r.status.text(), r.erp_sync_id.text());
}

void insert_ranges(pqxx::work& tx, const range_columns& r) {
  tx.exec_prepared0("erp_exchange.insert", r.account.text(), r.catalogue.text(), r.at.text(), r.from.text(), r.to.text(),
                    r.present.text(), r.total.text());
}

pqxx::result read_ranges(pqxx::work& tx, const std::string& account) { return tx.exec_prepared("erp_exchange.read", account); }

void remove_ranges(pqxx::work& tx, const std::string& account, hub::instant at) {
  tx.exec_prepared0("erp_exchange.remove", account, hub::to_rfc3339(at));
}

pqxx::result newest_range(pqxx::work& tx, const std::string& account) { return tx.exec_prepared("erp_exchange.newest", account); }

pqxx::result read_known(pqxx::work& tx, const std::string& account) { return tx.exec_prepared("erp_vehicle.known", account); }

void want_photos(pqxx::work& tx, const photo_columns& r) {
  tx.exec_prepared0("vehicle.want_photos", r.key.text(), r.part.text(), r.channel.text(), r.account.text(), r.reference.text(),
                    r.file_name.text(), r.vehicle.text());
}

void link_photos(pqxx::work& tx, const hub::db::array& accounts, const hub::db::array& ids) {
  tx.exec_prepared0("vehicle.link_photos", accounts.text(), ids.text());
}

}  // namespace workers::store::vehicles
