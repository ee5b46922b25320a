#pragma once
// What is kept of a secret instead of it. Pure, any thread.

#include "hub/base/crypto.hpp"

#include <pqxx/binarystring>

#include <string_view>

namespace hub::db {

/// SHA-256 as statements take it.
inline pqxx::binarystring hash_of(std::string_view bytes) {
  const auto made = sha256(bytes);
  return {made.data(), made.size()};
}

}  // namespace hub::db
