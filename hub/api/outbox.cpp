// /api/v1/outbox: what is on its way out, and what waits for a person: failed, or nobody knows whether it arrived.

#include "hub/api/asked.hpp"
#include "hub/api/lead_changes.hpp"
#include "hub/api/lead_rows.hpp"
#include "hub/api/reply_views.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace hub::api {

namespace {

// Held ones are what nobody has decided about.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> states{
    {{"held", "o.state in ('unknown', 'failed') and o.dismissed_at is null"},
     {"waiting", "o.state in ('queued', 'sending')"},
     {"unknown", "o.state = 'unknown' and o.dismissed_at is null"},
     {"failed", "o.state = 'failed' and o.dismissed_at is null"},
     {"sent", "o.state = 'sent'"},
     {"all", "true"}}};

std::string select_rows(const visitor& who, const std::string& pick) {
  return "select o.id, m.lead_id, m.id as message_id, m.manager_id, coalesce(s.name, '') as manager_name, o.channel, o.account,"
         " o.state::text as state, m.status::text as status, m.type::text as type, o.attempt, coalesce(o.reason, '') as reason,"
         " o.code, " +
         ms("o.created_at") + " as created_at, " + ms("case when o.state = 'queued' then o.next_attempt_at end") +
         " as next_attempt_at, " + ms("o.deadline") +
         " as deadline, o.state in ('unknown', 'failed') and o.dismissed_at is null as held, " + us("o.created_at") +
         " as sort_at, case when " + lead_is_open(who.access, who.role) +
         " then m.content else '' end as content, p.channel is not null as paused"
         " from hub.outbox o join hub.message m on m.id = o.message_id join hub.lead l on l.id = m.lead_id"
         " left join hub.staff s on s.id = m.manager_id"
         " left join hub.account_pause p on p.channel = o.channel and p.account = o.account where " +
         lead_is_visible(who.access) + " and " + pick;
}

outbox_row_view row_of(const pqxx::row& row) {
  outbox_row_view made;
  made.id = row["id"].as<std::int64_t>();
  made.lead_id = row["lead_id"].as<std::int64_t>();
  made.message_id = row["message_id"].as<std::int64_t>();
  if (const auto id = maybe_id(row["manager_id"])) made.author = person_view{*id, text_of(row["manager_name"])};
  made.channel = text_of(row["channel"]);
  made.account = text_of(row["account"]);
  made.state = text_of(row["state"]);
  made.status = text_of(row["status"]);
  made.type = text_of(row["type"]);
  made.text = shorten(text_of(row["content"]), 200);
  made.attempts = row["attempt"].as<std::int32_t>();
  made.reason = text_of(row["reason"]);
  made.code = text_of(row["code"]);
  made.created_at = instant_of(row["created_at"]);
  made.next_attempt_at = maybe_instant(row["next_attempt_at"]);
  made.deadline = instant_of(row["deadline"]);
  made.held = row["held"].as<bool>();
  made.account_paused = row["paused"].as<bool>();
  return made;
}

http::response list(const asked& a) {
  const auto given = query_value(a.from, "state");
  const auto wanted = given.empty() ? std::string("held") : given;
  const auto state = std::find_if(states.begin(), states.end(), [&](const auto& s) { return s.first == wanted; });
  if (state == states.end()) refuse(400, "Bad request", "expected one of held, waiting, unknown, failed, sent, all", "state");
  const auto limit = read_limit(a.from, 50, 200);
  if (!limit) refuse(limit.error());
  const auto before = read_before(a.from);
  if (!before) refuse(before.error());
  const auto at = *before ? std::optional((*before)->at) : std::nullopt;
  const auto id = *before ? std::optional((*before)->id) : std::nullopt;
  const auto rows = a.sql.exec_params(
      select_rows(a.who, "(" + std::string(state->second) + ") and ($2::bigint is null or (" + us("o.created_at") +
                             ", o.id) < ($2::bigint, $3::bigint)) order by o.created_at desc, o.id desc limit $4::integer"),
      a.who.id, at, id, *limit + 1);
  outbox_page page;
  for (const auto& row : rows) {
    if (static_cast<int>(page.rows.size()) == *limit) {
      const auto& last = rows[static_cast<pqxx::result::size_type>(*limit - 1)];
      page.next = to_text({last["sort_at"].as<std::int64_t>(), last["id"].as<std::int64_t>()});
      break;
    }
    page.rows.push_back(row_of(row));
  }
  return answer(200, page);
}

/// The lead is locked before its job, and must be the person's to change.
std::int64_t lock_row(const asked& a) {
  const auto id = id_of(a.from);
  const auto of =
      a.sql.exec_params("select m.lead_id from hub.outbox o join hub.message m on m.id = o.message_id where o.id = $1", id);
  if (of.empty() || of[0][0].is_null()) refuse_unknown("message");
  try {
    lock_lead(a, of[0][0].as<std::int64_t>());
  } catch (const refusal& r) {
    if (r.answer.status == 404) refuse_unknown("message");
    throw;
  }
  return id;
}

http::response show(const asked& a, std::int64_t id) {
  return answer(200, row_of(a.sql.exec_params1(select_rows(a.who, "o.id = $2"), a.who.id, id)));
}

http::response resend(const asked& a) {
  const auto id = lock_row(a);
  if (!a.sql.exec_params1("select hub.resend($1)", id)[0].as<bool>())
    refuse(409, "Nothing to send again", "Only what failed, or what nobody knows the fate of, can be sent again.");
  write_audit(a, "outbox_resend", "outbox:" + std::to_string(id));
  return show(a, id);
}

http::response dismiss(const asked& a) {
  const auto id = lock_row(a);
  if (!a.sql.exec_params1("select hub.dismiss($1, $2)", id, a.who.id)[0].as<bool>())
    refuse(409, "Nothing to decide", "It is being sent, or is settled already.");
  write_audit(a, "outbox_dismiss", "outbox:" + std::to_string(id));
  return show(a, id);
}

}  // namespace

void add_outbox(route_table& to) {
  to.add(route("GET", "/api/v1/outbox"), list);
  to.add(route("POST", "/api/v1/outbox/{id}/resend"), resend);
  to.add(route("POST", "/api/v1/outbox/{id}/dismiss"), dismiss);
}

}  // namespace hub::api
