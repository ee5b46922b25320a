#include "tests/bench/report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bench {

namespace {

/// Of repeated phases the one in the middle; of an even number the worse of the two there. `worse` orders them.
template <class Chosen, class Worse>
const phase* middle_of(const run_report& r, Chosen chosen, Worse worse) {
  std::vector<const phase*> list;
  for (const auto& p : r.phases)
    if (chosen(p)) list.push_back(&p);
  if (list.empty()) return nullptr;
  std::sort(list.begin(), list.end(), [&](const phase* a, const phase* b) { return worse(*b, *a); });
  return list[list.size() / 2];
}

const phase* at_rate(const run_report& r, double rate) {
  return middle_of(
      r, [&](const phase& p) { return p.plan.rate == rate; },
      [](const phase& a, const phase& b) { return a.commit.p99 > b.commit.p99; });
}

boost::json::object json_of(const percentiles& p) { return {{"p50_ms", p.p50}, {"p99_ms", p.p99}, {"max_ms", p.most}}; }

boost::json::object json_of(const phase& p) {
  return {{"name", p.plan.name},
          {"rate", p.plan.rate},
          {"seconds", p.plan.seconds},
          {"sent", p.sent},
          {"accepted", p.accepted},
          {"rows", p.rows},
          {"missing", p.missing},
          {"accepted_per_second", p.accepted_rate},
          {"committed_per_second", p.committed_rate},
          {"http", json_of(p.http)},
          {"commit", json_of(p.commit)},
          {"generator_late_p99_ms", p.sent_late},
          {"cpu_seconds_per_1000",
           {{"connector", p.cpu.connector},
            {"worker", p.cpu.worker},
            {"broker", p.cpu.broker},
            {"database", p.cpu.database},
            {"generator", p.cpu.generator},
            {"total", p.cpu.total()}}},
          {"processors_used_by_others", p.strangers},
          {"load_average", p.load_average}};
}

}  // namespace

const phase* maximum_of(const run_report& r) {
  return middle_of(r, [](const phase& p) { return p.plan.rate == 0 && !p.plan.in_turn; },
                   [](const phase& a, const phase& b) { return a.committed_rate < b.committed_rate; });
}

std::vector<target> targets_of(const run_report& r) {
  std::vector<target> list;
  const auto add = [&](std::string what, double limit, double got, const char* form, bool at_least) {
    const std::string unit = form;
    list.push_back({std::move(what), std::string(at_least ? ">= " : "<= ") + fmt::format(fmt::runtime(unit), limit),
                    fmt::format(fmt::runtime(unit), got), at_least ? got >= limit : got <= limit});
  };
  const auto* most = maximum_of(r);
  if (most) add("committed rows/s at the maximum", 11'500, most->committed_rate, "{:.0f}/s", true);
  if (const auto* p = at_rate(r, 3500)) add("POST to committed row, p99 at 3,500/s", 20, p->commit.p99, "{:.1f} ms", false);
  if (const auto* p = at_rate(r, 7000)) add("POST to committed row, p99 at 7,000/s", 60, p->commit.p99, "{:.1f} ms", false);
  if (const auto* p = at_rate(r, 50)) add("POST to committed row, p50 at 50/s", 5, p->commit.p50, "{:.1f} ms", false);
  if (most) add("CPU s per 1,000 at the maximum, everything", 0.16, most->cpu.total(), "{:.3f} s", false);
  double memory = 0;
  std::string which;
  for (const auto& m : r.memory)
    if (m.ours && m.peak_mb > memory) {
      memory = m.peak_mb;
      which = m.name;
    }
  if (!which.empty()) add("peak memory per program (" + which + ")", 100, memory, "{:.0f} MB", false);
  return list;
}

std::string heading() {
  return fmt::format("{:<22} {:>9} {:>9} | {:>7} {:>7} | {:>8} {:>8} {:>8} | {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} | {:>6} {}\n",
                     "load", "accepted/s", "rows/s", "HTTP50", "p99 ms", "commit50", "p99 ms", "max ms", "conn", "worker", "beam",
                     "pg", "gen", "total", "others", "load avg");
}

std::string line_of(const phase& p) {
  return fmt::format(
      "{:<22} {:>10.0f} {:>9.0f} | {:>7.1f} {:>7.1f} | {:>8.1f} {:>8.1f} {:>8.0f} | {:>6.3f} {:>6.3f} {:>6.3f} {:>6.3f} {:>6.3f} "
      "{:>6.3f} | {:>6.2f} {}\n",
      p.plan.name, p.accepted_rate, p.committed_rate, p.http.p50, p.http.p99, p.commit.p50, p.commit.p99, p.commit.most,
      p.cpu.connector, p.cpu.worker, p.cpu.broker, p.cpu.database, p.cpu.generator, p.cpu.total(), p.strangers, p.load_average);
}

std::string line_of(const limit& l) {
  return fmt::format("{:<66} {:>9.0f}/s   p50 {:>6.2f} ms   p99 {:>6.2f} ms   CPU {:.3f} s/1000\n", l.name, l.rate, l.latency.p50,
                     l.latency.p99, l.cpu);
}

std::string summary_of(const run_report& r) {
  std::string out;
  if (const auto* most = maximum_of(r); most && !r.limits.empty()) {
    out += fmt::format("\nThe whole path, {:.0f} committed rows/s, against its parts:\n", most->committed_rate);
    for (const auto& l : r.limits) out += fmt::format("  {:>5.0f} % of {}\n", 100 * most->committed_rate / l.rate, l.name);
  }
  out += "\nPeak memory:";
  for (const auto& m : r.memory) out += fmt::format("  {} {:.0f} MB", m.name, m.peak_mb);
  out += fmt::format(
      "\nKept: {} answered 200, {} rows ({} different), {} customers, {} leads ({} with an owner), {} quarantined: {}\n",
      r.accepted, r.kept.rows, r.kept.different, r.kept.customers, r.kept.leads, r.kept.owned_leads, r.kept.quarantined,
      r.lost ? "SOMETHING WAS LOST OR DOUBLED" : "nothing lost, nothing twice");
  out += fmt::format("\n{:<46} {:>14} {:>14}\n", "target", "wanted", "measured");
  for (const auto& t : targets_of(r))
    out += fmt::format("{:<46} {:>14} {:>14}   {}\n", t.what, t.wanted, t.measured, t.met ? "met" : "MISSED");
  return out;
}

std::string json_of(const run_report& r) {
  boost::json::array limits, phases, memory, targets;
  for (const auto& l : r.limits)
    limits.push_back(
        {{"name", l.name}, {"per_second", l.rate}, {"cpu_seconds_per_1000", l.cpu}, {"latency", json_of(l.latency)}});
  for (const auto& p : r.phases) phases.push_back(json_of(p));
  for (const auto& m : r.memory) memory.push_back({{"name", m.name}, {"peak_mb", m.peak_mb}});
  for (const auto& t : targets_of(r))
    targets.push_back({{"what", t.what}, {"wanted", t.wanted}, {"measured", t.measured}, {"met", t.met}});
  const boost::json::object all{{"date", r.date},
                                {"machine", r.machine},
                                {"kernel", r.kernel},
                                {"processors", r.processors},
                                {"machine_processors", r.machine_processors},
                                {"shards", r.shards},
                                {"limits", std::move(limits)},
                                {"phases", std::move(phases)},
                                {"memory", std::move(memory)},
                                {"accepted", r.accepted},
                                {"rows", r.kept.rows},
                                {"different", r.kept.different},
                                {"quarantined", r.kept.quarantined},
                                {"lost", r.lost},
                                {"targets", std::move(targets)}};
  return boost::json::serialize(all) + "\n";
}

}  // namespace bench
