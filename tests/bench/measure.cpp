#include "tests/bench/measure.hpp"

#include "hub/base/failure.hpp"
#include "hub/db/connection.hpp"
#include "tests/bench/callbacks.hpp"
#include "tests/bench/usage.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>
#include <unordered_map>

namespace bench {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

/// A started generator: prepares, says so, waits until it is let go.
class generator_process {
 public:
  generator_process(const std::string& directory, std::uint16_t port, const load_plan& plan, std::uint64_t first)
      : out_(directory + "/load.samples"), log_(directory + "/load.log"), plan_(plan) {
    std::filesystem::remove(out_);
    std::filesystem::remove(log_);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw hub::error(hub::failure::permanent, "pipe", "cannot make a pipe");
    go_ = ends[1];
    const auto count = plan.count ? plan.count : static_cast<std::size_t>(plan.rate * plan.seconds);
    hub::ctl::command what{.program = std::string(LEADYARD_BIN_DIR) + "/bench_load"};
    what.arguments = {"--port", std::to_string(port), "--count", std::to_string(count), "--first", std::to_string(first),
                      "--rate", std::to_string(plan.rate), "--seconds", std::to_string(plan.seconds), "--out", out_,
                      "--customers", std::to_string(plan.customers), "--connections", std::to_string(plan.connections)};
    if (plan.in_turn) what.arguments.push_back("--in-turn");
    if (plan.again) what.arguments.push_back("--again");
    what.input = ends[0];
    what.output = log_;
    id_ = hub::ctl::start(what);
    ::close(ends[0]);
    wait([&] { return log().find("READY") != std::string::npos; }, 120s);
  }
  ~generator_process() {
    let_go();
    if (id_) hub::ctl::end(id_, SIGKILL, 5s);
  }
  generator_process(const generator_process&) = delete;
  generator_process& operator=(const generator_process&) = delete;

  void let_go() {
    if (go_ >= 0) ::close(go_);
    go_ = -1;
  }
  load_result result() {
    std::optional<int> code;
    const auto until = steady::now() + std::chrono::milliseconds(static_cast<int>(plan_.seconds * 1000)) + 60s;
    while (!hub::ctl::wait_for_end(id_, 200ms, &code)) {
      go_on_unless_interrupted();
      if (steady::now() > until) throw hub::error(hub::failure::transient, "timeout", "the generator does not end");
    }
    id_ = {};
    if (code != 0) throw hub::error(hub::failure::permanent, "generator", "the generator failed: " + log());
    return read_load(out_);
  }

 private:
  std::string log() const {
    std::ifstream in(log_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void wait(const std::function<bool()>& ready, std::chrono::seconds limit) {
    for (const auto until = steady::now() + limit; !ready();) {
      go_on_unless_interrupted();
      if (steady::now() > until || !hub::ctl::is_alive(id_))
        throw hub::error(hub::failure::permanent, "generator", "the generator did not start: " + log());
      std::this_thread::sleep_for(20ms);
    }
  }

  std::string out_, log_;
  load_plan plan_;
  int go_ = -1;
  hub::ctl::process_id id_;
};

cpu_cost cpu_now(const subject& hub) {
  return {cpu_seconds(hub.connector()), cpu_seconds(hub.worker()), cpu_seconds(hub.broker()), cpu_seconds(hub.database()), 0};
}

/// When each callback from `first` on was committed, microseconds of the wall clock.
std::unordered_map<std::uint64_t, std::int64_t> committed_since(hub::db::connection& database, std::int64_t last_id) {
  std::unordered_map<std::uint64_t, std::int64_t> at;
  database.transact([&](pqxx::work& tx) {
    const auto rows = tx.exec_params(
        "select platform_id::numeric - $2::numeric, (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000000)::bigint"
        " from message where id > $1",
        last_id, std::to_string(first_token));
    at.reserve(static_cast<std::size_t>(rows.size()));
    for (const auto& row : rows) at.emplace(row[0].as<std::uint64_t>(), row[1].as<std::int64_t>());
  });
  return at;
}

}  // namespace

load_result read_load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  load_result r;
  in.read(reinterpret_cast<char*>(&r.header), sizeof r.header);
  if (in && r.header.samples < 100'000'000) {
    r.samples.resize(r.header.samples);
    in.read(reinterpret_cast<char*>(r.samples.data()), static_cast<std::streamsize>(r.samples.size() * sizeof(sample)));
  }
  if (!in) throw hub::error(hub::failure::permanent, "samples", path + " is not whole");
  return r;
}

percentiles percentiles_of(std::vector<double>& ms) {
  if (ms.empty()) return {};
  std::sort(ms.begin(), ms.end());
  const auto at = [&](double share) {
    return ms[static_cast<std::size_t>(std::ceil(share * static_cast<double>(ms.size()))) - 1];
  };
  return {at(0.5), at(0.99), ms.back()};
}

load_result run_load(const std::string& directory, std::uint16_t port, const load_plan& plan, std::uint64_t first) {
  generator_process load(directory, port, plan, first);
  load.let_go();
  return load.result();
}

phase measure(subject& hub, const load_plan& plan, std::uint64_t& next) {
  phase p;
  p.plan = plan;
  hub::db::connection database({.url = hub::secret(hub.database_url()), .deadline = 120s, .application_name = "bench"});
  std::int64_t last_id = 0;
  database.transact(
      [&](pqxx::work& tx) { last_id = tx.exec1("select coalesce(max(id), 0) from message")[0].as<std::int64_t>(); });
  const auto first = next;
  next += plan.count ? plan.count : static_cast<std::uint64_t>(plan.rate * plan.seconds);
  generator_process load(hub.home(), hub.webhook_port(), plan, first);

  p.load_average = load_average();
  const auto processors = own_processors();
  const auto processed = hub.processed();
  const auto cpu = cpu_now(hub);
  const auto busy = busy_seconds(processors);
  const auto began = steady::now();
  load.let_go();
  const auto result = load.result();
  for (const auto& s : result.samples) p.accepted += s.status == 200;
  p.sent = result.samples.size();
  for (const auto until = steady::now() + 120s; hub.processed() < processed + p.accepted && steady::now() < until;) {
    go_on_unless_interrupted();
    if (!hub.healthy()) throw hub::error(hub::failure::permanent, "programs", "connector or worker ended under load");
    std::this_thread::sleep_for(20ms);
  }
  const auto took = std::chrono::duration<double>(steady::now() - began).count();
  const auto cpu_after = cpu_now(hub);
  const auto busy_after = busy_seconds(processors);

  // The counter moves a moment before the commit.
  auto committed = committed_since(database, last_id);
  for (int again = 0; committed.size() < p.accepted && again < 20; ++again) {
    std::this_thread::sleep_for(250ms);
    committed = committed_since(database, last_id);
  }
  p.rows = committed.size();
  std::vector<double> http, commit;
  std::int64_t begun_at = result.samples.empty() ? 0 : result.samples.front().due, last_commit = begun_at;
  for (const auto& s : result.samples) {
    if (s.status != 200) continue;
    http.push_back(s.latency / 1000.0);
    const auto row = committed.find(s.number);
    if (row == committed.end()) {
      ++p.missing;
      continue;
    }
    commit.push_back(static_cast<double>(row->second - s.due) / 1000.0);
    last_commit = std::max(last_commit, row->second);
  }
  p.http = percentiles_of(http);
  p.commit = percentiles_of(commit);
  p.sent_late = result.header.sent_late;
  if (result.header.seconds > 0) p.accepted_rate = static_cast<double>(p.accepted) / result.header.seconds;
  if (last_commit > begun_at)
    p.committed_rate = static_cast<double>(commit.size()) * 1e6 / static_cast<double>(last_commit - begun_at);
  if (p.rows) {
    const auto per_1000 = 1000.0 / static_cast<double>(p.rows);
    p.cpu = {(cpu_after.connector - cpu.connector) * per_1000, (cpu_after.worker - cpu.worker) * per_1000,
             (cpu_after.broker - cpu.broker) * per_1000, (cpu_after.database - cpu.database) * per_1000,
             result.header.cpu_seconds * per_1000};
    const auto ours = p.cpu.total() / per_1000;
    p.strangers = std::max(0.0, (busy_after - busy - ours) / took);
  }
  return p;
}

kept_rows count_rows(const std::string& database_url) {
  hub::db::connection database({.url = hub::secret(database_url), .deadline = 120s, .application_name = "bench"});
  kept_rows k;
  database.transact([&](pqxx::work& tx) {
    const auto row = tx.exec1(
        "select (select count(*) from message), (select count(distinct platform_id) from message), (select count(*) from lead),"
        " (select count(*) from customer), (select count(*) from lead where manager_id is not null), (select count(*) from "
        "quarantine)");
    k = {row[0].as<std::uint64_t>(), row[1].as<std::uint64_t>(), row[2].as<std::uint64_t>(),
         row[3].as<std::uint64_t>(), row[4].as<std::uint64_t>(), row[5].as<std::uint64_t>()};
  });
  return k;
}

}  // namespace bench
