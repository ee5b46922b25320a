#pragma once
// Brings a database to the schema this build needs: deploy/migrations/NNNN_name.sql, forward only, each in one
// transaction with its row in hub.schema_migration (number, name, checksum), under an advisory lock so that two
// programs may try at once. A file that changed after it was applied is refused. Blocking.

#include "hub/base/secret.hpp"

#include <string>
#include <vector>

namespace hub::db {

struct migration {
  int number = 0;
  std::string name;
  std::string sql;
  std::string checksum;
};

/// The files of a directory in order; throws hub::error (permanent) for a gap, a double number or an unreadable file.
std::vector<migration> read_migrations(const std::string& directory);

struct migration_report {
  std::vector<std::string> applied;  ///< names of what was (or with dry_run would be) applied
  int version = 0;                   ///< the newest number in the database afterwards
};
/// Throws db::error when a statement fails (nothing of that file stays) and hub::error for a changed checksum or a
/// database that is newer than the files.
migration_report migrate(const secret& url, const std::vector<migration>& files, bool dry_run = false);

}  // namespace hub::db
