#include "hub/db/migrate.hpp"

#include "hub/base/crypto.hpp"
#include "hub/db/connection.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace hub::db {

namespace {

constexpr long lock_number = 0x6c656164;  // any fixed number: "lead"

[[noreturn]] void refuse(const std::string& what) { throw hub::error(failure::permanent, "migration", what); }

}  // namespace

std::vector<migration> read_migrations(const std::string& directory) {
  std::vector<migration> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failed)) {
    if (entry.path().extension() != ".sql") continue;
    const std::string name = entry.path().stem().string();
    migration one;
    one.name = name;
    one.number = std::atoi(name.substr(0, 4).c_str());
    std::ifstream in(entry.path(), std::ios::binary);
    one.sql.assign(std::istreambuf_iterator<char>(in), {});
    if (!in.good() && !in.eof()) refuse("cannot read " + entry.path().string());
    one.checksum = to_hex(sha256(one.sql));
    files.push_back(std::move(one));
  }
  if (failed) refuse("cannot list " + directory + ": " + failed.message());
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  for (std::size_t i = 0; i < files.size(); ++i)
    if (files[i].number != static_cast<int>(i) + 1)
      refuse(directory + ": expected a migration numbered " + std::to_string(i + 1) + ", found " + files[i].name);
  if (files.empty()) refuse("no migrations in " + directory);
  return files;
}

migration_report migrate(const secret& url, const std::vector<migration>& files, bool dry_run) {
  migration_report report;
  connection database(
      {.url = url, .deadline = std::chrono::minutes(10), .application_name = "leadyard-migrate", .schema = "hub"});

  // One transaction per file: the lock is taken in each, so that a second program waits and then finds it applied.
  for (bool more = true; more;) {
    more = database.transact([&](pqxx::work& tx) {
      tx.exec_params("select pg_advisory_xact_lock($1)", lock_number);
      tx.exec0("create schema if not exists hub");
      tx.exec0("create table if not exists hub.schema_migration (number integer primary key, name text not null, "
               "checksum text not null, applied_at timestamptz not null default now())");
      std::map<int, std::string> applied;
      for (const auto& row : tx.exec("select number, checksum from hub.schema_migration"))
        applied[row[0].as<int>()] = row[1].as<std::string>();

      if (!applied.empty() && applied.rbegin()->first > files.back().number)
        refuse("the database is newer than this program: it has migration " + std::to_string(applied.rbegin()->first));
      for (const auto& file : files) {
        const auto known = applied.find(file.number);
        if (known != applied.end()) {
          if (known->second != file.checksum) refuse(file.name + " was changed after it had been applied");
          report.version = file.number;
          continue;
        }
        report.applied.push_back(file.name);
        if (dry_run) continue;
        tx.exec(file.sql);
        tx.exec_params("insert into hub.schema_migration (number, name, checksum) values ($1, $2, $3)", file.number, file.name,
                       file.checksum);
        report.version = file.number;
        return file.number != files.back().number;
      }
      return false;
    });
  }
  return report;
}

}  // namespace hub::db
