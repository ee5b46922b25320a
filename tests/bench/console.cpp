// bench_console: what people wait for in the console, over HTTP against a private PostgreSQL: pages of the inbox and counts
// with many leads, searching many messages, how soon 200 consoles are told of a change, and what telling costs the
// transaction that changes. Run by hand on a quiet machine (docs/performance.md).

#include "hub/api/routes.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/log.hpp"
#include "hub/http/client.hpp"
#include "hub/http/server.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/waiting.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/program_options.hpp>

#include <algorithm>
#include <deque>
#include <iostream>
#include <mutex>
#include <thread>

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

struct settings {
  long leads = 100'000, messages = 1'000'000, customers = 60'000;
  std::size_t consoles = 200, changes = 300, repeat = 30;
};

void say(const std::string& text) { std::cout << text << std::flush; }

std::string row(const std::string& what, std::vector<double> ms) {
  if (ms.empty()) return fmt::format("{:<52} nothing\n", what);
  std::sort(ms.begin(), ms.end());
  const auto at = [&](double part) { return ms[std::min(ms.size() - 1, static_cast<std::size_t>(part * double(ms.size())))]; };
  return fmt::format("{:<52} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f}  ({})\n", what, at(0.5), at(0.95), at(0.99), ms.back(),
                     ms.size());
}

class office {
 public:
  office()
      : database_(test_support::fresh_database()), direct_(options()), with_(options(), 4, home_ / "media", hub::real_clock()) {
    server_ = std::make_unique<hub::http::server>(loop_, "api", hub::api::make_routes(with_), hub::http::listen_options{});
    server_->start();
    client_ = std::make_unique<hub::http::client>(client_loop_);
    threads_.emplace_back([this] { loop_.run(); });
    threads_.emplace_back([this] { client_loop_.run(); });
  }
  ~office() {
    boost::asio::co_spawn(loop_, server_->stop(), boost::asio::use_future).wait_for(5s);
    client_work_.reset();
    work_.reset();
    client_loop_.stop();
    loop_.stop();
    for (auto& t : threads_) t.join();
  }

  void run(const std::string& sql) {
    direct_.transact([&](pqxx::work& tx) { tx.exec(sql); });
  }
  std::int64_t number(const std::string& sql) {
    return direct_.transact([&](pqxx::work& tx) { return tx.exec1(sql)[0].as<std::int64_t>(); });
  }
  std::string session_of(std::int64_t staff) {
    const auto token = hub::random_token();
    const auto hash = hub::sha256(token);
    direct_.transact([&](pqxx::work& tx) {
      tx.exec_params("insert into web_session (token_hash, staff_id, expires_at) values ($1, $2, now() + interval '12 hours')",
                     pqxx::binarystring(hash.data(), hash.size()), staff);
    });
    return token;
  }
  std::future<hub::http::incoming> get(const std::string& path, const std::string& token,
                                       std::function<void(std::string_view)> on_bytes = {}) {
    hub::http::outgoing asked;
    asked.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    asked.head.set("Cookie", "leadyard_session=" + token);
    asked.total_time = 10min;
    asked.max_body = hub::byte_count{1 << 30};
    asked.on_bytes = std::move(on_bytes);
    return boost::asio::co_spawn(client_loop_, client_->fetch(std::move(asked)), boost::asio::use_future);
  }
  hub::db::connect_options options() const {
    hub::db::connect_options made;
    made.url = hub::secret(database_);
    made.deadline = 30min;
    return made;
  }
  const std::string& database() const { return database_; }

 private:
  test_support::temp_dir home_;
  std::string database_;
  hub::db::connection direct_;
  hub::api::services with_;
  boost::asio::io_context loop_, client_loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()},
      client_work_{client_loop_.get_executor()};
  std::unique_ptr<hub::http::server> server_;
  std::unique_ptr<hub::http::client> client_;
  std::vector<std::thread> threads_;
};

/// 200 people in ten teams; of the leads one in four is open, one in ten of those nobody's.
void seed(office& at, const settings& s) {
  at.run(
      "insert into staff (name, email, role) select 'm' || i, 'm' || i || '@example.com', (case when i <= 180 then 'manager'"
      " when i <= 198 then 'supervisor' else 'admin' end)::user_role from generate_series(1, 200) i;"
      "insert into team (name) select 't' || i from generate_series(1, 10) i;"
      "insert into team_member (team_id, staff_id, position, supervisor) select 1 + i % 10, i, i, i > 180 from generate_series(1,"
      " 198) i; analyze staff; analyze team_member");
  at.run(
      fmt::format("insert into customer (first_name, last_name) select 'Name' || (random() * 3000)::int, 'Family' || i"
                  " from generate_series(1, {}) i",
                  s.customers));
  at.run(fmt::format(
      "insert into lead (customer_id, manager_id, source_channel, team_id, stage, attachable, closed_at, priority, created_at,"
      " last_activity_at, unanswered_since, first_response_due_at, queued_at)"
      " select 1 + i % {}, case when not n then 1 + i % 180 end, 'viber', 1 + i % 10, (case when o then 'contacted' else 'lost' "
      "end)"
      "::lead_stage, false, case when not o then now() end, i % 100, now() - i * interval '1 minute', now() - i * interval '20"
      " seconds', case when o and i % 3 = 0 then now() - i * interval '20 seconds' end, case when o and i % 3 = 0 then now() + "
      "(i %"
      " 500) * interval '1 minute' end, case when n then now() end"
      " from (select i, i % 4 = 0 as o, i % 40 = 0 as n from generate_series(1, {}) i) g",
      s.customers, s.leads));
  // Words as people use them: few very often, most seldom.
  at.run(fmt::format(
      "insert into message (lead_id, customer_id, channel, direction, type, content, sent_at, event_key)"
      " select l.id, l.customer_id, 'viber', (case when i % 3 = 0 then 'outgoing' else 'incoming' end)::message_direction, "
      "'text',"
      " (select string_agg('слово' || floor(20000 * power(random() + i * 0, 4))::int, ' ') from generate_series(1, 12)),"
      " now() - ({1} - i) * interval '10 seconds', 'bench:' || i from generate_series(1, {1}) i"
      " join lead l on l.id = 1 + (i * 7919) % {0}",
      s.leads, s.messages));
  at.run(
      "insert into vehicle (make, model, vin, plate) select 'Make' || i % 20, 'Model' || i % 200,"
      " 'VN' || lpad(i::text, 15, '0'), 'AA' || lpad(i::text, 4, '0') || 'BB' from generate_series(1, 2000) i");
  at.run("truncate live_change");
  for (std::int64_t passed = -1; passed != 0 || at.number("select words_next - words_to from hub_state") > 0;)
    passed = at.number("select index_messages(50000)");
  at.run("analyze");
}

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
  add("help", "this text");
  add("leads", po::value(&s.leads), "default 100,000");
  add("messages", po::value(&s.messages), "default 1,000,000");
  add("customers", po::value(&s.customers), "default 60,000");
  add("consoles", po::value(&s.consoles), "default 200");
  po::variables_map given;
  po::store(po::parse_command_line(count, values, known), given);
  po::notify(given);
  if (given.contains("help")) {
    std::cout << known;
    return 0;
  }
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
