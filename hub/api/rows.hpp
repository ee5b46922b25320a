#pragma once
// From SQL rows to plain values, and the small readers of query parameters that several resources share. Any thread.

#include "hub/base/problem.hpp"
#include "hub/base/time.hpp"
#include "hub/http/message.hpp"

#include <pqxx/pqxx>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hub::api {

/// SQL for a time as whole milliseconds since 1970, which instant_of() reads.
std::string ms(std::string_view column);
/// SQL for a time as whole microseconds since 1970: Postgres' own resolution, for keysets.
std::string us(std::string_view column);

instant instant_of(const pqxx::field& value);
std::optional<instant> maybe_instant(const pqxx::field& value);
std::string text_of(const pqxx::field& value);  ///< "" for null
std::optional<std::int64_t> maybe_id(const pqxx::field& value);

/// For SQL: null when there is none. Lives as long as `text`.
inline const char* or_null(const std::optional<std::string>& text) { return text ? text->c_str() : nullptr; }

/// A query parameter as people typed it: trimmed, valid UTF-8; "" when absent.
std::string query_value(const http::request& from, const std::string& name);

/// Where a keyset page ends: microseconds and id, "1763680000123456-42".
struct keyset {
  std::int64_t at = 0;
  std::int64_t id = 0;
};
std::string to_text(const keyset& k);
/// Beyond these microseconds Postgres has no timestamp; only a made-up cursor says so.
inline constexpr std::int64_t furthest_instant = 4'000'000'000'000'000;
/// `before`; nothing when absent, a problem naming the field when it is not one of ours.
result<std::optional<keyset>> read_before(const http::request& from, std::int64_t furthest = furthest_instant);
/// `limit`, 1 to `most`.
result<int> read_limit(const http::request& from, int usual, int most);
/// "%text%" for LIKE, with what LIKE would take for its own taken literally.
std::string as_pattern(std::string_view text);
/// 400 naming the field.
http::response refused(const problem& p);

}  // namespace hub::api
