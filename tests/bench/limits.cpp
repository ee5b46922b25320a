#include "tests/bench/limits.hpp"

#include "connectors/viber/normalize.hpp"
#include "hub/amqp/publisher.hpp"
#include "hub/base/clock.hpp"
#include "hub/base/failure.hpp"
#include "hub/http/server.hpp"
#include "hub/message/codec.hpp"
#include "tests/bench/callbacks.hpp"
#include "tests/bench/usage.hpp"
#include "workers/ingest/ingestor.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace bench {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using workers::ingest::item;

namespace {

/// Callback `number` as the connector would publish it.
item event_of(std::uint64_t number, std::size_t customer) {
  static const connectors::account_context account{.channel = "viber",
                                                   .account = "main",
                                                   .seal_key = hub::secret("seal key of the benchmark"),
                                                   .fingerprint_key = hub::secret("fingerprint key of the benchmark"),
                                                   .public_url = {},
                                                   .clock = &hub::real_clock()};
  const auto now = hub::real_clock().now();
  auto events = connectors::viber::normalize(account, callback_body(number, customer, now.time_since_epoch() / 1ms), now);
  if (!events || events->size() != 1)
    throw hub::error(hub::failure::permanent, "callback", "the benchmark's callback is refused");
  item made;
  made.event = std::move(events->front());
  made.event.trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  made.body = hub::message::encode(made.event);
  return made;
}

/// Events of one connection's customers, `size` to a batch.
std::vector<std::vector<item>> batches(std::uint64_t first, std::size_t count, std::size_t size, std::size_t customers,
                                       bool in_turn, std::uint32_t shards, std::uint32_t shard) {
  std::vector<std::vector<item>> list;
  std::size_t made = 0;
  for (std::uint64_t number = first; made < count; ++number) {
    if (in_turn && number == first + customers) break;
    const auto who = in_turn ? customer_in_turn(number - first, customers) : customer_drawn(number, customers);
    if (who % shards != shard) continue;
    if (list.empty() || list.back().size() == size) list.emplace_back().reserve(size);
    list.back().push_back(event_of(number, who));
    ++made;
  }
  return list;
}

}  // namespace

limit http_alone(const subject& hub, double seconds) {
  boost::asio::io_context loop{1};
  hub::http::router routes;
  routes.add({.method = "POST",
              .pattern = "/webhooks/viber/{account}",
              .handle = [](hub::http::request) -> hub::async::task<hub::http::response> {
                hub::http::response empty;
                co_return empty;
              }});
  hub::http::server server(loop, "bench", std::move(routes), {});
  server.start();
  double used = 0;
  std::thread thread([&] {
    loop.run();
    used = thread_cpu_seconds();
  });
  load_header header;
  limit l{.name = "HTTP alone: request read, answered 200", .latency = {}};
  std::exception_ptr failed;
  try {
    const load_plan plan{.name = "http", .seconds = seconds, .count = 20'000, .again = true};
    const auto result = run_load(hub.home(), server.port(), plan, 0);
    std::vector<double> latency;
    for (const auto& s : result.samples)
      if (s.status == 200) latency.push_back(s.latency / 1000.0);
    header = result.header;
    l.rate = static_cast<double>(latency.size()) / header.seconds;
    l.latency = percentiles_of(latency);
  } catch (...) {
    failed = std::current_exception();
  }
  loop.stop();
  thread.join();
  if (failed) std::rethrow_exception(failed);
  l.cpu = (used + header.cpu_seconds) * 1000 / static_cast<double>(std::max<std::uint64_t>(1, header.samples));
  return l;
}

limit publish_alone(subject& hub, double seconds, std::uint32_t shards, std::size_t batch_events) {
  constexpr std::size_t on_their_way = 1000, different = 20'000;
  const std::string vhost = "limit" + std::to_string(batch_events);
  hub.add_vhost(vhost);
  std::vector<hub::amqp::publication> ready;
  for (std::size_t i = 0; i < different; ++i) {
    auto one = event_of(i, customer_drawn(i, different));
    ready.push_back({i, hub::message::shard_of(one.event.conversation, shards), one.event.key, std::move(one.body)});
  }
  limit l{.name = batch_events > 1 ? "publish alone: up to " + std::to_string(batch_events) + " events in a delivery, confirmed"
                                   : "publish alone: one event in a delivery, confirmed",
          .latency = {}};
  std::mutex mutex;
  std::condition_variable settled;
  std::size_t free = on_their_way;
  std::uint64_t confirmed = 0, failed = 0;
  std::vector<double> latency;
  std::vector<steady::time_point> sent_at(different);
  hub::amqp::publisher_options options;
  options.broker.url = hub.broker_url(vhost);
  options.shards = shards;
  options.batch_events = batch_events;
  {
    hub::amqp::publisher publisher(options, [&](std::vector<hub::amqp::settlement> list) {
      std::lock_guard lock(mutex);
      const auto now = steady::now();
      for (const auto& s : list) {
        if (s.result == hub::amqp::outcome::confirmed) {
          ++confirmed;
          latency.push_back(std::chrono::duration<double, std::milli>(now - sent_at[s.ticket]).count());
        } else {
          ++failed;
        }
        ++free;
      }
      settled.notify_one();
    });
    for (const auto until = steady::now() + 10s; !publisher.ready() && steady::now() < until;) std::this_thread::sleep_for(10ms);
    if (!publisher.ready()) throw hub::error(hub::failure::transient, "broker", "the publisher does not connect");
    const auto cpu = own_cpu_seconds() + cpu_seconds(hub.broker());
    const auto began = steady::now();
    const auto until = began + std::chrono::duration<double>(seconds);
    std::unique_lock lock(mutex);
    for (std::uint64_t n = 0; steady::now() < until && !interrupted();) {
      if (!settled.wait_for(lock, 1s, [&] { return free > 0; })) continue;
      std::vector<hub::amqp::publication> list;
      const auto now = steady::now();
      for (; free > 0; --free, ++n) {
        list.push_back(ready[n % different]);
        sent_at[n % different] = now;
      }
      lock.unlock();
      publisher.submit(std::move(list));
      lock.lock();
    }
    settled.wait_for(lock, 10s, [&] { return free == on_their_way; });
    l.rate = static_cast<double>(confirmed) / std::chrono::duration<double>(steady::now() - began).count();
    l.cpu =
        (own_cpu_seconds() + cpu_seconds(hub.broker()) - cpu) * 1000 / static_cast<double>(std::max<std::uint64_t>(1, confirmed));
    l.latency = percentiles_of(latency);
  }
  hub.delete_vhost(vhost);
  go_on_unless_interrupted();
  if (failed > 0)
    throw hub::error(hub::failure::transient, "broker", std::to_string(failed) + " publications were not confirmed");
  return l;
}

limit sql_alone(subject& hub, double seconds, std::uint32_t connections, std::size_t customers) {
  const auto url = hub.another_database("limit" + std::to_string(connections));
  const hub::db::connect_options options{.url = hub::secret(url), .application_name = "bench"};
  const auto count = static_cast<std::size_t>(seconds * 40'000 / connections);
  limit l{.name = "SQL alone: the ingest transaction, batches of 200, " + std::to_string(connections) +
                  (connections == 1 ? " connection" : " connections"),
          .latency = {}};
  std::mutex mutex;
  std::vector<double> latency;
  std::exception_ptr failed;
  std::atomic<std::uint32_t> ready{0};
  std::atomic<std::uint64_t> rows{0};
  std::atomic<bool> go{false};
  std::atomic<double> longest{0};
  std::vector<std::thread> threads;
  for (std::uint32_t c = 0; c < connections; ++c)
    threads.emplace_back([&, c] {
      try {
        workers::ingest::ingestor work(options, hub::real_clock());
        for (const auto& batch : batches(0, customers, 200, customers, true, connections, c)) work.process(batch);
        const auto list = batches(customers, count, 200, customers, false, connections, c);
        ++ready;
        while (!go) std::this_thread::sleep_for(1ms);
        std::vector<double> mine;
        const auto began = steady::now();
        for (const auto& batch : list) {
          const auto from = steady::now();
          if (from - began > std::chrono::duration<double>(seconds) || interrupted()) break;
          work.process(batch);
          rows += batch.size();
          mine.push_back(std::chrono::duration<double, std::milli>(steady::now() - from).count());
        }
        const auto took = std::chrono::duration<double>(steady::now() - began).count();
        std::lock_guard lock(mutex);
        longest = std::max(longest.load(), took);
        latency.insert(latency.end(), mine.begin(), mine.end());
      } catch (...) {
        std::lock_guard lock(mutex);
        failed = std::current_exception();
        ++ready;
      }
    });
  while (ready < connections) std::this_thread::sleep_for(5ms);
  const auto cpu = own_cpu_seconds() + cpu_seconds(hub.database());
  go = true;
  for (auto& t : threads) t.join();
  l.cpu = (own_cpu_seconds() + cpu_seconds(hub.database()) - cpu) * 1000 / static_cast<double>(std::max<std::uint64_t>(1, rows));
  if (failed) std::rethrow_exception(failed);
  go_on_unless_interrupted();
  l.rate = static_cast<double>(rows) / longest;
  l.latency = percentiles_of(latency);
  return l;
}

}  // namespace bench
