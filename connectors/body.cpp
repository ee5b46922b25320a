#include "connectors/body.hpp"

#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <algorithm>
#include <charconv>

namespace connectors {

using boost::json::object;
using boost::json::value;

namespace {

constexpr std::size_t longest_id = 512;

}  // namespace

void refuse_body(std::string where, std::string what) { throw refused_body{{std::move(where), std::move(what)}}; }

const object& object_in(const object& from, std::string_view name, const std::string& path) {
  const auto* member = from.if_contains(name);
  if (!member) refuse_body(path, "is missing");
  const auto* found = member->if_object();
  if (!found) refuse_body(path, "expected an object");
  return *found;
}

std::string_view text_in(const object& from, std::string_view name, const std::string& path) {
  const auto* member = from.if_contains(name);
  if (!member || member->is_null()) return {};
  const auto* text = member->if_string();
  if (!text) refuse_body(path, "expected text");
  return {text->data(), text->size()};
}

std::string without_half_characters(std::string_view json) {
  // "\\ud83d" to "\\udbff" begin a character, "\\udc00" to "\\udfff" end it.
  const auto half_at = [&](std::size_t at, std::string_view third) {
    return at + 6 <= json.size() && json[at] == '\\' && json[at + 1] == 'u' && (json[at + 2] == 'd' || json[at + 2] == 'D') &&
           third.find(json[at + 3]) != std::string_view::npos;
  };
  std::string out;
  for (std::size_t at = 0; at < json.size();) {
    const bool begins = half_at(at, "89abAB"), ends = half_at(at, "cdefCDEF");
    if (begins && half_at(at + 6, "cdefCDEF")) {
      out += json.substr(at, 12);
      at += 12;
    } else if (begins || ends) {
      out += "\\ufffd";
      at += 6;
    } else {
      const std::size_t size = json[at] == '\\' ? 2 : 1;
      out += json.substr(at, size);
      at += size;
    }
  }
  return out;
}

std::string clean(std::string_view text, std::size_t characters) { return hub::shorten(hub::clean_text(text), characters); }

std::string scrubbed(std::string_view text, std::size_t characters) { return hub::scrub_numbers(clean(text, characters)); }

std::string written(const account_context& of, std::string_view text) {
  std::string kept = hub::clean_text(text);
  return of.mask_text ? hub::scrub_numbers(kept) : kept;
}

std::optional<std::uint64_t> whole_number(const value& from) {
  std::uint64_t number = 0;
  if (hub::message::read_json(from, number)) return number;
  const auto* text = from.if_string();
  if (!text || text->empty() || text->size() > 20) return std::nullopt;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failed != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return number;
}

const object* object_if(const object& from, std::string_view name) {
  const auto* member = from.if_contains(name);
  return member ? member->if_object() : nullptr;
}

const boost::json::array* array_if(const object& from, std::string_view name) {
  const auto* member = from.if_contains(name);
  return member ? member->if_array() : nullptr;
}

std::string_view text_if(const object& from, std::string_view name) {
  const auto* member = from.if_contains(name);
  const auto* text = member ? member->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

std::string id_in(const object& from, std::string_view name, const std::string& path) {
  const auto id = text_in(from, name, path);
  if (id.empty()) refuse_body(path, "is missing");
  if (id.size() > longest_id) refuse_body(path, "is too long");
  if (std::any_of(id.begin(), id.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }))
    refuse_body(path, "holds blanks or control characters");
  return std::string(id);
}

std::string word_in(const object& from, std::string_view name, std::size_t longest) {
  const auto* member = from.if_contains(name);
  const auto* text = member ? member->if_string() : nullptr;
  if (!text || text->size() > longest) return {};
  const bool plain = std::all_of(text->begin(), text->end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
  std::string word(plain ? std::string_view(text->data(), text->size()) : std::string_view());
  return hub::has_number(word) ? std::string() : word;
}

double degrees_in(const object& location, std::string_view name, double limit, const std::string& path) {
  const auto* member = location.if_contains(name);
  if (!member) refuse_body(path, "is missing");
  double number = 0;
  bool good = hub::message::read_json(*member, number);
  // Documentation examples show the coordinates as text.
  if (const auto* text = member->if_string(); !good && text && !text->empty() && text->size() <= 32) {
    const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), number);
    good = failed == std::errc{} && end == text->data() + text->size();
  }
  if (!good || !(number >= -limit && number <= limit)) refuse_body(path, "expected degrees");
  return number;
}

hub::instant seconds_in(const object& from, std::string_view name, const std::string& path) {
  const auto* member = from.if_contains(name);
  if (!member) refuse_body(path, "is missing");
  const auto number = whole_number(*member);
  if (!number || *number < static_cast<std::uint64_t>(earliest_ms / 1000) ||
      *number > static_cast<std::uint64_t>(latest_ms / 1000))
    refuse_body(path, "expected seconds since 1970, between the years 2000 and 2100");
  return hub::instant(std::chrono::seconds(static_cast<std::int64_t>(*number)));
}

std::string file_name(const account_context& of, std::string_view given) {
  const auto name = clean(given, 250);
  return of.mask_text ? hub::scrub_numbers(name) : name;
}

std::string tracking_of(std::string_view given) {
  const bool ours = given.starts_with("hub:") && given.size() <= 512 && std::all_of(given.begin(), given.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                             std::string_view(":;=_.-").find(c) != std::string_view::npos;
                    });
  return ours ? std::string(given) : std::string();
}

}  // namespace connectors
