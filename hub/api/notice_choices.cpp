// /api/v1/notifications/ways: how somebody is told outside the console, kind by kind, and their chat in Telegram. And asking for
// a link to a new password, which goes by the same mail. hub-worker sends (workers/sender/notices.hpp).

#include "hub/api/inbox_views.hpp"
#include "hub/api/lead_changes.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/db/hashes.hpp"

namespace hub::api {

namespace {

constexpr std::chrono::minutes code_good_for{15};

ways_view read_ways(const asked& a) {
  const auto& how = a.with.notify;
  ways_view made;
  made.email = how.email;
  made.telegram = how.telegram;
  const auto linked = a.sql.exec_params("select " + ms("linked_at") + " from hub.staff_telegram where staff_id = $1", a.who.id);
  if (!linked.empty()) made.telegram_linked_at = instant_of(linked[0][0]);
  for (const auto& kind : names_of(notice_kind{})) made.choices.push_back({kind.value, notice_way::live});
  for (const auto& row : a.sql.exec_params("select kind, way from hub.notice_choice where staff_id = $1", a.who.id))
    for (auto& one : made.choices)
      if (name_of(one.kind) == text_of(row[0])) one.way = value_of<notice_way>(text_of(row[1])).value_or(notice_way::live);
  return made;
}

http::response ways(const asked& a) { return answer(200, read_ways(a)); }

struct way_given {
  notice_kind kind = notice_kind::task_due;
  notice_way way = notice_way::live;

  bool operator==(const way_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("kind", self.kind, about{.text = "Of what.", .required = true});
    on("way", self.way, about{.text = "Besides the console.", .required = true});
  }
};

http::response choose_way(const asked& a) {
  const auto given = read_body<way_given>(a.from);
  const auto kind = std::string(name_of(given.kind)), way = std::string(name_of(given.way));
  if (given.way == notice_way::email && !a.with.notify.email)
    refuse(409, "Not here", "This hub sends no mails to its people.", "way");
  if (given.way == notice_way::telegram) {
    if (!a.with.notify.telegram) refuse(409, "Not here", "This hub writes to nobody in Telegram.", "way");
    if (a.sql.exec_params("select 1 from hub.staff_telegram where staff_id = $1", a.who.id).empty())
      refuse(409, "No chat yet", "Link your Telegram first.", "way");
  }
  if (given.way == notice_way::live)
    a.sql.exec_params("delete from hub.notice_choice where staff_id = $1 and kind = $2", a.who.id, kind);
  else
    a.sql.exec_params(
        "insert into hub.notice_choice (staff_id, kind, way, chosen_at) values ($1, $2, $3, $4::timestamptz)"
        " on conflict (staff_id, kind) do update set way = excluded.way, chosen_at = excluded.chosen_at",
        a.who.id, kind, way, to_rfc3339(a.now));
  write_audit(a, "notice_choose", "staff:" + std::to_string(a.who.id), R"({"kind":")" + kind + R"(","way":")" + way + "\"}");
  return answer(200, read_ways(a));
}

http::response make_code(const asked& a) {
  shown_once(a, "a code");
  if (!a.with.notify.telegram) refuse(409, "Not here", "This hub writes to nobody in Telegram.");
  const auto code = "staff-" + random_token();
  const auto until = a.now + code_good_for;
  a.sql.exec_params(
      "insert into hub.telegram_code (staff_id, code_hash, expires_at) values ($1, $2, $3::timestamptz)"
      " on conflict (staff_id) do update set code_hash = excluded.code_hash, expires_at = excluded.expires_at",
      a.who.id, db::hash_of(code), to_rfc3339(until));
  write_audit(a, "telegram_code", "staff:" + std::to_string(a.who.id));
  const auto& bot = a.with.notify.telegram_bot;
  return answer(201, telegram_code_view{"/start " + code, bot.empty() ? "" : "https://t.me/" + bot + "?start=" + code, until});
}

/// What was to be told there is told in the console alone from now on.
http::response unlink(const asked& a) {
  a.sql.exec_params("delete from hub.notice_choice where staff_id = $1 and way = 'telegram'", a.who.id);
  a.sql.exec_params("delete from hub.telegram_code where staff_id = $1", a.who.id);
  a.sql.exec_params("delete from hub.staff_telegram where staff_id = $1", a.who.id);
  write_audit(a, "telegram_unlink", "staff:" + std::to_string(a.who.id));
  return answer(200, read_ways(a));
}

// ---- a password by mail -------------------------------------------------------------------------------------------

async::task<http::response> how_to_ask(services* with) {
  co_return http::response::json(200, message::to_json(password_help_view{with->notify.email && with->notify.has_address}));
}

struct help_given {
  std::string email;

  bool operator==(const help_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("email", self.email, about{.text = "Whose password it is.", .required = true, .min = 1, .max = 254});
  }
};

/// The same answer, after the same work, whether anybody has the address or not.
async::task<http::response> ask_for_link(services* with, http::request from) {
  const auto email = std::string(trim(read_body<help_given>(from).email));
  if (!is_utf8(email) || email.find('\0') != std::string::npos) refuse(400, "Bad request", "expected an e-mail address", "email");
  if (!with->notify.email || !with->notify.has_address)
    refuse(409, "Not here", "This hub sends no links by mail; ask an administrator for one.");
  if (const auto wait = with->guard.begin("link for " + email, from.peer)) refuse_for(429, "Too many attempts", *wait);
  const auto now = to_rfc3339(with->time.now());
  auto ask = [&](pqxx::work& sql) { sql.exec_params("select hub.ask_password_link($1, $2::timestamptz)", email, now); };
  co_await with->db.run(ask);
  http::response done;
  done.status = 202;
  co_return done;
}

}  // namespace

void add_notice_choices(route_table& to, services& with) {
  to.add(route("GET", "/api/v1/notifications/ways"), ways);
  to.add(route("PUT", "/api/v1/notifications/ways"), choose_way);
  to.add(route("POST", "/api/v1/notifications/telegram"), make_code);
  to.add(route("DELETE", "/api/v1/notifications/telegram"), unlink);
  auto* kept = &with;
  to.add(route("GET", "/api/v1/password"), [kept](visitor, http::request) { return how_to_ask(kept); });
  to.add(route("POST", "/api/v1/password/ask"),
         [kept](visitor, http::request from) { return ask_for_link(kept, std::move(from)); });
}

}  // namespace hub::api
