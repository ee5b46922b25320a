#include "hub/ctl/home.hpp"

#include "hub/base/failure.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/subcommand.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace hub::ctl {

namespace fs = std::filesystem;

namespace {

std::string lock_path(const std::string& home) { return home + "/run/supervisor.lock"; }

struct flock whole_file() {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return range;
}

}  // namespace

std::string home_directory() {
  const char* given = std::getenv("LEADYARD_HOME");
  auto home = fs::absolute(given && *given ? given : "var").lexically_normal().string();
  while (home.size() > 1 && home.ends_with('/')) home.pop_back();
  return home;
}

status_lines read_status(const std::string& home) {
  auto lines = read_map(home + "/run/status");
  if (lines.empty() || home_lock::holder(home) > 0) return lines;
  return {{"state", "stopped"}};
}

void write_status(const std::string& home, const status_lines& lines) {
  std::string text;
  for (const auto& [key, value] : lines) text += key + "=" + value + "\n";
  write_file(home + "/run/status", text, 0600);
}

status_lines running_system() {
  const auto home = home_directory();
  auto lines = read_status(home);
  if (lines.empty() || lines["state"] == "stopped")
    throw not_running("no system runs in " + home + "; start one with ./deploy/up, or set LEADYARD_HOME");
  return lines;
}

config::settings system_settings() {
  auto read = config::load_settings();
  if (!read.problems.empty()) throw error(failure::permanent, "settings", to_text(read.problems));
  auto running = read_status(read.home);
  auto& value = read.value;
  if (value.database.url.empty()) value.database.url = secret(running["database_url"]);
  if (value.broker.url.empty()) value.broker.url = secret(running["broker_url"]);
  if (running.contains("profile")) value.profile = running["profile"];
  return value;
}

config::settings settings_with_database() {
  auto value = system_settings();
  if (value.database.url.empty())
    throw not_running("no system runs in " + home_directory() + " and HUB__DATABASE__URL is not set");
  return value;
}

std::string operator_name() {
  const passwd* me = getpwuid(geteuid());
  return (me ? std::string(me->pw_name) : "uid " + std::to_string(geteuid())) + " with hubctl";
}

std::string installation_directory(const config::loaded& settings) {
  return fs::absolute(settings.file).lexically_normal().parent_path().parent_path().string();
}

// A lock of the open file (F_OFD): the kernel lets go of it when the holder dies, and closing another descriptor of
// the file does not. It has no number of its holder, which is in the file.
std::optional<home_lock> home_lock::take(const std::string& home) {
  make_directory(home + "/run", 0700);
  const auto path = lock_path(home);
  int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) throw error(failure::permanent, "lock", "cannot write " + path);
  auto range = whole_file();
  const auto number = std::to_string(getpid()) + "\n";
  if (fcntl(fd, F_OFD_SETLK, &range) != 0) {
    close(fd);
    return std::nullopt;
  }
  if (ftruncate(fd, 0) != 0 || pwrite(fd, number.data(), number.size(), 0) < 0) {
    close(fd);
    throw error(failure::permanent, "lock", "cannot write " + path);
  }
  return home_lock(fd);
}

pid_t home_lock::holder(const std::string& home) {
  const auto path = lock_path(home);
  int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return 0;
  auto range = whole_file();
  const bool held = fcntl(fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
  close(fd);
  return held ? std::atoi(read_file(path).c_str()) : 0;
}

home_lock::~home_lock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace hub::ctl
