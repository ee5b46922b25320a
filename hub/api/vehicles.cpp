// /api/v1/vehicles: the stock. What belongs to the ERP is not edited here; reserved and sold belong to leads.

#include "hub/api/customer_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/tasks.hpp"
#include "hub/api/vehicle_views.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace hub::api {

namespace {

constexpr std::string_view select_vehicles = R"(
select v.id, v.version, v.make, v.model, v.year, v.vin, v.price::float8 as price, v.currency, v.status::text as status, v.plate,
       v.mileage, v.colour, v.manager_id, coalesce(s.name, '') as manager_name, v.erp_sync_id is not null as of_erp,
       (select w.lead_id from hub.lead_vehicle w where w.vehicle_id = v.id and w.chosen) as lead_id
  from hub.vehicle v left join hub.staff s on s.id = v.manager_id )";

vehicle_view vehicle_of(const pqxx::row& row) {
  vehicle_view made;
  made.id = row["id"].as<std::int64_t>();
  made.version = row["version"].as<std::int32_t>();
  made.make = text_of(row["make"]);
  made.model = text_of(row["model"]);
  if (!row["year"].is_null()) made.year = row["year"].as<std::int32_t>();
  if (!row["vin"].is_null()) made.vin = text_of(row["vin"]);
  if (!row["price"].is_null()) made.price = row["price"].as<double>();
  made.currency = text_of(row["currency"]);
  made.status = value_of<vehicle_status>(text_of(row["status"])).value_or(vehicle_status::available);
  made.plate = text_of(row["plate"]);
  if (!row["mileage"].is_null()) made.mileage = row["mileage"].as<std::int32_t>();
  made.colour = text_of(row["colour"]);
  if (const auto id = maybe_id(row["manager_id"])) made.manager = person_view{*id, text_of(row["manager_name"])};
  made.of_erp = row["of_erp"].as<bool>();
  made.lead_id = maybe_id(row["lead_id"]);
  return made;
}

vehicle_view read_vehicle(const asked& a, std::int64_t id) {
  const auto rows = a.sql.exec_params(std::string(select_vehicles) + "where v.id = $1", id);
  if (rows.empty()) refuse_unknown("vehicle");
  return vehicle_of(rows[0]);
}

http::response one(const asked& a) { return answer(200, read_vehicle(a, id_of(a.from))); }

http::response list(const asked& a) {
  const auto status = query_value(a.from, "status"), q = query_value(a.from, "q");
  if (!status.empty() && !value_of<vehicle_status>(status))
    refuse(400, "Bad request", "expected one of " + list_names<vehicle_status>(), "status");
  if (q.size() > 200) refuse(400, "Bad request", "expected at most 200 bytes", "q");
  const auto limit = read_limit(a.from, 50, 200);
  if (!limit) refuse(limit.error());
  const auto before = read_before(a.from);
  if (!before) refuse(before.error());
  std::optional<std::int64_t> id;
  if (*before) id = (*before)->id;
  const auto rows =
      a.sql.exec_params(std::string(select_vehicles) +
                            "where ($1 = '' or v.status = nullif($1, '')::hub.vehicle_status)"
                            " and ($2 = '' or v.make || ' ' || v.model ilike $2 or v.vin ilike $2 or v.plate ilike $2)"
                            " and ($3::bigint is null or v.id < $3) order by v.id desc limit $4::integer",
                        status, q.empty() ? q : as_pattern(q), id, *limit + 1);
  vehicle_page page;
  for (const auto& row : rows) {
    if (static_cast<int>(page.vehicles.size()) == *limit) {
      page.next = to_text({0, page.vehicles.back().id});
      break;
    }
    page.vehicles.push_back(vehicle_of(row));
  }
  return answer(200, page);
}

std::string vin_of(const std::string& typed) {
  auto text = std::string(trim(typed));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; });
  const bool fits = text.size() == 17 && text.find_first_not_of("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") == std::string::npos;
  if (!text.empty() && !fits) refuse(400, "Bad request", "a VIN has 17 letters and digits, no I, O or Q", "vin");
  return text;
}

void refuse_second_vin(const asked& a, const std::string& vin, std::int64_t but) {
  const auto other = a.sql.exec_params("select id from hub.vehicle where vin = $1 and id <> $2", vin, but);
  if (!other.empty()) refuse(409, "Known already", "Vehicle " + other[0][0].as<std::string>() + " has this VIN.", "vin");
}

void refuse_stranger(const asked& a, const std::optional<std::int64_t>& manager) {
  if (manager && a.sql.exec_params("select 1 from hub.staff where id = $1 and active", *manager).empty())
    refuse(400, "Bad request", "is nobody of the staff", "manager_id");
}

struct vehicle_given {
  std::string make, model, vin, currency, plate, colour;
  std::optional<std::int32_t> year, mileage;
  std::optional<double> price;
  std::optional<std::int64_t> manager_id;

  bool operator==(const vehicle_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("make", self.make, about{.text = "", .required = true, .min = 1, .max = 100});
    on("model", self.model, about{.text = "", .required = true, .min = 1, .max = 100});
    on("vin", self.vin, about{.text = "17 letters and digits; small letters are taken as capitals.", .max = 17});
    on("currency", self.currency, about{.text = "ISO 4217; USD when empty.", .max = 3});
    on("plate", self.plate, about{.text = "", .max = 20});
    on("colour", self.colour, about{.text = "", .max = 60});
    on("year", self.year, about{.text = "", .min = 1900, .max = 2100});
    on("mileage", self.mileage, about{.text = "Kilometres.", .min = 0, .max = 10000000});
    on("price", self.price, about{.text = "Two decimals.", .min = 0, .max = 999999999999.99});
    on("manager_id", self.manager_id, about{.text = "Who answers for it.", .min = 1});
  }
};

http::response create(const asked& a) {
  const auto given = read_body<vehicle_given>(a.from);
  const auto vin = vin_of(given.vin), currency = currency_of(given.currency, "currency");
  const auto make = without_number(given.make, "make"), model = without_number(given.model, "model");
  if (make.empty()) refuse(400, "Bad request", "must not be empty", "make");
  if (model.empty()) refuse(400, "Bad request", "must not be empty", "model");
  refuse_second_vin(a, vin, 0);
  refuse_stranger(a, given.manager_id);
  const auto rows = a.sql.exec_params(
      "insert into hub.vehicle (make, model, year, vin, price, currency, plate, mileage, colour, manager_id)"
      " values ($1, $2, $3, nullif($4, ''), round($5::numeric, 2), coalesce(nullif($6, ''), 'USD'), $7, $8, $9, $10)"
      " on conflict (vin) do nothing returning id",
      make, model, given.year, vin, given.price, currency, without_number(given.plate, "plate"), given.mileage,
      without_number(given.colour, "colour"), given.manager_id);
  if (rows.empty()) refuse(409, "Known already", "Another vehicle has this VIN.", "vin");
  const auto id = rows[0][0].as<std::int64_t>();
  write_audit(a, "vehicle_create", "vehicle:" + std::to_string(id));
  return answer(201, read_vehicle(a, id));
}

struct vehicle_patch {
  std::optional<std::string> make, model, vin, currency, plate, colour;
  std::optional<std::int32_t> year, mileage;
  std::optional<double> price;
  std::optional<std::int64_t> manager_id;
  std::optional<vehicle_status> status;
  std::int32_t version = 0;

  bool operator==(const vehicle_patch&) const = default;
  static void describe(auto& self, auto& on) {
    on("make", self.make, about{.text = "", .min = 1, .max = 100});
    on("model", self.model, about{.text = "", .min = 1, .max = 100});
    on("vin", self.vin, about{.text = "17 letters and digits.", .max = 17});
    on("currency", self.currency, about{.text = "ISO 4217.", .max = 3});
    on("plate", self.plate, about{.text = "", .max = 20});
    on("colour", self.colour, about{.text = "", .max = 60});
    on("year", self.year, about{.text = "", .min = 1900, .max = 2100});
    on("mileage", self.mileage, about{.text = "Kilometres.", .min = 0, .max = 10000000});
    on("price", self.price, about{.text = "Two decimals.", .min = 0, .max = 999999999999.99});
    on("manager_id", self.manager_id, about{.text = "Who answers for it.", .min = 1});
    on("status", self.status, about{.text = "available or archived; reserved and sold are what leads make of it."});
    on("version", self.version, about{.text = "Of the vehicle as it was read.", .required = true, .min = 1});
  }
};

void refuse_what_the_erp_owns(const vehicle_patch& given) {
  const auto owned = [](const auto& value, std::string_view field) {
    if (value) refuse(409, "The ERP's", "This vehicle comes from the ERP, which owns make, model, year, VIN and price.", field);
  };
  owned(given.make, "make");
  owned(given.model, "model");
  owned(given.year, "year");
  owned(given.vin, "vin");
  owned(given.price, "price");
  owned(given.currency, "currency");
}

http::response edit(const asked& a) {
  const auto given = read_body<vehicle_patch>(a.from);
  const auto typed = [](const std::optional<std::string>& text, std::string_view field) {
    return text ? std::optional(without_number(*text, field)) : std::nullopt;
  };
  const auto make = typed(given.make, "make"), model = typed(given.model, "model"), plate = typed(given.plate, "plate"),
             colour = typed(given.colour, "colour");
  const auto vin = given.vin ? std::optional(vin_of(*given.vin)) : std::nullopt;
  const auto currency = currency_of(given.currency.value_or(""), "currency");
  const auto id = id_of(a.from);
  const auto now = a.sql.exec_params(
      "select version, status::text as status, erp_sync_id is not null as of_erp from hub.vehicle"
      " where id = $1 for no key update",
      id);
  if (now.empty()) refuse_unknown("vehicle");
  expect_version(given.version, now[0]["version"].as<std::int32_t>());
  if (now[0]["of_erp"].as<bool>()) refuse_what_the_erp_owns(given);
  if (given.status) {
    const auto held = [](vehicle_status s) { return s == vehicle_status::reserved || s == vehicle_status::sold; };
    if (held(*given.status)) refuse(409, "A lead's", "Leads reserve and sell vehicles: choose it in a lead.", "status");
    if (held(value_of<vehicle_status>(text_of(now[0]["status"])).value_or(vehicle_status::available)))
      refuse(409, "A lead's", "A lead holds this vehicle; it is freed there.", "status");
  }
  if (vin && !vin->empty()) refuse_second_vin(a, *vin, id);
  refuse_stranger(a, given.manager_id);
  a.sql.exec_params(
      "update hub.vehicle v set make = coalesce($2, v.make), model = coalesce($3, v.model), year = coalesce($4, v.year),"
      " vin = nullif(coalesce($5, v.vin), ''), price = coalesce(round($6::numeric, 2), v.price),"
      " currency = coalesce(nullif($7, ''), v.currency), plate = coalesce($8, v.plate), mileage = coalesce($9, v.mileage),"
      " colour = coalesce($10, v.colour), manager_id = coalesce($11, v.manager_id),"
      " status = coalesce($12::hub.vehicle_status, v.status), updated_at = now(), version = v.version + 1 where v.id = $1",
      id, or_null(make), or_null(model), given.year, or_null(vin), given.price, currency, or_null(plate), given.mileage,
      or_null(colour), given.manager_id, given.status ? std::string(name_of(*given.status)).c_str() : nullptr);
  write_audit(a, "vehicle_edit", "vehicle:" + std::to_string(id));
  return answer(200, read_vehicle(a, id));
}

}  // namespace

void add_vehicles(route_table& to) {
  to.add(route("GET", "/api/v1/vehicles"), list);
  to.add(route("POST", "/api/v1/vehicles"), create);
  to.add(route("GET", "/api/v1/vehicles/{id}"), one);
  to.add(route("PATCH", "/api/v1/vehicles/{id}"), edit);
}

}  // namespace hub::api
