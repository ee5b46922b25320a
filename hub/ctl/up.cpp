// hubctl up: the whole system on this machine; `--detach` leaves it to a supervisor in the background.

#include "hub/ctl/bas_player.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/mail_player.hpp"
#include "hub/ctl/messenger_players.hpp"
#include "hub/ctl/private_servers.hpp"
#include "hub/ctl/secrets.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/supervisor.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <thread>

namespace hub::ctl {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

int down(const words& arguments);
int status(const words& arguments);

namespace {

struct up_wishes {
  bool demo = false, detach = false, clean = false, yes = false;
  std::string profile;
  int workers = 1;
};

/// What is done once the system is ready: staff, then the demo's customers, then what came of them.
std::vector<step> first_steps(const up_wishes& wanted, const std::string& home, std::uint16_t platform_port) {
  std::vector<step> steps;
  auto add = [&](words arguments, const std::string& once = {}) {
    if (!find_subcommand(arguments[0])) return;
    steps.push_back({.what = {.program = "/proc/self/exe", .arguments = std::move(arguments)}, .once = once});
    steps.back().what.program = fs::read_symlink("/proc/self/exe");
  };
  add(wanted.demo ? words{"seed", "--demo"} : words{"seed"});
  if (wanted.demo) {
    add({"simulate", "--demo"}, home + "/demo.played");
    if (platform_port)
      for (const auto& [channel, seed] : {std::pair<std::string, std::string>{"whatsapp", "2"}, {"telegram", "3"}})
        add({"simulate", "--demo", "--channel", channel, "--account", std::string(demo_account), "--customers", "4", "--seed",
             seed, "--port", std::to_string(platform_port)},
            home + "/demo." + channel + ".played");
    // The same people as on WhatsApp: their calls meet their messages.
    if (platform_port)
      add({"simulate", "--demo", "--channel", "ringostat", "--account", std::string(demo_account), "--customers", "4", "--seed",
           "2", "--port", std::to_string(platform_port)},
          home + "/demo.ringostat.played");
    if (platform_port)
      add({"simulate", "--demo", "--channel", "bas", "--account", std::string(demo_account), "--seed", "5"},
          home + "/demo.bas.played");
    if (platform_port && private_mail::is_installed())
      add({"simulate", "--demo", "--channel", "email", "--account", std::string(demo_account), "--customers", "3", "--seed", "4"},
          home + "/demo.email.played");
    add({"leads", "--summary"});
  }
  return steps;
}

/// Accounts of the simulated platforms, so that nobody needs a real one to see them.
std::map<std::string, std::string> demo_accounts(const std::string& internal_token, std::uint16_t platform_port) {
  const auto at = "http://127.0.0.1:" + std::to_string(platform_port);
  const std::string whatsapp = "HUB__CONNECTORS__WHATSAPP__DEMO__", telegram = "HUB__CONNECTORS__TELEGRAM__DEMO__",
                    ringostat = "HUB__CONNECTORS__RINGOSTAT__DEMO__", bas = "HUB__CONNECTORS__BAS__DEMO__";
  return {{whatsapp + "PHONE_NUMBER_ID", std::string(demo_phone_number_id)},
          {whatsapp + "APP_SECRET", demo_secret("whatsapp", internal_token)},
          {whatsapp + "VERIFY_TOKEN", demo_secret("verify", internal_token)},
          {whatsapp + "ACCESS_TOKEN", "demo"},
          {whatsapp + "API_BASE", at},
          {telegram + "BOT_TOKEN", "1:demo"},
          {telegram + "SECRET_TOKEN", demo_secret("telegram", internal_token)},
          {telegram + "API_BASE", at},
          {ringostat + "TOKEN", demo_secret("ringostat", internal_token)},
          {ringostat + "RECORDING_HOSTS", "127.0.0.1"},
          {ringostat + "TIME_ZONE", "UTC"},
          {bas + "USER", std::string(demo_erp_user)},
          {bas + "PASSWORD", demo_secret("bas", internal_token)}};
}

/// And a mailbox, where the machine has a mail server.
void add_demo_mail(supervision& how, const std::string& internal_token) {
  if (!private_mail::is_installed()) return;
  const std::string settings = "HUB__CONNECTORS__EMAIL__DEMO__";
  how.mail = {std::string(demo_mail_address), demo_secret("mail", internal_token), settings};
  how.settings["hub-connector"][settings + "ADDRESSES"] = demo_mail_address;
  how.settings["hub-connector"][settings + "AUTHSERV_ID"] = demo_mail_server;
}

void say(const std::string& text) { std::cout << text << std::endl; }

void show_addresses(const status_lines& lines) {
  auto value = [&](const char* key) {
    const auto found = lines.find(key);
    return found == lines.end() ? std::string("-") : found->second;
  };
  say("");
  say("  Console   " + value("console"));
  say("  Webhooks  " + value("webhooks"));
  say("  Secrets   " + value("secrets"));
  say("");
}

int supervise(const up_wishes& wanted, config::loaded settings) {
  const auto home = settings.home;
  auto lock = home_lock::take(home);
  if (!lock) {
    auto lines = read_status(home);
    say(fmt::format("Leadyard is running in {} already (pid {})", home, home_lock::holder(home)));
    show_addresses(lines);
    return good;
  }
  say(fmt::format("Leadyard, profile {}, in {}", wanted.profile.empty() ? settings.value.profile : wanted.profile, home));
  if (const auto made = complete_secrets(home); !made.empty()) {
    say(fmt::format("  {:<15} {:<8} {} made in {}", "secrets", "ready", made.size(), secrets_file(home)));
    // Now with the new ones.
    settings = config::load_settings(settings.file);
  }
  supervision how{.profile = wanted.profile, .demo = wanted.demo, .workers = wanted.workers};
  // The Mini CRM lives on a website.
  const auto profile = wanted.profile.empty() ? settings.value.profile : wanted.profile;
  const std::uint16_t platform_port = wanted.demo && profile != "pilot-cars" ? free_port() : std::uint16_t{0};
  if (platform_port) {
    how.settings["hub-connector"] = demo_accounts(settings.value.internal.token.reveal(), platform_port);
    add_demo_mail(how, settings.value.internal.token.reveal());
  }
  how.afterwards = first_steps(wanted, home, platform_port);
  how.say = say;
  how.ready = show_addresses;
  return supervisor(std::move(settings), std::move(how)).run();
}

/// Starts a supervisor of its own and shows what it says until it has done everything.
int supervise_in_background(const up_wishes& wanted, const config::loaded& settings) {
  const auto& home = settings.home;
  make_directory(home + "/log", 0755);
  const auto log = home + "/log/supervisor.log";
  if (home_lock::holder(home) > 0) return supervise(wanted, settings);
  write_file(log, "", 0600);

  command background{
      .program = fs::read_symlink("/proc/self/exe"), .arguments = {"up"}, .environment = {{"LEADYARD_HOME", home}}};
  if (wanted.demo) background.arguments.push_back("--demo");
  if (!wanted.profile.empty()) background.arguments.insert(background.arguments.end(), {"--profile", wanted.profile});
  background.arguments.insert(background.arguments.end(), {"--workers", std::to_string(wanted.workers)});
  background.output = log;
  background.death_signal = 0;
  const auto id = start(background);

  std::size_t shown = 0;
  std::optional<int> code;
  for (bool over = false; !over;) {
    over = !is_alive(id, &code);
    if (!over) {
      auto lines = read_status(home);
      over = lines["state"] == "running" && (!lines.contains("afterwards") || lines["afterwards"] != "working");
    }
    const auto text = read_file(log);
    std::cout << text.substr(std::min(shown, text.size())) << std::flush;
    shown = text.size();
    if (!over) std::this_thread::sleep_for(100ms);
  }
  if (code) return *code == 0 ? failed : *code;
  // A first password is among what was shown just now; it stays with whoever read it.
  fs::resize_file(log, 0);
  say("Running in the background; hubctl status, hubctl down.");
  return read_status(home)["afterwards"] == "failed" ? failed : good;
}

}  // namespace

int up(const words& arguments) {
  up_wishes wanted;
  options::options_description known;
  known.add_options()("demo", options::bool_switch(&wanted.demo), "add staff, and customers who write through the real webhooks")(
      "profile", options::value(&wanted.profile)->value_name("NAME"), "a folder of config/profiles: rules, staff, demo data")(
      "workers", options::value(&wanted.workers)->value_name("N")->default_value(1), "how many hub-worker processes")(
      "detach", options::bool_switch(&wanted.detach), "return when everything runs and leave it running")(
      "stop", "the same as hubctl down")("status", "the same as hubctl status")("clean", options::bool_switch(&wanted.clean),
                                                                                "stop it and delete all data of this home")(
      "yes", options::bool_switch(&wanted.yes), "with --clean: do not ask");
  const auto given = read_options(arguments, known, {}, "hubctl up [--demo] [--profile NAME] [--workers N] [--detach]");
  if (given.count("status")) return status({});
  if (given.count("stop")) return down({});
  if (wanted.clean) return down(wanted.yes ? words{"--clean", "--yes"} : words{"--clean"});
  if (wanted.workers < 1 || wanted.workers > 64) throw usage_error("--workers takes 1 to 64");

  auto settings = config::load_settings();
  if (!settings.problems.empty())
    throw error(failure::permanent, "settings", "the settings have mistakes:\n" + to_text(settings.problems));
  const auto profiles = installation_directory(settings) + "/config/profiles";
  if (!wanted.profile.empty() && !fs::is_directory(profiles + "/" + wanted.profile))
    throw usage_error("there is no profile " + wanted.profile + " in " + profiles);
  return wanted.detach ? supervise_in_background(wanted, settings) : supervise(wanted, std::move(settings));
}

}  // namespace hub::ctl
