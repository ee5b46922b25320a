#pragma once
// What a listener and its connections share, inside hub/http only. Everything on the loop.
//
// No connection has a timer of its own: re-arming one per request costs 8 % of the whole rate. A connection only
// notes until when it may stay in its phase, and the listener's one tick looks through them all.

#include "hub/http/address.hpp"
#include "hub/http/server.hpp"
#include "hub/http/server_request.hpp"
#include "hub/http/server_tls.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include <array>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

namespace hub::http {

namespace asio = boost::asio;

/// The concrete executor instead of any_io_executor: no type erasure on the hot path.
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
using steady = std::chrono::steady_clock;

enum class phase {
  idle,      ///< between requests: closed without a word
  reading,   ///< header or body is coming: 408
  handling,  ///< the handler is at work: it has deadlines of its own
  writing,   ///< the client must take what it asked for
  streaming  ///< the handler writes as it likes
};

struct connection {
  tcp_socket socket;
  asio::ip::address peer{};
  phase at = phase::idle;
  steady::time_point until = steady::time_point::max();
  bool expired = false;
  asio::cancellation_signal cancel_stream{};

  explicit connection(tcp_socket s) : socket(std::move(s)) {}
  /// Enters a phase; it ends at `limit` from now.
  void enter(phase p, steady::time_point deadline) {
    at = p;
    until = deadline;
    expired = false;
  }
};

struct server::state : std::enable_shared_from_this<server::state> {
  asio::io_context& loop;
  std::string name;
  router routes;
  listen_options options;
  std::vector<network> trusted;
  std::unique_ptr<certificate> tls;
  asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type> acceptor;
  asio::steady_timer tick;
  asio::steady_timer all_gone;
  std::list<connection> connections;
  std::unordered_map<std::string, std::size_t> per_peer;
  std::unique_ptr<asio::thread_pool> file_thread;  ///< reading a disk must not hold the loop
  std::string date;                                ///< "Date: ...\r\n", made once a second
  std::time_t date_of = 0;
  std::uint16_t port = 0;
  bool stopping = false;

  std::array<prometheus::Counter*, 5> answered{};  ///< 1xx.. by the first digit of the status
  prometheus::Counter& over_limit;
  prometheus::Histogram& duration;

  state(asio::io_context& loop, std::string name, router routes, listen_options options);

  void listen();
  async::task<> accept();
  async::task<> serve(std::list<connection>::iterator c);
  void remove(std::list<connection>::iterator c);
  void sweep();
  void begin_stop();
  void close_all();
  asio::thread_pool& files();
  const std::string& date_line();
};

/// Reads, routes and answers until the connection ends. Never throws.
async::task<> run_session(server::state& s, connection& c);

}  // namespace hub::http
