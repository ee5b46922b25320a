// /api/v1/conflicts: where an ERP says one thing and the hub another, and which of them holds. The judgement is written here;
// hub-worker applies it (workers/office).

#include "hub/api/asked.hpp"
#include "hub/api/conflict_views.hpp"
#include "hub/api/rows.hpp"

namespace hub::api {

namespace {

std::string select_conflicts() {
  return "select k.id, k.account, k.object_type, k.object_id, k.field, k.ours, k.theirs, k.why, k.vehicle_id, k.lead_id, " +
         ms("k.found_at") + " as found_at, k.state, " + ms("k.judged_at") +
         " as judged_at, k.judged_by, coalesce(s.name, '') as judge"
         " from hub.erp_conflict k left join hub.lead l on l.id = k.lead_id left join hub.staff s on s.id = k.judged_by ";
}

/// With its lead; what concerns no lead is for whoever judges.
std::string is_visible(const visitor& who) {
  return std::string(who.access == access::own ? "(false" : "(k.lead_id is null") + " or " + lead_is_visible(who.access) + ")";
}

conflict_view conflict_of(const pqxx::row& row) {
  conflict_view made;
  made.id = row["id"].as<std::int64_t>();
  made.account = text_of(row["account"]);
  made.object = value_of<conflict_object>(text_of(row["object_type"])).value_or(conflict_object::vehicle);
  made.erp_id = text_of(row["object_id"]);
  made.field = text_of(row["field"]);
  made.ours = text_of(row["ours"]);
  made.theirs = text_of(row["theirs"]);
  made.why = text_of(row["why"]);
  made.vehicle_id = maybe_id(row["vehicle_id"]);
  made.lead_id = maybe_id(row["lead_id"]);
  made.found_at = instant_of(row["found_at"]);
  made.state = value_of<conflict_state>(text_of(row["state"])).value_or(conflict_state::open);
  made.judged_at = maybe_instant(row["judged_at"]);
  if (const auto id = maybe_id(row["judged_by"])) made.judged_by = person_view{*id, text_of(row["judge"])};
  return made;
}

http::response list(const asked& a) {
  const auto state = query_value(a.from, "state");
  if (!state.empty() && !value_of<conflict_state>(state))
    refuse(400, "Bad request", "expected one of " + list_names<conflict_state>(), "state");
  const auto limit = read_limit(a.from, 50, 200);
  if (!limit) refuse(limit.error());
  const auto before = read_before(a.from);
  if (!before) refuse(before.error());
  std::optional<std::int64_t> id;
  if (*before) id = (*before)->id;
  const auto rows = a.sql.exec_params(select_conflicts() + "where $1::bigint is not null and k.state = $2" +
                                          " and ($3::bigint is null or k.id < $3) and " + is_visible(a.who) +
                                          " order by k.id desc limit $4::integer",
                                      a.who.id, state.empty() ? "open" : state, id, *limit + 1);
  conflict_page page;
  for (const auto& row : rows) {
    if (static_cast<int>(page.conflicts.size()) == *limit) {
      page.next = to_text({0, page.conflicts.back().id});
      break;
    }
    page.conflicts.push_back(conflict_of(row));
  }
  return answer(200, page);
}

enum class side { ours, theirs };
constexpr auto names_of(side) { return std::array{named{"ours", side::ours}, named{"theirs", side::theirs}}; }

struct conflict_judged {
  side take = side::ours;

  bool operator==(const conflict_judged&) const = default;
  static void describe(auto& self, auto& on) {
    on("take", self.take, about{.text = "Whose word holds from now on.", .required = true});
  }
};

http::response resolve(const asked& a) {
  const auto given = read_body<conflict_judged>(a.from);
  const auto id = id_of(a.from);
  const auto rows = a.sql.exec_params(
      select_conflicts() + "where $1::bigint is not null and k.id = $2 and " + is_visible(a.who) + " for no key update of k",
      a.who.id, id);
  if (rows.empty()) refuse_unknown("conflict");
  const auto known = conflict_of(rows[0]);
  if (known.state != conflict_state::open)
    refuse(409, "Judged already", "This conflict is no longer open: " + std::string(name_of(known.state)) + ".");
  const bool theirs = given.take == side::theirs;
  if (theirs && known.object == conflict_object::vehicle && known.field == "status" && known.lead_id)
    refuse(409, "A lead's",
           "Lead " + std::to_string(*known.lead_id) + " holds this vehicle: take it a step back or lose it first.", "take");
  a.sql.exec_params0(
      "update hub.erp_conflict set state = $2, judged_at = $3::timestamptz, judged_by = $4, applied = false where id = $1", id,
      theirs ? "took_theirs" : "kept_ours", to_rfc3339(a.now), a.who.id);
  write_audit(a, "conflict_resolve", "conflict:" + std::to_string(id), theirs ? R"({"take":"theirs"})" : R"({"take":"ours"})");
  return answer(200, conflict_of(a.sql.exec_params1(select_conflicts() + "where k.id = $1", id)));
}

}  // namespace

void add_conflicts(route_table& to) {
  to.add(route("GET", "/api/v1/conflicts"), list);
  to.add(route("POST", "/api/v1/conflicts/{id}/resolve"), resolve);
}

}  // namespace hub::api
