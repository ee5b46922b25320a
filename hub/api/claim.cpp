// POST /api/v1/leads/{id}/claim: whoever comes first has it, everybody else is told who that was.

#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/message/json.hpp"

namespace hub::api {

namespace {

// The lead may belong to somebody else by now: that must be a 409 with a name, so the team decides and not the owner.
constexpr std::string_view lock_lead = R"(
select l.id, l.manager_id, l.stage::text as stage, l.customer_id from hub.lead l
 where l.id = $2
   and (l.manager_id = $1 or l.team_id in (select o.team_id from hub.team_member o where o.staff_id = $1) or $3::boolean)
   for no key update of l)";

constexpr std::string_view take =
    "select hub.change_owner(array[$2::bigint], array[$1::bigint], $1::bigint, array['claimed'], $3::timestamptz)";

constexpr std::string_view note_it =
    "insert into hub.audit (staff_id, program, action, subject) values ($1, 'hub-api', 'lead_claim', 'lead:' || $2::bigint)";

struct outcome {
  bool found = false;
  std::optional<lead_view> lead;  ///< theirs now
  std::optional<claim_conflict> conflict;
};

claim_conflict lost_to(pqxx::work& sql, std::int64_t lead) {
  const auto row = sql.exec_params1("select l.manager_id, s.name, " + ms("l.assigned_at") +
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

async::task<http::response> claim(services* with, visitor who, http::request from) {
  const auto id = id_of(from);
  const auto now = with->time.now();
  auto run = [&](pqxx::work& sql) {
    outcome made;
    const auto rows = sql.exec_params(std::string(lock_lead), who.id, id, who.access == access::all);
    if (rows.empty()) return made;
    made.found = true;
    const auto owner = maybe_id(rows[0]["manager_id"]);
    const auto stage = text_of(rows[0]["stage"]);
    if (owner && *owner != who.id) {
      made.conflict = lost_to(sql, id);
      return made;
    }
    if (!owner && (stage == "sold" || stage == "lost")) {
      made.conflict = claim_conflict{};
      made.conflict->title = "Closed";
      made.conflict->detail = "This lead is closed; only an open lead can be claimed.";
      return made;
    }
    if (!owner) {
      sql.exec_params(std::string(take), who.id, id, to_rfc3339(now));
      sql.exec_params(std::string(note_it), who.id, id);
    }
    const auto staff = staff_names(sql);
    made.lead = lead_of(sql.exec_params1(select_leads(who, "where l.id = $2 and " + lead_is_visible(who.access)), who.id, id),
                        who, staff);
    return made;
  };
  const auto made = co_await with->db.run(run);
  if (!made.found) co_return no_such("lead");
  if (made.conflict) {
    auto answer = http::response::json(409, message::to_json(*made.conflict));
    answer.head.set("Content-Type", "application/problem+json");
    co_return answer;
  }
  co_return http::response::json(200, message::to_json(*made.lead));
}

}  // namespace

void add_claim(route_table& to, services& with) {
  auto* kept = &with;
  to.add(route("POST", "/api/v1/leads/{id}/claim"),
         [kept](visitor who, http::request from) { return claim(kept, std::move(who), std::move(from)); });
}

}  // namespace hub::api
