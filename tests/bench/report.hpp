#pragma once
// What a run tells: tables for people, JSON for programs. Pure.

#include "tests/bench/limits.hpp"
#include "tests/bench/measure.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bench {

struct program_memory {
  std::string name;
  double peak_mb = 0;
  bool ours = true;  ///< a program of the hub, held to the target
};

struct run_report {
  std::string date, machine, kernel;
  std::size_t processors = 0, machine_processors = 0;
  std::uint32_t shards = 0;
  std::vector<limit> limits;
  std::vector<phase> phases;
  std::vector<program_memory> memory;
  kept_rows kept;
  std::uint64_t accepted = 0;
  bool lost = false;
};

struct target {
  std::string what, wanted, measured;
  bool met = false;
};
/// The targets of the first landing, as far as the run measured them.
std::vector<target> targets_of(const run_report& r);
/// Of the phases at full speed the one in the middle.
const phase* maximum_of(const run_report& r);

std::string line_of(const phase& p);
std::string heading();
std::string line_of(const limit& l);
std::string summary_of(const run_report& r);
std::string json_of(const run_report& r);

}  // namespace bench
