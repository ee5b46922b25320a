#pragma once
// Times as statements read them: whole milliseconds since 1970, in a column of type bigint. Pure, any thread.

#include "hub/base/time.hpp"

#include <pqxx/row>

#include <optional>

namespace hub::db {

/// Throws when the column is null.
inline instant instant_at(const pqxx::row& row, pqxx::row::size_type column) {
  return instant(std::chrono::milliseconds(row[column].as<std::int64_t>()));
}

inline std::optional<instant> maybe_instant_at(const pqxx::row& row, pqxx::row::size_type column) {
  return row[column].is_null() ? std::nullopt : std::optional(instant_at(row, column));
}

}  // namespace hub::db
