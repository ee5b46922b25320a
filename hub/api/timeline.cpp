// GET /api/v1/leads/{id}/timeline: what was said, in the order of the platforms' clocks, and what happened meanwhile.

#include "hub/api/asked.hpp"
#include "hub/api/call_rows.hpp"
#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace hub::api {

namespace {

std::string select_messages() {
  return "select m.id, " + ms("m.sent_at") + " as at, " + us("m.sent_at") + R"( as sort_at, m.channel::text as channel,
       m.direction::text as direction, m.type::text as type, m.status::text as status,
       case when $6::boolean then coalesce(d.content, m.content) else '' end as content, m.manager_id, s.name as manager_name,
       case when $6::boolean and d.content is not null then m.content else '' end as original,
       )" +
         ms("d.at") + " as edited_at, " + ms("g.at") + R"( as deleted_at,
       case when $6::boolean then r.emoji end as reactions,
       case when $6::boolean then m.details ->> 'subject' end as subject,
       case when $6::boolean then m.details ->> 'quoted' end as quoted, m.details ->> 'group' as together,
       case when $6::boolean then m.details ->> 'author' end as writer,
       coalesce((m.details ->> 'automatic')::boolean, false) as automatic,
       floor(extract(epoch from m.late_by))::bigint as late_by,
       case when $6::boolean then coalesce(d.location, m.details -> 'location') ->> 'latitude' end as latitude,
       case when $6::boolean then coalesce(d.location, m.details -> 'location') ->> 'longitude' end as longitude,
       case when $6::boolean then coalesce(m.details ->> 'sticker', '') else '' end as sticker,
       o.id as outbox_id, coalesce(o.reason, '') as reason,
       coalesce(o.state in ('unknown', 'failed') and o.dismissed_at is null, false) as held
  from hub.message m left join hub.staff s on s.id = m.manager_id left join hub.outbox o on o.message_id = m.id
  left join hub.message_change d on d.platform_id = m.platform_id and d.channel = m.channel and d.account = m.account
                                and d.kind = 'edited'
  left join hub.message_change g on g.platform_id = m.platform_id and g.channel = m.channel and g.account = m.account
                                and g.kind = 'deleted'
  left join lateral (select string_agg(k.content, ' ' order by k.at) as emoji from hub.message_change k
                      where k.platform_id = m.platform_id and k.channel = m.channel and k.account = m.account
                        and k.kind = 'reaction' and k.content <> '') r on true
 where m.lead_id = $2 and $1::bigint is not null
   and ($3::bigint is null or (m.sent_at, m.id) < (timestamptz 'epoch' + $3::bigint * interval '1 microsecond', $4::bigint))
 order by m.sent_at desc, m.id desc limit $5::integer)";
}

constexpr std::string_view select_media = R"(
select f.message_id, f.part, f.type::text as type, f.state::text as state, f.media_id, z.size,
       coalesce(z.file_type, '') as file_type, coalesce(nullif(z.original_name, ''), f.file_name) as name,
       coalesce(f.reason, '') as reason
  from hub.media_fetch f left join hub.media z on z.id = f.media_id
 where f.message_id = any ($1::bigint[])
union all
select y.message_id, y.part, x.type::text, 'stored', z.id, z.size, z.file_type, z.original_name, ''
  from hub.message_media y join hub.media z on z.id = y.media_id join hub.message x on x.id = y.message_id
 where y.message_id = any ($1::bigint[])
   and not exists (select from hub.media_fetch f where f.message_id = y.message_id and f.part = y.part)
 order by 1, 2)";

message_view message_of(const pqxx::row& row) {
  message_view made;
  made.id = row["id"].as<std::int64_t>();
  made.at = instant_of(row["at"]);
  made.channel = text_of(row["channel"]);
  made.direction = text_of(row["direction"]);
  made.type = text_of(row["type"]);
  made.text = text_of(row["content"]);
  made.status = text_of(row["status"]);
  if (const auto id = maybe_id(row["manager_id"]); id && made.direction == "outgoing")
    made.author = person_view{*id, text_of(row["manager_name"])};
  made.late_by = maybe_id(row["late_by"]);
  if (!row["latitude"].is_null() && !row["longitude"].is_null())
    made.location = place_view{row["latitude"].as<double>(), row["longitude"].as<double>()};
  made.sticker = text_of(row["sticker"]);
  made.subject = text_of(row["subject"]);
  made.quoted = text_of(row["quoted"]);
  made.group = text_of(row["together"]);
  made.writer = text_of(row["writer"]);
  made.automatic = row["automatic"].as<bool>();
  if (!row["edited_at"].is_null()) made.edited_at = instant_of(row["edited_at"]);
  if (!row["deleted_at"].is_null()) made.deleted_at = instant_of(row["deleted_at"]);
  made.original = text_of(row["original"]);
  made.outbox_id = maybe_id(row["outbox_id"]);
  made.reason = text_of(row["reason"]);
  made.held = row["held"].as<bool>();
  if (const auto emoji = text_of(row["reactions"]); !emoji.empty()) made.reactions = split(emoji, ' ');
  return made;
}

void add_media_to(pqxx::work& sql, std::vector<message_view>& messages) {
  std::string ids = "{";
  for (const auto& m : messages) ids += (ids.size() > 1 ? "," : "") + std::to_string(m.id);
  for (const auto& row : sql.exec_params(std::string(select_media), ids + "}")) {
    const auto at = std::find_if(messages.begin(), messages.end(),
                                 [&](const auto& m) { return m.id == row["message_id"].as<std::int64_t>(); });
    if (at == messages.end()) continue;
    at->media.push_back({text_of(row["part"]), text_of(row["type"]), text_of(row["state"]), maybe_id(row["media_id"]),
                         maybe_id(row["size"]), text_of(row["file_type"]), text_of(row["name"]), text_of(row["reason"])});
  }
}

// The span of a page of messages, its earlier end included. What people typed is in `text`, and only where it may be read.
constexpr std::string_view select_events = R"(
select * from (
  select 'activity' as kind, x.id, x.at, null::bigint as by_id, x.activity as what, '' as outcome, '' as from_, '' as to_,
         '' as text, x.value::float8 as value, coalesce(x.currency, '') as currency
    from hub.activity x where x.lead_id = $1
  union all select 'note', x.id, x.created_at, x.staff_id, '', '', '', '', case when $4 then x.text else '' end, null, ''
    from hub.note x where x.lead_id = $1
  union all select 'action', x.id, x.created_at, x.staff_id, x.action_type, coalesce(x.outcome, ''), '', '',
         case when $4 then concat_ws(e'\n', nullif(x.action_description, ''), nullif(x.notes, '')) else '' end, null, ''
    from hub.sales_action x where x.lead_id = $1
  union all select 'conversion', x.id, x.created_at, x.staff_id, x.conversion_type, '', '', '',
         case when $4 then x.notes else '' end, x.conversion_value::float8, x.currency
    from hub.conversion x where x.lead_id = $1
  union all select 'stage', x.id, x.at, x.by_staff, '', '', coalesce(x.from_stage::text, ''), x.to_stage::text,
         case when $4 then x.reason else '' end, null, ''
    from hub.stage_history x where x.lead_id = $1
  union all select 'owner', x.id, x.at, x.by_staff, '', '', coalesce(f.name, ''), coalesce(t.name, ''), x.reason, null, ''
    from hub.ownership_history x left join hub.staff f on f.id = x.from_id left join hub.staff t on t.id = x.to_id
   where x.lead_id = $1
  union all select 'call', x.id, x.start_time, x.manager_id, x.direction::text, x.status::text, '', '', '', null, ''
    from hub.call_record x where x.lead_id = $1 and x.start_time is not null
) e
 where ($2::bigint is null or e.at >= timestamptz 'epoch' + $2::bigint * interval '1 microsecond')
   and ($3::bigint is null or e.at < timestamptz 'epoch' + $3::bigint * interval '1 microsecond'))";

std::vector<lead_event> events_of(const asked& a, std::int64_t lead, std::optional<std::int64_t> from,
                                  std::optional<std::int64_t> to, bool open) {
  const auto staff = staff_names(a.sql);
  std::vector<lead_event> made;
  const auto newest = "select n.*, " + ms("n.at") + " as at_ms from (" + std::string(select_events) +
                      " order by e.at desc, e.kind, e.id desc limit 1000) n order by n.at, n.kind, n.id";
  for (const auto& row : a.sql.exec_params(newest, lead, from, to, open)) {
    lead_event one;
    one.kind = text_of(row["kind"]);
    one.id = row["id"].as<std::int64_t>();
    one.at = instant_of(row["at_ms"]);
    if (const auto by = maybe_id(row["by_id"])) one.who = person_view{*by, name_in(staff, *by)};
    one.what = text_of(row["what"]);
    one.outcome = text_of(row["outcome"]);
    one.from = text_of(row["from_"]);
    one.to = text_of(row["to_"]);
    one.text = one.kind == "owner" ? reason_for(!open, text_of(row["text"])) : text_of(row["text"]);
    if (!row["value"].is_null()) one.value = row["value"].as<double>();
    one.currency = text_of(row["currency"]);
    made.push_back(std::move(one));
  }
  return made;
}

void add_calls_to(const asked& a, std::vector<lead_event>& events) {
  std::string ids = "{";
  for (const auto& e : events)
    if (e.kind == "call") ids += (ids.size() > 1 ? "," : "") + std::to_string(e.id);
  if (ids.size() == 1) return;
  for (const auto& row : a.sql.exec_params(select_calls(a.who, "k.id = any ($2::bigint[])"), a.who.id, ids + "}")) {
    auto call = call_of(row);
    for (auto& e : events)
      if (e.kind == "call" && e.id == call.id) e.call = call;
  }
}

http::response timeline(const asked& a) {
  const auto limit = read_limit(a.from, 50, 200);
  if (!limit) refuse(limit.error());
  const auto before = read_before(a.from);
  if (!before) refuse(before.error());
  const auto id = id_of(a.from);
  const auto lead = a.sql.exec_params("select l.customer_id, " + lead_is_open(a.who.access, a.who.role) +
                                          " as open from hub.lead l"
                                          " where l.id = $2 and " +
                                          lead_is_visible(a.who.access),
                                      a.who.id, id);
  if (lead.empty()) refuse_unknown("lead");
  timeline_page page;
  const bool open = lead[0]["open"].as<bool>();
  page.masked = !open;
  std::optional<std::int64_t> at, last_id, begins;
  if (*before) at = (*before)->at, last_id = (*before)->id;
  const auto rows = a.sql.exec_params(select_messages(), a.who.id, id, at, last_id, *limit + 1, open);
  for (const auto& row : rows) {
    if (static_cast<int>(page.messages.size()) == *limit) {
      const auto& oldest = rows[static_cast<pqxx::result::size_type>(*limit - 1)];
      begins = oldest["sort_at"].as<std::int64_t>();
      page.earlier = to_text({*begins, oldest["id"].as<std::int64_t>()});
      break;
    }
    page.messages.push_back(message_of(row));
  }
  std::reverse(page.messages.begin(), page.messages.end());
  if (open) add_media_to(a.sql, page.messages);
  page.events = events_of(a, id, begins, at, open);
  add_calls_to(a, page.events);
  write_look(a.sql, a.who, "customer_view", "customer:" + text_of(lead[0]["customer_id"]));
  return answer(200, page);
}

}  // namespace

void add_timeline(route_table& to) { to.add(route("GET", "/api/v1/leads/{id}/timeline"), timeline); }

}  // namespace hub::api
