// /api/v1/staff: who works here. An admin invites, changes, deactivates; a password is made up and shown once.

#include "hub/api/lead_changes.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/staff_views.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace hub::api {

namespace {

constexpr std::string_view select_staff = R"(
select s.id, s.name, s.email, s.role::text as role, s.active, s.zone, s.language, s.open_leads,
       coalesce((select string_agg(t.name, e'\n' order by t.name) from hub.team_member m join hub.team t on t.id = m.team_id
                  where m.staff_id = s.id and t.active), '') as teams
  from hub.staff s )";

staff_view staff_of(const asked& a, const pqxx::row& row) {
  staff_view made;
  made.id = row["id"].as<std::int64_t>();
  made.name = text_of(row["name"]);
  if (a.who.role == role::admin || a.who.role == role::supervisor) made.email = text_of(row["email"]);
  made.role = value_of<role>(text_of(row["role"])).value_or(role::analyst);
  made.active = row["active"].as<bool>();
  made.zone = text_of(row["zone"]);
  made.language = text_of(row["language"]);
  made.open_leads = row["open_leads"].as<std::int64_t>();
  if (const auto teams = text_of(row["teams"]); !teams.empty()) made.teams = split(teams, '\n');
  return made;
}

staff_view read_staff(const asked& a, std::int64_t id) {
  const auto rows = a.sql.exec_params(std::string(select_staff) + "where s.id = $1", id);
  if (rows.empty()) refuse_unknown("person");
  return staff_of(a, rows[0]);
}

http::response list(const asked& a) {
  std::vector<staff_view> made;
  for (const auto& row : a.sql.exec(std::string(select_staff) + "order by s.active desc, s.name, s.id"))
    made.push_back(staff_of(a, row));
  return answer(200, made);
}

void refuse_unknown_zone(const asked& a, const std::string& zone) {
  if (a.sql.exec_params("select 1 from pg_timezone_names where name = $1", zone).empty())
    refuse(400, "Bad request", "is no time zone; write one like Europe/Kyiv", "zone");
}

std::string language_of(const std::string& typed) {
  const bool fits =
      typed.size() >= 2 && typed.size() <= 8 && typed.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string::npos;
  if (!fits) refuse(400, "Bad request", "expected a language like uk or en", "language");
  return typed;
}

// Somebody must be able to administer: the rows of all admins are held while one of them changes.
void keep_an_admin(const asked& a, std::int64_t id) {
  const auto others = a.sql.exec_params("select id from hub.staff where role = 'admin' and active order by id for no key update");
  for (const auto& row : others)
    if (row[0].as<std::int64_t>() != id) return;
  refuse(409, "The last admin", "Nobody else can administer; make another admin first.");
}

struct staff_given {
  std::string name, email;
  api::role role = role::manager;
  std::string zone = "Europe/Kyiv", language = "uk";

  bool operator==(const staff_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, about{.text = "As customers and colleagues see it.", .required = true, .min = 1, .max = 200});
    on("email", self.email,
       about{.text = "Signs in with it; the rules name people by it.", .required = true, .min = 3, .max = 254});
    on("role", self.role, about{.text = "What the person may see and do.", .required = true});
    on("zone", self.zone, about{.text = "Time zone.", .max = 64});
    on("language", self.language, about{.text = "Of the console.", .max = 8});
  }
};

http::response invite(const asked& a) {
  shown_once(a, "a password");
  const auto given = read_body<staff_given>(a.from);
  auto email = std::string(trim(given.email));
  std::transform(email.begin(), email.end(), email.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
  if (!is_utf8(email) || email.find('@') == std::string::npos || email.find('@') == 0 || email.back() == '@' ||
      email.find_first_of(" ,;<>") != std::string::npos)
    refuse(400, "Bad request", "expected an e-mail address", "email");
  refuse_unknown_zone(a, given.zone);
  const auto password = make_password();
  const auto rows = a.sql.exec_params(
      "insert into hub.staff (name, email, role, zone, language, password_hash)"
      " values ($1, $2, $3::hub.user_role, $4, $5, $6) on conflict (email) do nothing returning id",
      line_of(given.name, "name"), email, std::string(name_of(given.role)), given.zone, language_of(given.language),
      hash_password(password));
  if (rows.empty()) refuse(409, "Known already", "Somebody with this e-mail address works here.", "email");
  const auto id = rows[0][0].as<std::int64_t>();
  write_audit(a, "staff_invite", "staff:" + std::to_string(id));
  return answer(201, invited_view{read_staff(a, id), password, 0});
}

struct staff_patch {
  std::optional<std::string> name, zone, language;
  std::optional<api::role> role;
  std::optional<bool> active;

  bool operator==(const staff_patch&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, about{.text = "", .min = 1, .max = 200});
    on("zone", self.zone, about{.text = "", .max = 64});
    on("language", self.language, about{.text = "", .max = 8});
    on("role", self.role, about{.text = "Another one ends the person's sessions; tokens go on with what it may do."});
    on("active", self.active, about{.text = "False ends sessions and tokens and queues the open leads."});
  }
};

http::response edit(const asked& a) {
  const auto given = read_body<staff_patch>(a.from);
  const auto id = id_of(a.from);
  const auto found = a.sql.exec_params("select role::text as role, active from hub.staff where id = $1", id);
  if (found.empty()) refuse_unknown("person");
  const bool leaves = given.active == false, stops = given.role && *given.role != role::admin;
  if ((leaves || stops) && text_of(found[0]["role"]) == "admin" && found[0]["active"].as<bool>()) keep_an_admin(a, id);
  if (given.zone) refuse_unknown_zone(a, *given.zone);
  std::int64_t queued = 0;
  // Its leads are locked before the person's row.
  if (leaves)
    queued =
        a.sql
            .exec_params1("select coalesce(hub.deactivate_staff($1, $2, $3::timestamptz), 0)", id, a.who.id, to_rfc3339(a.now))[0]
            .as<std::int64_t>();
  const auto name = given.name ? std::optional(line_of(*given.name, "name")) : std::nullopt;
  const auto language = given.language ? std::optional(language_of(*given.language)) : std::nullopt;
  a.sql.exec_params(
      "update hub.staff s set name = coalesce($2, s.name), zone = coalesce($3, s.zone), language = coalesce($4, s.language),"
      " role = coalesce($5::hub.user_role, s.role), active = coalesce($6::boolean, s.active), updated_at = now() where s.id = $1",
      id, or_null(name), or_null(given.zone), or_null(language), given.role ? std::string(name_of(*given.role)).c_str() : nullptr,
      given.active);
  // Another role begins with another session.
  if (given.role && name_of(*given.role) != text_of(found[0]["role"]))
    a.sql.exec_params("delete from hub.web_session where staff_id = $1", id);
  write_audit(a, leaves ? "staff_deactivate" : "staff_edit", "staff:" + std::to_string(id));
  return answer(200, invited_view{read_staff(a, id), "", queued});
}

http::response reset_password(const asked& a) {
  const auto id = id_of(a.from);
  shown_once(a, "a password");
  const auto password = make_password();
  const auto changed =
      a.sql.exec_params("update hub.staff set password_hash = $2, updated_at = now() where id = $1 and active returning id", id,
                        hash_password(password));
  if (changed.empty()) refuse_unknown("person");
  a.sql.exec_params("delete from hub.web_session where staff_id = $1", id);
  write_audit(a, "staff_password", "staff:" + std::to_string(id));
  return answer(200, invited_view{read_staff(a, id), password, 0});
}

}  // namespace

void add_staff(route_table& to) {
  to.add(route("GET", "/api/v1/staff"), list);
  to.add(route("POST", "/api/v1/staff"), invite);
  to.add(route("PATCH", "/api/v1/staff/{id}"), edit);
  to.add(route("POST", "/api/v1/staff/{id}/password"), reset_password);
}

}  // namespace hub::api
