#include "hub/api/live_rows.hpp"

#include "hub/api/policy_table.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/session.hpp"
#include "hub/base/number.hpp"
#include "hub/base/text.hpp"
#include "hub/db/arrays.hpp"

#include <algorithm>

namespace hub::api {

namespace {

/// More changes of vehicles than this at once are an import: the list is loaded again, not each of them.
constexpr std::ptrdiff_t most_vehicles = 20;

// The plan of the next statements must not depend on how full the feed was when it was analysed.
constexpr std::string_view look = R"(
select hub.feed_epoch(), pg_snapshot_xmin(pg_current_snapshot())::text, feed_removed::text,
       set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)
  from hub.hub_state)";

constexpr std::string_view count_missed = R"(
select count(*) from (select from hub.live_change
                       where (xid, id) > ($1::text::xid8, $2::bigint) and xid < $3::text::xid8 limit $4::bigint) missed)";

constexpr std::string_view read_rows = R"(
select xid::text, id, kind, lead_id, subject_id, staff_id, team_id, extract(epoch from clock_timestamp() - at)::float8 as age
  from hub.live_change where (xid, id) > ($1::text::xid8, $2::bigint) and xid < $3::text::xid8
 order by xid, id limit $4::bigint)";

constexpr std::string_view find_signed_in = R"(
select encode(w.token_hash, 'hex') from hub.web_session w join hub.staff s on s.id = w.staff_id
 where w.token_hash in (select decode(h, 'hex') from unnest($1::text[]) h)
   and s.active and w.expires_at > $2::timestamptz and w.used_at > $3::timestamptz
union all
select encode(k.token_hash, 'hex') from hub.api_token k join hub.staff s on s.id = k.staff_id
 where k.token_hash in (select decode(h, 'hex') from unnest($1::text[]) h)
   and s.active and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2::timestamptz))";

/// The policy's predicates speak of the person $1; here each row is held against everybody who listens.
std::string for_each_person(std::string predicate) {
  for (auto at = predicate.find("$1"); at != std::string::npos; at = predicate.find("$1", at)) predicate.replace(at, 2, "v.id");
  return predicate;
}

std::string by_role(std::string (*predicate)(access, role)) {
  const auto& row = route("GET", "/api/v1/events");
  std::string made = "case v.role";
  for (const auto& [name, who] : names_of(role{}))
    made += " when '" + std::string(name) + "' then " + for_each_person(predicate(row.of(who), who));
  return made + " end";
}

const std::string& who_may_know() {
  static const std::string made = R"(
select v.id, string_agg(c.n::text, ',' order by c.n)
  from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
       as c(n, kind, lead_id, subject_id, staff_id, team_id)
 cross join (select s.id, s.role::text as role from hub.staff s where s.id = any ($7::bigint[]) and s.active) v
  left join hub.lead l on l.id = c.lead_id
  left join hub.call_record k on c.kind = 'call' and k.id = c.subject_id
 where case c.kind
       when 'vehicle' then true
       when 'presence' then v.role in ('admin', 'analyst') or c.subject_id = v.id
         or exists (select from hub.team_member mine join hub.team_member theirs on theirs.team_id = mine.team_id
                     where mine.staff_id = v.id and theirs.staff_id = c.subject_id)
       when 'notification' then c.staff_id = v.id
       when 'seen' then c.staff_id = v.id
       when 'typing' then l.id is not null and c.staff_id <> v.id and )" +
                                  by_role([](access a, role) { return lead_is_visible(a); }) + R"(
       when 'call' then k.id is not null and )" +
                                  by_role(call_is_visible) + R"(
       else coalesce(c.staff_id = v.id, false)
         or (c.team_id is not null and exists (select from hub.team_member o where o.team_id = c.team_id and o.staff_id = v.id
                                                  and (o.supervisor or c.staff_id is null)))
         or (l.id is not null and )" +
                                  by_role([](access a, role) { return lead_is_visible(a); }) + R"()
       end
 group by v.id)";
  return made;
}

/// Whether a client that was at `mark` misses nothing that is not here any more.
bool can_go_on(pqxx::work& sql, const live_mark& mark, const live_news& now, std::uint64_t removed, std::size_t most) {
  if (mark.epoch != now.epoch || mark.at.xid <= removed || mark.at > now.end) return false;
  return sql.exec_params1(std::string(count_missed), std::to_string(mark.at.xid), mark.at.id, std::to_string(now.end.xid),
                          most + 1)[0]
             .as<std::size_t>() <= most;
}

void leave_out_imports(std::vector<live_row>& rows) {
  const auto is_vehicle = [](const live_row& r) { return r.kind == "vehicle"; };
  if (std::count_if(rows.begin(), rows.end(), is_vehicle) <= most_vehicles) return;
  const auto last = std::find_if(rows.rbegin(), rows.rend(), is_vehicle);
  last->subject = 0;
  std::erase_if(rows, [&](const live_row& r) { return is_vehicle(r) && r.subject != 0; });
}

void ask_who_may_know(pqxx::work& sql, const live_question& asked, live_news& news) {
  db::array n, kind, lead, subject, staff, team, people;
  std::size_t at = 0;
  for (const auto* list : {&news.rows, &news.typing})
    for (const auto& row : *list) {
      n.add(at++);
      kind.add(row.kind);
      lead.add(row.lead);
      subject.add(row.subject);
      staff.add(row.staff);
      team.add(row.team);
    }
  for (const auto id : asked.people) people.add(id);
  for (const auto& row : sql.exec_params(who_may_know(), n.text(), kind.text(), lead.text(), subject.text(), staff.text(),
                                         team.text(), people.text())) {
    auto& seen = news.seen_by[row[0].as<std::int64_t>()];
    for (const auto& number : split(row[1].c_str(), ',')) seen.push_back(*whole_number<std::size_t>(number));
  }
}

}  // namespace

live_news read_live(pqxx::work& sql, const live_question& asked) {
  live_news news;
  const auto now = sql.exec1(std::string(look));
  news.epoch = now[0].as<std::string>();
  news.end = {now[1].as<std::uint64_t>(), 0};
  const auto removed = now[2].as<std::uint64_t>();

  std::optional<live_place> from;
  if (asked.from && asked.epoch == news.epoch) from = asked.from;
  for (const auto& mark : asked.resumes) {
    news.resumed.push_back(can_go_on(sql, mark, news, removed, asked.most_missed));
    if (news.resumed.back()) from = from ? std::min(*from, mark.at) : mark.at;
  }
  if (from) {
    const auto rows = sql.exec_params(std::string(read_rows), std::to_string(from->xid), from->id, std::to_string(news.end.xid),
                                      asked.most_rows + 1);
    for (const auto& row : rows) {
      if (news.rows.size() == asked.most_rows) {
        news.more = true;
        news.end = news.rows.back().at;
        break;
      }
      news.rows.push_back({{row[0].as<std::uint64_t>(), row[1].as<std::int64_t>()},
                           text_of(row["kind"]),
                           maybe_id(row["lead_id"]),
                           maybe_id(row["staff_id"]),
                           maybe_id(row["team_id"]),
                           row["subject_id"].as<std::int64_t>()});
      news.lag = std::max(news.lag, row["age"].as<double>());
    }
    leave_out_imports(news.rows);
  }
  news.typing = asked.typing;
  if (!news.rows.empty() || !news.typing.empty()) ask_who_may_know(sql, asked, news);
  return news;
}

std::set<std::string> still_signed_in(pqxx::work& sql, const std::vector<std::string>& credentials, instant now) {
  db::array all;
  for (const auto& c : credentials) all.add(c);
  std::set<std::string> made;
  for (const auto& row :
       sql.exec_params(std::string(find_signed_in), all.text(), to_rfc3339(now), to_rfc3339(now - session_idle)))
    made.insert(row[0].as<std::string>());
  return made;
}

}  // namespace hub::api
