// hubctl down: ends the system of a home; --clean deletes its data, too.

#include "hub/ctl/files.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/private_servers.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>

namespace hub::ctl {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

/// Programs get 10 s, each server 20 s.
constexpr auto whole_drain = 60s;

bool stop(const std::string& home) {
  const auto holder = identify(home_lock::holder(home));
  if (!holder) return false;
  std::cout << "Stopping (pid " << holder->pid << ") ..." << std::flush;
  if (!end(*holder, SIGTERM, whole_drain))
    throw error(failure::transient, "timeout",
                "the supervisor did not end within a minute and was killed; its children end by themselves");
  std::cout << " stopped\n";
  return true;
}

void clean(const std::string& home) {
  // Only what is ours: the home may be a directory that holds more.
  if (const fs::path servers = home + "/servers"; fs::is_symlink(servers)) fs::remove_all(fs::read_symlink(servers));
  for (const char* name : {"servers", "run", "log", "spool", "media", "secrets.env", "demo.played", "demo.whatsapp.played",
                           "demo.telegram.played", "demo.email.played", "demo.ringostat.played"})
    fs::remove_all(home + "/" + name);
  std::error_code not_empty;
  fs::remove(home, not_empty);
}

}  // namespace

int down(const words& arguments) {
  bool delete_data = false, sure = false;
  options::options_description known;
  known.add_options()("clean", options::bool_switch(&delete_data),
                      "delete all data of this home: database, queues, spool, media, secrets")("yes", options::bool_switch(&sure),
                                                                                               "with --clean: do not ask");
  read_options(arguments, known, {}, "hubctl down [--clean [--yes]]");

  const auto home = home_directory();
  if (delete_data && fs::exists(home) && !sure &&
      !confirm(fmt::format("Delete the database, queues, spool, media and secrets in {}?", home))) {
    std::cerr << "Nothing was deleted; --yes answers for you.\n";
    return failed;
  }
  if (!stop(home)) std::cout << "Nothing runs in " << home << "\n";
  if (delete_data && fs::exists(home)) {
    clean(home);
    std::cout << "Deleted the data in " << home << "\n";
  }
  return good;
}

}  // namespace hub::ctl
