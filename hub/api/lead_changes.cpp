#include "hub/api/lead_changes.hpp"

#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/text.hpp"

namespace hub::api {

namespace {

using routing::stage;

// Chosen vehicles, locked in order: whose they are decides whether the step may go.
constexpr std::string_view lock_vehicles = R"(
select v.id, v.status::text as status, v.make || ' ' || v.model as title,
       (select min(o.lead_id) from hub.lead_vehicle o join hub.lead k on k.id = o.lead_id
         where o.vehicle_id = v.id and o.chosen and o.lead_id <> $1 and k.stage in ('prepayment', 'sold')) as other
  from hub.vehicle v
 where v.id in (select w.vehicle_id from hub.lead_vehicle w where w.lead_id = $1 and w.chosen)
 order by v.id
   for no key update of v)";

constexpr std::string_view set_vehicles =
    "update hub.vehicle v set status = $2::hub.vehicle_status, updated_at = now(), version = v.version + 1"
    " where v.id in (select w.vehicle_id from hub.lead_vehicle w where w.lead_id = $1 and w.chosen)"
    " and v.status <> $2::hub.vehicle_status";

constexpr std::string_view find_rival = R"(
select l.id from hub.lead l
 where l.id <> $1 and l.attachable and l.pipeline = $3
   and l.customer_id in (select k.id from hub.customer c
                           join hub.customer k on k.id = coalesce(c.merged_into, c.id) or k.merged_into = coalesce(c.merged_into, c.id)
                          where c.id = $2)
 order by l.id limit 1)";

constexpr std::string_view change_stage =
    "select hub.change_stage(array[$1::bigint], array[$2::hub.lead_stage], array[$3::boolean], $4::bigint, array[$5::text], "
    "$6::timestamptz)";

/// What the chosen vehicles become; nothing: they stay as they are.
std::optional<std::string> vehicle_status(stage from, stage to) {
  switch (to) {
    case stage::prepayment: return "reserved";
    case stage::sold: return "sold";
    default: break;
  }
  const bool held = from == stage::prepayment || from == stage::sold;
  return held ? std::optional<std::string>("available") : std::nullopt;
}

bool move_vehicles(const asked& a, const locked_lead& lead, stage to) {
  const auto chosen = a.sql.exec_params(std::string(lock_vehicles), lead.id);
  const auto status = vehicle_status(lead.stage, to);
  if (chosen.empty() || !status) return !chosen.empty();
  if (*status != "available") {
    for (const auto& row : chosen) {
      if (const auto other = maybe_id(row["other"]))
        refuse(409, "Vehicle taken",
               text_of(row["title"]) + " is " + text_of(row["status"]) + " for lead " + std::to_string(*other) + ".", "vehicles");
      if (text_of(row["status"]) == "archived")
        refuse(409, "Vehicle archived", text_of(row["title"]) + " is archived.", "vehicles");
    }
  }
  return true;
}

}  // namespace

std::string lead_subject(std::int64_t id) { return "lead:" + std::to_string(id); }

lead_view read_lead(const asked& a, std::int64_t id) {
  const auto rows = a.sql.exec_params(select_leads(a.who, "where l.id = $2 and $1::bigint is not null"), a.who.id, id);
  if (rows.empty()) refuse_unknown("lead");
  auto made = lead_of(rows[0], a.who, staff_names(a.sql));
  tell_next_stages(*rules_in_force(a), a.who, made);
  return made;
}

std::string line_of(const std::string& typed, std::string_view field) {
  auto text = std::string(trim(clean_text(typed)));
  if (text.empty()) refuse(400, "Bad request", "must not be empty", field);
  return text;
}

locked_lead move_lead(const asked& a, std::int64_t id, const stage_step& wanted) {
  auto lead = lock_lead(a, id);
  expect_version(wanted.version, lead.version);
  if (lead.stage == wanted.to) return lead;
  const auto rules = rules_in_force(a);
  const bool supervises = a.who.role != role::manager;

  routing::transition step;
  step.from = lead.stage;
  step.to = wanted.to;
  step.has_owner = lead.owner.has_value();
  step.as_supervisor = supervises;
  step.reason = wanted.reason;
  // Whether a vehicle is chosen is asked under its lock; what needs none of them is refused before.
  step.has_chosen_vehicle = true;
  const auto& pipeline = rules->pipeline_of(lead.pipeline);
  if (const auto p = routing::refuse(pipeline, step))
    refuse(p->where == "reason" ? 400 : 409, p->where == "reason" ? "Bad request" : "Not possible", p->what, p->where);

  const bool attaches = rules->takes_in(lead.source, wanted.to);
  if (!routing::is_open(lead.stage) && attaches) {
    const auto rival = a.sql.exec_params(std::string(find_rival), lead.id, lead.customer, lead.pipeline);
    if (!rival.empty())
      refuse(409, "Another lead is open",
             "The customer's lead " + rival[0][0].as<std::string>() + " is open in this pipeline; close or use that one.",
             "stage");
  }
  step.has_chosen_vehicle = move_vehicles(a, lead, wanted.to);
  if (const auto p = routing::refuse(pipeline, step)) refuse(409, "Not possible", p->what, p->where);

  if (const auto status = vehicle_status(lead.stage, wanted.to)) a.sql.exec_params(std::string(set_vehicles), lead.id, *status);
  a.sql.exec_params(std::string(change_stage), lead.id, std::string(name_of(wanted.to)), attaches, a.who.id,
                    wanted.reason.empty() ? wanted.note : wanted.reason, to_rfc3339(a.now));
  // A lost lead lets its car go; that it was the one is in the audit.
  if (wanted.to == stage::lost)
    a.sql.exec_params("update hub.lead_vehicle set chosen = false where lead_id = $1 and chosen", lead.id);
  if (!routing::is_open(wanted.to))
    a.sql.exec_params("update hub.lead set close_reason = nullif($2, ''), close_note = $3 where id = $1", lead.id, wanted.reason,
                      wanted.note);
  write_audit(a, "lead_stage", lead_subject(lead.id),
              "{\"from\":\"" + std::string(name_of(lead.stage)) + "\",\"to\":\"" + std::string(name_of(wanted.to)) + "\"}");
  lead.stage = wanted.to;
  return lead;
}

}  // namespace hub::api
