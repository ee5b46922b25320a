// /api/v1/customers/{id}/export and /erase, and /api/v1/retention: what the law asks of whoever keeps people's data.

#include "hub/api/asked.hpp"
#include "hub/api/customer_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/staff_views.hpp"
#include "hub/media/thumbnails.hpp"

namespace hub::api {

namespace {

// Of the whole link: who they are, what was said and done, which files there are (GET /media/{id} has the bytes).
constexpr std::string_view export_all = R"(
with people as (select hub.link_of($1) as id),
     leads as (select l.* from hub.lead l where l.customer_id in (select id from people))
select jsonb_build_object(
  'customer_id', $1::bigint,
  'customers', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'first_name', c.first_name, 'last_name', c.last_name,
      'email', c.email, 'company_name', c.company_name, 'url', c.url, 'language', c.language, 'created_at', c.created_at)
      order by c.id), '[]') from hub.customer c where c.id in (select id from people)),
  'identities', (select coalesce(jsonb_agg(jsonb_build_object('space', i.space, 'account', i.account,
      'external_id', i.external_id,
      'subscribed', i.subscribed) order by i.id), '[]') from hub.identity i where i.customer_id in (select id from people)),
  'leads', (select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'channel', l.source_channel, 'intent', l.intent,
      'stage', l.stage, 'notes', l.notes, 'data', l.data, 'tags', l.tags, 'created_at', l.created_at) order by l.id), '[]')
      from leads l),
  'messages', (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'lead_id', m.lead_id, 'at', m.sent_at,
      'channel', m.channel, 'direction', m.direction, 'type', m.type, 'text', m.content, 'details', m.details)
      order by m.sent_at, m.id), '[]') from hub.message m where m.customer_id in (select id from people)),
  'calls', (select coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'at', k.start_time, 'direction', k.direction,
      'status', k.status, 'talk_seconds', k.talk_seconds, 'transcript', k.transcript, 'recording', k.media_id)
      order by k.id), '[]') from hub.call_record k where k.customer_id in (select id from people)),
  'files', (select coalesce(jsonb_agg(jsonb_build_object('id', z.id, 'name', z.original_name, 'type', z.file_type,
      'size', z.size, 'sha256', z.sha256) order by z.id), '[]') from hub.media z
      where z.customer_id in (select id from people) or z.lead_id in (select id from leads)),
  'activities', (select coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'activity', x.activity, 'at', x.at, 'value', x.value,
      'data', x.data) order by x.id), '[]') from hub.activity x where x.customer_id in (select id from people)),
  'notes', (select coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'lead_id', n.lead_id, 'at', n.created_at, 'text', n.text)
      order by n.id), '[]') from hub.note n where n.lead_id in (select id from leads)),
  'conversions', (select coalesce(jsonb_agg(jsonb_build_object('id', v.id, 'lead_id', v.lead_id, 'at', v.created_at,
      'value', v.conversion_value, 'currency', v.currency, 'type', v.conversion_type) order by v.id), '[]')
      from hub.conversion v where v.lead_id in (select id from leads)))::text)";

http::response hand_over(const asked& a) {
  const auto id = id_of(a.from);
  if (a.sql.exec_params("select 1 from hub.customer where id = $1", id).empty()) refuse_unknown("customer");
  auto made = http::response::json(200, a.sql.exec_params1(std::string(export_all), id)[0].as<std::string>());
  made.head.set("Content-Disposition", "attachment; filename=\"customer-" + std::to_string(id) + ".json\"");
  write_audit(a, "customer_export", customer_subject(id));
  return made;
}

/// The rows in one transaction, then the bytes: a file without a row is litter, a row without its file would be a lie.
async::task<http::response> erase(services* with, visitor who, http::request from) {
  const auto id = id_of(from);
  const auto now = with->time.now();
  std::vector<std::string> files;
  auto forget = [&](pqxx::work& sql) {
    files.clear();
    const asked a{*with, sql, who, from, now};
    sql.exec("select hub.lock_links()");
    if (sql.exec_params("select 1 from hub.customer where id = $1", id).empty()) return false;
    for (const auto& row : sql.exec_params("select hub.erase_customer($1, $2, $3::timestamptz)", id, who.id, to_rfc3339(now)))
      files.push_back(row[0].as<std::string>());
    write_audit(a, "customer_erase", customer_subject(id), "{\"files\":" + std::to_string(files.size()) + "}");
    return true;
  };
  const bool known = co_await with->db.run(forget);
  if (!known) co_return no_such("customer");
  auto remove = [&](pqxx::work& sql) {
    for (const auto& sha256 : files) {
      // Somebody else may have sent the same picture meanwhile.
      if (!sql.exec_params("select 1 from hub.media where sha256 = $1", sha256).empty()) continue;
      with->media.remove(sha256);
      media::remove_thumbnails(with->thumbnails, sha256);
    }
  };
  co_await with->db.run(remove);
  co_return answer(200, erased_view{id, static_cast<std::int64_t>(files.size())});
}

http::response show_retention(const asked& a) {
  return answer(200, retention_view{a.with.kept.events.count(), a.with.kept.quarantine_bodies.count()});
}

}  // namespace

void add_erasure(route_table& to, services& with) {
  auto* kept = &with;
  to.add(route("GET", "/api/v1/customers/{id}/export"), hand_over);
  to.add(route("POST", "/api/v1/customers/{id}/erase"),
         [kept](visitor who, http::request from) { return erase(kept, std::move(who), std::move(from)); });
  to.add(route("GET", "/api/v1/retention"), show_retention);
}

}  // namespace hub::api
