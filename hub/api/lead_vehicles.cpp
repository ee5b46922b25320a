// PUT and DELETE /api/v1/leads/{id}/vehicles/{vehicle}: which cars a lead is about, and which one it is.

#include "hub/api/journal_views.hpp"
#include "hub/api/lead_changes.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/number.hpp"

namespace hub::api {

namespace {

std::int64_t vehicle_of(const http::request& from) {
  const auto at = from.params.find("vehicle");
  const auto id = at == from.params.end() ? std::nullopt : whole_number<std::int64_t>(at->second);
  return id && *id > 0 ? *id : 0;
}

struct link_given {
  bool chosen = false;

  bool operator==(const link_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("chosen", self.chosen, about{.text = "This is the car: prepayment reserves it, the sale sells it."});
  }
};

// A lead that has paid or bought has its car: another one is a step back first.
void refuse_when_held(const locked_lead& lead) {
  if (lead.stage == routing::stage::prepayment || lead.stage == routing::stage::sold)
    refuse(409, "Not possible", "The chosen vehicle of a lead at prepayment or sold stays: take the lead a step back first.",
           "chosen");
}

http::response link(const asked& a) {
  const auto given = read_body<link_given>(a.from);
  const auto lead = lock_lead(a, id_of(a.from));
  const auto id = vehicle_of(a.from);
  const auto found = a.sql.exec_params("select status::text as status from hub.vehicle where id = $1 for no key update", id);
  if (found.empty()) refuse_unknown("vehicle");
  const auto now = a.sql.exec_params("select chosen from hub.lead_vehicle where lead_id = $1 and vehicle_id = $2", lead.id, id);
  const bool was_chosen = !now.empty() && now[0][0].as<bool>();
  if (was_chosen != given.chosen) refuse_when_held(lead);
  if (given.chosen && !was_chosen) {
    if (lead.stage == routing::stage::lost) refuse(409, "Closed", "A lost lead chooses no vehicle; reopen it first.", "chosen");
    const auto other =
        a.sql.exec_params("select lead_id from hub.lead_vehicle where vehicle_id = $1 and chosen and lead_id <> $2", id, lead.id);
    if (!other.empty())
      refuse(409, "Vehicle taken", "Lead " + other[0][0].as<std::string>() + " has chosen this vehicle.", "chosen");
    const auto status = text_of(found[0]["status"]);
    if (status != "available") refuse(409, "Vehicle taken", "This vehicle is " + status + ".", "chosen");
  }
  a.sql.exec_params(
      "insert into hub.lead_vehicle (lead_id, vehicle_id, chosen, suggested) values ($1, $2, $3, false)"
      " on conflict (lead_id, vehicle_id) do update set chosen = excluded.chosen, suggested = false",
      lead.id, id, given.chosen);
  write_audit(a, "lead_vehicle", lead_subject(lead.id), "{\"vehicle\":" + std::to_string(id) + "}");
  return answer(200, vehicles_of(a.sql, lead.id));
}

http::response unlink(const asked& a) {
  const auto lead = lock_lead(a, id_of(a.from));
  const auto id = vehicle_of(a.from);
  const auto now = a.sql.exec_params("select chosen from hub.lead_vehicle where lead_id = $1 and vehicle_id = $2", lead.id, id);
  if (now.empty()) refuse_unknown("vehicle");
  if (now[0][0].as<bool>()) refuse_when_held(lead);
  a.sql.exec_params("delete from hub.lead_vehicle where lead_id = $1 and vehicle_id = $2", lead.id, id);
  write_audit(a, "lead_vehicle_remove", lead_subject(lead.id), "{\"vehicle\":" + std::to_string(id) + "}");
  return answer(200, vehicles_of(a.sql, lead.id));
}

}  // namespace

std::vector<lead_vehicle_view> vehicles_of(pqxx::work& sql, std::int64_t lead) {
  std::vector<lead_vehicle_view> made;
  for (const auto& row : sql.exec_params(
           "select v.id, v.make || ' ' || v.model || coalesce(' ' || v.year::text, '') as title, coalesce(v.vin, '') as vin,"
           " v.status::text as status, w.chosen, w.suggested from hub.lead_vehicle w join hub.vehicle v on v.id = w.vehicle_id"
           " where w.lead_id = $1 order by w.chosen desc, v.id",
           lead))
    made.push_back({row["id"].as<std::int64_t>(), text_of(row["title"]), text_of(row["vin"]), text_of(row["status"]),
                    row["chosen"].as<bool>(), row["suggested"].as<bool>()});
  return made;
}

void add_lead_vehicles(route_table& to) {
  to.add(route("PUT", "/api/v1/leads/{id}/vehicles/{vehicle}"), link);
  to.add(route("DELETE", "/api/v1/leads/{id}/vehicles/{vehicle}"), unlink);
}

}  // namespace hub::api
