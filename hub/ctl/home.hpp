#pragma once
// A home directory (LEADYARD_HOME, else ./var) and what its files say. `hubctl up` writes <home>/run/status; every
// other subcommand reads it to find the system. Blocking.
//
//   <home>/run/status      key=value, see docs/operations.md; for the owner only: it holds the servers' passwords
//   <home>/run/*.ports     what each program announced
//   <home>/run/*.pid       each program's process
//   <home>/log/*.log       one per program and server
//   <home>/secrets.env     generated secrets
//   <home>/servers/        data of the private servers
//   <home>/spool, media    of the programs

#include "config/settings.hpp"

#include <map>
#include <optional>
#include <string>

namespace hub::ctl {

/// LEADYARD_HOME, else ./var; absolute.
std::string home_directory();

using status_lines = std::map<std::string, std::string>;

/// Empty when nothing was ever started here. A supervisor that is gone makes it {state=stopped} and nothing else.
status_lines read_status(const std::string& home);
void write_status(const std::string& home, const status_lines& lines);

/// The running system's lines; throws not_running.
status_lines running_system();

/// The settings as the running system uses them: profile and private servers' URLs come from it. Where none runs,
/// those of file and environment. Throws hub::error (permanent) with all problems.
config::settings system_settings();
/// The same, but throws not_running when no database is known.
config::settings settings_with_database();

/// Who is at work, for what is written down: "root with hubctl".
std::string operator_name();

/// The directory that holds config/ and deploy/.
std::string installation_directory(const config::loaded& settings);

/// Where supervisors of one home exclude each other. Nothing when another one holds it.
class home_lock {
 public:
  static std::optional<home_lock> take(const std::string& home);
  /// The process that holds it; 0 when nobody does.
  static pid_t holder(const std::string& home);
  home_lock(home_lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  home_lock& operator=(home_lock&&) = delete;
  ~home_lock();

 private:
  explicit home_lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace hub::ctl
