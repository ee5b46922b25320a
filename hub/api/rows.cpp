#include "hub/api/rows.hpp"

#include "hub/base/text.hpp"

#include <charconv>

namespace hub::api {

namespace {

bool whole(std::string_view text, auto& number) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string ms(std::string_view column) { return "floor(extract(epoch from " + std::string(column) + ") * 1000)::bigint"; }
std::string us(std::string_view column) { return "(extract(epoch from " + std::string(column) + ") * 1000000)::bigint"; }

instant instant_of(const pqxx::field& value) { return instant(std::chrono::milliseconds(value.as<std::int64_t>())); }

std::optional<instant> maybe_instant(const pqxx::field& value) {
  if (value.is_null()) return std::nullopt;
  return instant_of(value);
}

std::string text_of(const pqxx::field& value) { return value.is_null() ? std::string() : value.as<std::string>(); }

std::optional<std::int64_t> maybe_id(const pqxx::field& value) {
  if (value.is_null()) return std::nullopt;
  return value.as<std::int64_t>();
}

std::string query_value(const http::request& from, const std::string& name) {
  const auto given = from.query.find(name);
  return given == from.query.end() ? std::string() : std::string(trim(clean_text(given->second)));
}

std::string to_text(const keyset& k) { return std::to_string(k.at) + "-" + std::to_string(k.id); }

result<std::optional<keyset>> read_before(const http::request& from, std::int64_t furthest) {
  const auto given = from.query.find("before");
  if (given == from.query.end()) return std::optional<keyset>();
  const std::string_view text = given->second;
  const auto dash = text.rfind('-');
  keyset k;
  if (dash == std::string_view::npos || !whole(text.substr(0, dash), k.at) || !whole(text.substr(dash + 1), k.id) ||
      k.at > furthest || k.at < -furthest)
    return problem{"before", "expected what `next` or `earlier` of another page said", shorten(text, 60)};
  return std::optional(k);
}

result<int> read_limit(const http::request& from, int usual, int most) {
  const auto given = from.query.find("limit");
  if (given == from.query.end()) return usual;
  int n = 0;
  if (!whole(given->second, n) || n < 1 || n > most)
    return problem{"limit", "expected a whole number from 1 to " + std::to_string(most), shorten(given->second, 20)};
  return n;
}

std::string as_pattern(std::string_view text) {
  std::string made = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') made += '\\';
    made += c;
  }
  return made + "%";
}

http::response refused(const problem& p) { return http::response::problem(400, "Bad request", p.what, p.where); }

}  // namespace hub::api
