#include "hub/ctl/process.hpp"

#include "hub/base/failure.hpp"
#include "hub/ctl/files.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

extern char** environ;

namespace hub::ctl {

namespace {

using clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what, int number) {
  throw error(failure::permanent, "errno " + std::to_string(number), what + ": " + std::strerror(number));
}

std::string resolve(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const char* path = std::getenv("PATH");
  std::stringstream folders(std::string(path ? path : "") + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (folder.empty()) continue;
    std::string candidate = folder + "/" + program;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  throw error(failure::permanent, "no program", "there is no program " + program + " in PATH");
}

std::vector<std::string> environment_of(const command& what) {
  std::map<std::string, std::string> all;
  if (what.clean_environment) {
    all = {{"PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}, {"LANG", "C.UTF-8"}};
  } else {
    for (char** entry = environ; *entry; ++entry) {
      std::string_view line(*entry);
      auto equals = line.find('=');
      if (equals != std::string_view::npos) all.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
  }
  for (const auto& name : what.without) all.erase(name);
  for (const auto& [name, value] : what.environment) all[name] = value;
  std::vector<std::string> lines;
  for (const auto& [name, value] : all) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// Everything the child needs, made before the fork: after it only system calls are allowed.
struct prepared {
  std::string program;
  std::vector<std::string> argument_texts, environment_texts;
  std::vector<char*> arguments, environment;
  int input = -1, output = -1, report = -1;
  pid_t parent = 0;
};

[[noreturn]] void become(const command& what, const prepared& ready) {
  auto give_up = [&] {
    int number = errno;
    [[maybe_unused]] auto written = write(ready.report, &number, sizeof number);
    _exit(127);
  };
  setsid();
  if (dup2(ready.input, 0) < 0) give_up();
  if (ready.output >= 0 && (dup2(ready.output, 1) < 0 || dup2(ready.output, 2) < 0)) give_up();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGQUIT}) std::signal(signal, SIG_DFL);
  if (what.as) {
    if (setgroups(what.as->groups.size(), what.as->groups.data()) != 0) give_up();
    if (setresgid(what.as->group, what.as->group, what.as->group) != 0) give_up();
    if (setresuid(what.as->user, what.as->user, what.as->user) != 0) give_up();
  }
  if (!what.directory.empty() && chdir(what.directory.c_str()) != 0) give_up();
  // After the change of user, which clears it.
  if (what.death_signal != 0) {
    prctl(PR_SET_PDEATHSIG, what.death_signal);
    if (getppid() != ready.parent) _exit(127);
  }
  syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
  execve(ready.program.c_str(), ready.arguments.data(), ready.environment.data());
  give_up();
  _exit(127);
}

process_id launch(const command& what, int input, int output) {
  prepared ready;
  ready.program = resolve(what.program);
  ready.argument_texts = what.arguments;
  ready.argument_texts.insert(ready.argument_texts.begin(), what.program);
  ready.environment_texts = environment_of(what);
  ready.arguments = pointers(ready.argument_texts);
  ready.environment = pointers(ready.environment_texts);
  ready.input = input;
  ready.output = output;
  ready.parent = getpid();
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) fail("pipe", errno);
  ready.report = report[1];
  pid_t pid = fork();
  if (pid == 0) become(what, ready);
  int number = errno;
  close(report[1]);
  if (pid < 0) {
    close(report[0]);
    fail("cannot start " + what.program, number);
  }
  int cause = 0;
  ssize_t got = 0;
  do got = read(report[0], &cause, sizeof cause);
  while (got < 0 && errno == EINTR);
  close(report[0]);
  if (got == sizeof cause) {
    waitpid(pid, nullptr, 0);
    fail("cannot start " + what.program, cause);
  }
  auto id = identify(pid);
  return id ? *id : process_id{pid, 0};
}

int decode(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

struct descriptor {
  int value = -1;
  explicit descriptor(int fd) : value(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { reset(); }
  void reset() {
    if (value >= 0) close(value);
    value = -1;
  }
};

}  // namespace

std::optional<account> find_account(const std::string& name) {
  const passwd* found = getpwnam(name.c_str());
  if (!found) return std::nullopt;
  account who{name, found->pw_uid, found->pw_gid, {}};
  int count = 64;
  who.groups.resize(static_cast<std::size_t>(count));
  if (getgrouplist(name.c_str(), who.group, who.groups.data(), &count) < 0) count = 0;
  who.groups.resize(static_cast<std::size_t>(count));
  return who;
}

process_id start(const command& what) {
  descriptor input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  descriptor output(-1);
  if (!what.output.empty()) {
    output.value = open(what.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (output.value < 0) fail("cannot write " + what.output, errno);
  }
  return launch(what, what.input >= 0 ? what.input : input.value, output.value);
}

finished run(const command& what, std::chrono::milliseconds deadline, const std::string& input) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0) fail("pipe", errno);
  descriptor in_read(in[0]), in_write(in[1]);
  if (pipe2(out, O_CLOEXEC) != 0) fail("pipe", errno);
  descriptor out_read(out[0]), out_write(out[1]);
  process_id id = launch(what, in_read.value, out_write.value);
  in_read.reset();
  out_write.reset();
  // Inputs of set-up are a few lines and fit the pipe.
  [[maybe_unused]] auto written = input.empty() ? 0 : write(in_write.value, input.data(), input.size());
  in_write.reset();

  finished done;
  const auto until = clock::now() + deadline;
  auto overdue = [&]() -> void {
    kill(id.pid, SIGKILL);
    waitpid(id.pid, nullptr, 0);
    throw error(failure::transient, "timeout", what.program + " did not end in time: " + done.output);
  };
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    pollfd wait{out_read.value, POLLIN, 0};
    int ready = left > 0 ? poll(&wait, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) overdue();
    char buffer[4096];
    ssize_t got = read(out_read.value, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done.output.append(buffer, static_cast<std::size_t>(got));
  }
  std::optional<int> code;
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now());
  if (!wait_for_end(id, std::max(left, std::chrono::milliseconds(100)), &code)) overdue();
  done.exit_code = code.value_or(1);
  return done;
}

std::optional<process_id> identify(pid_t pid) {
  if (pid <= 0) return std::nullopt;
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  // The name in brackets may hold blanks; what follows the last bracket does not.
  auto bracket = line.rfind(')');
  if (bracket == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(bracket + 1));
  std::string state, skipped;
  rest >> state;
  if (state == "Z" || state == "X") return std::nullopt;
  for (int i = 0; i < 18; ++i) rest >> skipped;
  process_id id{pid, 0};
  rest >> id.started;
  return id;
}

bool is_alive(process_id id, std::optional<int>* exit_code) {
  if (!id) return false;
  int status = 0;
  const auto ended = waitpid(id.pid, &status, WNOHANG);
  // A child of ours lives until it can be waited for: its first thread may be gone while others still end.
  if (ended == 0) return true;
  if (ended == id.pid) {
    if (exit_code) *exit_code = decode(status);
    return false;
  }
  const auto now = identify(id.pid);
  return now && (id.started == 0 || *now == id);
}

bool send_signal(process_id id, int signal) { return is_alive(id) && kill(id.pid, signal) == 0; }

bool wait_for_end(process_id id, std::chrono::milliseconds deadline, std::optional<int>* exit_code) {
  const auto until = clock::now() + deadline;
  int watch = id ? static_cast<int>(syscall(SYS_pidfd_open, id.pid, 0)) : -1;
  descriptor closer(watch);
  while (is_alive(id, exit_code)) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    if (left <= 0) return false;
    pollfd wait{watch, POLLIN, 0};
    // Without a pidfd (an old kernel) this is a poll of the process table.
    poll(&wait, watch >= 0 ? 1 : 0, static_cast<int>(watch >= 0 ? left : std::min<long>(left, 20)));
  }
  return true;
}

bool end(process_id id, int signal, std::chrono::milliseconds patience) {
  if (!send_signal(id, signal)) return true;
  if (wait_for_end(id, patience)) return true;
  send_signal(id, SIGKILL);
  wait_for_end(id, std::chrono::seconds(5));
  return false;
}

void write_pid_file(const std::string& path, process_id id) {
  write_file(path, std::to_string(id.pid) + " " + std::to_string(id.started) + "\n", 0644);
}

std::optional<process_id> read_pid_file(const std::string& path) {
  std::ifstream file(path);
  process_id id;
  if (!file) return std::nullopt;
  if (file >> id.pid >> id.started && is_alive(id)) return id;
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return std::nullopt;
}

bool can_enter(const account& who, const std::string& directory) {
  command test{.program = "/bin/sh", .arguments = {"-c", "exit 0"}, .clean_environment = true};
  test.directory = directory;
  if (geteuid() == 0) test.as = who;
  try {
    return run(test, std::chrono::seconds(5)).exit_code == 0;
  } catch (const error&) {
    return false;
  }
}

}  // namespace hub::ctl
