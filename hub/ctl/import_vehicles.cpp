#include "hub/ctl/import_kinds.hpp"
#include "hub/db/arrays.hpp"

#include <algorithm>

namespace hub::ctl {

namespace {

// A vehicle that a lead has reserved or bought keeps its status.
constexpr const char* compare_vehicles = R"(
select w.n, v.id, v.erp_sync_id is not null as of_erp,
       v.make <> w.make or v.model <> w.model or v.year is distinct from coalesce(w.year, v.year)
       or v.price is distinct from coalesce(w.price, v.price) or v.currency <> coalesce(w.currency, v.currency)
       or (w.plate <> '' and v.plate <> w.plate) or v.mileage is distinct from coalesce(w.mileage, v.mileage)
       or (w.colour <> '' and v.colour <> w.colour)
       or (w.status <> '' and v.status in ('available', 'archived') and v.status::text <> w.status) as differs
  from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::numeric[], $6::text[], $7::text[], $8::integer[], $9::text[],
              $10::text[]) with ordinality as w(vin, make, model, year, price, currency, plate, mileage, colour, status, n)
  join vehicle v on v.vin = w.vin)";

constexpr const char* update_vehicles = R"(
update vehicle v set
    make = w.make, model = w.model, year = coalesce(w.year, v.year), price = coalesce(w.price, v.price),
    currency = coalesce(w.currency, v.currency), plate = coalesce(nullif(w.plate, ''), v.plate),
    mileage = coalesce(w.mileage, v.mileage), colour = coalesce(nullif(w.colour, ''), v.colour),
    status = case when w.status <> '' and v.status in ('available', 'archived') then w.status::vehicle_status else v.status end,
    updated_at = now(), version = v.version + 1
  from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::numeric[], $6::text[], $7::text[], $8::integer[], $9::text[],
              $10::text[]) with ordinality as w(vin, make, model, year, price, currency, plate, mileage, colour, status, n)
 where v.vin = w.vin and w.n = any ($11::bigint[]))";

constexpr const char* insert_vehicles = R"(
insert into vehicle (vin, make, model, year, price, currency, plate, mileage, colour, status)
select w.vin, w.make, w.model, w.year, w.price, coalesce(w.currency, 'USD'), w.plate, w.mileage, w.colour,
       coalesce(nullif(w.status, ''), 'available')::vehicle_status
  from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::numeric[], $6::text[], $7::text[], $8::integer[], $9::text[],
              $10::text[]) with ordinality as w(vin, make, model, year, price, currency, plate, mileage, colour, status, n)
 order by w.vin on conflict (vin) do nothing)";

/// The rows as the ten columns of these statements.
template <class Rows>
auto columns_of(const Rows& rows) {
  std::vector<db::array> made(10);
  for (const auto& r : rows) {
    made[0].add(r.vin), made[1].add(r.make), made[2].add(r.model), made[3].add(r.year), made[4].add(r.price);
    made[5].add(r.currency), made[6].add(r.plate), made[7].add(r.mileage), made[8].add(r.colour), made[9].add(r.status);
  }
  std::vector<std::string> texts;
  for (const auto& each : made) texts.push_back(each.text());
  return texts;
}

}  // namespace

const std::vector<import_field>& vehicles_import::fields() {
  static const std::vector<import_field> known = {
      {"vin", {"vin code", "vin number", "vin код", "він код", "номер кузова"}, true},
      {"make", {"brand", "manufacturer", "марка", "виробник"}, true},
      {"model", {"модель"}, true},
      {"year", {"model year", "рік", "рік випуску"}},
      {"price", {"ціна", "вартість"}},
      {"currency", {"валюта"}},
      {"plate", {"license plate", "licence plate", "number plate", "номерний знак", "держномер"}},
      {"mileage", {"odometer", "km", "пробіг", "км"}},
      {"colour", {"color", "колір"}},
      {"status", {"статус", "стан"}},
  };
  return known;
}

void vehicles_import::take(const import_cells& from) {
  row made;
  made.line = from.line();
  made.column = from.column("vin");
  made.vin = from.needed("vin", 40);
  std::transform(made.vin.begin(), made.vin.end(), made.vin.begin(),
                 [](unsigned char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; });
  if (!made.vin.empty() &&
      (made.vin.size() != 17 || made.vin.find_first_not_of("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") != std::string::npos))
    from.complain("vin", "a VIN has 17 letters and digits, no I, O or Q");
  seen_.take(from, "vin", made.vin);
  for (const char* field : {"make", "model"}) from.need(field);
  made.make = from.text_without_number("make", 100);
  made.model = from.text_without_number("model", 100);
  made.year = from.whole("year", 1900, 2100);
  made.price = from.money("price");
  made.currency = from.currency("currency");
  made.plate = from.text_without_number("plate", 20);
  made.mileage = from.whole("mileage", 0, 10'000'000);
  made.colour = from.text_without_number("colour", 60);
  made.status = from.word("status", {"available", "archived"});
  batch_.push_back(std::move(made));
}

pqxx::result vehicles_import::compared(pqxx::work& tx) const {
  const auto c = columns_of(batch_);
  return tx.exec_params(compare_vehicles, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9]);
}

import_counts vehicles_import::look(pqxx::work& tx, import_problems& wrong) {
  import_counts made;
  for (const auto& found : compared(tx)) {
    const auto& r = batch_[found[0].as<std::size_t>() - 1];
    if (!found[2].as<bool>()) {
      ++(found[3].as<bool>() ? made.changed : made.unchanged);
      continue;
    }
    ++made.refused;
    wrong.add(r.line, r.column, "vin: vehicle " + found[1].as<std::string>() + " belongs to the back office and is changed there",
              r.vin);
  }
  made.fresh = batch_.size() - made.changed - made.unchanged - made.refused;
  return made;
}

import_counts vehicles_import::write(pqxx::work& tx, import_problems& wrong) {
  const auto c = columns_of(batch_);
  const auto fresh = tx.exec_params(insert_vehicles, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9]).affected_rows();
  tx.exec_params("select id from vehicle where vin = any ($1::text[]) order by id for no key update", c[0]);
  import_counts made;
  db::array changed;
  for (const auto& found : compared(tx)) {
    const auto at = found[0].as<std::size_t>();
    if (found[2].as<bool>()) {
      ++made.refused;
      wrong.add(batch_[at - 1].line, batch_[at - 1].column, "vin: the vehicle belongs to the back office now",
                batch_[at - 1].vin);
    } else if (found[3].as<bool>()) {
      ++made.changed;
      changed.add(at);
    } else {
      ++made.unchanged;
    }
  }
  tx.exec_params(update_vehicles, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], changed.text());
  made.fresh = fresh;
  made.unchanged -= fresh;  // what was inserted just now differs in nothing
  return made;
}

}  // namespace hub::ctl
