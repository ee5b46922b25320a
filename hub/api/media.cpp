// GET /api/v1/media/{id}: the original bytes, to whoever may see the lead they came with.

#include "hub/api/media.hpp"

#include "hub/api/routes.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace hub::api {

namespace {

struct shown_type {
  std::string_view real, sent;  ///< libmagic's word, and the one every browser knows
};
constexpr std::array<shown_type, 17> inline_types{{
    {"image/jpeg", "image/jpeg"},
    {"image/png", "image/png"},
    {"image/gif", "image/gif"},
    {"image/webp", "image/webp"},
    {"audio/mpeg", "audio/mpeg"},
    {"audio/ogg", "audio/ogg"},
    {"audio/x-m4a", "audio/mp4"},
    {"audio/mp4", "audio/mp4"},
    {"audio/x-wav", "audio/wav"},
    {"audio/wav", "audio/wav"},
    {"audio/aac", "audio/aac"},
    {"audio/AMR", "audio/amr"},
    {"video/mp4", "video/mp4"},
    {"video/webm", "video/webm"},
    {"video/3gpp", "video/3gpp"},
    {"video/ogg", "video/ogg"},
    {"video/quicktime", "video/quicktime"},
}};

const shown_type* shown_as(std::string_view type) {
  const auto at = std::find_if(inline_types.begin(), inline_types.end(), [&](const auto& t) { return t.real == type; });
  return at == inline_types.end() ? nullptr : &*at;
}

struct stored_file {
  std::string sha256, type, name;
  std::uint64_t size = 0;
};

async::task<http::response> one(services* with, visitor who, http::request from) {
  const auto id = id_of(from);
  auto read = [&](pqxx::work& sql) -> std::optional<stored_file> {
    const auto rows = sql.exec_params(find_file(who), who.id, id);
    if (rows.empty()) return std::nullopt;
    const auto& row = rows[0];
    return stored_file{text_of(row["sha256"]), text_of(row["file_type"]), text_of(row["original_name"]),
                       row["size"].as<std::uint64_t>()};
  };
  const auto file = co_await with->db.run(read);
  if (!file) co_return no_such("file");
  const auto path = with->media.find(file->sha256);
  if (path.empty()) throw error(failure::transient, "media missing", "the media store lacks " + file->sha256);

  const auto* type = shown_as(file->type);
  const auto etag = "\"" + file->sha256 + "\"";
  http::response answer;
  answer.head.set("Content-Type", type ? std::string(type->sent) : "application/octet-stream");
  answer.head.set("Content-Disposition", disposition(file->type, file->name, id));
  answer.head.set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'");
  answer.head.set("ETag", etag);
  answer.head.set("Accept-Ranges", "bytes");
  // Kept by the browser, but asked about every time: access may end, the bytes of a hash never change.
  answer.head.set("Cache-Control", "private, no-cache");
  if (const auto* known = from.head.find("If-None-Match"); known && known->find(etag) != std::string::npos) {
    answer.status = 304;
    co_return answer;
  }
  http::file_body body;
  body.path = path;
  body.size = file->size;
  const auto* wanted = from.head.find("Range");
  const auto* only_if = from.head.find("If-Range");
  if (wanted && (!only_if || *only_if == etag)) {
    if (const auto range = read_range(*wanted, file->size)) {
      if (!range->satisfiable) {
        answer.status = 416;
        answer.head.set("Content-Range", fmt::format("bytes */{}", file->size));
        co_return answer;
      }
      answer.status = 206;
      answer.head.set("Content-Range", fmt::format("bytes {}-{}/{}", range->from, range->from + range->size - 1, file->size));
      body.offset = range->from;
      body.size = range->size;
    }
  }
  answer.file = std::move(body);
  co_return answer;
}

/// Cut to code points: what can break a header, a path or the reading direction is left out.
bool belongs_in_a_name(char32_t c) {
  if (c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0)) return false;
  if (c == '/' || c == '\\' || c == ':' || c == '"' || c == '*' || c == '?' || c == '<' || c == '>' || c == '|') return false;
  return !((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff);
}

std::string safe_stem(std::string_view name) {
  const auto clean = clean_text(name);
  std::string made;
  std::size_t letters = 0;
  for (std::size_t i = 0; i < clean.size() && letters < 80;) {
    const auto lead = static_cast<unsigned char>(clean[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0xff >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) c = (c << 6) | (static_cast<unsigned char>(clean[i + k]) & 0x3f);
    if (belongs_in_a_name(c)) made.append(clean, i, length), ++letters;
    i += length;
  }
  // The extension goes by what the file is, not by what its sender calls it.
  if (const auto dot = made.rfind('.'); dot != std::string::npos && made.size() - dot <= 10) made.resize(dot);
  while (!made.empty() && (made.front() == '.' || made.front() == ' ')) made.erase(0, 1);
  while (!made.empty() && (made.back() == '.' || made.back() == ' ')) made.pop_back();
  return made;
}

}  // namespace

// A file shared by several messages is shown to whoever may open any of their leads; a recording goes with its call; pictures
// of vehicles are everybody's, and what somebody has put there is theirs.
std::string file_is_visible(const visitor& who) {
  return "(exists (select from (select z.lead_id as id union all select x.lead_id from hub.message_media y"
         " join hub.message x on x.id = y.message_id where y.media_id = z.id) w join hub.lead l on l.id = w.id where " +
         lead_is_visible(who.access) +
         ") or exists (select from hub.call_record k left join hub.lead l on l.id = k.lead_id where k.media_id = z.id and " +
         call_is_visible(who.access, who.role) + ") or z.vehicle_id is not null or z.uploaded_by = $1)";
}

std::string find_file(const visitor& who) {
  return "select z.sha256, z.size, z.file_type, z.original_name from hub.media z where z.id = $2 and " + file_is_visible(who);
}

bool may_show_inline(std::string_view type) { return shown_as(type) != nullptr; }

std::string disposition(std::string_view type, std::string_view name, std::int64_t id) {
  const auto extension = media::extension_of(type);
  const auto plain = fmt::format("file-{}.{}", id, extension);
  auto stem = safe_stem(name);
  if (stem.empty()) stem = fmt::format("file-{}", id);
  std::string encoded;
  for (const unsigned char c : stem + "." + std::string(extension)) {
    if (std::isalnum(c) || c == '.' || c == '-' || c == '_')
      encoded += static_cast<char>(c);
    else
      encoded += fmt::format("%{:02X}", c);
  }
  return fmt::format("{}; filename=\"{}\"; filename*=UTF-8''{}", may_show_inline(type) ? "inline" : "attachment", plain, encoded);
}

std::optional<byte_range> read_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!header.starts_with(unit)) return std::nullopt;
  const auto range = trim(header.substr(unit.size()));
  const auto dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return std::nullopt;
  const auto number = [](std::string_view text) -> std::optional<std::uint64_t> {
    std::uint64_t n = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return n;
  };
  const auto first = range.substr(0, dash), last = range.substr(dash + 1);
  if (first.empty()) {
    const auto n = number(last);
    if (!n) return std::nullopt;
    if (*n == 0 || size == 0) return byte_range{0, 0, false};
    const auto length = std::min(*n, size);
    return byte_range{size - length, length, true};
  }
  const auto from = number(first);
  const auto to = last.empty() ? std::optional(size ? size - 1 : 0) : number(last);
  if (!from || !to || (!last.empty() && *to < *from)) return std::nullopt;
  if (*from >= size) return byte_range{0, 0, false};
  return byte_range{*from, std::min(*to, size - 1) - *from + 1, true};
}

void add_media(route_table& to, services& with) {
  auto* kept = &with;
  to.add(route("GET", "/api/v1/media/{id}"),
         [kept](visitor who, http::request from) { return one(kept, std::move(who), std::move(from)); });
}

}  // namespace hub::api
