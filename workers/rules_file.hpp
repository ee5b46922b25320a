#pragma once
// From the rules file to the version in force. The file is read at the very first start and on SIGHUP; a restart with
// an older file changes nothing, a bad file never changes behaviour. Blocking; called by hub-worker's main.

#include "hub/base/problem.hpp"
#include "hub/db/connection.hpp"

#include <string>

namespace workers {

/// Activates the file when no version was ever in force. Throws hub::error (permanent) with every problem of the file.
void ensure_rules(hub::db::connection& database, const std::string& path);

/// Adds the file as a version and puts it in force. Returns what is wrong with it; then nothing changed.
hub::problems apply_rules(hub::db::connection& database, const std::string& path, const std::string& author);

}  // namespace workers
