// bench_console: what people wait for in the console, over HTTP against a private PostgreSQL: pages of the inbox and counts
// with many leads, searching many messages, how soon 200 consoles are told of a change, and what telling costs the
// transaction that changes. Run by hand on a quiet machine (docs/performance.md).

#include "tests/bench/flags.hpp"
#include "tests/bench/office.hpp"

#include <boost/program_options.hpp>

#include <mutex>

namespace {

using namespace std::chrono_literals;
using namespace bench;
using steady = std::chrono::steady_clock;

void time_pages(office& at, const settings& s) {
  for (const auto& [who, id] : std::vector<std::pair<std::string, int>>{{"manager", 20}, {"supervisor", 190}, {"admin", 200}}) {
    const auto token = at.session_of(id);
    for (const std::string path :
         {"/api/v1/leads?owner=me&sort=waiting", "/api/v1/leads?owner=none&sort=waiting", "/api/v1/leads?sort=recent",
          "/api/v1/leads?sort=due", "/api/v1/leads?sort=priority", "/api/v1/inbox/counts", "/api/v1/search?q=Family4711",
          "/api/v1/search?q=%D1%81%D0%BB%D0%BE%D0%B2%D0%BE15000", "/api/v1/search?q=%D1%81%D0%BB%D0%BE%D0%B2%D0%BE300",
          "/api/v1/search?q=%D1%81%D0%BB%D0%BE%D0%B2%D0%BE0", "/api/v1/search?q=000001234"}) {
      std::vector<double> ms;
      for (std::size_t i = 0; i < s.repeat; ++i) {
        const auto began = steady::now();
        const auto answer = at.get(path, token).get();
        if (answer.status != 200) throw std::runtime_error(path + ": " + answer.body);
        ms.push_back(std::chrono::duration<double, std::milli>(steady::now() - began).count());
      }
      say(row(who + " " + path.substr(7), std::move(ms)));
    }
  }
}

void time_live(office& at, const settings& s) {
  std::mutex mutex;
  std::map<std::int64_t, steady::time_point> committed;
  std::vector<double> ms;
  std::size_t ready = 0, early = 0;
  std::vector<std::future<hub::http::incoming>> streams;
  for (std::size_t i = 0; i < s.consoles; ++i) {
    const auto token = at.session_of(static_cast<std::int64_t>(1 + i % 198));
    streams.push_back(at.get("/api/v1/events?seconds=25", token, [&](std::string_view bytes) {
      const auto now = steady::now();
      std::lock_guard lock(mutex);
      if (bytes.find("event: ready") != std::string_view::npos) ++ready;
      for (auto from = bytes.find(R"("id":)"); from != std::string_view::npos; from = bytes.find(R"("id":)", from + 1)) {
        const auto known = committed.find(std::atoll(bytes.data() + from + 5));
        if (known == committed.end())
          ++early;  // told before commit() had returned here
        else
          ms.push_back(std::chrono::duration<double, std::milli>(now - known->second).count());
      }
    }));
  }
  while (true) {
    std::this_thread::sleep_for(20ms);
    std::lock_guard lock(mutex);
    if (ready == s.consoles) break;
  }
  for (std::size_t i = 0; i < s.changes; ++i) {
    const auto id = at.number("insert into vehicle (make, model) values ('Live', 'Car') returning id");
    {
      std::lock_guard lock(mutex);
      committed[id] = steady::now();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(37));
  }
  for (auto& one : streams) one.wait();
  say(row(fmt::format("{} consoles told, from commit to screen", s.consoles), ms));
  say(fmt::format("{} of {} were told; {} of them before the commit had returned here\n", ms.size() + early,
                  s.changes * s.consoles, early));
}

/// The writing part of ingest, a batch of a hundred messages, with and without telling.
void time_telling(office& at) {
  const auto batch = [&] {
    const auto began = steady::now();
    at.run(
        "with touched as (update lead l set last_activity_at = now(), unanswered_since = now() where id between 1001 and 1100)"
        " insert into message (lead_id, customer_id, channel, direction, type, content, sent_at, event_key)"
        " select i, 1, 'viber', 'incoming', 'text', 'Добрий день, чи є ще ця машина?', now(), gen_random_uuid()::text"
        " from generate_series(1001, 1100) i");
    return std::chrono::duration<double, std::milli>(steady::now() - began).count();
  };
  std::vector<double> told, untold;
  for (int round = 0; round < 10; ++round)
    for (auto* into : {&told, &untold}) {
      const std::string how = into == &told ? "enable" : "disable";
      at.run("alter table message " + how + " trigger tell_new_messages; alter table lead " + how + " trigger tell_lead");
      for (int i = 0; i < 50; ++i) into->push_back(batch());
    }
  at.run("alter table message enable trigger tell_new_messages; alter table lead enable trigger tell_lead");
  say(row("100 messages written, told", told));
  say(row("100 messages written, not told", untold));
}

}  // namespace

int main(int count, char** values) {
  namespace po = boost::program_options;
  settings s;
  po::options_description known("bench_console");
  auto add = known.add_options();
  add("leads", po::value(&s.leads), "default 100,000");
  add("messages", po::value(&s.messages), "default 1,000,000");
  add("customers", po::value(&s.customers), "default 60,000");
  add("consoles", po::value(&s.consoles), "default 200");
  if (!bench::read_flags(count, values, known)) return 0;
  hub::crypto_start();
  hub::log::start("bench", hub::log::level::error);
  office at;
  say(fmt::format("{} leads, {} messages\n", s.leads, s.messages));
  seed(at, s);
  say(fmt::format("{:<52} {:>8} {:>8} {:>8} {:>8}  ms\n", "", "p50", "p95", "p99", "most"));
  time_pages(at, s);
  time_live(at, s);
  time_telling(at);
  return 0;
}
