#include "hub/api/lead_changes.hpp"

#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"

namespace hub::api {

namespace {

using routing::stage;

// Whose they are decides whether the step may go.
constexpr std::string_view lock_vehicles = "select id, status::text as status, title, other from hub.lock_chosen_vehicles($1)";

constexpr std::string_view select_rival = R"(
select l.id from hub.lead l
 where l.id <> $1 and l.attachable and l.pipeline = $3
   and l.customer_id in (select hub.link_of($2))
 order by l.id limit 1)";

constexpr std::string_view change_stage =
    "select hub.change_stage(array[$1::bigint], array[$2::hub.lead_stage], array[$3::boolean], $4::bigint, array[$5::text], "
    "$6::timestamptz)";

// The same as workers/ingest/answers does for a reply from a phone.
constexpr std::string_view stop_clock = R"(
update hub.lead l set
    first_response_by = case when l.unanswered_since <= $2::timestamptz and l.first_response_at is null
                             then l.manager_id else l.first_response_by end,
    first_response_at = case when l.unanswered_since <= $2::timestamptz then coalesce(l.first_response_at, $2::timestamptz)
                             else l.first_response_at end,
    first_response_due_at = case when l.unanswered_since > $2::timestamptz then l.first_response_due_at end,
    unanswered_since = case when l.unanswered_since > $2::timestamptz then l.unanswered_since end,
    last_activity_at = greatest(l.last_activity_at, $2::timestamptz), updated_at = now()
 where l.id = $1)";

constexpr std::string_view give =
    "select hub.change_owner(array[$1::bigint], array[$2::bigint], $3::bigint, array[$4::text], $5::timestamptz)";

// Since when the customer waits: the later of the message's platform time and its arrival.
std::string select_waiting() {
  return "select " + ms("greatest(l.unanswered_since, m.created_at)") +
         " as since, coalesce(s.email, '') as email, coalesce(t.name, '') as team"
         " from hub.lead l left join hub.staff s on s.id = l.manager_id left join hub.team t on t.id = l.team_id"
         " left join lateral (select x.created_at from hub.message x where x.lead_id = l.id and x.direction = 'incoming'"
         " and x.sent_at >= l.unanswered_since order by x.sent_at, x.id limit 1) m on true"
         " where l.id = $1 and l.unanswered_since is not null and l.first_response_due_at is not null";
}

// An assignee works for the lead's team or for one that the assigner supervises; an admin may name anybody.
constexpr std::string_view find_assignee = R"(
select s.active and s.role in ('manager', 'supervisor') as able,
       $3::boolean or exists (
         select from hub.team_member m join hub.team t on t.id = m.team_id
          where m.staff_id = s.id
           and (t.name = $4 or exists (select from hub.team_member o where o.team_id = t.id and o.staff_id = $2 and o.supervisor))
       ) as allowed
  from hub.staff s where s.id = $1)";

/// Locks what the lead has chosen and refuses what cannot be reserved or sold; whether there is anything.
bool expect_vehicles(const asked& a, const locked_lead& lead, stage to) {
  const auto chosen = a.sql.exec_params(std::string(lock_vehicles), lead.id);
  if (to == stage::prepayment || to == stage::sold) {
    for (const auto& row : chosen) {
      if (const auto other = maybe_id(row["other"]))
        refuse(409, "Vehicle taken",
               text_of(row["title"]) + " is " + text_of(row["status"]) + " for lead " + std::to_string(*other) + ".", "vehicles");
      // Held by no other lead: this one has it, or the back office took it out of stock.
      const bool held = lead.stage == stage::prepayment || lead.stage == stage::sold;
      const auto now = text_of(row["status"]);
      if (now == "archived" || (now != "available" && !held))
        refuse(409, "Vehicle taken", text_of(row["title"]) + " is " + now + ".", "vehicles");
    }
  }
  return !chosen.empty();
}

}  // namespace

std::string lead_subject(std::int64_t id) { return "lead:" + std::to_string(id); }

lead_view read_lead(const asked& a, std::int64_t id) {
  const auto rows = a.sql.exec_params(select_leads(a.who, "where l.id = $2 and $1::bigint is not null"), a.who.id, id);
  if (rows.empty()) refuse_unknown("lead");
  auto made = lead_of(rows[0], a.who, staff_names(a.sql));
  tell_next_stages(*rules_in_force(a), a.who, rows[0], made);
  return made;
}

std::string kept_text(const std::string& typed) { return scrub_numbers(clean_text(typed)); }

std::string line_of(const std::string& typed, std::string_view field) {
  const auto kept = kept_text(typed);
  auto text = std::string(trim(kept));
  if (text.empty()) refuse(400, "Bad request", "must not be empty", field);
  return text;
}

void give_lead(const asked& a, std::int64_t lead, std::optional<std::int64_t> to, const std::string& why) {
  a.sql.exec_params(std::string(give), lead, to, a.who.id, why, to_rfc3339(a.now));
  const auto waiting = a.sql.exec_params(select_waiting(), lead);
  if (waiting.empty()) return;
  const auto rules = rules_in_force(a);
  if (rules->first_response_due.calendar != "owner") return;
  const auto due =
      rules->first_response_until(instant_of(waiting[0]["since"]), text_of(waiting[0]["email"]), text_of(waiting[0]["team"]));
  const auto text = due ? std::optional(to_rfc3339(*due)) : std::nullopt;
  a.sql.exec_params("update hub.lead set first_response_due_at = $2::timestamptz where id = $1", lead,
                    text ? text->c_str() : nullptr);
}

void expect_assignee(const asked& a, std::int64_t staff, const std::string& team, std::string_view field) {
  const auto found = a.sql.exec_params(std::string(find_assignee), staff, a.who.id, a.who.role == role::admin, team);
  if (found.empty() || !found[0]["allowed"].as<bool>())
    refuse(400, "Bad request", "is nobody of the lead's team or of a team you supervise", field);
  if (!found[0]["able"].as<bool>())
    refuse(409, "Not able", "This person takes no leads: not active, or neither manager nor supervisor.", field);
}

std::optional<std::int64_t> find_rival(const asked& a, std::int64_t customer, const std::string& pipeline, std::int64_t except) {
  const auto found = a.sql.exec_params(std::string(select_rival), except, customer, pipeline);
  if (found.empty()) return std::nullopt;
  return found[0][0].as<std::int64_t>();
}

locked_lead move_lead(const asked& a, std::int64_t id, const stage_step& wanted) {
  auto lead = lock_lead(a, id);
  expect_version(wanted.version, lead.version);
  if (lead.stage == wanted.to) return lead;
  const auto rules = rules_in_force(a);

  routing::transition step;
  step.from = lead.stage;
  step.to = wanted.to;
  step.has_owner = lead.owner.has_value();
  step.as_supervisor = lead.supervised;
  step.reason = wanted.reason;
  // Whether a vehicle is chosen is asked under its lock; what needs none of them is refused before.
  step.has_chosen_vehicle = true;
  const auto& pipeline = rules->pipeline_of(lead.pipeline);
  if (const auto p = routing::refuse(pipeline, step))
    refuse(p->where == "reason" ? 400 : 409, p->where == "reason" ? "Bad request" : "Not possible", p->what, p->where);

  // What was cut stays cut: an open lead that takes no messages any more, and a window that closing ended.
  const bool was_open = routing::is_open(lead.stage);
  const bool attaches = rules->takes_in(lead.source, wanted.to) &&
                        (was_open ? lead.attachable && (!lead.attach_until || a.now <= *lead.attach_until) : !lead.attach_until);
  if (!was_open && attaches) {
    if (const auto rival = find_rival(a, lead.customer, lead.pipeline, lead.id))
      refuse(409, "Another lead is open",
             "The customer's lead " + std::to_string(*rival) + " is open in this pipeline; close or use that one.", "stage");
  }
  step.has_chosen_vehicle = expect_vehicles(a, lead, wanted.to);
  if (const auto p = routing::refuse(pipeline, step)) refuse(409, "Not possible", p->what, p->where);

  const auto from = std::string(name_of(lead.stage)), to = std::string(name_of(wanted.to));
  a.sql.exec_params("select hub.move_vehicles($1, $2::hub.lead_stage, $3::hub.lead_stage)", lead.id, from, to);
  a.sql.exec_params(std::string(change_stage), lead.id, to, attaches, a.who.id,
                    wanted.reason.empty() ? wanted.note : wanted.reason, to_rfc3339(a.now));
  if (!routing::is_open(wanted.to))
    a.sql.exec_params("update hub.lead set close_reason = nullif($2, ''), close_note = $3 where id = $1", lead.id, wanted.reason,
                      wanted.note);
  write_audit(a, "lead_stage", lead_subject(lead.id), "{\"from\":\"" + from + "\",\"to\":\"" + to + "\"}");
  lead.stage = wanted.to;
  return lead;
}

void hear_reply(const asked& a, const locked_lead& lead) {
  if (!lead.owner) {
    give_lead(a, lead.id, a.who.id, "claimed by replying");
    write_audit(a, "lead_claim", lead_subject(lead.id));
  }
  a.sql.exec_params0(std::string(stop_clock), lead.id, to_rfc3339(a.now));
  if (lead.stage != stage::fresh) return;
  const bool attaches = lead.attachable && rules_in_force(a)->takes_in(lead.source, stage::contacted);
  a.sql.exec_params(std::string(change_stage), lead.id, std::string(name_of(stage::contacted)), attaches, a.who.id, "answered",
                    to_rfc3339(a.now));
}

}  // namespace hub::api
