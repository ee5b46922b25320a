#pragma once
// What every connection of ours is opened with. For hub/db.

#include "hub/db/connection.hpp"

namespace hub::db {

/// The URL with name, schema and limits as query parameters.
std::string with_parameters(const connect_options& options);

}  // namespace hub::db
