#pragma once
// Programs that are started, watched and ended: the private servers, the hub's own programs under supervision
// and the short commands of set-up. Called by hubctl and by the tests' support.
//
// Whoever starts a process should do it on a thread that lives as long as the process is wanted: the kernel
// sends the death signal when the starting thread ends. That signal is the net under the supervisor: if it is
// killed, nothing it started stays behind.
//
// Failures are hub::error: permanent when a program cannot be started, transient when a deadline passed.

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hub::ctl {

/// A user of the machine, for servers that refuse to run as root.
struct account {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;
};
/// Nothing when the machine does not know the name.
std::optional<account> find_account(const std::string& name);

struct command {
  std::string program;  ///< a path, or a name looked up in PATH
  std::vector<std::string> arguments = {};
  std::map<std::string, std::string> environment = {};  ///< set on top of the caller's
  std::vector<std::string> without = {};                ///< of the caller's, what it must not see
  bool clean_environment = false;                       ///< nothing but `environment`, PATH and LANG
  std::string directory = {};                           ///< working directory; empty: the caller's
  int input = -1;                  ///< descriptor that becomes its standard input; -1: nothing to read
  std::string output = {};         ///< both streams are appended to this file; empty: the caller's
  std::optional<account> as = {};  ///< needs root
  int death_signal = SIGTERM;      ///< sent when the starter dies; 0 for a process that outlives it
};

/// A process as it can be recognised later: the kernel's start time tells it from another that got its number.
struct process_id {
  pid_t pid = 0;
  std::uint64_t started = 0;

  bool operator==(const process_id&) const = default;
  explicit operator bool() const { return pid > 0; }
};

/// Starts in a session of its own, so that Ctrl-C reaches only the supervisor, which then ends things in order.
process_id start(const command& what);

struct finished {
  int exit_code = 0;  ///< 128 + signal when a signal ended it
  std::string output;
};
/// Runs to the end and returns both streams; `input` is written to its standard input. A program still running
/// at the deadline is killed and leaves as hub::error (transient).
finished run(const command& what, std::chrono::milliseconds deadline, const std::string& input = {});

/// The process that has this number now; nothing when there is none or it has ended.
std::optional<process_id> identify(pid_t pid);
/// True while it runs. A child that has ended is reaped; `exit_code` then gets how it ended.
bool is_alive(process_id id, std::optional<int>* exit_code = nullptr);
/// False when it was gone.
bool send_signal(process_id id, int signal);
/// True when it ended before the deadline.
bool wait_for_end(process_id id, std::chrono::milliseconds deadline, std::optional<int>* exit_code = nullptr);
/// `signal`, up to `patience`, then SIGKILL. True when SIGKILL was not needed.
bool end(process_id id, int signal, std::chrono::milliseconds patience);

/// A file that remembers a process over restarts of whoever started it: "<pid> <start time>".
void write_pid_file(const std::string& path, process_id id);
/// Nothing when there is no file, or its process no longer runs; such a stale file is removed.
std::optional<process_id> read_pid_file(const std::string& path);

/// True when a process of this account can enter the directory.
bool can_enter(const account& who, const std::string& directory);

}  // namespace hub::ctl
