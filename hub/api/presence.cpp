// /api/v1/absences, /presence and /teams: who is there. What changes here is told to the clock pool by the database.

#include "hub/api/lead_changes.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/staff_views.hpp"
#include "hub/base/text.hpp"

namespace hub::api {

namespace {

/// SQL: whether the person $1 may speak for the staff row `s`.
std::string is_in_charge(access a) {
  if (a == access::all) return "($1::bigint is not null)";
  constexpr std::string_view supervises =
      " or exists (select from hub.team_member m join hub.team_member o on o.team_id = m.team_id"
      " where m.staff_id = s.id and o.staff_id = $1 and o.supervisor)";
  return "(s.id = $1" + std::string(a == access::all_of_own_teams ? supervises : "") + ")";
}

absence_view absence_of(const pqxx::row& row) {
  return {row["id"].as<std::int64_t>(),
          {row["staff_id"].as<std::int64_t>(), text_of(row["name"])},
          instant_of(row["begins_at"]),
          maybe_instant(row["ends_at"]),
          text_of(row["reason"])};
}

std::string select_absences() {
  return "select b.id, b.staff_id, s.name, b.reason, " + ms("b.begins_at") + " as begins_at, " + ms("b.ends_at") +
         " as ends_at from hub.absence b join hub.staff s on s.id = b.staff_id ";
}

// Those that are over are history.
http::response list(const asked& a) {
  std::vector<absence_view> made;
  for (const auto& row :
       a.sql.exec_params(select_absences() + "where " + is_in_charge(a.who.access) +
                             " and (b.ends_at is null or b.ends_at > $2::timestamptz) order by b.begins_at, b.id",
                         a.who.id, to_rfc3339(a.now)))
    made.push_back(absence_of(row));
  return answer(200, made);
}

struct absence_given {
  std::int64_t staff_id = 0;
  instant begins_at;
  std::optional<instant> ends_at;
  std::string reason;

  bool operator==(const absence_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("staff_id", self.staff_id, about{.text = "Whose; your own when absent."});
    on("begins_at", self.begins_at, about{.text = "From when on.", .required = true});
    on("ends_at", self.ends_at, about{.text = "Until when; open when absent."});
    on("reason", self.reason, about{.text = "", .max = 200});
  }
};

http::response create(const asked& a) {
  const auto given = read_body<absence_given>(a.from);
  if (given.ends_at && *given.ends_at <= given.begins_at) refuse(400, "Bad request", "must be after begins_at", "ends_at");
  const auto person = given.staff_id == 0 ? a.who.id : given.staff_id;
  if (a.sql
          .exec_params("select 1 from hub.staff s where s.id = $2 and " + is_in_charge(a.who.access) + " for no key update of s",
                       a.who.id, person)
          .empty())
    refuse(400, "Bad request", "is nobody you speak for", "staff_id");
  const auto id = a.sql
                      .exec_params1(
                          "insert into hub.absence (staff_id, begins_at, ends_at, reason) values ($1, $2::timestamptz,"
                          " $3::timestamptz, $4) returning id",
                          person, to_rfc3339(given.begins_at), given.ends_at ? to_rfc3339(*given.ends_at).c_str() : nullptr,
                          clean_text(given.reason))[0]
                      .as<std::int64_t>();
  write_audit(a, "absence_add", "staff:" + std::to_string(person), "{\"absence\":" + std::to_string(id) + "}");
  return answer(201, absence_of(a.sql.exec_params1(select_absences() + "where b.id = $1", id)));
}

http::response remove(const asked& a) {
  const auto id = id_of(a.from);
  const auto found =
      a.sql.exec_params("select s.id from hub.absence b join hub.staff s on s.id = b.staff_id where b.id = $2 and " +
                            is_in_charge(a.who.access) + " for no key update of s",
                        a.who.id, id);
  if (found.empty()) refuse_unknown("absence");
  a.sql.exec_params("delete from hub.absence where id = $1", id);
  write_audit(a, "absence_remove", "staff:" + found[0][0].as<std::string>(), "{\"absence\":" + std::to_string(id) + "}");
  http::response done;
  done.status = 204;
  return done;
}

// ---- the switch ---------------------------------------------------------------------------------------------------

struct presence_given {
  bool available = true;

  bool operator==(const presence_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("available", self.available, about{.text = "Asked where a rule says `online: required`.", .required = true});
  }
};

presence_view read_presence(const asked& a) {
  const auto rows =
      a.sql.exec_params("select available, " + ms("changed_at") + " as at from hub.presence where staff_id = $1", a.who.id);
  if (rows.empty()) return {};
  return {rows[0]["available"].as<bool>(), instant_of(rows[0]["at"])};
}

http::response get_presence(const asked& a) { return answer(200, read_presence(a)); }

http::response set_presence(const asked& a) {
  const auto given = read_body<presence_given>(a.from);
  a.sql.exec_params("select 1 from hub.staff where id = $1 for no key update", a.who.id);
  a.sql.exec_params(
      "insert into hub.presence (staff_id, available, changed_at) values ($1, $2, $3::timestamptz)"
      " on conflict (staff_id) do update set available = excluded.available, changed_at = excluded.changed_at"
      " where presence.available <> excluded.available",
      a.who.id, given.available, to_rfc3339(a.now));
  write_audit(a, "presence", "staff:" + std::to_string(a.who.id),
              given.available ? R"({"available":true})" : R"({"available":false})");
  return answer(200, read_presence(a));
}

// ---- teams --------------------------------------------------------------------------------------------------------

http::response teams(const asked& a) {
  const auto rules = rules_in_force(a);
  const std::string mine = a.who.access == access::all
                               ? "$1::bigint is not null"
                               : "exists (select from hub.team_member o where o.team_id = t.id and o.staff_id = $1)";
  std::vector<team_view> made;
  for (const auto& row :
       a.sql.exec_params("select t.id, t.name, count(l.id) as queued, " + ms("min(l.queued_at)") +
                             " as oldest from hub.team t left join hub.lead l on l.team_id = t.id and l.queued_at is not null"
                             " where t.active and " +
                             mine + " group by t.id, t.name order by t.name",
                         a.who.id)) {
    team_view one;
    one.name = text_of(row["name"]);
    one.queued = row["queued"].as<std::int64_t>();
    one.oldest_queued = maybe_instant(row["oldest"]);
    if (const auto* hours = rules->working_time_of("", one.name)) {
      one.open = hours->is_open(a.now);
      one.next_change = hours->next_edge(a.now);
    }
    for (const auto& who : a.sql.exec_params(
             "select s.id, s.name, s.email, m.supervisor, s.open_leads, coalesce(p.available, true) as available,"
             " exists (select from hub.absence b where b.staff_id = s.id and b.begins_at <= $2::timestamptz"
             " and (b.ends_at is null or b.ends_at > $2::timestamptz)) as absent"
             " from hub.team_member m join hub.staff s on s.id = m.staff_id left join hub.presence p on p.staff_id = s.id"
             " where m.team_id = $1 and s.active order by m.position, s.id",
             row["id"].as<std::int64_t>(), to_rfc3339(a.now))) {
      const auto* own = rules->working_time_of(text_of(who["email"]), one.name);
      one.members.push_back({{who["id"].as<std::int64_t>(), text_of(who["name"])},
                             who["supervisor"].as<bool>(),
                             who["available"].as<bool>(),
                             who["absent"].as<bool>(),
                             own && !own->is_open(a.now),
                             who["open_leads"].as<std::int64_t>()});
    }
    made.push_back(std::move(one));
  }
  return answer(200, made);
}

}  // namespace

void add_presence(route_table& to) {
  to.add(route("GET", "/api/v1/absences"), list);
  to.add(route("POST", "/api/v1/absences"), create);
  to.add(route("DELETE", "/api/v1/absences/{id}"), remove);
  to.add(route("GET", "/api/v1/presence"), get_presence);
  to.add(route("PUT", "/api/v1/presence"), set_presence);
  to.add(route("GET", "/api/v1/teams"), teams);
}

}  // namespace hub::api
