#include "tests/bench/usage.hpp"

#include "hub/ctl/files.hpp"

#include <sched.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace bench {

namespace {

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> out;
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
    std::ifstream in(thread.path() / "children");
    for (pid_t child = 0; in >> child;) out.push_back(child);
  }
  return out;
}

/// The value behind "name:" in a file of lines.
std::string line_value(const std::string& text, const std::string& name) {
  const auto at = text.find(name);
  if (at == std::string::npos) return {};
  const auto from = text.find_first_not_of(" \t:", at + name.size());
  return text.substr(from, text.find('\n', from) - from);
}

}  // namespace

double cpu_seconds(pid_t pid) {
  const auto text = hub::ctl::read_file("/proc/" + std::to_string(pid) + "/stat");
  const auto after_name = text.rfind(')');
  if (after_name == std::string::npos) return 0;
  std::istringstream fields(text.substr(after_name + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double total = 0;
  for (int i = 0; i < 4; ++i) {  // utime, stime, and both of children that ended
    double ticks = 0;
    fields >> ticks;
    total += ticks;
  }
  total /= static_cast<double>(::sysconf(_SC_CLK_TCK));
  for (const auto child : children_of(pid)) total += cpu_seconds(child);
  return total;
}

namespace {

double clock_seconds(clockid_t which) {
  timespec t{};
  ::clock_gettime(which, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

}  // namespace

double own_cpu_seconds() { return clock_seconds(CLOCK_PROCESS_CPUTIME_ID); }
double thread_cpu_seconds() { return clock_seconds(CLOCK_THREAD_CPUTIME_ID); }

double peak_memory_mb(pid_t pid) {
  const auto value = line_value(hub::ctl::read_file("/proc/" + std::to_string(pid) + "/status"), "VmHWM");
  return value.empty() ? 0 : std::stod(value) / 1024;
}

double peak_memory_of_family_mb(pid_t pid) {
  double most = peak_memory_mb(pid);
  for (const auto child : children_of(pid)) most = std::max(most, peak_memory_of_family_mb(child));
  return most;
}

std::vector<int> own_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof set, &set);
  std::vector<int> out;
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) out.push_back(i);
  return out;
}

double busy_seconds(const std::vector<int>& processors) {
  std::ifstream in("/proc/stat");
  double ticks = 0;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string name;
    fields >> name;
    if (!name.starts_with("cpu") || name.size() == 3) continue;
    if (std::find(processors.begin(), processors.end(), std::stoi(name.substr(3))) == processors.end()) continue;
    double user, nice, system, idle, wait, irq, soft;
    fields >> user >> nice >> system >> idle >> wait >> irq >> soft;
    ticks += user + nice + system + irq + soft;
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::string load_average() {
  std::istringstream in(hub::ctl::read_file("/proc/loadavg"));
  std::string one, five, fifteen;
  in >> one >> five >> fifteen;
  return one + " " + five + " " + fifteen;
}

std::string processor_model() { return line_value(hub::ctl::read_file("/proc/cpuinfo"), "model name"); }

std::string kernel() {
  utsname name{};
  ::uname(&name);
  return std::string(name.sysname) + " " + name.release;
}

}  // namespace bench
