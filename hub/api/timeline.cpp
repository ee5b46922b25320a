// GET /api/v1/leads/{id}/timeline: what was said, in the order of the platforms' clocks.

#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/message/json.hpp"

#include <algorithm>

namespace hub::api {

namespace {

std::string select_messages() {
  return "select m.id, " + ms("m.sent_at") + " as at, " + us("m.sent_at") + R"( as sort_at, m.channel::text as channel,
       m.direction::text as direction, m.type::text as type, m.status::text as status,
       case when $6::boolean then m.content else '' end as content, m.manager_id, s.name as manager_name,
       floor(extract(epoch from m.late_by))::bigint as late_by,
       case when $6::boolean then coalesce(m.details -> 'location', m.details) ->> 'latitude' end as latitude,
       case when $6::boolean then coalesce(m.details -> 'location', m.details) ->> 'longitude' end as longitude,
       case when $6::boolean then coalesce(m.details ->> 'sticker', '') else '' end as sticker
  from hub.message m left join hub.staff s on s.id = m.manager_id
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

async::task<http::response> timeline(services* with, visitor who, http::request from) {
  const auto limit = read_limit(from, 50, 200);
  if (!limit) co_return refused(limit.error());
  const auto before = read_before(from);
  if (!before) co_return refused(before.error());
  const auto id = id_of(from);
  auto read = [&](pqxx::work& sql) -> std::optional<timeline_page> {
    const auto lead = sql.exec_params("select l.customer_id, " + lead_is_open(who.access, who.role) +
                                          " as open from hub.lead l"
                                          " where l.id = $2 and " +
                                          lead_is_visible(who.access),
                                      who.id, id);
    if (lead.empty()) return std::nullopt;
    timeline_page page;
    const bool open = lead[0]["open"].as<bool>();
    page.masked = !open;
    const auto at = *before ? std::to_string((*before)->at) : std::string();
    const auto last_id = *before ? std::to_string((*before)->id) : std::string();
    const auto rows = sql.exec_params(select_messages(), who.id, id, *before ? at.c_str() : nullptr,
                                      *before ? last_id.c_str() : nullptr, *limit + 1, open);
    for (const auto& row : rows) {
      if (static_cast<int>(page.messages.size()) == *limit) {
        const auto& oldest = rows[static_cast<pqxx::result::size_type>(*limit - 1)];
        page.earlier = to_text({oldest["sort_at"].as<std::int64_t>(), oldest["id"].as<std::int64_t>()});
        break;
      }
      page.messages.push_back(message_of(row));
    }
    std::reverse(page.messages.begin(), page.messages.end());
    if (open) add_media_to(sql, page.messages);
    write_look(sql, who, "customer_view", "customer:" + text_of(lead[0]["customer_id"]));
    return page;
  };
  const auto page = co_await with->db.run(read);
  if (!page) co_return no_such("lead");
  co_return http::response::json(200, message::to_json(*page));
}

}  // namespace

void add_timeline(route_table& to, services& with) {
  auto* kept = &with;
  to.add(route("GET", "/api/v1/leads/{id}/timeline"),
         [kept](visitor who, http::request from) { return timeline(kept, std::move(who), std::move(from)); });
}

}  // namespace hub::api
