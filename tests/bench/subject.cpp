#include "tests/bench/subject.hpp"

#include "config/staff.hpp"
#include "hub/base/announce.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "hub/ctl/files.hpp"
#include "hub/db/connection.hpp"
#include "hub/db/migrate.hpp"
#include "tests/bench/callbacks.hpp"
#include "tests/bench/usage.hpp"
#include "workers/rules_file.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <regex>
#include <thread>

namespace bench {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

std::atomic<bool> signalled{false};

const std::string source = LEADYARD_SOURCE_DIR;
constexpr const char* internal_token = "internal token of the benchmark";

std::string make_home() {
  std::string home = (fs::temp_directory_path() / "leadyard-bench-XXXXXX").string();
  if (!::mkdtemp(home.data())) throw hub::error(hub::failure::permanent, "directory", "cannot make " + home);
  ::chmod(home.c_str(), 0755);
  return home;
}

/// The profile's rules with room for everybody: at the profile's capacity a hundred of the customers would get an owner
/// and the rest the cheaper way into the manual queue.
std::string rules_with_room() {
  const auto text = hub::ctl::read_file(source + "/config/profiles/autodealer/routing.yaml");
  return std::regex_replace(text, std::regex("capacity: [0-9]+"), "capacity: 100000");
}

/// GET over a connection of its own; the whole answer.
std::string ask(std::uint16_t port, const std::string& path, const std::string& more_head = {}) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{5, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + more_head + "\r\n";
  std::string answer;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 &&
      ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    char bytes[16384];
    for (ssize_t n; (n = ::recv(fd, bytes, sizeof bytes, 0)) > 0;) answer.append(bytes, static_cast<std::size_t>(n));
  }
  ::close(fd);
  return answer;
}

}  // namespace

bool interrupted() { return signalled; }
void note_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, [](int) { signalled = true; });
}
void go_on_unless_interrupted() {
  if (signalled) throw hub::error(hub::failure::cancelled, "cancelled", "stopped by a signal");
}

subject::subject(const subject_options& options)
    : home_(make_home()),
      log_(options.keep.empty() ? home_ + "/log" : options.keep),
      shards_(options.shards),
      postgres_({.home = home_}),
      rabbitmq_({.home = home_}) {
  try {
    rabbitmq_.launch();
    postgres_.launch();
    postgres_.wait_until_ready(60s, interrupted);
    rabbitmq_.wait_until_ready(120s, interrupted);
    fs::create_directories(home_ + "/config/profiles/autodealer");
    fs::create_directories(log_);
    std::ofstream(home_ + "/config/hub.yaml") << "profile: autodealer\n"
                                              << "intake: {listen: {port: 0}}\n"
                                              << "ingest: {shards: " << shards_ << "}\n"
                                              << "connectors: {viber: {main: {sender_name: Bench, welcome: Hello}}}\n";
    std::ofstream(home_ + "/config/profiles/autodealer/routing.yaml") << rules_with_room();
    prepare(postgres_.url());
  } catch (...) {
    remove_everything();
    throw;
  }
}

subject::~subject() { remove_everything(); }

void subject::remove_everything() noexcept {
  try {
    for (const auto id : {connector_, worker_})
      if (id) hub::ctl::end(id, SIGTERM, 15s);
    postgres_.stop();
    rabbitmq_.stop();
    const auto servers = fs::path(home_) / "servers";
    if (fs::is_symlink(servers)) fs::remove_all(fs::read_symlink(servers));
    fs::remove_all(home_);
  } catch (const std::exception& e) {
    std::cerr << "bench: not everything is cleaned up: " << e.what() << "\n";
  }
}

void subject::prepare(const std::string& database_url) const {
  const hub::secret url(database_url);
  hub::db::migrate(url, hub::db::read_migrations(source + "/deploy/migrations"));
  const auto staff = config::read_staff_file(source + "/config/profiles/autodealer/staff.yaml");
  if (!staff.problems.empty()) throw hub::error(hub::failure::permanent, "staff", hub::to_text(staff.problems));
  hub::db::connection database({.url = url, .application_name = "bench"});
  database.transact([&](pqxx::work& tx) {
    for (const auto& one : staff.staff)
      tx.exec_params0("insert into staff (email, name, role) values ($1, $2, $3::user_role)", one.email, one.name,
                      std::string(hub::name_of(one.role)));
  });
  workers::ensure_rules(database, home_ + "/config/profiles/autodealer/routing.yaml");
}

std::string subject::another_database(const std::string& name) {
  postgres_.sql("postgres", "create database " + name + " owner leadyard");
  auto url = postgres_.url();
  url = url.substr(0, url.rfind('/') + 1) + name;
  prepare(url);
  return url;
}

hub::ctl::process_id subject::start_program(const std::string& name) const {
  hub::ctl::command what{.program = std::string(LEADYARD_BIN_DIR) + "/" + name,
                         .arguments = {"--config", home_ + "/config/hub.yaml"}};
  what.environment = {{"LEADYARD_HOME", home_},
                      {"HUB__DATABASE__URL", postgres_.url()},
                      {"HUB__BROKER__URL", rabbitmq_.url()},
                      {"HUB__INTERNAL__TOKEN", internal_token},
                      {"HUB__PRIVACY__SEAL_KEY", "seal key of the benchmark"},
                      {"HUB__PRIVACY__FINGERPRINT_KEY", "fingerprint key of the benchmark"},
                      {"HUB__CONNECTORS__VIBER__MAIN__AUTH_TOKEN", account_token}};
  what.output = log_ + "/" + name + ".log";
  return hub::ctl::start(what);
}

void subject::start_programs() {
  connector_ = start_program("hub-connector");
  worker_ = start_program("hub-worker");
  const auto until = std::chrono::steady_clock::now() + 60s;
  for (;;) {
    go_on_unless_interrupted();
    const auto webhooks = hub::announced_port(home_, "hub-connector", "webhooks");
    const auto direct = hub::announced_port(home_, "hub-connector", "admin");
    const auto worker = hub::announced_port(home_, "hub-worker", "admin");
    if (webhooks && direct && worker && ask(*worker, "/readyz").find(" 200 ") != std::string::npos &&
        ask(*direct, "/internal/connectors", "Authorization: Bearer " + std::string(internal_token) + "\r\n")
                .find("\"direct\"") != std::string::npos) {
      webhook_port_ = *webhooks;
      worker_admin_port_ = *worker;
      return;
    }
    if (!healthy() || std::chrono::steady_clock::now() > until)
      throw hub::error(hub::failure::permanent, "programs",
                       "connector or worker did not start:\n" + hub::ctl::last_lines(log_ + "/hub-connector.log", 5) +
                           hub::ctl::last_lines(log_ + "/hub-worker.log", 5));
    std::this_thread::sleep_for(50ms);
  }
}

bool subject::healthy() const { return hub::ctl::is_alive(connector_) && hub::ctl::is_alive(worker_); }

std::uint64_t subject::processed() const {
  const auto page = ask(worker_admin_port_, "/metrics");
  double total = 0;
  static constexpr std::string_view name = "\nhub_messages_processed_total{";
  for (auto at = page.find(name); at != std::string::npos; at = page.find(name, at + 1))
    total += std::strtod(page.c_str() + page.find('}', at) + 1, nullptr);
  return static_cast<std::uint64_t>(total);
}

}  // namespace bench
