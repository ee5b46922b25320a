// POST /api/v1/leads/{id}/claim, /assign and /release: who owns a lead. Whoever claims first has it, everybody else is told
// who that was; a supervisor gives it to somebody; an owner gives it back. Every change goes through hub.change_owner().

#include "hub/api/asked.hpp"
#include "hub/api/lead_changes.hpp"
#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/text.hpp"

namespace hub::api {

namespace {

// The lead may belong to somebody else by now: that must be a 409 with a name, so the team decides and not the owner.
constexpr std::string_view lock_claimed = R"(
select l.id, l.manager_id, l.stage::text as stage from hub.lead l
 where l.id = $2
   and (l.manager_id = $1 or l.team_id in (select o.team_id from hub.team_member o where o.staff_id = $1) or $3::boolean)
   for no key update of l)";

claim_conflict lost_to(const asked& a, std::int64_t lead) {
  const auto row = a.sql.exec_params1("select l.manager_id, s.name, " + ms("l.assigned_at") +
                                          " as assigned_at"
                                          " from hub.lead l join hub.staff s on s.id = l.manager_id where l.id = $1",
                                      lead);
  claim_conflict made;
  made.title = "Already taken";
  made.owner = person_view{row["manager_id"].as<std::int64_t>(), text_of(row["name"])};
  made.since = maybe_instant(row["assigned_at"]);
  made.detail = made.owner->name + " has this lead" + (made.since ? " since " + to_rfc3339(*made.since) : "") + ".";
  return made;
}

http::response conflict(const claim_conflict& made) {
  auto answer = http::response::json(409, message::to_json(made));
  answer.head.set("Content-Type", "application/problem+json");
  return answer;
}

http::response claim(const asked& a) {
  const auto id = id_of(a.from);
  const auto rows = a.sql.exec_params(std::string(lock_claimed), a.who.id, id, a.who.access == access::all);
  if (rows.empty()) refuse_unknown("lead");
  const auto owner = maybe_id(rows[0]["manager_id"]);
  const auto stage = text_of(rows[0]["stage"]);
  if (owner && *owner != a.who.id) return conflict(lost_to(a, id));
  if (!owner && (stage == "sold" || stage == "lost")) {
    claim_conflict made;
    made.title = "Closed";
    made.detail = "This lead is closed; only an open lead can be claimed.";
    return conflict(made);
  }
  if (!owner) {
    give_lead(a, id, a.who.id, "claimed");
    write_audit(a, "lead_claim", lead_subject(id));
  }
  return answer(200, read_lead(a, id));
}

struct assign_given {
  std::int64_t staff_id = 0;
  std::string reason;
  std::optional<std::int32_t> version;

  bool operator==(const assign_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("staff_id", self.staff_id, about{.text = "Who gets the lead.", .required = true, .min = 1});
    on("reason", self.reason, about{.text = "Kept with the change.", .required = true, .min = 1, .max = 500});
    on("version", self.version, about{.text = "Refuse when the lead has another one."});
  }
};

http::response assign(const asked& a) {
  const auto given = read_body<assign_given>(a.from);
  assign_lead(a, id_of(a.from), given.staff_id, given.reason, given.version);
  return answer(200, read_lead(a, id_of(a.from)));
}

struct release_given {
  std::string reason;
  std::optional<std::int32_t> version;

  bool operator==(const release_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("reason", self.reason,
       about{.text = "Why the lead goes back to its team's queue.", .required = true, .min = 1, .max = 500});
    on("version", self.version, about{.text = "Refuse when the lead has another one."});
  }
};

http::response release(const asked& a) {
  const auto given = read_body<release_given>(a.from);
  const auto reason = line_of(given.reason, "reason");
  const auto lead = lock_lead(a, id_of(a.from));
  expect_version(given.version, lead.version);
  if (!routing::is_open(lead.stage)) refuse(409, "Closed", "A closed lead stays with its owner.");
  if (!lead.owner) refuse(409, "Nobody's", "Nobody owns this lead.");
  give_lead(a, lead.id, std::nullopt, "released: " + reason);
  write_audit(a, "lead_release", lead_subject(lead.id));
  return answer(200, read_lead(a, lead.id));
}

}  // namespace

void assign_lead(const asked& a, std::int64_t id, std::int64_t staff, const std::string& why,
                 std::optional<std::int32_t> version) {
  const auto reason = line_of(why, "reason");
  const auto lead = lock_lead(a, id);
  expect_version(version, lead.version);
  if (!routing::is_open(lead.stage)) refuse(409, "Closed", "A closed lead stays with its owner; reopen it first.");
  expect_assignee(a, staff, lead.team, "staff_id");
  if (lead.owner == staff) return;
  give_lead(a, lead.id, staff, "assigned: " + reason);
  write_audit(a, "lead_assign", lead_subject(lead.id), "{\"to\":" + std::to_string(staff) + "}");
}

void add_claim(route_table& to) {
  to.add(route("POST", "/api/v1/leads/{id}/claim"), claim);
  to.add(route("POST", "/api/v1/leads/{id}/assign"), assign);
  to.add(route("POST", "/api/v1/leads/{id}/release"), release);
  to.add(route("POST", "/admin/crm/assign-lead/{id}"), assign);
}

}  // namespace hub::api
