#include "hub/base/failure.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/private_servers.hpp"
#include "hub/ctl/server_place.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

namespace hub::ctl {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr const char* programs = "/usr/lib/postgresql/15/bin/";

std::uint64_t machine_memory() {
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE));
}

std::string config(std::uint16_t port, const std::string& data, bool for_tests) {
  const auto memory_mb = machine_memory() >> 20;
  const auto buffers_mb = for_tests ? 128 : std::clamp<std::uint64_t>(memory_mb / 8, 256, 1024);
  // Write-ahead log may grow to spare checkpoints in a burst, where the disk has that to give.
  const auto disk_gb = fs::space(data).available >> 30;
  const char* wal = for_tests || disk_gb < 10 ? "1GB" : disk_gb < 40 ? "2GB" : "8GB";
  std::string out;
  auto set = [&](const std::string& name, const std::string& value) { out += name + " = '" + value + "'\n"; };
  set("port", std::to_string(port));
  set("listen_addresses", "127.0.0.1");
  set("unix_socket_directories", "");
  set("max_connections", for_tests ? "300" : "100");
  set("shared_buffers", std::to_string(buffers_mb) + "MB");
  set("max_wal_size", wal);
  set("wal_compression", "lz4");
  set("track_commit_timestamp", "on");
  set("jit", "off");
  set("timezone", "UTC");
  set("log_timezone", "UTC");
  set("lc_messages", "C");
  // Rows and statements can hold what customers wrote: neither belongs into a log.
  set("log_error_verbosity", "terse");
  set("log_min_error_statement", "panic");
  set("log_min_messages", "warning");
  set("log_checkpoints", "off");
  return out;
}

}  // namespace

private_postgres::private_postgres(server_place place)
    : place_(std::move(place)),
      directory_(server_directory(place_.home, "postgres", server_account("postgres"))),
      log_(place_.home + "/log/postgres.log") {}

command private_postgres::tool(const std::string& name, std::vector<std::string> arguments) const {
  command what{.program = programs + name, .arguments = std::move(arguments), .clean_environment = true};
  what.environment["HOME"] = directory_;
  what.directory = directory_;
  what.as = server_account("postgres");
  return what;
}

void private_postgres::initialise() const {
  const fs::path data = directory_ + "/data", fresh = directory_ + "/data.new";
  if (fs::exists(data / "PG_VERSION")) return;
  if (!fs::exists(std::string(programs) + "initdb"))
    throw error(failure::permanent, "no postgres", "PostgreSQL 15 is not installed (Debian's package postgresql-15)");
  fs::remove_all(fresh);
  const auto owner = server_account("postgres");
  const std::string file = directory_ + "/password.initdb";
  write_owned(file, remembered_password(directory_ + "/superuser", owner) + "\n", owner);
  auto made = run(tool("initdb", {"-D", fresh, "--username=postgres", "--pwfile=" + file, "--auth-host=scram-sha-256",
                                  "--auth-local=reject", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"}),
                  120s);
  fs::remove(file);
  if (made.exit_code != 0) throw error(failure::permanent, "initdb", "initdb failed:\n" + made.output);
  write_owned(fresh / "postgresql.auto.conf", "include_if_exists = 'leadyard.conf'\n", owner);
  fs::rename(fresh, data);
}

void private_postgres::configure() const {
  const auto owner = server_account("postgres");
  auto ports = remembered_ports(directory_ + "/ports", {"port"}, owner);
  const std::string data = directory_ + "/data";
  write_owned(data + "/leadyard.conf", config(static_cast<std::uint16_t>(std::stoi(ports["port"])), data, place_.for_tests),
              owner);
}

process_id private_postgres::process() const { return read_pid_file(directory_ + "/pid").value_or(process_id{}); }

bool private_postgres::launch() {
  if (running()) return false;
  initialise();
  // A lock file whose number now belongs to somebody else would stop the server; ours does not run.
  fs::remove(directory_ + "/data/postmaster.pid");
  configure();
  auto server = tool("postgres", {"-D", directory_ + "/data"});
  server.output = log_;
  server.death_signal = SIGINT;  // "fast" shutdown
  write_pid_file(directory_ + "/pid", ctl::start(server));
  return true;
}

void private_postgres::wait_until_ready(std::chrono::milliseconds deadline, const interruption& interrupted) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  const auto ask = tool("pg_isready", {"-q", "-h", "127.0.0.1", "-p", std::to_string(port())});
  while (run(ask, 10s).exit_code != 0) {
    if (interrupted && interrupted()) throw error(failure::cancelled, "cancelled", "stopped while starting");
    if (!running())
      throw error(failure::permanent, "postgres", "the private PostgreSQL ended at start:\n" + last_lines(log_, 10));
    if (std::chrono::steady_clock::now() > until)
      throw error(failure::transient, "timeout", "the private PostgreSQL is not ready:\n" + last_lines(log_, 10));
    std::this_thread::sleep_for(20ms);
  }
  if (sql("postgres", "select count(*) from pg_database where datname = 'leadyard'") == "1") return;
  const auto password = remembered_password(directory_ + "/role", server_account("postgres"));
  if (sql("postgres", "select count(*) from pg_roles where rolname = 'leadyard'") == "0")
    sql("postgres", "create role leadyard login password '" + password + "'");
  sql("postgres", "create database leadyard owner leadyard");
}

bool private_postgres::start() {
  bool started = launch();
  wait_until_ready();
  return started;
}

void private_postgres::stop(std::chrono::milliseconds patience) {
  if (auto id = process()) end(id, SIGINT, patience);
  fs::remove(directory_ + "/pid");
}

std::uint16_t private_postgres::port() const {
  auto ports = read_map(directory_ + "/ports");
  if (!ports.contains("port")) throw error(failure::permanent, "postgres", "the private PostgreSQL was never started");
  return static_cast<std::uint16_t>(std::stoi(ports["port"]));
}

std::string private_postgres::url() const {
  return "postgresql://leadyard:" + remembered_password(directory_ + "/role", server_account("postgres")) + "@127.0.0.1:" +
         std::to_string(port()) + "/leadyard";
}

std::string private_postgres::superuser_url(const std::string& database) const {
  return "postgresql://postgres:" + remembered_password(directory_ + "/superuser", server_account("postgres")) + "@127.0.0.1:" +
         std::to_string(port()) + "/" + database;
}

std::string private_postgres::sql(const std::string& database, const std::string& statement) const {
  auto client = tool("psql", {"-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", std::to_string(port()), "-U", "postgres",
                              "-d", database, "-f", "-"});
  client.environment["PGPASSWORD"] = remembered_password(directory_ + "/superuser", server_account("postgres"));
  auto done = run(client, 60s, statement + "\n");
  if (done.exit_code != 0) throw error(failure::permanent, "psql", "psql failed: " + done.output);
  while (!done.output.empty() && done.output.back() == '\n') done.output.pop_back();
  return done.output;
}

}  // namespace hub::ctl
