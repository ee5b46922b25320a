#include "hub/base/metrics.hpp"

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hub::metrics {

namespace {

prometheus::Registry& registry() {
  static prometheus::Registry instance;
  return instance;
}

void read_process() {
  static auto& memory = gauge("process_resident_memory_bytes", "Resident memory of the process.");
  static auto& cpu = gauge("process_cpu_seconds_total", "User and system CPU time.");
  static auto& files = gauge("process_open_fds", "Open file descriptors.");

  std::ifstream statm("/proc/self/statm");
  long pages = 0, resident = 0;
  if (statm >> pages >> resident) memory.Set(static_cast<double>(resident * sysconf(_SC_PAGESIZE)));
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  cpu.Set(seconds(used.ru_utime) + seconds(used.ru_stime));
  std::error_code ignored;
  files.Set(static_cast<double>(std::distance(std::filesystem::directory_iterator("/proc/self/fd", ignored), {})));
}

}  // namespace

prometheus::Counter& counter(const std::string& name, const std::string& help, const labels& of) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry()).Add(of);
}

prometheus::Gauge& gauge(const std::string& name, const std::string& help, const labels& of) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry()).Add(of);
}

prometheus::Histogram& duration(const std::string& name, const std::string& help, const labels& of) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry()).Add(
      of, prometheus::Histogram::BucketBoundaries{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
                                                  10, 30, 60});
}

std::string expose() {
  read_process();
  return prometheus::TextSerializer().Serialize(registry().Collect());
}

}  // namespace hub::metrics
