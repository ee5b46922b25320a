#pragma once
// A hub-api of many leads for the benchmarks of the console: its routes in this process, over HTTP, against a private PostgreSQL.

#include "hub/api/routes.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/log.hpp"
#include "hub/http/client.hpp"
#include "hub/http/server.hpp"
#include "routing/rules.hpp"
#include "routing/teams_json.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/waiting.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <iostream>
#include <thread>

namespace bench {

using namespace std::chrono_literals;

struct settings {
  long leads = 100'000, messages = 1'000'000, customers = 60'000;
  std::size_t consoles = 200, changes = 300, repeat = 30;
};

inline void say(const std::string& text) { std::cout << text << std::flush; }

inline std::string row(const std::string& what, std::vector<double> ms) {
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
  /// Ten teams of one member each, and a rule that gives everything to the first.
  void put_rules() {
    std::string text = "version: 1\ntimezone: Europe/Kyiv\nteams:\n";
    for (int i = 1; i <= 10; ++i) text += fmt::format("  t{0}: {{ members: [m{0}@example.com] }}\n", i);
    text += "rules:\n  - { name: all, then: { team: t1, strategy: manual } }\n";
    const auto read = routing::read_rules(text, "bench");
    if (!read.rules) throw std::runtime_error("the bench's rules are refused");
    direct_.transact([&](pqxx::work& tx) {
      tx.exec_params("select hub.activate_rules($1, $2, 'bench', $3::jsonb)", read.rules->hash, text,
                     routing::teams_json(*read.rules));
    });
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
  std::uint16_t port() const { return server_->port(); }

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
inline void seed(office& at, const settings& s) {
  at.run(
      "insert into staff (name, email, role) select 'm' || i, 'm' || i || '@example.com', (case when i <= 180 then 'manager'"
      " when i <= 198 then 'supervisor' else 'admin' end)::user_role from generate_series(1, 200) i;"
      "insert into team (name) select 't' || i from generate_series(1, 10) i");
  at.put_rules();
  at.run(
      "delete from team_member; insert into team_member (team_id, staff_id, position, supervisor) select t.id, i, i, i > 180 from"
      " generate_series(1, 198) i join team t on t.name = 't' || (1 + i % 10); analyze staff; analyze team_member");
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
      " (select string_agg('слово' || floor(20000 * power(random() + (i + w) * 0, 4))::int, ' ') from generate_series(1, 12) w),"
      " now() - ({1} - i) * interval '10 seconds', 'bench:' || i from generate_series(1, {1}) i"
      " join lead l on l.id = 1 + (i::bigint * 7919) % {0}",
      s.leads, s.messages));
  at.run(
      "insert into vehicle (make, model, vin, plate) select 'Make' || i % 20, 'Model' || i % 200,"
      " 'VN' || lpad(i::text, 15, '0'), 'AA' || lpad(i::text, 4, '0') || 'BB' from generate_series(1, 2000) i");
  at.run("truncate live_change");
  for (std::int64_t passed = -1; passed != 0 || at.number("select words_next - words_to from hub_state") > 0;)
    passed = at.number("select index_messages(50000)");
  at.run("analyze");
}

}  // namespace bench
