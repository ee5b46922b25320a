// /api/v1/inbox/counts, /leads/{id}/seen and /notifications: what waits for the person who asks, and what they have seen.

#include "hub/api/asked.hpp"
#include "hub/api/inbox_views.hpp"
#include "hub/api/rows.hpp"

namespace hub::api {

namespace {

constexpr std::string_view open_only = "l.stage not in ('sold', 'lost')";

inbox_part_view part_of(const asked& a, const std::string& condition) {
  const auto row =
      a.sql.exec_params1("select count(*), count(*) filter (where l.unanswered_since is not null) from hub.lead l where " +
                             condition + " and " + std::string(open_only),
                         a.who.id);
  return {row[0].as<std::int64_t>(), row[1].as<std::int64_t>()};
}

/// Open leads with an owner, in teams one supervises; everybody's for who sees every row.
std::string of_the_team(access a) {
  if (a == access::all || a == access::masked) return "$1::bigint is not null and l.manager_id is not null";
  if (a == access::all_of_own_teams) return "l.manager_id is not null and " + lead_is_supervised();
  return "$1::bigint is not null and false";
}

http::response counts(const asked& a) {
  inbox_counts_view made;
  made.mine = part_of(a, "l.manager_id = $1");
  made.unassigned = part_of(a, "l.manager_id is null and " + lead_is_visible(a.who.access));
  made.team = part_of(a, of_the_team(a.who.access));
  const auto row = a.sql.exec_params1(
      "select (select count(*) from hub.lead l where l.manager_id = $1 and l.stage not in ('sold', 'lost')"
      " and hub.unread_of($1, l.id) > 0),"
      " (select count(*) from hub.notification n where n.staff_id = $1 and n.seen_at is null),"
      " (select count(*) from hub.task t where t.manager_id = $1 and not t.completed and t.due_at < $2::timestamptz)",
      a.who.id, to_rfc3339(a.now));
  made.unread = row[0].as<std::int64_t>();
  made.notifications = row[1].as<std::int64_t>();
  made.tasks_due = row[2].as<std::int64_t>();
  return answer(200, made);
}

struct seen_given {
  std::optional<std::int64_t> message_id;

  bool operator==(const seen_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("message_id", self.message_id, about{.text = "The newest message that was shown; the newest there is when absent."});
  }
};

http::response see_lead(const asked& a) {
  const auto given = read_body<seen_given>(a.from);
  const auto lead = id_of(a.from);
  if (a.sql.exec_params("select 1 from hub.lead l where l.id = $2 and " + lead_is_visible(a.who.access), a.who.id, lead).empty())
    refuse_unknown("lead");
  const auto known = a.sql.exec_params1(
      "select max(m.id), max(m.sent_at)::text from hub.message m where m.lead_id = $1 and ($2::bigint is null or m.id <= $2)",
      lead, given.message_id);
  if (given.message_id &&
      a.sql.exec_params("select 1 from hub.message where id = $1 and lead_id = $2", *given.message_id, lead).empty())
    refuse(400, "Bad request", "is no message of this lead", "message_id");
  // What was seen stays seen, whichever window says so last.
  if (!known[0].is_null())
    a.sql.exec_params0(
        "insert into hub.lead_seen (staff_id, lead_id, message_id, sent_at, seen_at)"
        " values ($1, $2, $3, $4::timestamptz, $5::timestamptz) on conflict (staff_id, lead_id) do update set"
        " message_id = excluded.message_id, sent_at = greatest(lead_seen.sent_at, excluded.sent_at), seen_at = excluded.seen_at"
        " where lead_seen.message_id < excluded.message_id",
        a.who.id, lead, known[0].as<std::int64_t>(), known[1].as<std::string>(), to_rfc3339(a.now));
  return answer(200, seen_view{lead, a.sql.exec_params1("select hub.unread_of($1, $2)", a.who.id, lead)[0].as<std::int64_t>()});
}

std::int64_t unseen_of(const asked& a) {
  return a.sql.exec_params1("select count(*) from hub.notification where staff_id = $1 and seen_at is null", a.who.id)[0]
      .as<std::int64_t>();
}

http::response notifications(const asked& a) {
  const auto limit = read_limit(a.from, 50, 200);
  if (!limit) refuse(limit.error());
  const auto before = read_before(a.from);
  if (!before) refuse(before.error());
  std::optional<std::int64_t> id;
  if (*before) id = (*before)->id;
  notification_page page;
  for (const auto& row : a.sql.exec_params("select n.id, n.kind, n.text, n.lead_id, n.call_id, " + ms("n.created_at") +
                                               " as at, " + ms("n.seen_at") +
                                               " as seen_at from hub.notification n where n.staff_id = $1"
                                               " and ($2::bigint is null or n.id < $2) order by n.id desc limit $3::integer",
                                           a.who.id, id, *limit + 1)) {
    if (static_cast<int>(page.notifications.size()) == *limit) {
      page.next = to_text({0, page.notifications.back().id});
      break;
    }
    page.notifications.push_back({row["id"].as<std::int64_t>(), instant_of(row["at"]), text_of(row["kind"]), text_of(row["text"]),
                                  maybe_id(row["lead_id"]), maybe_id(row["call_id"]), maybe_instant(row["seen_at"])});
  }
  page.unseen = unseen_of(a);
  return answer(200, page);
}

struct notifications_given {
  std::optional<std::int64_t> up_to;

  bool operator==(const notifications_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("up_to", self.up_to, about{.text = "This one and older ones; all when absent."});
  }
};

http::response see_notifications(const asked& a) {
  const auto given = read_body<notifications_given>(a.from);
  a.sql.exec_params0(
      "update hub.notification set seen_at = $3::timestamptz where staff_id = $1 and seen_at is null"
      " and ($2::bigint is null or id <= $2)",
      a.who.id, given.up_to, to_rfc3339(a.now));
  notification_page page;
  page.unseen = unseen_of(a);
  return answer(200, page);
}

}  // namespace

void add_inbox(route_table& to) {
  to.add(route("GET", "/api/v1/inbox/counts"), counts);
  to.add(route("POST", "/api/v1/leads/{id}/seen"), see_lead);
  to.add(route("GET", "/api/v1/notifications"), notifications);
  to.add(route("POST", "/api/v1/notifications/seen"), see_notifications);
}

}  // namespace hub::api
