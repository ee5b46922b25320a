// POST /api/v1/media puts a file into the store, to be sent; GET /api/v1/media finds the files of a vehicle, a lead, a customer.

#include "hub/api/asked.hpp"
#include "hub/api/lead_changes.hpp"
#include "hub/api/media.hpp"
#include "hub/api/reply_views.hpp"
#include "hub/api/rows.hpp"
#include "hub/async/within.hpp"
#include "hub/base/number.hpp"
#include "hub/base/text.hpp"
#include "hub/media/kind.hpp"

#include <array>

namespace hub::api {

namespace {

constexpr byte_count largest{64ULL << 20};

// The same file of the same person under the same name is one row, however often it is sent.
constexpr std::string_view find_again = R"(
select z.id from hub.media z
 where z.sha256 = $2 and z.uploaded_by = $1 and z.original_name = $3 and z.vehicle_id is not distinct from $4::bigint
 order by z.id limit 1)";
constexpr std::string_view insert_file = R"(
insert into hub.media (file_path, file_type, uploaded_at, sha256, size, original_name, uploaded_by, vehicle_id)
values ($1, $2, $3::timestamptz, $4, $5, $6, $7, $8::bigint) returning id)";

constexpr std::string_view select_files =
    "select z.id, z.file_type, z.size, z.original_name, z.vehicle_id, z.lead_id, z.customer_id, z.uploaded_by";

media_file_view file_of(const pqxx::row& row) {
  media_file_view made;
  made.id = row["id"].as<std::int64_t>();
  made.file_type = text_of(row["file_type"]);
  made.size = row["size"].as<std::int64_t>();
  made.name = text_of(row["original_name"]);
  made.vehicle_id = maybe_id(row["vehicle_id"]);
  made.lead_id = maybe_id(row["lead_id"]);
  made.customer_id = maybe_id(row["customer_id"]);
  made.at = instant_of(row["at"]);
  return made;
}

media::stored keep(media::store& into, const std::string& bytes) {
  auto file = into.begin();
  file.write(bytes);
  return file.finish();
}

std::optional<std::int64_t> id_in(const http::request& from, const std::string& name) {
  const auto text = query_value(from, name);
  if (text.empty()) return std::nullopt;
  const auto id = whole_number<std::int64_t>(text);
  if (!id || *id <= 0) refuse(400, "Bad request", "expected an id", name);
  return id;
}

http::response write_row(const asked& a, const media::stored& file) {
  const auto vehicle = id_in(a.from, "vehicle");
  if (vehicle && a.sql.exec_params("select 1 from hub.vehicle where id = $1", *vehicle).empty()) refuse_unknown("vehicle");
  const auto name = shorten(clean_text(query_value(a.from, "name")), 200);
  const auto known = a.sql.exec_params(std::string(find_again), a.who.id, file.sha256, name, vehicle);
  const auto id = known.empty() ? a.sql
                                      .exec_params1(std::string(insert_file), file.path, file.type, to_rfc3339(a.now),
                                                    file.sha256, static_cast<std::int64_t>(file.size), name, a.who.id, vehicle)[0]
                                      .as<std::int64_t>()
                                : known[0][0].as<std::int64_t>();
  if (known.empty()) write_audit(a, "media_add", "media:" + std::to_string(id));
  const auto row =
      a.sql.exec_params1(std::string(select_files) + ", " + ms("z.uploaded_at") + " as at from hub.media z where z.id = $1", id);
  return answer(201, file_of(row));
}

async::task<http::response> add(services* with, visitor who, http::request from) {
  if (from.body.empty()) co_return http::response::problem(400, "Bad request", "The body is the file; it is empty.");
  // What it is, not what it is called; and what nobody should open goes nowhere.
  const auto why = media::why_not("file", media::sniff_type(std::string_view(from.body).substr(0, 64 << 10)));
  if (!why.empty()) co_return http::response::problem(415, "Not taken", why);
  const auto write = [with, &from] { return keep(with->media, from.body); };
  const auto file = co_await async::on_thread(with->verifying, write);
  from.body.clear();
  const auto now = with->time.now();
  auto work = [&](pqxx::work& sql) { return write_row(asked{*with, sql, who, from, now}, file); };
  co_return co_await with->db.run(work);
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kinds{
    {{"photo", "z.file_type like 'image/%'"},
     {"video", "z.file_type like 'video/%'"},
     {"sound", "z.file_type like 'audio/%'"},
     {"file", "z.file_type !~ '^(image|video|audio)/'"}}};

std::optional<std::string> moment_in(const http::request& from, const std::string& name) {
  const auto text = query_value(from, name);
  if (text.empty()) return std::nullopt;
  const auto at = parse_rfc3339(text);
  if (!at) refuse(400, "Bad request", "expected a moment like 2026-11-20T12:00:00Z", name);
  return to_rfc3339(*at);
}

http::response list(const asked& a) {
  const auto vehicle = id_in(a.from, "vehicle"), lead = id_in(a.from, "lead"), customer = id_in(a.from, "customer");
  const auto since = moment_in(a.from, "from"), until = moment_in(a.from, "to");
  const auto type = query_value(a.from, "type");
  std::string of_kind = "true";
  if (!type.empty()) {
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == type; });
    if (kind == kinds.end()) refuse(400, "Bad request", "expected photo, video, sound or file", "type");
    of_kind = kind->second;
  }
  const auto limit = read_limit(a.from, 50, 200);
  if (!limit) refuse(limit.error());
  const auto before = read_before(a.from);
  if (!before) refuse(before.error());
  const auto at = *before ? std::optional((*before)->at) : std::nullopt;
  const auto id = *before ? std::optional((*before)->id) : std::nullopt;
  const auto rows = a.sql.exec_params(
      std::string(select_files) + ", " + ms("z.uploaded_at") + " as at, " + us("z.uploaded_at") +
          " as sort_at from hub.media z where ($2::bigint is null or z.vehicle_id = $2)"
          " and ($3::bigint is null or z.lead_id = $3 or exists (select from hub.message_media y join hub.message x"
          " on x.id = y.message_id where y.media_id = z.id and x.lead_id = $3))"
          " and ($4::bigint is null or z.customer_id in (select hub.link_of($4)))"
          " and ($5::timestamptz is null or z.uploaded_at >= $5) and ($6::timestamptz is null or z.uploaded_at < $6)"
          " and ($7::bigint is null or (" +
          us("z.uploaded_at") + ", z.id) < ($7::bigint, $8::bigint)) and " + of_kind + " and " + file_is_visible(a.who) +
          " order by z.uploaded_at desc, z.id desc limit $9::integer",
      a.who.id, vehicle, lead, customer, or_null(since), or_null(until), at, id, *limit + 1);
  media_page page;
  for (const auto& row : rows) {
    if (static_cast<int>(page.files.size()) == *limit) {
      const auto& last = rows[static_cast<pqxx::result::size_type>(*limit - 1)];
      page.next = to_text({last["sort_at"].as<std::int64_t>(), last["id"].as<std::int64_t>()});
      break;
    }
    page.files.push_back(file_of(row));
  }
  return answer(200, page);
}

}  // namespace

void add_media_shelf(route_table& to, services& with) {
  auto* kept = &with;
  to.add(route("POST", "/api/v1/media"),
         [kept](visitor who, http::request from) { return add(kept, std::move(who), std::move(from)); },
         {largest, std::chrono::minutes(5)});
  to.add(route("GET", "/api/v1/media"), list);
}

}  // namespace hub::api
