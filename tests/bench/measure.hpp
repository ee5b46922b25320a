#pragma once
// One phase of the benchmark: a load against the running hub, from the first scheduled instant until every accepted
// callback is a committed row, with what it cost. Blocking; failures are hub::error.

#include "tests/bench/samples.hpp"
#include "tests/bench/subject.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct load_plan {
  std::string name;
  double rate = 0;         ///< requests a second; 0: as fast as the answers come
  double seconds = 8;
  std::size_t count = 0;   ///< requests to prepare; 0: rate * seconds
  std::size_t customers = 20'000;
  std::size_t connections = 128;
  bool in_turn = false;    ///< every customer once
  bool again = false;      ///< prepared requests are sent over and over
};

struct percentiles {
  double p50 = 0, p99 = 0, most = 0;  ///< milliseconds
};
/// Sorts `milliseconds`.
percentiles percentiles_of(std::vector<double>& milliseconds);

/// CPU seconds per 1,000 committed rows.
struct cpu_cost {
  double connector = 0, worker = 0, broker = 0, database = 0, generator = 0;
  double hub() const { return connector + worker; }
  double total() const { return connector + worker + broker + database + generator; }
};

struct phase {
  load_plan plan;
  std::uint64_t sent = 0, accepted = 0, rows = 0, missing = 0;
  double accepted_rate = 0;   ///< accepted a second, over the time the load took
  double committed_rate = 0;  ///< rows a second, until the last commit
  percentiles http, commit;
  double sent_late = 0;       ///< p99, ms: the generator's own part of the latencies
  cpu_cost cpu;
  double strangers = 0;       ///< processors used by other processes of the machine, on the processors of the benchmark
  std::string load_average;
};

/// Runs the generator against a port; no hub needed.
load_result run_load(const std::string& directory, std::uint16_t port, const load_plan& plan, std::uint64_t first);

/// Runs one phase; callbacks are numbered from `next`, which moves on.
phase measure(subject& hub, const load_plan& plan, std::uint64_t& next);

/// Over the whole run: rows in the database, and how many different callbacks they are.
struct kept_rows {
  std::uint64_t rows = 0, different = 0, leads = 0, customers = 0, owned_leads = 0, quarantined = 0;
};
kept_rows count_rows(const std::string& database_url);

}  // namespace bench
