#include "hub/http/client_link.hpp"

#include "hub/async/within.hpp"
#include "hub/base/failure.hpp"
#include "hub/http/address.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <netdb.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <charconv>

namespace hub::http {

using asio::ip::tcp;

namespace {

constexpr std::size_t resolver_threads = 4;
constexpr std::size_t addresses_sharing_time = 3;

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

struct addresses {
  std::vector<tcp::endpoint> list;
  std::string failed;
};

/// Blocks. getaddrinfo takes odd forms too ("0x7f.1", "2130706433"): whoever checks, checks what it returns.
addresses look_up(const std::string& host, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  addresses result;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (code != 0) {
    result.failed = ::gai_strerror(code);
    return result;
  }
  for (const auto* at = found; at; at = at->ai_next) {
    tcp::endpoint endpoint;
    if (at->ai_addrlen > endpoint.capacity()) continue;
    std::copy_n(reinterpret_cast<const char*>(at->ai_addr), at->ai_addrlen, reinterpret_cast<char*>(endpoint.data()));
    endpoint.resize(at->ai_addrlen);
    result.list.push_back(endpoint);
  }
  ::freeaddrinfo(found);
  return result;
}

async::task<> shake_hands(link& on, const destination& to, asio::ssl::context& trust) {
  on.tls = std::make_unique<asio::ssl::stream<link::socket_type&>>(on.socket, trust);
  boost::system::error_code literal;
  asio::ip::make_address(to.host, literal);
  // An address has no place in SNI; its certificate must name it all the same.
  if (literal) SSL_set_tlsext_host_name(on.tls->native_handle(), to.host.c_str());
  on.tls->set_verify_mode(asio::ssl::verify_peer);
  asio::ssl::host_name_verification check(to.host);
  on.tls->set_verify_callback(check);
  boost::system::error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  co_await on.tls->async_handshake(asio::ssl::stream_base::client, token);
  if (!failed) co_return;
  if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
  const long verified = SSL_get_verify_result(on.tls->native_handle());
  throw error(
      failure::transient, "tls",
      "no TLS: " + (verified == X509_V_OK ? failed.message() : std::string(X509_verify_cert_error_string(verified))));
}

}  // namespace

destination parse_destination(const std::string& url) {
  const auto refuse = [](const char* why) {
    throw error(failure::permanent, "url", std::string("refused URL: ") + why);
  };
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) refuse("malformed");
  const auto& u = *parsed;
  destination to;
  to.tls = u.scheme_id() == boost::urls::scheme::https;
  if (!to.tls && u.scheme_id() != boost::urls::scheme::http) refuse("only http and https");
  if (u.has_userinfo()) refuse("carries a user name");
  if (!u.has_authority()) refuse("no host");
  to.host = u.host_address();
  if (u.host_type() == boost::urls::host_type::ipvfuture) refuse("unknown address form");
  if (u.host_type() == boost::urls::host_type::name && !is_host_name(to.host)) refuse("malformed host");
  to.port = to.tls ? 443 : 80;
  if (u.has_port() && !u.port().empty()) {
    // Boost.URL 1.81 lets a port above 65535 wrap around.
    const std::string digits(u.port());
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), to.port);
    if (bad != std::errc() || end != digits.data() + digits.size() || to.port == 0) refuse("malformed port");
  }
  to.host_header = std::string(u.encoded_host());
  if (u.has_port() && !u.port().empty()) to.host_header += ":" + std::to_string(to.port);
  to.target = std::string(u.encoded_target());
  // ... and it takes "http://host:x/" for an empty port and a path "x/".
  if (!to.target.empty() && to.target.front() != '/' && to.target.front() != '?') refuse("malformed port");
  if (!to.target.starts_with('/')) to.target.insert(0, "/");
  return to;
}

async::task<std::size_t> link::read_some(asio::mutable_buffer into, boost::system::error_code& failed) {
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  if (tls) co_return co_await tls->async_read_some(into, token);
  co_return co_await socket.async_read_some(into, token);
}

async::task<std::size_t> link::write_some(const std::array<asio::const_buffer, 2>& from,
                                          boost::system::error_code& failed) {
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  if (tls) co_return co_await tls->async_write_some(from, token);
  co_return co_await socket.async_write_some(from, token);
}

bool link::usable() {
  char byte = 0;
  boost::system::error_code state;
  socket.non_blocking(true, state);
  if (state) return false;
  socket.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, state);
  return state == asio::error::would_block;
}

resolver::~resolver() {
  if (threads_) threads_->join();
}

async::task<std::vector<tcp::endpoint>> resolver::find(const destination& to) {
  boost::system::error_code name;
  const auto literal = asio::ip::make_address(to.host, name);
  if (!name) co_return std::vector<tcp::endpoint>{tcp::endpoint(literal, to.port)};

  // Not on_thread: getaddrinfo cannot be cancelled, and who has waited long enough must be able to leave.
  struct waiting {
    explicit waiting(asio::io_context& loop) : woken(loop, asio::steady_timer::time_point::max()) {}
    asio::steady_timer woken;
    addresses found;
    bool done = false;
  };
  auto state = std::make_shared<waiting>(loop_);
  if (!threads_) threads_ = std::make_unique<asio::thread_pool>(resolver_threads);
  auto ask = [state, host = to.host, port = to.port, &loop = loop_, work = asio::make_work_guard(loop_)] {
    auto found = look_up(host, port);
    asio::post(loop, [state, found = std::move(found)]() mutable {
      state->found = std::move(found);
      state->done = true;
      state->woken.cancel();
    });
  };
  asio::post(*threads_, std::move(ask));
  while (!state->done) {
    boost::system::error_code woken;
    auto token = asio::redirect_error(asio::use_awaitable, woken);
    co_await state->woken.async_wait(token);
  }
  if (!state->found.failed.empty())
    throw error(failure::transient, "resolve", "name not resolved: " + state->found.failed);
  co_return std::move(state->found.list);
}

async::task<std::unique_ptr<link>> open_link(asio::io_context& loop, std::shared_ptr<resolver> names,
                                             std::shared_ptr<asio::ssl::context> trust, const destination& to,
                                             bool public_only, std::chrono::milliseconds limit) {
  const auto endpoints = co_await names->find(to);
  if (endpoints.empty()) throw error(failure::transient, "resolve", "the name has no address");
  // All of them: a name with one public and one private address is an attempt to be let through.
  if (public_only &&
      !std::all_of(endpoints.begin(), endpoints.end(), [](const auto& e) { return is_public(e.address()); }))
    throw error(failure::permanent, "address", "the host has an address that is not public");

  std::string last;
  const auto share = limit / std::min(endpoints.size(), addresses_sharing_time);
  for (const auto& endpoint : endpoints) {
    auto opened = std::make_unique<link>(loop);
    std::exception_ptr failed;
    try {
      auto connecting = opened->socket.async_connect(endpoint, asio::use_awaitable);
      auto limited = async::within(share, std::move(connecting));
      co_await std::move(limited);
    } catch (...) {
      failed = std::current_exception();
    }
    if (failed) {
      const auto why = classify(failed);
      if (why.kind == failure::cancelled) std::rethrow_exception(failed);
      last = why.what;
      continue;
    }
    boost::system::error_code ignored;
    opened->socket.set_option(tcp::no_delay(true), ignored);
    if (to.tls) co_await shake_hands(*opened, to, *trust);
    co_return opened;
  }
  throw error(failure::transient, "connect", "cannot connect: " + last);
}

}  // namespace hub::http
