// Which programs there should be, and how they are.

#include "hub/base/announce.hpp"
#include "hub/ctl/doctor.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/http/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>

namespace hub::ctl::checks {

namespace {

using namespace std::chrono_literals;

/// Those the supervisor watches over; without one, those that announced themselves here.
std::vector<program> programs_of(const std::string& home) {
  std::vector<std::string> names;
  const auto lines = read_status(home);
  const auto state = lines.find("state");
  if (state != lines.end() && state->second == "stopped") return {};
  for (const auto& [key, value] : lines)
    if (key.starts_with("pid.hub-")) names.push_back(key.substr(4));
  std::error_code failed;
  if (names.empty())
    for (const auto& file : std::filesystem::directory_iterator(home + "/run", failed))
      if (file.path().extension() == ".ports") names.push_back(file.path().stem().string());
  std::sort(names.begin(), names.end());
  std::vector<program> found;
  for (const auto& name : names) found.push_back({name, announced_port(home, name, "admin").value_or(0)});
  return found;
}

class admin_client {
 public:
  /// Nothing when nobody answers.
  std::optional<http::incoming> get(std::uint16_t port, const std::string& path) {
    http::outgoing request;
    request.url = "http://127.0.0.1:" + std::to_string(port) + path;
    request.total_time = 3s;
    request.max_body = 16_MiB;
    loop_.restart();
    auto done = boost::asio::co_spawn(loop_, http_.fetch(std::move(request)), boost::asio::use_future);
    while (done.wait_for(0s) != std::future_status::ready) loop_.run_one();
    try {
      return done.get();
    } catch (const http::exchange_error&) {
      return std::nullopt;
    }
  }

 private:
  boost::asio::io_context loop_;
  http::client http_{loop_};
};

}  // namespace

std::string counted(std::uint64_t number, const std::string& one) {
  return std::to_string(number) + " " + one + (number == 1 ? "" : "s");
}

std::vector<sample> patient::metric(std::string_view name) const {
  std::vector<sample> found;
  for (const auto& p : programs)
    for (const auto& one : p.metrics)
      if (one.name == name) found.push_back(one);
  return found;
}

double patient::sum(std::string_view name) const {
  double total = 0;
  for (const auto& one : metric(name)) total += one.value;
  return total;
}

bool patient::measured(std::string_view kind) const {
  return std::any_of(programs.begin(), programs.end(),
                     [&](const auto& one) { return one.name.starts_with(kind) && !one.metrics.empty(); });
}

void check_programs(patient& of, findings& to) {
  of.programs = programs_of(of.home);
  if (of.programs.empty())
    throw not_running("no system runs in " + of.home + "; start one with ./deploy/up, or set LEADYARD_HOME");
  admin_client admin;
  for (auto& one : of.programs) {
    const auto ready = one.admin == 0 ? std::nullopt : admin.get(one.admin, "/readyz");
    one.answers = ready.has_value();
    if (!ready) {
      to.push_back({health::broken, "programs",
                    one.name + (one.admin == 0 ? " announced no admin port" : " does not answer on its admin port"),
                    "hubctl status; " + of.home + "/log/" + one.name + ".log; ./deploy/up --detach starts what is down", true});
      continue;
    }
    if (const auto shown = admin.get(one.admin, "/metrics"); shown && shown->status == 200)
      one.metrics = read_metrics(shown->body);
    if (ready->status == 200)
      to.push_back({health::ok, "programs", one.name + " is ready, admin port " + std::to_string(one.admin)});
    else
      to.push_back(
          {health::broken, "programs", one.name + " is not ready: " + ready->body, of.home + "/log/" + one.name + ".log"});
  }
  for (const std::string kind : {"hub-connector", "hub-worker"})
    if (std::none_of(of.programs.begin(), of.programs.end(), [&](const auto& one) { return one.name.starts_with(kind); }))
      to.push_back({health::broken, "programs", "there is no " + kind + " here", "./deploy/up --detach", true});
}

}  // namespace hub::ctl::checks
