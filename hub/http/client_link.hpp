#pragma once
// Where a request goes and the connection that carries it. Inside hub/http only; on the loop.

#include "hub/http/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/thread_pool.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace hub::http {

namespace asio = boost::asio;

struct destination {
  bool tls = false;
  std::string host;  ///< without brackets
  std::uint16_t port = 0;
  std::string host_header;
  std::string target;  ///< path and query as they go into the request line
};

/// Throws hub::error (permanent, "url") for anything but a plain http(s) URL.
destination parse_destination(const std::string& url);

struct link {
  using socket_type = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
  socket_type socket;
  std::unique_ptr<asio::ssl::stream<socket_type&>> tls{};
  std::chrono::steady_clock::time_point idle_until{};

  explicit link(asio::io_context& loop) : socket(loop.get_executor()) {}

  async::task<std::size_t> read_some(asio::mutable_buffer into, boost::system::error_code& failed);
  async::task<std::size_t> write_some(const std::array<asio::const_buffer, 2>& from, boost::system::error_code& failed);
  /// Neither closed nor with unasked bytes on it.
  bool usable();
};

/// Names to addresses on threads of its own: a slow name server holds neither the loop nor, beyond its deadline,
/// whoever asked.
class resolver {
 public:
  explicit resolver(asio::io_context& loop) : loop_(loop) {}
  /// Waits for look-ups under way.
  ~resolver();

  /// Throws hub::error (transient, "resolve").
  async::task<std::vector<asio::ip::tcp::endpoint>> find(const destination& to);

 private:
  asio::io_context& loop_;
  std::unique_ptr<asio::thread_pool> threads_;
};

/// Resolves, checks the addresses if asked to, connects to one of those checked, and shakes hands.
async::task<std::unique_ptr<link>> open_link(asio::io_context& loop, std::shared_ptr<resolver> names,
                                             std::shared_ptr<asio::ssl::context> trust, const destination& to,
                                             bool public_only, std::chrono::milliseconds limit);

}  // namespace hub::http
