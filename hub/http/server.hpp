#pragma once
// The listener of a program: accepts, reads within limits, routes, answers. Runs on the loop it is given;
// start() and stop() are called there.
//
// Refused before a handler sees it: header over 16 KiB or 128 fields (431), slow header (408), body over the
// route's limit (413), slow body (408), Content-Length with Transfer-Encoding or twice (400), any Transfer-Encoding
// but chunked (400), no Host or two (400), Content-Encoding (415), an Expect other than 100-continue (417), "." and
// ".." segments (400), unknown path (404), wrong method (405). Closes after each of these. Bytes that are not
// HTTP/1.x get 400 and a close. Connections over a limit are closed without a word.
//
// A handler may run as long as it likes; a stream is cancelled when its client closes or the server stops.

#include "hub/http/router.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace hub::http {

struct tls_files {
  std::string certificate;  ///< PEM chain; empty: plain HTTP
  std::string key;
};

struct listen_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;       ///< 0: a free one
  bool next_free_port = false;  ///< when `port` is taken, try the ones after it
  tls_files tls{};              ///< re-read when the files change, without dropping a connection
  std::vector<std::string> trusted_proxies{};
  std::chrono::milliseconds header_time = std::chrono::seconds(10);
  std::chrono::milliseconds idle_time = std::chrono::seconds(60);
  std::size_t max_connections = 10'000;
  std::size_t max_connections_per_peer = 2'000;
};

class server {
 public:
  server(boost::asio::io_context& loop, std::string name, router routes, listen_options options);
  ~server();

  /// Binds and begins to accept; throws hub::error (permanent) naming the address if it cannot.
  void start();
  /// Stops accepting, lets requests under way finish, closes idle connections.
  async::task<> stop();
  /// The port it listens on.
  std::uint16_t port() const;

  struct state;  // known inside hub/http only

 private:
  std::shared_ptr<state> state_;
};

}  // namespace hub::http
