#include "hub/ctl/leads_rows.hpp"

#include "hub/ctl/call_words.hpp"
#include "routing/receipt_words.hpp"

#include <map>

namespace hub::ctl {

namespace {

using names = std::map<std::int64_t, std::string>;

names staff_names(pqxx::work& sql) {
  names made;
  for (const auto& row : sql.exec("select id, name from hub.staff")) made[row[0].as<std::int64_t>()] = row[1].as<std::string>();
  return made;
}

std::string text(const pqxx::field& f) { return f.is_null() ? std::string() : f.as<std::string>(); }

const std::string select_lead = R"(
select l.id, coalesce(nullif(trim(c.first_name || ' ' || c.last_name), ''), nullif(c.company_name, ''),
                      initcap(l.source_channel::text) || ' customer ' || c.id) as customer,
       l.source_channel::text as channel, l.stage::text as stage, l.priority, coalesce(s.name, '') as owner,
       coalesce(l.queue_reason, '') as queue_reason, h.by_staff, d.receipt,
       floor(extract(epoch from now() - (select max(m.sent_at) from hub.message m where m.lead_id = l.id)))::bigint as waiting
  from hub.lead l
  join hub.customer c on c.id = l.customer_id
  left join hub.staff s on s.id = l.manager_id
  left join lateral (select o.by_staff from hub.ownership_history o where o.lead_id = l.id
                      order by o.id desc limit 1) h on true
  left join lateral (select a.receipt::text as receipt from hub.assignment_decision a where a.lead_id = l.id
                      order by a.id desc limit 1) d on true
)";

lead_line line_of(const pqxx::row& row, const names& staff) {
  lead_line made;
  made.id = row["id"].as<std::int64_t>();
  made.customer = text(row["customer"]);
  made.channel = text(row["channel"]);
  made.stage = text(row["stage"]);
  made.priority = row["priority"].as<int>();
  made.owner = text(row["owner"]);
  made.queue_reason = text(row["queue_reason"]);
  if (!row["waiting"].is_null()) made.waiting_seconds = row["waiting"].as<std::int64_t>();
  const auto name = [&](std::int64_t id) {
    const auto at = staff.find(id);
    return at == staff.end() ? "person " + std::to_string(id) : at->second;
  };
  if (!row["by_staff"].is_null()) {
    made.why = "taken by hand";
    made.words = "Taken by hand by " + name(row["by_staff"].as<std::int64_t>()) + ".";
  } else if (const auto kept = row["receipt"].is_null() ? result<routing::receipt>(problem{})
                                                        : routing::receipt_from_json(text(row["receipt"]))) {
    made.why = kept->rule.empty() ? "no rule" : kept->rule;
    made.why += ", " + (made.queue_reason.empty() ? std::string(name_of(kept->strategy)) : "queued: " + made.queue_reason);
    made.words = routing::in_words(*kept, name);
  }
  return made;
}

std::vector<count_line> counts(pqxx::work& sql, const std::string& query) {
  std::vector<count_line> made;
  for (const auto& row : sql.exec(query)) made.push_back({text(row[0]), row[1].as<std::int64_t>()});
  return made;
}

}  // namespace

std::vector<lead_line> lead_lines(db::connection& database, bool closed_too, int limit) {
  return database.transact([&](pqxx::work& sql) {
    const auto staff = staff_names(sql);
    std::vector<lead_line> made;
    for (const auto& row : sql.exec_params(select_lead + " where $1::boolean or l.stage not in ('sold', 'lost')"
                                                         " order by l.last_activity_at desc, l.id desc limit $2",
                                           closed_too, limit))
      made.push_back(line_of(row, staff));
    return made;
  });
}

std::optional<lead_line> find_lead(db::connection& database, std::int64_t id) {
  return database.transact([&](pqxx::work& sql) -> std::optional<lead_line> {
    const auto staff = staff_names(sql);
    const auto rows = sql.exec_params(select_lead + " where l.id = $1", id);
    if (rows.empty()) return std::nullopt;
    return line_of(rows[0], staff);
  });
}

std::vector<timeline_line> timeline_of(db::connection& database, std::int64_t lead) {
  return database.transact([&](pqxx::work& sql) {
    std::vector<timeline_line> made;
    const auto rows = sql.exec_params(R"(
select to_char(e.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at, e.direction, e.type, e.content, e.media from (
select m.sent_at as at, 0 as kind, m.id, m.direction::text as direction, m.type::text as type, m.content,
       (select string_agg(f.type::text || ' ' || f.state::text || coalesce(' ' || f.media_id, ''), ', ' order by f.part)
          from hub.media_fetch f where f.message_id = m.id) as media
  from hub.message m where m.lead_id = $1
union all
select c.start_time, 1, c.id, case c.direction when 'inbound' then 'incoming' else 'outgoing' end, 'call', )" +
                                          call_words() + R"(,
       (select string_agg('recording ' || f.state::text || coalesce(' ' || f.media_id, ''), ', ' order by f.part)
          from hub.media_fetch f where f.call_id = c.id)
  from hub.call_record c left join hub.staff s on s.id = c.manager_id where c.lead_id = $1 and c.start_time is not null
) e order by e.at, e.kind, e.id)",
                                      lead);
    for (const auto& row : rows)
      made.push_back({text(row["at"]), text(row["direction"]), text(row["type"]), text(row["content"]), text(row["media"])});
    return made;
  });
}

std::vector<owner_line> owners_of(db::connection& database, std::int64_t lead) {
  return database.transact([&](pqxx::work& sql) {
    std::vector<owner_line> made;
    const auto rows = sql.exec_params(R"(
select to_char(o.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at,
       coalesce(f.name, 'nobody') as from_name, coalesce(t.name, 'nobody') as to_name,
       coalesce(b.name, 'the rules') as by_name, o.reason
  from hub.ownership_history o left join hub.staff f on f.id = o.from_id left join hub.staff t on t.id = o.to_id
  left join hub.staff b on b.id = o.by_staff where o.lead_id = $1 order by o.id)",
                                      lead);
    for (const auto& row : rows)
      made.push_back({text(row["at"]), text(row["from_name"]), text(row["to_name"]), text(row["by_name"]), text(row["reason"])});
    return made;
  });
}

summary summarize(db::connection& database) {
  return database.transact([&](pqxx::work& sql) {
    summary made;
    made.totals = counts(sql,
                         "select 'messages', count(*) from hub.message union all"
                         " select 'calls', count(*) from hub.call_record where start_time is not null union all select "
                         "'customers', count(*) from hub.customer"
                         " union all select 'leads', count(*) from hub.lead");
    made.owners = counts(sql,
                         "select s.name, count(*) from hub.lead l join hub.staff s on s.id = l.manager_id"
                         " where l.stage not in ('sold', 'lost') group by s.id, s.name order by count(*) desc, s.name");
    made.queued =
        counts(sql,
               "select coalesce(t.name || ': ', '') || coalesce(l.queue_reason, 'waits'), count(*) from hub.lead l"
               " left join hub.team t on t.id = l.team_id where l.manager_id is null and l.stage not in ('sold', 'lost')"
               " group by 1 order by count(*) desc, 1");
    made.media = counts(sql, "select state::text, count(*) from hub.media_fetch group by state order by state");
    return made;
  });
}

}  // namespace hub::ctl
