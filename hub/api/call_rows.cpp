#include "hub/api/call_rows.hpp"

#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"

namespace hub::api {

// The customer is who the call names, or whom that one was merged into. A recording is shown as soon as it is awaited; the
// one that was stored last comes before others.
std::string select_calls(const visitor& who, const std::string& pick) {
  return "select k.id, " + ms("k.start_time") + " as at, " + us("k.start_time") + " as sort_at, " + ms("k.end_time") +
         " as ended_at, " + ms("k.answered_at") +
         " as answered_at, k.direction::text as direction, k.status::text as status, k.provider, k.account,"
         " case when k.line like 'fp:%' then '' else k.line end as line,"
         " k.talk_seconds, k.wait_seconds, k.manager_id, coalesce(s.name, '') as manager_name, k.lead_id, k.open,"
         " c.id as customer_id, case when k.open then " +
         customer_name() + R"( else '' end as customer_name,
       f.part, f.type, f.state, f.reason, z.id as media_id, z.size, coalesce(z.file_type, '') as file_type,
       coalesce(nullif(z.original_name, ''), f.file_name, '') as file_name, k.score
  from (select k.*, )" +
         call_is_open(who.access, who.role) + " as open, case when " + call_review_is_open(who.role) +
         " then (select avg(r.score)::float8 from hub.call_review r where r.call_id = k.id) end as score from hub.call_record k "
         "left join hub.lead l on l.id = k.lead_id"
         " where k.start_time is not null and " +
         pick + R"() k
  left join hub.staff s on s.id = k.manager_id
  left join hub.customer o on o.id = k.customer_id
  left join hub.customer c on c.id = coalesce(o.merged_into, o.id)
  left join lateral (select f.part, f.type::text as type, f.state::text as state, coalesce(f.reason, '') as reason, f.file_name,
                            f.media_id from hub.media_fetch f where f.call_id = k.id
                      order by coalesce(f.media_id = k.media_id, false) desc, f.part limit 1) f on k.open
  left join hub.media z on k.open and z.id = coalesce(f.media_id, k.media_id)
 order by k.start_time desc, k.id desc)";
}

call_view call_of(const pqxx::row& row) {
  call_view made;
  made.id = row["id"].as<std::int64_t>();
  made.at = instant_of(row["at"]);
  made.answered_at = maybe_instant(row["answered_at"]);
  made.ended_at = maybe_instant(row["ended_at"]);
  made.direction = text_of(row["direction"]);
  made.status = text_of(row["status"]);
  made.provider = text_of(row["provider"]);
  made.account = text_of(row["account"]);
  made.line = text_of(row["line"]);
  made.talk_seconds = maybe_id(row["talk_seconds"]);
  made.wait_seconds = maybe_id(row["wait_seconds"]);
  if (const auto id = maybe_id(row["manager_id"])) made.manager = person_view{*id, text_of(row["manager_name"])};
  made.lead_id = maybe_id(row["lead_id"]);
  if (const auto id = maybe_id(row["customer_id"])) {
    auto name = text_of(row["customer_name"]);
    const bool known = !name.empty();
    made.customer = customer_brief{*id, known ? std::move(name) : stand_in_name("call", *id), known};
  }
  const auto media = maybe_id(row["media_id"]);
  if (media || !row["part"].is_null())
    made.recording = media_view{text_of(row["part"]),
                                row["type"].is_null() ? "voice_note" : text_of(row["type"]),
                                row["state"].is_null() ? "stored" : text_of(row["state"]),
                                media,
                                maybe_id(row["size"]),
                                text_of(row["file_type"]),
                                text_of(row["file_name"]),
                                text_of(row["reason"])};
  if (!row["score"].is_null()) made.score = row["score"].as<double>();
  made.masked = !row["open"].as<bool>();
  return made;
}

}  // namespace hub::api
