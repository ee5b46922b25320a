// Links to a new password: made by an admin (POST /staff/{id}/password-link), opened by whoever has no password or has
// forgotten it (POST /password, without a session). The link holds 256 random bits behind the '#', which no browser sends and
// no log sees; the database knows their SHA-256.

#include "hub/api/lead_changes.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/staff_views.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/db/hashes.hpp"

namespace hub::api {

namespace {

constexpr std::chrono::hours good_for{24};

http::response make_link(const asked& a) {
  shown_once(a, "a link");
  const auto id = id_of(a.from);
  const auto found = a.sql.exec_params("select name from hub.staff where id = $1 and active for no key update", id);
  if (found.empty()) refuse_unknown("person");
  const auto token = random_token();
  const auto hash = db::hash_of(token);
  a.sql.exec_params("select hub.make_password_link($1, $2, $3, $4::timestamptz, $5::interval)", id, hash, a.who.id,
                    to_rfc3339(a.now), std::to_string(good_for.count()) + " hours");
  write_audit(a, "password_link_make", "staff:" + std::to_string(id));
  return answer(201, password_link_view{{id, text_of(found[0][0])}, token, a.now + good_for});
}

struct new_password_given {
  std::string token, password;

  bool operator==(const new_password_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("token", self.token, about{.text = "What the link holds.", .required = true, .min = 1, .max = 128});
    on("password", self.password, about{.text = "At least 12 characters.", .required = true, .min = 12, .max = 1024});
  }
};

/// One answer for every reason: spent, expired, replaced by a newer one, or never made.
http::response not_good() {
  return http::response::problem(410, "The link is not good",
                                 "It was used, has expired, or a newer one was made. Ask for another.");
}

async::task<http::response> set_password(services* with, http::request from) {
  const auto given = read_body<new_password_given>(from);
  const auto hash = db::hash_of(given.token);
  const auto account = "link " + to_hex(hash.str());
  if (const auto wait = with->guard.begin(account, from.peer)) refuse_for(429, "Too many attempts", *wait);
  const auto now = to_rfc3339(with->time.now());
  // Only whoever has a good link costs the time of hashing a password.
  auto look = [&](pqxx::work& sql) {
    return !sql.exec_params1("select hub.password_link_of($1, $2::timestamptz)", hash, now)[0].is_null();
  };
  const bool good = co_await with->db.run(look);
  if (!good) co_return not_good();
  if (with->verifications >= most_verifications) refuse_for(503, "Busy", std::chrono::seconds(5));

  const counted one(with->verifications);
  auto work = [&] { return hash_password(given.password); };
  const auto made = co_await async::on_thread(with->verifying, work);
  auto spend = [&](pqxx::work& sql) -> std::optional<std::string> {
    const auto whose = sql.exec_params1("select hub.spend_password_link($1, $2, $3::timestamptz)", hash, made, now);
    if (whose[0].is_null()) return std::nullopt;
    const auto id = whose[0].as<std::int64_t>();
    sql.exec_params(
        "insert into hub.audit (staff_id, program, action, subject) values ($1, 'hub-api', 'password_link_use', 'staff:' || "
        "$1::bigint)",
        id);
    return sql.exec_params1("select email from hub.staff where id = $1", id)[0].as<std::string>();
  };
  const auto email = co_await with->db.run(spend);
  if (!email) co_return not_good();
  with->guard.forgive(account, from.peer);
  co_return http::response::json(200, message::to_json(password_set_view{*email}));
}

}  // namespace

void add_password_links(route_table& to, services& with) {
  to.add(route("POST", "/api/v1/staff/{id}/password-link"), make_link);
  auto* kept = &with;
  to.add(route("POST", "/api/v1/password"), [kept](visitor, http::request from) { return set_password(kept, std::move(from)); });
}

}  // namespace hub::api
