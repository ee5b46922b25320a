#include "hub/amqp/connection.hpp"

#include "hub/amqp/table.hpp"
#include "hub/base/failure.hpp"

#include <amqp.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hub::amqp {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

timeval to_timeval(std::chrono::microseconds t) {
  t = std::max(t, std::chrono::microseconds(0));
  return {static_cast<time_t>(t.count() / 1'000'000), static_cast<suseconds_t>(t.count() % 1'000'000)};
}

std::string to_string(amqp_bytes_t bytes) { return {static_cast<const char*>(bytes.bytes), bytes.len}; }

/// Codes by which the broker says that asking again will not help.
bool only_an_operator_helps(int code) {
  return code == AMQP_ACCESS_REFUSED || code == AMQP_PRECONDITION_FAILED || code == AMQP_NOT_ALLOWED;
}

[[noreturn]] void throw_closed(const char* doing, const std::string& where, int code, const std::string& text) {
  throw error(only_an_operator_helps(code) ? failure::permanent : failure::transient, "broker " + std::to_string(code),
              std::string(doing) + ": broker " + where + " says " + text);
}

/// The certificate must come from a trusted authority and name the host; OpenSSL itself checks both in the
/// handshake (the library's own host check knows no addresses).
void demand_certificate(amqp_socket_t* socket, const broker_options& options, const std::string& host) {
  auto* context = static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket));
  if (options.ca_file.empty())
    SSL_CTX_set_default_verify_paths(context);
  else if (amqp_ssl_socket_set_cacert(socket, options.ca_file.c_str()) != AMQP_STATUS_OK)
    throw error(failure::permanent, "broker ca", "cannot read the broker's authorities from " + options.ca_file);
  amqp_ssl_socket_set_verify_peer(socket, 1);
  amqp_ssl_socket_set_verify_hostname(socket, 0);
  amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
  auto* wanted = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  std::array<unsigned char, 16> ignored;
  const bool is_address =
      inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 || inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
  const int set = is_address ? X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str())
                             : X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size());
  if (set != 1) throw error(failure::permanent, "broker url", "broker.url: not a host name: " + host);
}

}  // namespace

void socket_handle::set(int fd) {
  std::lock_guard lock(mutex_);
  fd_ = fd;
}

void socket_handle::shut() noexcept {
  std::lock_guard lock(mutex_);
  if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
}

connection::connection(const broker_options& options, socket_handle* reachable)
    : reachable_(reachable), where_(without_password(options.url)) {
  state_ = amqp_new_connection();
  if (!state_) throw std::bad_alloc();
  try {
    open(options);
  } catch (...) {
    release_all();
    throw;
  }
}

connection::~connection() { release_all(); }

void connection::release_all() noexcept {
  if (!state_) return;
  // The handle forgets the descriptor before it is closed: its number may belong to somebody else a moment later.
  if (reachable_) reachable_->set(-1);
  // A TLS farewell would wait for the peer; a shut socket makes it fail at once.
  if (const int fd = amqp_get_sockfd(state_); fd >= 0) ::shutdown(fd, SHUT_RDWR);
  amqp_destroy_connection(state_);
  state_ = nullptr;
}

void connection::open(const broker_options& options) {
  const auto until = steady_clock::now() + options.connect_time;
  const auto left = [&] {
    return to_timeval(std::chrono::duration_cast<std::chrono::microseconds>(until - steady_clock::now()));
  };
  const auto to = parse_url(options.url);

  auto* socket = to.tls ? amqp_ssl_socket_new(state_) : amqp_tcp_socket_new(state_);
  if (!socket) throw error(failure::transient, "broker socket", "cannot make a socket for the broker");
  if (to.tls) demand_certificate(socket, options, to.host);
  auto limit = left();
  require(amqp_socket_open_noblock(socket, to.host.c_str(), to.port, &limit), "connecting");
  const int fd = amqp_get_sockfd(state_);
  if (reachable_) reachable_->set(fd);
  // Heartbeats are not looked at while a write hangs; this ends such a write when nobody calls for it earlier.
  const unsigned unacknowledged_limit = 30'000;
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_limit, sizeof unacknowledged_limit);

  limit = left();
  require(amqp_set_handshake_timeout(state_, &limit), "connecting");
  limit = to_timeval(options.connect_time);
  require(amqp_set_rpc_timeout(state_, &limit), "connecting");

  // Without connection.blocked among the capabilities the broker stops reading without a word.
  std::array capabilities{yes("connection.blocked"), yes("consumer_cancel_notify"), yes("publisher_confirms")};
  std::array<amqp_table_entry_t, 2> properties{};
  properties[0].key = amqp_cstring_bytes("capabilities");
  properties[0].value.kind = AMQP_FIELD_KIND_TABLE;
  properties[0].value.value.table = {static_cast<int>(capabilities.size()), capabilities.data()};
  properties[1].key = amqp_cstring_bytes("connection_name");
  properties[1].value.kind = AMQP_FIELD_KIND_UTF8;
  properties[1].value.value.bytes = amqp_cstring_bytes(options.client_name.c_str());
  const amqp_table_t table{options.client_name.empty() ? 1 : 2, properties.data()};
  const auto reply = amqp_login_with_properties(state_, to.vhost.c_str(), 0, AMQP_DEFAULT_FRAME_SIZE,
                                                static_cast<int>(options.heartbeat.count()), &table, AMQP_SASL_METHOD_PLAIN,
                                                to.user.c_str(), to.password.c_str());
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION && reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto* close = static_cast<const amqp_connection_close_t*>(reply.reply.decoded);
    throw_closed("signing in", where_, close->reply_code, to_string(close->reply_text));
  }
  if (reply.reply_type != AMQP_RESPONSE_NORMAL)
    require(reply.library_error ? reply.library_error : AMQP_STATUS_SOCKET_ERROR, "signing in");

  amqp_channel_open(state_, channel);
  require_reply(*this, "opening a channel");
}

void connection::require(int status, const char* doing) {
  if (status >= 0) return;
  throw error(failure::transient, "broker connection",
              std::string(doing) + " with broker " + where_ + ": " + amqp_error_string2(status));
}

void require_reply(connection& link, const char* doing) {
  const auto reply = amqp_get_rpc_reply(link.raw());
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) {
    int code = 0;
    std::string text = "a method nobody expected";
    if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
      const auto* close = static_cast<const amqp_channel_close_t*>(reply.reply.decoded);
      code = close->reply_code, text = to_string(close->reply_text);
    } else if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
      const auto* close = static_cast<const amqp_connection_close_t*>(reply.reply.decoded);
      code = close->reply_code, text = to_string(close->reply_text);
    }
    throw error(only_an_operator_helps(code) ? failure::permanent : failure::transient, "broker " + std::to_string(code),
                std::string(doing) + ": the broker says " + text);
  }
  link.require(reply.library_error ? reply.library_error : AMQP_STATUS_SOCKET_ERROR, doing);
}

bool connection::next_frame(amqp_frame_t_& frame) {
  const timeval at_once{0, 0};
  const int status = amqp_simple_wait_frame_noblock(state_, &frame, &at_once);
  if (status == AMQP_STATUS_TIMEOUT) return false;
  require(status, "reading");
  if (frame.frame_type != AMQP_FRAME_METHOD) return true;
  if (frame.payload.method.id == AMQP_CHANNEL_CLOSE_METHOD) {
    const auto* close = static_cast<const amqp_channel_close_t*>(frame.payload.method.decoded);
    throw_closed("channel closed", where_, close->reply_code, to_string(close->reply_text));
  }
  if (frame.payload.method.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto* close = static_cast<const amqp_connection_close_t*>(frame.payload.method.decoded);
    throw_closed("connection closed", where_, close->reply_code, to_string(close->reply_text));
  }
  return true;
}

void connection::release() { amqp_maybe_release_buffers(state_); }

connection::woken connection::wait(std::chrono::microseconds most, int other) const {
  std::array<pollfd, 2> watched{{{amqp_get_sockfd(state_), POLLIN, 0}, {other, POLLIN, 0}}};
  const auto t = to_timeval(most);
  const timespec limit{t.tv_sec, t.tv_usec * 1000};
  if (ppoll(watched.data(), watched.size(), &limit, nullptr) <= 0) return {};
  return {watched[0].revents != 0, watched[1].revents != 0};
}

void connection::close_politely() noexcept {
  const timeval moment{0, 300'000};
  if (amqp_set_rpc_timeout(state_, &moment) == AMQP_STATUS_OK) amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
}

}  // namespace hub::amqp
