// /api/v1/tokens, /sessions, /me and /audit: how people and their programs get in, and what they did.

#include "hub/api/lead_changes.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/session.hpp"
#include "hub/api/staff_views.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/number.hpp"
#include "hub/base/text.hpp"
#include "hub/db/hashes.hpp"

namespace hub::api {

namespace {

std::string select_tokens() {
  return "select k.id, k.name, k.staff_id, s.name as staff_name, " + ms("k.created_at") + " as created_at, " +
         ms("k.expires_at") + " as expires_at, " + ms("k.used_at") + " as used_at, " + ms("k.revoked_at") +
         " as revoked_at from hub.api_token k join hub.staff s on s.id = k.staff_id ";
}

token_view token_of(const pqxx::row& row) {
  return {row["id"].as<std::int64_t>(),
          text_of(row["name"]),
          {row["staff_id"].as<std::int64_t>(), text_of(row["staff_name"])},
          instant_of(row["created_at"]),
          maybe_instant(row["expires_at"]),
          maybe_instant(row["used_at"]),
          maybe_instant(row["revoked_at"])};
}

http::response list_tokens(const asked& a) {
  std::vector<token_view> made;
  for (const auto& row : a.sql.exec_params(select_tokens() + "where $2::boolean or k.staff_id = $1 order by k.id", a.who.id,
                                           a.who.access == access::all))
    made.push_back(token_of(row));
  return answer(200, made);
}

struct token_given {
  std::string name;
  std::optional<instant> expires_at;
  std::int64_t staff_id = 0;

  bool operator==(const token_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, about{.text = "Which program it is for.", .required = true, .min = 1, .max = 100});
    on("expires_at", self.expires_at, about{.text = "Never when absent."});
    on("staff_id", self.staff_id, about{.text = "As whom it acts; an admin may name anybody."});
  }
};

http::response make_token(const asked& a) {
  shown_once(a, "a token");
  const auto given = read_body<token_given>(a.from);
  const auto name = line_of(given.name, "name");
  const auto person = given.staff_id == 0 ? a.who.id : given.staff_id;
  if (person != a.who.id && a.who.access != access::all) refuse(400, "Bad request", "a token acts as yourself", "staff_id");
  if (given.expires_at && *given.expires_at <= a.now) refuse(400, "Bad request", "is over already", "expires_at");
  if (a.sql.exec_params("select 1 from hub.staff where id = $1 and active", person).empty())
    refuse(400, "Bad request", "is nobody who works here", "staff_id");
  const auto token = std::string(token_prefix) + random_token();
  const auto id = a.sql
                      .exec_params1(
                          "insert into hub.api_token (staff_id, name, token_hash, created_at, created_by, expires_at)"
                          " values ($1, $2, $3, $4::timestamptz, $5, $6::timestamptz) returning id",
                          person, name, db::hash_of(token), to_rfc3339(a.now), a.who.id,
                          given.expires_at ? to_rfc3339(*given.expires_at).c_str() : nullptr)[0]
                      .as<std::int64_t>();
  write_audit(a, "token_make", "token:" + std::to_string(id));
  return answer(201, made_token_view{token_of(a.sql.exec_params1(select_tokens() + "where k.id = $1", id)), token});
}

http::response revoke_token(const asked& a) {
  const auto id = id_of(a.from);
  const auto found = a.sql.exec_params(
      "update hub.api_token set revoked_at = coalesce(revoked_at, $3::timestamptz)"
      " where id = $2 and ($4::boolean or staff_id = $1) returning id",
      a.who.id, id, to_rfc3339(a.now), a.who.access == access::all);
  if (found.empty()) refuse_unknown("token");
  write_audit(a, "token_revoke", "token:" + std::to_string(id));
  return answer(200, token_of(a.sql.exec_params1(select_tokens() + "where k.id = $1", id)));
}

// ---- sessions -----------------------------------------------------------------------------------------------------

http::response list_sessions(const asked& a) {
  auto whose = a.who.id;
  if (const auto given = query_value(a.from, "staff_id"); !given.empty()) {
    const auto id = whole_number<std::int64_t>(given);
    if (!id || (*id != a.who.id && a.who.access != access::all))
      refuse(400, "Bad request", "is nobody you speak for", "staff_id");
    whose = *id;
  }
  std::vector<session_view> made;
  for (const auto& row : a.sql.exec_params("select w.id, w.peer, w.agent, w.token_hash = $2 as current, " + ms("w.created_at") +
                                               " as created_at, " + ms("w.used_at") + " as used_at, " + ms("w.expires_at") +
                                               " as expires_at from hub.web_session w where w.staff_id = $1 and w.expires_at >"
                                               " $3::timestamptz order by w.used_at desc, w.id",
                                           whose, pqxx::binarystring(a.who.token_hash), to_rfc3339(a.now)))
    made.push_back({row["id"].as<std::int64_t>(), instant_of(row["created_at"]), instant_of(row["used_at"]),
                    instant_of(row["expires_at"]), text_of(row["peer"]), text_of(row["agent"]), row["current"].as<bool>()});
  return answer(200, made);
}

http::response end_session(const asked& a) {
  const auto ended =
      a.sql.exec_params("delete from hub.web_session where id = $2 and ($3::boolean or staff_id = $1) returning staff_id",
                        a.who.id, id_of(a.from), a.who.access == access::all);
  if (ended.empty()) refuse_unknown("session");
  write_audit(a, "session_end", "staff:" + ended[0][0].as<std::string>());
  http::response done;
  done.status = 204;
  return done;
}

// ---- oneself ------------------------------------------------------------------------------------------------------

struct me_patch {
  std::optional<std::string> language, zone;
  std::optional<bool> sound;

  bool operator==(const me_patch&) const = default;
  static void describe(auto& self, auto& on) {
    on("language", self.language, about{.text = "Of the console: uk or en.", .min = 2, .max = 8});
    on("zone", self.zone, about{.text = "Time zone.", .min = 1, .max = 64});
    on("sound", self.sound, about{.text = "The console makes one when something comes."});
  }
};

http::response edit_me(const asked& a) {
  const auto given = read_body<me_patch>(a.from);
  if (given.language && *given.language != "uk" && *given.language != "en")
    refuse(400, "Bad request", "expected uk or en", "language");
  if (given.zone && a.sql.exec_params("select 1 from pg_timezone_names where name = $1", *given.zone).empty())
    refuse(400, "Bad request", "is no time zone; write one like Europe/Kyiv", "zone");
  const auto row = a.sql.exec_params1(
      "update hub.staff set language = coalesce($2, language), zone = coalesce($3, zone), sound = coalesce($4::boolean, sound),"
      " updated_at = now() where id = $1 returning language, zone, sound",
      a.who.id, given.language ? given.language->c_str() : nullptr, given.zone ? given.zone->c_str() : nullptr, given.sound);
  write_audit(a, "me_edit", "staff:" + std::to_string(a.who.id));
  return answer(200, me_view{a.who.id, a.who.name, a.who.email, a.who.role, text_of(row[0]), text_of(row[1]), row[2].as<bool>()});
}

struct password_given {
  std::string current, password;

  bool operator==(const password_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("current", self.current, about{.text = "The one in use.", .required = true, .min = 1, .max = 1024});
    on("password", self.password, about{.text = "At least 12 characters.", .required = true, .min = 12, .max = 1024});
  }
};

// Every other session ends. A token is no way to a password.
http::response change_password(const asked& a) {
  if (a.who.token_hash.empty()) refuse(403, "Not allowed", "A password is changed by whoever signed in with it.");
  const auto given = read_body<password_given>(a.from);
  const auto hash = text_of(
      a.sql.exec_params1("select coalesce(password_hash, '') from hub.staff where id = $1 for no key update", a.who.id)[0]);
  if (hash.empty() || !verify_password(hash, given.current)) refuse(403, "Not allowed", "is not the password in use", "current");
  a.sql.exec_params("update hub.staff set password_hash = $2, updated_at = now() where id = $1", a.who.id,
                    hash_password(given.password));
  a.sql.exec_params("delete from hub.web_session where staff_id = $1 and token_hash <> $2", a.who.id,
                    pqxx::binarystring(a.who.token_hash));
  write_audit(a, "password_change", "staff:" + std::to_string(a.who.id));
  http::response done;
  done.status = 204;
  return done;
}

// ---- the audit ----------------------------------------------------------------------------------------------------

http::response audit(const asked& a) {
  const auto limit = read_limit(a.from, 50, 200);
  if (!limit) refuse(limit.error());
  const auto before = read_before(a.from);
  if (!before) refuse(before.error());
  std::optional<std::int64_t> id;
  if (*before) id = (*before)->id;
  const auto rows = a.sql.exec_params(
      "select x.id, x.staff_id, coalesce(s.name, '') as name, x.program, x.action, x.subject, x.details::text"
      " as details, " +
          ms("x.at") +
          " as at from hub.audit x left join hub.staff s on s.id = x.staff_id where ($1 = '' or x.subject = $1)"
          " and ($2 = '' or x.action = $2) and ($3::bigint is null or x.id < $3) order by x.id desc limit $4::integer",
      query_value(a.from, "subject"), query_value(a.from, "action"), id, *limit + 1);
  audit_page page;
  for (const auto& row : rows) {
    if (static_cast<int>(page.entries.size()) == *limit) {
      page.next = to_text({0, page.entries.back().id});
      break;
    }
    audit_view one{row["id"].as<std::int64_t>(), instant_of(row["at"]),  {}, text_of(row["program"]), text_of(row["action"]),
                   text_of(row["subject"]),      text_of(row["details"])};
    if (const auto by = maybe_id(row["staff_id"])) one.by = person_view{*by, text_of(row["name"])};
    page.entries.push_back(std::move(one));
  }
  return answer(200, page);
}

}  // namespace

void add_access_keys(route_table& to) {
  to.add(route("GET", "/api/v1/tokens"), list_tokens);
  to.add(route("POST", "/api/v1/tokens"), make_token);
  to.add(route("DELETE", "/api/v1/tokens/{id}"), revoke_token);
  to.add(route("GET", "/api/v1/sessions"), list_sessions);
  to.add(route("DELETE", "/api/v1/sessions/{id}"), end_session);
  to.add(route("PATCH", "/api/v1/me"), edit_me);
  to.add(route("POST", "/api/v1/me/password"), change_password);
  to.add(route("GET", "/api/v1/audit"), audit);
}

}  // namespace hub::api
