#pragma once
// How subcommands reach the database of the settings. Blocking; failures are db::error.

#include "config/settings.hpp"
#include "hub/db/connection.hpp"

#include <string>

namespace hub::ctl {

/// Does not connect yet. The schema `hub` is on its search path.
inline db::connection open_database(const config::settings& settings) {
  db::connect_options to;
  to.url = settings.database.url;
  to.deadline = settings.database.deadline;
  to.application_name = "hubctl";
  return db::connection(to);
}

/// An empty text for null.
inline std::string text_or_empty(const pqxx::field& f) { return f.is_null() ? std::string() : f.as<std::string>(); }

/// An SQL expression as RFC 3339 with milliseconds.
inline std::string utc_of(const std::string& expression) {
  return "to_char(" + expression + " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";
}

}  // namespace hub::ctl
