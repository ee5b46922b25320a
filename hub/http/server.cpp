#include "hub/http/server.hpp"

#include "hub/async/within.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
#include "hub/http/server_session.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>

#include <algorithm>
#include <ctime>

namespace hub::http {

using asio::ip::tcp;

namespace {

constexpr int ports_tried = 100;

std::vector<network> read_networks(const std::vector<std::string>& texts) {
  std::vector<network> all;
  for (const auto& text : texts) {
    auto n = parse_network(text);
    if (!n) throw error(failure::permanent, "config", "trusted_proxies: " + to_text(n.error()));
    all.push_back(*n);
  }
  return all;
}

}  // namespace

server::state::state(asio::io_context& l, std::string n, router r, listen_options o)
    : loop(l),
      name(std::move(n)),
      routes(std::move(r)),
      options(std::move(o)),
      trusted(read_networks(options.trusted_proxies)),
      acceptor(loop),
      tick(loop),
      all_gone(loop),
      over_limit(metrics::counter("hub_http_connections_refused_total", "Connections closed at once: over the limit.",
                                  {{"server", name}})),
      duration(metrics::duration("hub_http_request_duration_seconds", "From the first byte of a request to its answer.",
                                 {{"server", name}})) {
  for (std::size_t i = 0; i < answered.size(); ++i)
    answered[i] = &metrics::counter("hub_http_requests_total", "Requests answered, refused ones included.",
                                    {{"server", name}, {"code", std::to_string(i + 1) + "xx"}});
  if (!options.tls.certificate.empty()) tls = std::make_unique<certificate>(options.tls);
}

void server::state::listen() {
  const auto where = [&](int p) { return options.address + " port " + std::to_string(p); };
  boost::system::error_code failed;
  const auto address = asio::ip::make_address(options.address, failed);
  if (failed) throw error(failure::permanent, "listen", name + ": '" + options.address + "' is not an IP address");
  for (int p = options.port;; ++p) {
    failed = {};
    acceptor.open(address.is_v4() ? tcp::v4() : tcp::v6(), failed);
    if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed) acceptor.bind({address, static_cast<std::uint16_t>(p)}, failed);
    if (!failed) acceptor.listen(4096, failed);
    if (!failed) break;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    const bool taken = failed == asio::error::address_in_use;
    const bool another =
        taken && options.next_free_port && options.port != 0 && p < options.port + ports_tried && p < 65535;
    if (!another)
      throw error(failure::permanent, "listen", name + ": cannot listen on " + where(p) + ": " + failed.message());
  }
  port = acceptor.local_endpoint().port();
  log::info("listening", {{"server", name}, {"address", options.address}, {"port", port}, {"tls", tls != nullptr}});
}

async::task<> server::state::accept() {
  const auto self = shared_from_this();
  boost::system::error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  while (!stopping) {
    tcp_socket socket(loop.get_executor());
    co_await acceptor.async_accept(socket, token);
    if (stopping || failed == asio::error::operation_aborted) break;
    if (failed) {
      // Usually out of descriptors: the ones in use must get a chance to end.
      log::warn("cannot accept", {{"server", name}, {"why", failed.message()}});
      co_await async::sleep_for(std::chrono::milliseconds(100));
      continue;
    }
    boost::system::error_code ignored;
    const auto endpoint = socket.remote_endpoint(ignored);
    if (ignored) continue;
    const auto peer = unmapped(endpoint.address());
    auto& of_peer = per_peer[peer.to_string()];
    if (connections.size() >= options.max_connections || of_peer >= options.max_connections_per_peer) {
      over_limit.Increment();
      if (of_peer == 0) per_peer.erase(peer.to_string());
      continue;
    }
    ++of_peer;
    socket.set_option(tcp::no_delay(true), ignored);
    const auto c = connections.emplace(connections.end(), std::move(socket));
    c->peer = peer;
    c->enter(phase::idle, steady::now() + options.header_time);
    asio::co_spawn(loop, serve(c), asio::detached);
  }
}

async::task<> server::state::serve(std::list<connection>::iterator c) {
  const auto self = shared_from_this();
  co_await run_session(*this, *c);
  remove(c);
}

void server::state::remove(std::list<connection>::iterator c) {
  const auto of_peer = per_peer.find(c->peer.to_string());
  if (of_peer != per_peer.end() && --of_peer->second == 0) per_peer.erase(of_peer);
  connections.erase(c);
  if (connections.empty()) all_gone.cancel();
}

void server::state::sweep() {
  const auto shortest = std::min(options.header_time, options.idle_time);
  tick.expires_after(std::clamp(shortest / 8, std::chrono::milliseconds(5), std::chrono::milliseconds(250)));
  tick.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
    const auto self = weak.lock();
    if (failed || !self) return;
    const auto now = steady::now();
    for (auto& c : self->connections) {
      if (c.until > now) continue;
      c.expired = true;
      boost::system::error_code ignored;
      c.socket.cancel(ignored);
    }
    self->sweep();
  });
}

void server::state::begin_stop() {
  stopping = true;
  boost::system::error_code ignored;
  acceptor.close(ignored);
  for (auto& c : connections) {
    if (c.at == phase::idle) {
      c.expired = true;
      c.until = steady::time_point::min();
      c.socket.cancel(ignored);
    } else if (c.at == phase::streaming) {
      c.cancel_stream.emit(asio::cancellation_type::terminal);
    }
  }
}

void server::state::close_all() {
  stopping = true;
  boost::system::error_code ignored;
  acceptor.close(ignored);
  tick.cancel();
  for (auto& c : connections) c.socket.close(ignored);
}

asio::thread_pool& server::state::files() {
  if (!file_thread) file_thread = std::make_unique<asio::thread_pool>(1);
  return *file_thread;
}

const std::string& server::state::date_line() {
  const auto now = std::time(nullptr);
  if (now != date_of) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[64];
    const auto size = std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    date.assign(text, size);
    date_of = now;
  }
  return date;
}

server::server(asio::io_context& loop, std::string name, router routes, listen_options options)
    : state_(std::make_shared<state>(loop, std::move(name), std::move(routes), std::move(options))) {}

server::~server() { state_->close_all(); }

void server::start() {
  state_->listen();
  state_->sweep();
  asio::co_spawn(state_->loop, state_->accept(), asio::detached);
}

async::task<> server::stop() {
  const auto s = state_;
  s->begin_stop();
  while (!s->connections.empty()) {
    boost::system::error_code woken;
    auto token = asio::redirect_error(asio::use_awaitable, woken);
    s->all_gone.expires_at(steady::time_point::max());
    co_await s->all_gone.async_wait(token);
  }
  s->tick.cancel();
}

std::uint16_t server::port() const { return state_->port; }

}  // namespace hub::http
