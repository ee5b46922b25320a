#include "hub/ctl/webhook_load.hpp"

#include "hub/async/within.hpp"
#include "hub/base/failure.hpp"
#include "hub/ctl/playing.hpp"
#include "hub/http/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

namespace hub::ctl {

namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// What all connections of one run share; everything happens on one loop.
struct run {
  boost::asio::io_context& loop;
  std::function<std::string(std::size_t)> body;
  const std::vector<std::size_t>& order;
  load_options options;
  load_report report{};
  std::size_t next = 0;
  unsigned open = 0;
  steady::time_point start = steady::now();
  boost::asio::steady_timer done{loop, steady::time_point::max()};

  run(boost::asio::io_context& on, std::function<std::string(std::size_t)> b, const std::vector<std::size_t>& o,
      load_options with)
      : loop(on), body(std::move(b)), order(o), options(std::move(with)) {}

  steady::time_point due(std::size_t index) const {
    if (options.rate <= 0) return steady::now();
    return start +
           std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(static_cast<double>(index) / options.rate));
  }
};

/// The status, 0 when nothing came back.
async::task<int> post_once(http::client& client, const load_options& options, const std::string& body, std::string& failure) {
  http::outgoing call;
  call.method = "POST";
  call.url = options.url;
  call.body = body;
  call.head.set("Content-Type", "application/json");
  call.head.set(options.signature_header,
                options.shows_token ? options.token : options.signature_prefix + sign(options.token, body));
  int status = 0;
  std::string why;
  try {
    const auto got = co_await client.fetch(std::move(call));
    status = got.status;
    if (status != 200) why = "answered " + std::to_string(status);
  } catch (const error& e) {
    why = e.what();
  }
  if (!why.empty() && failure.empty()) failure = why;
  co_return status;
}

async::task<> keep_playing(std::shared_ptr<run> all) {
  // One client, so one kept connection, for each of these.
  http::client client(all->loop);
  while (all->next < all->order.size()) {
    const std::size_t index = all->next++;
    const auto due = all->due(index);
    const auto early = std::chrono::ceil<std::chrono::milliseconds>(due - steady::now());
    if (early > 0ms) co_await async::sleep_for(early);
    const std::string body = all->body(all->order[index]);
    ++all->report.sent;
    auto wait = 200ms;
    for (;;) {
      const int status = co_await post_once(client, all->options, body, all->report.first_failure);
      if (status == 200) {
        ++all->report.accepted;
        all->report.latencies.push_back(std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - due));
        break;
      }
      if (steady::now() - due > all->options.patience) break;
      co_await async::sleep_for(wait);
      wait = std::min<std::chrono::milliseconds>(wait * 2, 5s);
      ++all->report.retried;
    }
  }
}

}  // namespace

std::chrono::microseconds load_report::percentile(double share) const {
  if (latencies.empty()) return {};
  return latencies[static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1))];
}

async::task<load_report> play_load(boost::asio::io_context& loop, std::function<std::string(std::size_t)> body,
                                   const std::vector<std::size_t>& order, load_options options) {
  auto all = std::make_shared<run>(loop, std::move(body), order, std::move(options));
  std::exception_ptr failed;
  all->open = static_cast<unsigned>(std::clamp<std::size_t>(all->options.connections, 1, std::max<std::size_t>(1, order.size())));
  for (unsigned i = 0, n = all->open; i < n; ++i)
    boost::asio::co_spawn(loop, keep_playing(all), [all, &failed](std::exception_ptr e) {
      if (e && !failed) failed = e;
      if (--all->open == 0) all->done.cancel();
    });
  boost::system::error_code woken;
  auto token = boost::asio::redirect_error(boost::asio::use_awaitable, woken);
  while (all->open > 0) co_await all->done.async_wait(token);
  if (failed) std::rethrow_exception(failed);
  all->report.seconds = std::chrono::duration<double>(steady::now() - all->start).count();
  std::sort(all->report.latencies.begin(), all->report.latencies.end());
  co_return std::move(all->report);
}

}  // namespace hub::ctl
