#include "tests/support/running_hub.hpp"

#include "hub/base/announce.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/viber_player.hpp"
#include "hub/db/connection.hpp"
#include "hub/db/migrate.hpp"
#include "tests/support/servers.hpp"

#include <algorithm>
#include <thread>

namespace test_support {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr const char* viber_path = "/webhooks/viber/main";
constexpr auto sql_deadline = 30s;

}  // namespace

std::size_t delivered::count() const { return static_cast<std::size_t>(std::count(accepted.begin(), accepted.end(), true)); }

std::size_t delivered::slower_than(std::chrono::milliseconds limit) const {
  return static_cast<std::size_t>(std::count_if(took.begin(), took.end(), [&](auto t) { return t > limit; }));
}

std::string ask_database(const std::string& url, const std::string& sql) {
  hub::db::connection c({.url = hub::secret(url), .deadline = sql_deadline, .application_name = "test"});
  return c.transact([&](pqxx::work& tx) {
    std::string text;
    for (const auto& row : tx.exec(sql)) {
      if (!text.empty()) text += '\n';
      for (int i = 0; i < static_cast<int>(row.size()); ++i) text += (i ? " " : "") + std::string(row[i].c_str());
    }
    return text;
  });
}

running_hub::running_hub(hub_options options) : options_(std::move(options)) {
  if (options_.database_url.empty())
    options_.database_url = fresh_database();
  else
    hub::db::migrate(hub::secret(options_.database_url), hub::db::read_migrations(LEADYARD_SOURCE_DIR "/deploy/migrations"));
  if (options_.broker_url.empty()) options_.broker_url = fresh_vhost();
  put_in_force(options_.database_url, options_.team);
  webhook_port_ = free_port();
  viber_token_ = hub::random_token();
  internal_token_ = hub::random_token();
  seal_key_ = hub::random_token();
  fingerprint_key_ = hub::random_token();

  programs_.push_back({"hub-connector", options_.connector, options_.connector_failpoints,
                       start("hub-connector", options_.connector, options_.connector_failpoints)});
  for (unsigned n = 1; n <= options_.workers; ++n) {
    const auto name = "hub-worker." + std::to_string(n);
    programs_.push_back({name, "hub-worker", options_.worker_failpoints, start(name, "hub-worker", options_.worker_failpoints)});
  }
  if (wait_until_ready()) return;
  std::string logs;
  for (const auto& one : programs_) logs += "\n" + one.name + ":\n" + hub::ctl::last_lines(home_ / (one.name + ".log"), 20);
  throw hub::error(hub::failure::permanent, "hub", "the hub under test did not get ready" + logs);
}

running_hub::~running_hub() = default;

std::string running_hub::settings_file() { return LEADYARD_SOURCE_DIR "/config/hub.yaml"; }

std::map<std::string, std::string> running_hub::environment() const {
  std::map<std::string, std::string> all{{"LEADYARD_HOME", home_.path()},
                                         {"HUB__DATABASE__URL", options_.database_url},
                                         {"HUB__BROKER__URL", options_.broker_url},
                                         {"HUB__INTAKE__LISTEN__PORT", std::to_string(webhook_port_)},
                                         {"HUB__API__LISTEN__PORT", "0"},
                                         {"HUB__INTERNAL__TOKEN", internal_token_},
                                         {"HUB__PRIVACY__SEAL_KEY", seal_key_},
                                         {"HUB__PRIVACY__FINGERPRINT_KEY", fingerprint_key_},
                                         {"HUB__MEDIA__ALLOW_PRIVATE_ADDRESSES", "true"},
                                         {"HUB__CONNECTORS__VIBER__MAIN__AUTH_TOKEN", viber_token_},
                                         {"HUB__CONNECTORS__ACTIVITY__MAIN__SECRET", "secret of a website"}};
  for (const auto& [name, value] : options_.settings) {
    all[name] = value;
    if (name.ends_with("_FILE")) all.erase(name.substr(0, name.size() - 5));
  }
  return all;
}

process running_hub::start(const std::string& name, const std::string& executable, const std::string& failpoints) const {
  process::options how;
  how.arguments = {"--config", options_.settings_file.empty() ? settings_file() : options_.settings_file};
  how.environment = environment();
  how.environment["LEADYARD_PROGRAM"] = name;
  how.environment["LEADYARD_FAILPOINTS"] = failpoints;
  how.output = home_ / (name + ".log");
  return process(executable, how);
}

running_hub::program& running_hub::named(const std::string& name) {
  for (auto& one : programs_)
    if (one.name == name) return one;
  throw hub::error(hub::failure::permanent, "hub", "there is no " + name + " under test");
}

void running_hub::set_failpoints(const std::string& program, const std::string& failpoints) {
  named(program).failpoints = failpoints;
}

void running_hub::restart(const std::string& program) {
  auto& one = named(program);
  if (one.running.kill(SIGKILL)) one.running.wait(10s);
  one.running = start(one.name, one.executable, one.failpoints);
}

unsigned running_hub::tend() {
  unsigned restarted = 0;
  for (auto& one : programs_) {
    if (one.running.running()) continue;
    one.running = start(one.name, one.executable, one.failpoints);
    ++restarted;
  }
  return restarted;
}

bool running_hub::wait_until_ready(std::chrono::milliseconds deadline) {
  bool ended = false;
  const auto ready = [&] {
    for (auto& one : programs_) {
      ended |= !one.running.running();
      if (ended) return true;
      if (admin(one.name, "/readyz").status != 200) return false;
    }
    return admin("hub-connector", "/internal/connectors").body.find("\"direct\"") != std::string::npos && spooled() == 0u;
  };
  return wait_until(ready, deadline) && !ended;
}

bool running_hub::stop(std::chrono::milliseconds deadline) {
  const auto until = steady::now() + deadline;
  for (auto& one : programs_) one.running.kill(SIGTERM);
  bool clean = true;
  for (auto& one : programs_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady::now());
    clean &= one.running.wait(std::max(left, 1ms)) == 0;
  }
  return clean;
}

caller running_hub::webhook(std::chrono::milliseconds patience) const {
  return caller([home = home_.path()] { return hub::announced_port(home, "hub-connector", "webhooks").value_or(0); }, patience);
}

caller::answer running_hub::post(caller& over, const std::string& body) const {
  return over.ask("POST", viber_path,
                  {{"Content-Type", "application/json"}, {"X-Viber-Content-Signature", hub::ctl::sign(viber_token_, body)}},
                  body);
}

delivered running_hub::deliver(const std::vector<std::string>& bodies, const delivery& how) const {
  delivered told;
  std::vector<char> accepted(bodies.size(), 0);  // vector<bool> is not for several threads
  told.took.resize(bodies.size());
  std::atomic<std::size_t> next{0}, attempts{0};
  const auto begun = steady::now();
  std::vector<std::thread> connections;
  for (unsigned n = 0; n < how.connections; ++n)
    connections.emplace_back([&] {
      auto connection = webhook();
      for (std::size_t i; !(how.stop && *how.stop) && (i = next++) < bodies.size();) {
        if (how.rate > 0) std::this_thread::sleep_until(begun + std::chrono::duration<double>(static_cast<double>(i) / how.rate));
        // A platform comes back later and later; here it is as patient and quicker, so that kills are met more often.
        wait_until(
            [&] {
              ++attempts;
              const auto asked = steady::now();
              const bool taken = post(connection, bodies[i]).status == 200;
              if (taken) told.took[i] = std::chrono::ceil<std::chrono::milliseconds>(steady::now() - asked);
              accepted[i] = taken;
              return taken;
            },
            how.patience);
      }
    });
  for (auto& one : connections) one.join();
  told.accepted.assign(accepted.begin(), accepted.end());
  told.attempts = attempts;
  return told;
}

caller::answer running_hub::admin(const std::string& program, const std::string& path) const {
  caller once([&] { return hub::announced_port(home_.path(), program, "admin").value_or(0); }, 5s);
  return once.ask("GET", path, {{"Authorization", "Bearer " + internal_token_}, {"Connection", "close"}});
}

std::optional<std::uint64_t> running_hub::spooled() const {
  const auto metrics = admin("hub-connector", "/metrics");
  const std::string name = "\nhub_spool_pending ";
  const auto at = metrics.body.find(name);
  if (metrics.status != 200 || at == std::string::npos) return std::nullopt;
  return static_cast<std::uint64_t>(std::strtod(metrics.body.c_str() + at + name.size(), nullptr));
}

std::string running_hub::ask(const std::string& sql) const { return ask_database(options_.database_url, sql); }

std::string running_hub::ask_or_nothing(const std::string& sql) const {
  try {
    return ask(sql);
  } catch (const std::exception&) {
    return {};
  }
}

bool running_hub::wait_for(const std::string& sql, const std::string& wanted, std::chrono::milliseconds deadline) const {
  return wait_until([&] { return ask_or_nothing(sql) == wanted; }, deadline);
}

std::string running_hub::log(const std::string& program) const { return hub::ctl::read_file(home_ / (program + ".log")); }

}  // namespace test_support
