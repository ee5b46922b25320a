#pragma once
// What processes use, from /proc: CPU time and peak memory of a program, and of a server with all its children; how
// busy the processors were that the benchmark runs on. Any thread; a process that is gone counts nothing.

#include <sys/types.h>

#include <string>
#include <vector>

namespace bench {

/// User and system seconds of a process, its children, and those that ended already.
double cpu_seconds(pid_t pid);
/// Of this process without children, and of the calling thread.
double own_cpu_seconds();
double thread_cpu_seconds();
/// VmHWM in MB.
double peak_memory_mb(pid_t pid);
/// The largest of a process and its children.
double peak_memory_of_family_mb(pid_t pid);

/// The processors this process may use, and their busy seconds so far.
std::vector<int> own_processors();
double busy_seconds(const std::vector<int>& processors);

/// "3.10 4.20 4.00"
std::string load_average();
std::string processor_model();
std::string kernel();

}  // namespace bench
