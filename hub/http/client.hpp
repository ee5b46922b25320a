#pragma once
// Outgoing HTTP and HTTPS with bounds on everything: connect, whole exchange, size, slowest speed, and which
// addresses may be reached. Certificates are verified against the system's store and the host name. Redirects
// are not followed: the response is returned and whoever asked decides, checking the next address again.
// On the loop. Failures are hub::error: transient for the network and time, permanent for a refused address, a URL
// that is not plain http(s) or an answer over its cap. No error text carries more of a URL than its host: platforms
// put tokens into paths. Asks for identity encoding. GET and HEAD are tried once more when a kept connection turns
// out to be closed; nothing else is ever sent twice.

#include "hub/http/message.hpp"

#include "hub/base/failure.hpp"
#include "hub/base/time.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace hub::http {

/// Whether the whole request had been handed to the system when an exchange failed; decides between
/// "certainly not sent" and "unknown".
enum class sent_state { nothing, part, all };

struct outgoing {
  std::string method = "GET";
  std::string url;
  headers head{};
  std::string body{};
  std::chrono::milliseconds connect_time = std::chrono::seconds(5);
  std::chrono::milliseconds total_time = std::chrono::seconds(20);
  byte_count max_body = 1_MiB;
  std::uint64_t slowest_bytes_per_second = 0;  ///< 0: no floor; measured over each speed_window of the body
  bool public_addresses_only = false;          ///< refuse hosts with any address that is not public
  /// Takes the body of a 2xx answer instead of incoming.body, in pieces as they come; max_body holds all the same.
  /// What it throws ends the exchange.
  std::function<void(std::string_view)> on_bytes{};
  std::chrono::milliseconds speed_window = std::chrono::seconds(10);
};

struct incoming {
  int status = 0;
  headers head;
  std::string body;
};

/// What fetch() throws; `sent` tells how much of the request had left. Codes: "url", "address", "request", "resolve",
/// "connect", "tls", "timeout", "too slow", "too large", "closed", "network", "answer".
class exchange_error : public error {
 public:
  exchange_error(failure kind, std::string code, const std::string& what, sent_state sent)
      : error(kind, std::move(code), what), sent_(sent) {}
  sent_state sent() const { return sent_; }

 private:
  sent_state sent_;
};

class client {
 public:
  explicit client(boost::asio::io_context& loop);
  ~client();

  /// Keep-alive connections are reused per host for a few seconds.
  async::task<incoming> fetch(outgoing request);

 private:
  struct state;
  std::shared_ptr<state> state_;
};

/// False for anything that is not a public unicast address: private, loopback, link-local, CGNAT, 0/8,
/// 192.0.0/24, 198.18/15, documentation, multicast, reserved, and IPv6 forms that embed such an IPv4 address
/// (v4-mapped, NAT64, 6to4, Teredo), ULA, site-local.
bool is_public_address(std::string_view address);

}  // namespace hub::http
