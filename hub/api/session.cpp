#include "hub/api/session.hpp"

#include "hub/api/asked.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/views.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/db/hashes.hpp"
#include "hub/message/json.hpp"

#include <algorithm>

namespace hub::api {

namespace {

// The touch is one write a minute at most, whatever a page asks for.
constexpr std::string_view find_session = R"(
with found as (
  select w.token_hash, w.used_at, s.id, s.name, s.email, s.role::text as role, s.language, s.zone, s.sound
    from hub.web_session w join hub.staff s on s.id = w.staff_id
   where w.token_hash = $1 and s.active and w.expires_at > $2::timestamptz and w.used_at > $3::timestamptz
), touched as (
  update hub.web_session w set used_at = $2::timestamptz from found f
   where w.token_hash = f.token_hash and not $4::boolean and f.used_at < $2::timestamptz - interval '1 minute'
)
select id, name, email, role, language, zone, sound from found)";

// A token acts as its person. Touched once a minute at most, as a session.
constexpr std::string_view find_token = R"(
with found as (
  select k.id as token_id, k.used_at, s.id, s.name, s.email, s.role::text as role, s.language, s.zone, s.sound
    from hub.api_token k join hub.staff s on s.id = k.staff_id
   where k.token_hash = $1 and s.active and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2::timestamptz)
), touched as (
  update hub.api_token k set used_at = $2::timestamptz from found f
   where k.id = f.token_id and (f.used_at is null or f.used_at < $2::timestamptz - interval '1 minute')
)
select id, name, email, role, language, zone, sound from found)";

constexpr std::string_view find_account =
    "select id, coalesce(password_hash, '') as password_hash from hub.staff where email = $1 and active";

// The hash is compared again: a password changed while this one was being verified opens no session.
constexpr std::string_view open_session = R"(
with ended as (
  delete from hub.web_session where token_hash = $6::bytea
      or (staff_id = $1 and (expires_at <= $3::timestamptz or used_at <= $7::timestamptz))
), opened as (
  insert into hub.web_session (token_hash, staff_id, created_at, used_at, expires_at, peer, agent)
  select $2::bytea, s.id, $3::timestamptz, $3::timestamptz, $4::timestamptz, $5, $8 from hub.staff s
   where s.id = $1 and s.active and s.password_hash = $9
  on conflict (token_hash) do update set used_at = excluded.used_at
  returning staff_id
), written as (
  insert into hub.audit (staff_id, program, action, subject)
  select staff_id, 'hub-api', 'sign_in', 'staff:' || staff_id from opened
)
select s.id, s.name, s.email, s.role::text as role, s.language, s.zone, s.sound
  from hub.staff s join opened o on o.staff_id = s.id)";

constexpr std::string_view close_session = R"(
with ended as (delete from hub.web_session where token_hash = $1 returning staff_id)
insert into hub.audit (staff_id, program, action, subject)
select staff_id, 'hub-api', 'sign_out', 'staff:' || staff_id from ended)";

struct credentials {
  std::string email;
  std::string password;

  static void describe(auto& self, auto& on) {
    on("email", self.email, about{.text = "The person's e-mail address.", .required = true, .min = 1, .max = 254});
    on("password", self.password, about{.text = "At most 1,024 bytes.", .required = true, .min = 1, .max = 1024});
  }
  bool operator==(const credentials&) const = default;
};

std::string cookie_name(const http::request& from) { return from.secure ? "__Host-leadyard_session" : "leadyard_session"; }

std::string cookie_line(const http::request& from, const std::string& token, std::chrono::seconds age) {
  return cookie_name(from) + "=" + token + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(age.count()) +
         (from.secure ? "; Secure" : "");
}

std::string lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(), [](unsigned char c) { return c < 0x80 ? std::tolower(c) : c; });
  return made;
}

visitor visitor_of(const pqxx::row& row) {
  visitor who;
  who.id = row["id"].as<std::int64_t>();
  who.name = row["name"].as<std::string>();
  who.email = row["email"].as<std::string>();
  who.language = row["language"].as<std::string>();
  who.zone = row["zone"].as<std::string>();
  who.sound = row["sound"].as<bool>();
  who.role = value_of<role>(row["role"].as<std::string>()).value_or(role::analyst);
  return who;
}

me_view me_of(const visitor& who) { return {who.id, who.name, who.email, who.role, who.language, who.zone, who.sound}; }

/// One answer for every reason, so that nobody learns which accounts exist.
http::response wrong() {
  return http::response::problem(401, "Sign-in failed", "The e-mail address or the password is not right.");
}

async::task<http::response> sign_in(services* with, http::request from) {
  const auto parsed = message::parse_json(from.body);
  if (!parsed) co_return http::response::problem(400, "Bad request", parsed.error().what);
  auto given = message::from_json<credentials>(*parsed, message::unknown_members::refuse);
  if (!given) {
    const auto& p = given.error();
    co_return http::response::problem(400, "Bad request", p.what, p.where);
  }
  const auto email = lower(trim(given->email));
  if (!is_utf8(email) || email.find('\0') != std::string::npos) co_return wrong();
  if (with->verifications >= most_verifications)
    refuse_for(503, "Busy", std::chrono::seconds(5), "Too many people are signing in. Try again in a few seconds.");
  if (const auto wait = with->guard.begin(email, from.peer)) refuse_for(429, "Too many attempts", *wait);

  auto look = [&email](pqxx::work& sql) {
    const auto rows = sql.exec_params(std::string(find_account), email);
    return rows.empty() ? std::pair<std::int64_t, std::string>{}
                        : std::pair{rows[0]["id"].as<std::int64_t>(), rows[0]["password_hash"].as<std::string>()};
  };
  const auto [id, hash] = co_await with->db.run(look);

  const counted one(with->verifications);
  const auto& compared = hash.empty() ? with->nobodys_hash : hash;
  auto verify = [&] { return verify_password(compared, given->password); };
  const bool right = co_await async::on_thread(with->verifying, verify);
  if (!right || hash.empty()) co_return wrong();

  const auto token = random_token();
  const auto fresh = db::hash_of(token);
  const auto former = db::hash_of(cookie(from, cookie_name(from)));
  const auto now = with->time.now();
  const auto* agent = from.head.find("User-Agent");
  const auto agent_text = agent ? shorten(clean_text(*agent), 200) : std::string();
  const auto peer = from.peer;
  auto open = [&](pqxx::work& sql) -> std::optional<visitor> {
    const auto rows = sql.exec_params(std::string(open_session), id, fresh, to_rfc3339(now), to_rfc3339(now + session_longest),
                                      peer, former, to_rfc3339(now - session_idle), agent_text, hash);
    if (rows.empty()) return std::nullopt;
    return visitor_of(rows[0]);
  };
  const auto who = co_await with->db.run(open);
  if (!who) co_return wrong();
  with->guard.forgive(email, from.peer);
  auto answer = http::response::json(200, message::to_json(me_of(*who)));
  answer.head.set("Set-Cookie", cookie_line(from, token, session_longest));
  co_return answer;
}

async::task<http::response> sign_out(services* with, visitor who, http::request from) {
  auto close = [&who](pqxx::work& sql) { sql.exec_params(std::string(close_session), pqxx::binarystring(who.token_hash)); };
  co_await with->db.run(close);
  http::response answer;
  answer.status = 204;
  answer.head.set("Set-Cookie", cookie_line(from, "", std::chrono::seconds(0)));
  answer.head.set("Clear-Site-Data", "\"cache\"");
  co_return answer;
}

async::task<http::response> tell_me(visitor who) { co_return http::response::json(200, message::to_json(me_of(who))); }

}  // namespace

bool has_bearer(const http::request& from) { return from.head.find("Authorization") != nullptr; }

async::task<std::optional<visitor>> find_visitor(services& with, const http::request& from) {
  if (has_bearer(from)) {
    constexpr std::string_view scheme = "Bearer ";
    const std::string& given = *from.head.find("Authorization");
    if (from.head.count("Authorization") != 1 || !given.starts_with(scheme)) co_return std::nullopt;
    const auto digest = db::hash_of(given.substr(scheme.size()));
    const auto at = with.time.now();
    auto search = [&](pqxx::work& sql) -> std::optional<visitor> {
      const auto rows = sql.exec_params(std::string(find_token), digest, to_rfc3339(at));
      if (rows.empty()) return std::nullopt;
      return visitor_of(rows[0]);
    };
    auto program = co_await with.db.run(search);
    if (program) program->bearer_hash = digest.str();
    co_return program;
  }
  const auto token = cookie(from, cookie_name(from));
  if (token.empty()) co_return std::nullopt;
  const auto hash = db::hash_of(token);
  const auto now = with.time.now();
  // A stream is opened by the page, again and again; the browser lets it say nothing about that.
  const bool by_itself = from.head.find("Leadyard-Background") != nullptr || from.path == "/api/v1/events";
  auto look = [&](pqxx::work& sql) -> std::optional<visitor> {
    const auto rows =
        sql.exec_params(std::string(find_session), hash, to_rfc3339(now), to_rfc3339(now - session_idle), by_itself);
    if (rows.empty()) return std::nullopt;
    return visitor_of(rows[0]);
  };
  auto who = co_await with.db.run(look);
  if (who) who->token_hash = hash.str();
  co_return who;
}

void add_session(route_table& to, services& with) {
  auto* kept = &with;
  to.add(route("POST", "/api/v1/session"), [kept](visitor, http::request from) { return sign_in(kept, std::move(from)); });
  to.add(route("DELETE", "/api/v1/session"),
         [kept](visitor who, http::request from) { return sign_out(kept, std::move(who), std::move(from)); });
  for (const auto* row : {&route("GET", "/api/v1/session"), &route("GET", "/api/v1/me")})
    to.add(*row, [](visitor who, http::request) { return tell_me(std::move(who)); });
}

}  // namespace hub::api
