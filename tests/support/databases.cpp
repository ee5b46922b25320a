#include "hub/base/crypto.hpp"
#include "hub/db/migrate.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/shared_servers.hpp"

#include <unistd.h>

#include <atomic>
#include <mutex>

namespace test_support {

namespace {

/// Not used before in this run, by this program or by one beside it.
std::string fresh_name(const std::string& kind) {
  static std::atomic<int> count{0};
  return kind + "_" + hub::to_hex(hub::random_bytes(4)) + "_" + std::to_string(++count);
}

std::string with_database(const std::string& url, const std::string& name) { return url.substr(0, url.rfind('/') + 1) + name; }

std::string name_in(const std::string& url) { return url.substr(url.rfind('/') + 1); }

/// A database with all migrations, made once per run: whoever comes first makes it under another name and renames it,
/// so that it is either whole or not there.
const std::string& migrated_template() {
  static const std::string name = [] {
    const auto files = hub::db::read_migrations(LEADYARD_SOURCE_DIR "/deploy/migrations");
    std::string checksums;
    for (const auto& file : files) checksums += file.checksum;
    const std::string ready = "migrated_" + hub::to_hex(hub::sha256(checksums)).substr(0, 12);
    const auto& server = shared_postgres();
    if (server.sql("postgres", "select 1 from pg_database where datname = '" + ready + "'") == "1") return ready;
    const std::string fresh = fresh_name("migrating");
    server.sql("postgres", "create database " + fresh + " owner leadyard");
    hub::db::migrate(hub::secret(with_database(server.url(), fresh)), files);
    try {
      server.sql("postgres", "alter database " + fresh + " rename to " + ready);
    } catch (const std::exception&) {
      // Another program was faster; ours is not needed.
      if (server.sql("postgres", "select 1 from pg_database where datname = '" + ready + "'") != "1") throw;
    }
    return ready;
  }();
  return name;
}

}  // namespace

std::string empty_database() {
  const std::string name = fresh_name("test");
  shared_postgres().sql("postgres", "create database " + name + " owner leadyard");
  return with_database(shared_postgres().url(), name);
}

std::string fresh_database() {
  const std::string name = fresh_name("test");
  shared_postgres().sql("postgres", "create database " + name + " owner leadyard template " + migrated_template());
  return with_database(shared_postgres().url(), name);
}

std::string as_superuser(const std::string& database_url) { return shared_postgres().superuser_url(name_in(database_url)); }

std::string fresh_vhost() {
  const std::string name = fresh_name("test");
  shared_rabbitmq().add_vhost(name);
  return shared_rabbitmq().url(name);
}

std::string in_broker(const std::string& expression) { return shared_rabbitmq().evaluate(expression); }

}  // namespace test_support
