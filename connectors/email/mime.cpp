#include "connectors/email/mime.hpp"

#include "connectors/body.hpp"
#include "connectors/email/charset.hpp"
#include "connectors/email/gmime.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace connectors::email {

namespace {

constexpr std::size_t longest_parameters = 16u << 10;

/// The next line without its line end; `rest` moves on.
std::string_view next_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7F && c != ':'; });
}

/// The bodies between the boundary's lines; a missing last line ends with the data.
std::vector<std::string_view> split_at(std::string_view body, const std::string& boundary) {
  const std::string mark = "--" + boundary;
  std::vector<std::string_view> found;
  const char* begin = nullptr;
  auto rest = body;
  const auto close = [&](const char* at) {
    if (!begin) return;
    std::string_view one(begin, static_cast<std::size_t>(std::max(at, begin) - begin));
    // The line end before a boundary belongs to the boundary.
    if (one.ends_with('\n')) one.remove_suffix(1);
    if (one.ends_with('\r')) one.remove_suffix(1);
    found.push_back(one);
    if (found.size() > most_parts) refuse_body("parts", "more than " + std::to_string(most_parts));
    begin = nullptr;
  };
  while (!rest.empty()) {
    const char* start = rest.data();
    const auto line = next_line(rest);
    if (!line.starts_with(mark)) continue;
    const auto tail = hub::trim(line.substr(mark.size()));
    if (!tail.empty() && tail != "--") continue;
    close(start);
    if (tail == "--") return found;
    begin = rest.empty() ? body.data() + body.size() : rest.data();
  }
  close(body.data() + body.size());
  return found;
}

struct cutter {
  std::size_t parts = 0;
  std::size_t header_bytes = 0;

  part cut(std::string_view raw, std::string number, int depth, std::string_view usual_type) {
    if (++parts > most_parts) refuse_body("parts", "more than " + std::to_string(most_parts));
    if (depth > deepest_part) refuse_body("parts", "nested deeper than " + std::to_string(deepest_part));
    part made;
    made.number = std::move(number);
    made.head = read_headers(raw, made.body);
    header_bytes += raw.size() - made.body.size();
    if (header_bytes > most_header_bytes) refuse_body("headers", "more than 256 KiB");
    const auto boundary = read_type(made, usual_type);
    if (made.type.starts_with("multipart/") && !boundary.empty()) {
      const auto usual = made.type == "multipart/digest" ? "message/rfc822" : "text/plain";
      std::size_t index = 0;
      for (const auto one : split_at(made.body, boundary)) {
        const auto child = std::to_string(++index);
        made.children.push_back(cut(one, made.number.empty() ? child : made.number + "." + child, depth + 1, usual));
      }
    }
    if (made.children.empty()) {
      if (made.number.empty()) made.number = "1";
      // A multipart without parts: whatever it holds can still be read.
      if (made.type.starts_with("multipart/")) made.type = "text/plain";
    }
    return made;
  }

  static std::string read_type(part& to, std::string_view usual_type) {
    const auto type = std::string(to.head.first("content-type").substr(0, longest_parameters));
    const auto disposition = std::string(to.head.first("content-disposition").substr(0, longest_parameters));
    to.type = usual_type;
    std::string boundary, name;
    start_gmime();
    if (!type.empty()) {
      const gobject<GMimeContentType> parsed(g_mime_content_type_parse(nullptr, type.c_str()));
      if (parsed) {
        // RFC 2045, 5.2: what is no type at all is taken for plain text.
        if (std::string_view(type).substr(0, type.find(';')).find('/') != std::string_view::npos)
          to.type = lower(g_text(g_mime_content_type_get_mime_type(parsed.get())));
        const auto parameter = [&](const char* which) {
          const char* value = g_mime_content_type_get_parameter(parsed.get(), which);
          return value ? std::string(value) : std::string();
        };
        to.charset = lower(parameter("charset"));
        if (to.type == "multipart/report") to.report_type = lower(parameter("report-type"));
        to.flowed = lower(parameter("format")) == "flowed";
        to.delete_space = lower(parameter("delsp")) == "yes";
        boundary = parameter("boundary");
        name = parameter("name");
      }
    }
    if (!disposition.empty()) {
      const gobject<GMimeContentDisposition> parsed(g_mime_content_disposition_parse(nullptr, disposition.c_str()));
      if (parsed) {
        const char* word = g_mime_content_disposition_get_disposition(parsed.get());
        to.disposition = lower(word ? word : "");
        if (const char* given = g_mime_content_disposition_get_parameter(parsed.get(), "filename")) to.file_name = given;
      }
    }
    if (to.file_name.empty()) to.file_name = name;
    to.file_name = decoded_text(to.file_name);
    return boundary;
  }
};

bool is_direction_mark(unsigned char second, unsigned char third) {
  return (second == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xA8 && third <= 0xAE))) ||
         (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

}  // namespace

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return made;
}

std::string_view headers::first(std::string_view name) const {
  for (const auto& one : list)
    if (one.name == name) return one.value;
  return {};
}

std::vector<std::string_view> headers::all(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const auto& one : list)
    if (one.name == name) found.push_back(one.value);
  return found;
}

bool headers::has(std::string_view name) const {
  return std::any_of(list.begin(), list.end(), [&](const header& one) { return one.name == name; });
}

headers read_headers(std::string_view raw, std::string_view& body) {
  headers made;
  auto rest = raw;
  while (!rest.empty()) {
    const auto line = next_line(rest);
    if (line.empty()) break;
    if (!rest.empty() && raw.size() - rest.size() > most_header_bytes) refuse_body("headers", "more than 256 KiB");
    if (line.front() == ' ' || line.front() == '\t') {
      if (!made.list.empty()) made.list.back().value += line;
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = hub::trim(line.substr(0, colon));
    if (is_header_name(name)) made.list.push_back({lower(name), std::string(line.substr(colon + 1))});
  }
  body = rest.empty() ? raw.substr(raw.size()) : rest;
  for (auto& one : made.list) {
    // What C functions read ends at a zero byte.
    std::replace(one.value.begin(), one.value.end(), '\0', ' ');
    one.value = to_utf8(hub::trim(one.value), "");
  }
  return made;
}

part read_mime(std::string_view raw) {
  if (raw.size() > largest_mail) refuse_body("mail", "larger than 25 MiB");
  return cutter().cut(raw, "", 0, "text/plain");
}

std::string decoded_body(const part& from) {
  const auto word = std::string(hub::trim(from.head.first("content-transfer-encoding")).substr(0, 40));
  const auto encoding = g_mime_content_encoding_from_string(word.c_str());
  if (encoding != GMIME_CONTENT_ENCODING_BASE64 && encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
      encoding != GMIME_CONTENT_ENCODING_UUENCODE)
    return std::string(from.body);
  GMimeEncoding state;
  g_mime_encoding_init_decode(&state, encoding);
  std::string made(g_mime_encoding_outlen(&state, from.body.size()) + 8, '\0');
  made.resize(g_mime_encoding_flush(&state, from.body.data(), from.body.size(), made.data()));
  return made;
}

std::string on_one_line(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) {
      if (!made.empty() && made.back() != ' ') made += ' ';
    } else if (byte == 0xE2 && i + 2 < text.size() &&
               is_direction_mark(static_cast<unsigned char>(text[i + 1]), static_cast<unsigned char>(text[i + 2]))) {
      i += 2;
    } else {
      made += text[i];
    }
  }
  return std::string(hub::trim(made));
}

std::string decoded_text(std::string_view value) {
  start_gmime();
  const std::string given(value.substr(0, longest_parameters));
  return on_one_line(hub::clean_text(g_text(g_mime_utils_header_decode_text(nullptr, given.c_str()))));
}

std::string mailbox(std::string_view given) {
  const auto trimmed = hub::trim(given);
  const auto at = trimmed.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == trimmed.size() ||
      trimmed.find('@', at + 1) != std::string_view::npos || trimmed.size() > 320 || !hub::is_utf8(trimmed))
    return {};
  if (std::any_of(trimmed.begin(), trimmed.end(), [](char c) {
        return (static_cast<unsigned char>(c) <= 0x20) || c == 0x7F || c == '<' || c == '>' || c == ',' || c == ';';
      }))
    return {};
  return lower(trimmed);
}

std::vector<address> addresses_in(std::string_view value, std::size_t most) {
  start_gmime();
  // Groups may be nested, and GMime follows them: a header of this size cannot exhaust the stack.
  const std::string given(value.substr(0, 4096));
  std::vector<address> found;
  const gobject<InternetAddressList> list(internet_address_list_parse(nullptr, given.c_str()));
  if (!list) return found;
  std::vector<InternetAddressList*> open{list.get()};
  while (!open.empty() && found.size() < most) {
    auto* one = open.back();
    open.pop_back();
    for (int i = 0; i < internet_address_list_length(one) && found.size() < most; ++i) {
      auto* entry = internet_address_list_get_address(one, i);
      if (INTERNET_ADDRESS_IS_GROUP(entry)) {
        if (auto* members = internet_address_group_get_members(INTERNET_ADDRESS_GROUP(entry))) open.push_back(members);
      } else if (INTERNET_ADDRESS_IS_MAILBOX(entry)) {
        const char* mail = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(entry));
        const char* name = internet_address_get_name(entry);
        auto plain = mailbox(mail ? mail : "");
        if (!plain.empty()) found.push_back({decoded_text(name ? name : ""), std::move(plain)});
      }
    }
  }
  return found;
}

std::optional<hub::instant> date_in(std::string_view value) {
  if (value.empty()) return std::nullopt;
  const std::string given(value.substr(0, 200));
  GDateTime* parsed = g_mime_utils_header_decode_date(given.c_str());
  if (!parsed) return std::nullopt;
  const auto seconds = g_date_time_to_unix(parsed);
  g_date_time_unref(parsed);
  if (seconds < earliest_ms / 1000 || seconds > latest_ms / 1000) return std::nullopt;
  return hub::instant(std::chrono::seconds(seconds));
}

}  // namespace connectors::email
