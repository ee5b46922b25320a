#include "hub/ctl/supervisor.hpp"

#include "hub/base/announce.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/probe.hpp"
#include "hub/ctl/secrets.hpp"
#include "hub/db/migrate.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace hub::ctl {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

/// How long programs get to finish what they hold, and servers to write what they have.
constexpr auto program_patience = 10s;
constexpr auto server_patience = 20s;
/// A program that dies this often before it was ever ready has a fault no restart mends.
constexpr int deaths_before_giving_up = 3;

std::string seconds_since(steady::time_point begun) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(steady::now() - begun).count());
}

std::string line(const std::string& name, const std::string& state, const std::string& detail) {
  return fmt::format("  {:<15} {:<8} {}", name, state, detail);
}

bool set_by_operator(const char* name) {
  const char* value = std::getenv(name);
  return value && *value;
}

}  // namespace

/// A program of the hub: kept alive, and its announcement.
struct supervisor::program : kept {
  using kept::kept;

  std::string output;
  std::map<std::string, std::uint16_t> ports = {};
  bool ready = false;
};

std::string program_directory() {
  if (const char* told = std::getenv("LEADYARD_BIN"); told && *told) return fs::absolute(told).string();
  return fs::read_symlink("/proc/self/exe").parent_path().string();
}

supervisor::supervisor(config::loaded settings, supervision how)
    : settings_(std::move(settings)), how_(std::move(how)), home_(settings_.home) {
  if (how_.profile.empty()) how_.profile = settings_.value.profile;
  sigset_t ends;
  sigemptyset(&ends);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ends, signal);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  signals_ = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
  make_directory(home_ + "/log", 0755);
}

supervisor::~supervisor() { close(signals_); }

int supervisor::run() {
  try {
    publish("starting");
    start_servers();
    migrate();
    start_programs();
  } catch (const error& e) {
    drain();
    if (e.kind() == failure::cancelled) return 0;
    throw;
  } catch (...) {
    drain();
    throw;
  }
  publish("running");
  if (how_.ready) how_.ready(published_);
  while (!told_to_end()) {
    go_on_with_afterwards();
    watch(10s);
  }
  drain();
  return failures_ ? 1 : 0;
}

void supervisor::start_servers() {
  const auto& given = settings_.value;
  const auto begun = steady::now();
  const auto interrupted = [this] { return told_to_end(); };
  // What a killed supervisor left is on its way out; it holds the ports until then.
  if (given.broker.url.empty()) {
    rabbitmq_.emplace(server_place{.home = home_});
    if (rabbitmq_->running()) rabbitmq_->stop();
    servers_.push_back(std::make_unique<kept>("rabbitmq", [this] {
      rabbitmq_->launch();
      keep_urls();
      return rabbitmq_->process();
    }));
  }
  if (given.database.url.empty()) {
    postgres_.emplace(server_place{.home = home_});
    if (postgres_->running()) postgres_->stop();
    servers_.push_back(std::make_unique<kept>("postgres", [this] {
      postgres_->launch();
      keep_urls();
      return postgres_->process();
    }));
  }
  if (how_.mail) {
    mail_.emplace(server_place{.home = home_});
    if (mail_->running()) mail_->stop();
    mail_->add_user(how_.mail->user, how_.mail->password);
    servers_.push_back(std::make_unique<kept>("dovecot", [this] {
      mail_->launch();
      return mail_->process();
    }));
  }
  for (auto& server : servers_)
    if (server->look(begun) == kept::change::not_begun) throw error(failure::permanent, server->name(), server->reason());
  if (postgres_) {
    postgres_->wait_until_ready(60s, interrupted);
    how_.say(line("PostgreSQL", "ready", fmt::format("127.0.0.1:{}, {}", postgres_->port(), seconds_since(begun))));
  }
  if (rabbitmq_) {
    rabbitmq_->wait_until_ready(120s, interrupted);
    how_.say(line("RabbitMQ", "ready", fmt::format("127.0.0.1:{}, {}", rabbitmq_->port(), seconds_since(begun))));
  }
  if (mail_) {
    mail_->wait_until_ready(30s, interrupted);
    how_.say(line("Dovecot", "ready", fmt::format("127.0.0.1:{}, {}", mail_->port(), seconds_since(begun))));
    auto& settings = how_.settings["hub-connector"];
    settings[how_.mail->settings + "IMAP_HOST"] = "127.0.0.1";
    settings[how_.mail->settings + "IMAP_PORT"] = std::to_string(mail_->port());
    settings[how_.mail->settings + "IMAP_SECURITY"] = "none";
    settings[how_.mail->settings + "IMAP_USER"] = how_.mail->user;
    settings[how_.mail->settings + "IMAP_PASSWORD"] = how_.mail->password;
  }
  database_url_ = postgres_ ? postgres_->url() : given.database.url.reveal();
  broker_url_ = rabbitmq_ ? rabbitmq_->url() : given.broker.url.reveal();
}

// A server that died comes back where it was; only when somebody took its port meanwhile it is elsewhere, and the
// programs have to be told, which means begun again.
void supervisor::keep_urls() {
  if (programs_.empty()) return;
  const auto before = std::pair(database_url_, broker_url_);
  if (postgres_) database_url_ = postgres_->url();
  if (rabbitmq_) broker_url_ = rabbitmq_->url();
  if (before == std::pair(database_url_, broker_url_)) return;
  for (const auto& one : programs_)
    if (one->runs()) send_signal(one->process(), SIGTERM);
}

void supervisor::migrate() {
  const auto files = db::read_migrations(installation_directory(settings_) + "/deploy/migrations");
  const auto report = db::migrate(secret(database_url_), files);
  how_.say(line("schema", "ready", fmt::format("version {}, {} migrations applied now", report.version, report.applied.size())));
}

command supervisor::command_for(const std::string& name) {
  // hub-worker.2 is a second hub-worker.
  const auto executable = program_directory() + "/" + name.substr(0, name.find('.'));
  if (access(executable.c_str(), X_OK) != 0) throw error(failure::permanent, "no program", "there is no program " + executable);
  command what{.program = executable};
  what.directory = installation_directory(settings_);
  what.output = home_ + "/log/" + name + ".log";
  what.environment = {
      {"LEADYARD_HOME", home_}, {"LEADYARD_PROGRAM", name}, {"HUB__PROFILE", how_.profile}, {"HUB__BROKER__URL", broker_url_}};
  // hub-connector never holds the database, not even the one the operator gave us.
  what.without = {"HUB__DATABASE__URL", "HUB__DATABASE__URL_FILE", "HUB__BROKER__URL_FILE"};
  if (name != "hub-connector") what.environment["HUB__DATABASE__URL"] = database_url_;
  if (const auto more = how_.settings.find(name); more != how_.settings.end())
    what.environment.insert(more->second.begin(), more->second.end());
  if (how_.demo) what.environment["HUB__MEDIA__ALLOW_PRIVATE_ADDRESSES"] = "true";
  return what;
}

void supervisor::start_programs() {
  std::vector<std::string> names = {"hub-connector", "hub-worker", "hub-api"};
  for (int number = 2; number <= how_.workers; ++number) names.insert(names.end() - 1, "hub-worker." + std::to_string(number));
  for (const auto& name : names) {
    const auto pid_file = home_ + "/run/" + name + ".pid";
    if (auto left = read_pid_file(pid_file)) end(*left, SIGTERM, program_patience);
    const auto ports_file = home_ + "/run/" + name + ".ports";
    auto begin = [this, pid_file, ports_file, name] {
      command how = command_for(name);
      // Back on the ports others know by now, as long as the operator does not choose them.
      for (const auto& [listener, port] : announced(home_, name)) {
        const char* setting = listener == "admin"      ? "HUB__ADMIN__PORT"
                              : listener == "webhooks" ? "HUB__INTAKE__LISTEN__PORT"
                              : listener == "api"      ? "HUB__API__LISTEN__PORT"
                                                       : nullptr;
        if (setting && !set_by_operator(setting)) how.environment[setting] = std::to_string(port);
      }
      fs::remove(ports_file);
      const auto id = ctl::start(how);
      write_pid_file(pid_file, id);
      return id;
    };
    // Of an earlier life of the system, whose settings may have been others.
    fs::remove(ports_file);
    programs_.push_back(std::make_unique<program>(name, begin));
    programs_.back()->output = command_for(name).output;
  }
  // The connector's internal endpoints are there before anybody asks for them.
  for (auto& one : programs_) wait_for(*one);
  keep_young_queues();
}

// The programs declared their queues a moment ago; from here on nothing that was confirmed depends on the node's timer.
void supervisor::keep_young_queues() {
  if (!rabbitmq_) return;
  try {
    rabbitmq_->keep_young_queues();
  } catch (const error& e) {
    // It may be dying at this very moment; the node writes the register by itself within a second.
    log::warn("the register of queues was not written at once", {{"error", e.what()}});
  }
}

void supervisor::wait_for(program& one) {
  const auto begun = steady::now();
  while (!one.ready) {
    watch(50ms);
    if (told_to_end()) throw error(failure::cancelled, "cancelled", "stopped while starting");
    if (one.deaths() >= deaths_before_giving_up || (!one.ready && steady::now() - begun > 60s))
      throw error(failure::permanent, "not ready",
                  one.name() + (one.deaths() ? " ends again and again" : " is not ready after a minute") + "; the end of " +
                      one.output + ":\n" + last_lines(one.output, 8));
  }
  std::string where;
  for (const auto& [listener, port] : one.ports) where += fmt::format(", {} {}", listener, port);
  how_.say(line(one.name(), "ready", fmt::format("pid {}{}", one.process().pid, where)));
}

void supervisor::watch(std::chrono::milliseconds at_most) {
  // Sleep until somebody dies, a signal comes, a restart is due or `at_most` has passed.
  auto until = steady::now() + at_most;
  std::vector<pollfd> watched = {{signals_, POLLIN, 0}};
  auto add = [&](process_id id) {
    int fd = id ? static_cast<int>(syscall(SYS_pidfd_open, id.pid, 0)) : -1;
    if (fd >= 0) watched.push_back({fd, POLLIN, 0});
  };
  auto consider = [&](const kept& one) {
    add(one.process());
    if (one.due()) until = std::min(until, *one.due());
  };
  for (const auto& one : servers_) consider(*one);
  for (const auto& one : programs_) {
    // Those before it in the table are begun and ready first.
    consider(*one);
    if (one->runs() && !one->ready) until = std::min(until, steady::now() + (state_ == "running" ? 200ms : 50ms));
    if (!one->ready && state_ != "running") break;
  }
  add(afterwards_);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady::now()).count();
  poll(watched.data(), watched.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
  for (std::size_t i = 1; i < watched.size(); ++i) close(watched[i].fd);

  const auto now = steady::now();
  for (auto& one : servers_) note(*one, one->look(now), now);
  for (auto& one : programs_) {
    note(*one, one->look(now), now);
    if (!one->runs()) {
      one->ready = false;
    } else if (!one->ready) {
      one->ports = announced(home_, one->name());
      const auto admin = one->ports.find("admin");
      one->ready = !one->ports.empty() && (admin == one->ports.end() || http_status(admin->second, "/readyz") == 200);
    }
    if (!one->ready && state_ != "running") break;
  }
  publish(state_);
}

void supervisor::note(kept& one, kept::change what, steady::time_point now) {
  if (what == kept::change::none || (what == kept::change::began && one.deaths() == 0)) return;
  if (what == kept::change::began) {
    how_.say(line(one.name(), "again", fmt::format("pid {}", one.process().pid)));
    return;
  }
  const auto pause = std::chrono::duration<double>(one.due().value_or(now) - now).count();
  const std::string why = what == kept::change::not_begun ? one.reason()
                          : one.exit_code()               ? fmt::format("exit code {}", *one.exit_code())
                                                          : "ended";
  how_.say(line(one.name(), "died", fmt::format("{}; again in {:.1f} s", why, pause)));
}

void supervisor::go_on_with_afterwards() {
  if (afterwards_) {
    std::optional<int> code;
    if (is_alive(afterwards_, &code)) return;
    afterwards_ = {};
    const auto& done = how_.afterwards[next_afterwards_ - 1];
    if (code.value_or(0) != 0) {
      ++failures_;
      how_.say(fmt::format("hubctl {} failed with exit code {}", done.what.arguments.at(0), *code));
      next_afterwards_ = how_.afterwards.size();
    } else if (!done.once.empty()) {
      write_file(done.once, "", 0644);
    }
  }
  while (next_afterwards_ < how_.afterwards.size() && fs::exists(how_.afterwards[next_afterwards_].once)) ++next_afterwards_;
  if (next_afterwards_ < how_.afterwards.size()) {
    command next = how_.afterwards[next_afterwards_++].what;
    next.environment["LEADYARD_HOME"] = home_;
    next.directory = installation_directory(settings_);
    afterwards_ = ctl::start(next);
  }
  publish(state_);
}

void supervisor::publish(const std::string& state) {
  state_ = state;
  auto address = [](const config::listener& listener, std::uint16_t port) {
    const auto host = listener.address == "0.0.0.0" || listener.address == "::" ? "127.0.0.1" : listener.address;
    return (listener.tls.certificate.empty() ? "http://" : "https://") + host + ":" + std::to_string(port);
  };
  status_lines lines = {{"state", state},
                        {"profile", how_.profile},
                        {"hubctl", fs::read_symlink("/proc/self/exe").string()},
                        {"secrets", secrets_file(home_)},
                        {"pid.supervisor", std::to_string(getpid())}};
  if (!how_.afterwards.empty())
    lines["afterwards"] = failures_ ? "failed" : afterwards_ || next_afterwards_ < how_.afterwards.size() ? "working" : "done";
  if (!database_url_.empty()) lines["database_url"] = database_url_;
  if (!broker_url_.empty()) lines["broker_url"] = broker_url_;
  for (const auto& one : servers_)
    if (one->runs()) lines["pid." + one->name()] = std::to_string(one->process().pid);
  for (const auto& one : programs_) {
    if (!one->runs()) continue;
    lines["pid." + one->name()] = std::to_string(one->process().pid);
    for (const auto& [listener, port] : one->ports) {
      if (listener == "admin") lines["admin." + one->name()] = fmt::format("http://127.0.0.1:{}", port);
      if (listener == "webhooks") lines["webhooks"] = address(settings_.value.intake.listen, port);
      if (listener == "api") lines["api"] = address(settings_.value.api.listen, port);
      if (listener == "api" || listener == "console") lines["console"] = address(settings_.value.api.listen, port);
    }
  }
  if (lines == published_) return;
  write_status(home_, lines);
  published_ = std::move(lines);
}

void supervisor::drain() {
  publish("stopping");
  std::vector<process_id> left;
  if (afterwards_) left.push_back(afterwards_);
  for (const auto& one : programs_)
    if (one->runs()) left.push_back(one->process());
  for (const auto& id : left) send_signal(id, SIGTERM);
  const auto begun = steady::now();
  bool forced = false;
  for (;;) {
    std::erase_if(left, [](const process_id& id) { return !is_alive(id); });
    if (left.empty()) break;
    // Ctrl-C a second time means it.
    if (steady::now() - begun > program_patience || asked_to_end_ > 1) {
      for (const auto& id : left) end(id, SIGKILL, 2s);
      forced = true;
      break;
    }
    told_to_end(20ms);
  }
  if (!programs_.empty())
    how_.say(line("programs", "ended", seconds_since(begun) + (forced ? ", not all of them by themselves" : "")));
  for (const auto& one : programs_) {
    fs::remove(home_ + "/run/" + one->name() + ".pid");
    fs::remove(home_ + "/run/" + one->name() + ".ports");
  }
  if (mail_) mail_->stop(server_patience);
  if (rabbitmq_) rabbitmq_->stop(server_patience);
  if (postgres_) postgres_->stop(server_patience);
  if (!servers_.empty()) how_.say(line("servers", "ended", seconds_since(begun)));
  write_status(home_, {{"state", "stopped"}});
}

bool supervisor::told_to_end(std::chrono::milliseconds at_most) {
  pollfd wait{signals_, POLLIN, 0};
  if (at_most.count() > 0) poll(&wait, 1, static_cast<int>(at_most.count()));
  signalfd_siginfo which;
  while (read(signals_, &which, sizeof which) == sizeof which) ++asked_to_end_;
  return asked_to_end_ > 0;
}

}  // namespace hub::ctl
