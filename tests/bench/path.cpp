// bench_path: measures the main path from a signed POST to the committed row, and the limits of its parts in the same
// run. Started by tests/bench/run; docs/performance.md says what the figures mean. Exit code 0 when everything that was
// answered 200 is in the database once, else 1.

#include "hub/base/clock.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/log.hpp"
#include "hub/base/time.hpp"
#include "tests/bench/flags.hpp"
#include "tests/bench/report.hpp"
#include "tests/bench/usage.hpp"

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <stdexcept>

namespace {

struct settings {
  bool quick = false;
  double seconds = 0;
  std::uint32_t shards = 2;
  std::size_t customers = 20'000, repeat = 0;
  std::string json, logs, only;
};

bool read_flags(int count, char** values, settings& s) {
  namespace po = boost::program_options;
  po::options_description known("tests/bench/run");
  auto add = known.add_options();
  add("quick", po::bool_switch(&s.quick), "short phases, no repetition: about a minute");
  add("seconds", po::value(&s.seconds), "length of a phase (default 8, quick 3)");
  add("shards", po::value(&s.shards), "ingest queues (default 2)");
  add("repeat", po::value(&s.repeat), "how often the maximum and the fixed rates are measured (default 3, quick 1)");
  add("only", po::value(&s.only), "one of: path, http, publish, sql");
  add("json", po::value(&s.json), "write the figures to this file too");
  add("logs", po::value(&s.logs), "keep the programs' logs in this directory");
  add("cores", po::value<int>(), "processors for everything, by tests/bench/run (default 2; 0: all)");
  if (!bench::read_flags(count, values, known)) return false;
  if (!s.only.empty() && s.only != "path" && s.only != "http" && s.only != "publish" && s.only != "sql")
    throw std::runtime_error("--only takes path, http, publish or sql");
  if (s.seconds <= 0) s.seconds = s.quick ? 3 : 8;
  if (s.repeat == 0) s.repeat = s.quick ? 1 : 3;
  return true;
}

void say(const std::string& text) { std::cout << text << std::flush; }

bool wants(const settings& s, const std::string& part) { return s.only.empty() || s.only == part; }

void measure_limits(bench::subject& hub, const settings& s, bench::run_report& report) {
  const auto seconds = std::min(s.seconds, 5.0);
  say("The parts alone\n");
  const auto keep = [&](bench::limit l) {
    say(line_of(l));
    report.limits.push_back(std::move(l));
  };
  if (wants(s, "http")) keep(bench::http_alone(hub, seconds));
  if (wants(s, "publish")) {
    keep(bench::publish_alone(hub, seconds, s.shards, 64));
    keep(bench::publish_alone(hub, seconds, s.shards, 1));
  }
  if (wants(s, "sql")) {
    keep(bench::sql_alone(hub, seconds, 1, s.customers));
    keep(bench::sql_alone(hub, seconds, 2, s.customers));
  }
}

void measure_path(bench::subject& hub, const settings& s, bench::run_report& report) {
  std::uint64_t next = 0;
  const auto keep = [&](bench::load_plan plan) {
    plan.customers = s.customers;
    auto p = bench::measure(hub, plan, next);
    say(line_of(p));
    report.phases.push_back(std::move(p));
  };
  // As many as could possibly be taken; what is prepared and not sent costs only memory.
  const auto plenty = static_cast<std::size_t>(s.seconds * 30'000);
  keep({.name = "new customers, maximum", .rate = 0, .seconds = 60, .count = s.customers, .in_turn = true});
  for (std::size_t i = 0; i < s.repeat; ++i) keep({.name = "known, maximum", .rate = 0, .seconds = s.seconds, .count = plenty});
  const auto maximum = bench::maximum_of(report)->committed_rate;
  keep({.name = "50/s", .rate = 50, .seconds = std::max(s.seconds, 6.0)});
  for (const double rate : {3500.0, 7000.0})
    for (std::size_t i = 0; i < s.repeat; ++i) keep({.name = fmt::format("{:.0f}/s", rate), .rate = rate, .seconds = s.seconds});
  for (const int share : {25, 50, 90}) {
    const auto rate = std::round(maximum * share / 100);
    keep({.name = fmt::format("{} % = {:.0f}/s", share, rate), .rate = rate, .seconds = s.seconds});
  }
}

int run(const settings& s) {
  bench::run_report report;
  report.date = hub::to_rfc3339(hub::real_clock().now());
  report.machine = bench::processor_model();
  report.kernel = bench::kernel();
  report.processors = bench::own_processors().size();
  report.machine_processors = static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_ONLN));
  report.shards = s.shards;
  say(fmt::format("{}, {} of {} processors ({}), {}, {} shards, phases of {} s, load average {}\n", report.date,
                  report.processors, report.machine_processors, report.machine, report.kernel, s.shards, s.seconds,
                  bench::load_average()));

  bench::subject hub({.shards = s.shards, .keep = s.logs});
  if (s.only != "path") measure_limits(hub, s, report);
  if (!wants(s, "path")) return 0;
  say("\nThe path: signed POST, confirm, 200; consume, one transaction for a batch, acknowledge. Latencies count from the "
      "scheduled instant;\n"
      "CPU is seconds per 1,000 rows; `others` is how many processors strangers used meanwhile.\n" +
      bench::heading());
  hub.start_programs();
  measure_path(hub, s, report);

  report.memory = {{"hub-connector", bench::peak_memory_mb(hub.connector())},
                   {"hub-worker", bench::peak_memory_mb(hub.worker())},
                   {"beam", bench::peak_memory_of_family_mb(hub.broker()), false},
                   {"largest postgres", bench::peak_memory_of_family_mb(hub.database()), false}};
  report.kept = bench::count_rows(hub.database_url());
  std::uint64_t missing = 0;
  for (const auto& p : report.phases) {
    report.accepted += p.accepted;
    missing += p.missing;
  }
  report.lost = missing > 0 || report.kept.rows != report.kept.different || report.kept.rows < report.accepted ||
                report.kept.quarantined > 0;
  say(summary_of(report));
  if (!s.json.empty()) {
    std::ofstream out(s.json);
    out << bench::json_of(report);
    if (!out.flush()) throw std::runtime_error("cannot write " + s.json);
  }
  return report.lost ? 1 : 0;
}

}  // namespace

int main(int count, char** values) try {
  settings s;
  if (!read_flags(count, values, s)) return 0;
  bench::note_signals();
  hub::crypto_start();
  hub::log::start("bench", hub::log::level::error);
  return run(s);
} catch (const std::exception& e) {
  std::cerr << "bench: " << e.what() << "\n";
  return 2;
}
