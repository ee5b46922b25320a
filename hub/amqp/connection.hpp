#pragma once
// One AMQP connection with one open channel, for the publisher and the consumers of this folder only: the
// library's header stays inside the .cpp files. Used by the thread that owns it, but for socket_handle, which
// any thread may shut. Everything that goes wrong is thrown as hub::error: transient when the broker is away,
// closed the channel or did not answer in time; permanent when it refuses what we ask (credentials, a queue that
// exists with other arguments), which only an operator can mend.

#include "hub/amqp/broker.hpp"

#include <chrono>
#include <mutex>
#include <string>

struct amqp_connection_state_t_;
struct amqp_frame_t_;

namespace hub::amqp {

struct address {
  std::string host;
  int port = 5672;
  std::string user, password, vhost;
  bool tls = false;
};

/// Percent-decoded parts of an amqp:// or amqps:// URL; throws a permanent error that shows no password.
address parse_url(const std::string& url);

/// The way for another thread to break a connection under a call that hangs.
class socket_handle {
 public:
  void set(int fd);
  void shut() noexcept;

 private:
  std::mutex mutex_;
  int fd_ = -1;
};

/// All traffic goes over this channel of a connection.
inline constexpr std::uint16_t channel = 1;
/// Larger bodies are neither sent nor kept in memory.
inline constexpr std::size_t largest_body = 64u << 20;

class connection {
 public:
  /// Connects, signs in, opens the channel; the whole takes at most about options.connect_time.
  explicit connection(const broker_options& options, socket_handle* reachable = nullptr);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  amqp_connection_state_t_* raw() const { return state_; }

  /// Exchange, queues and bindings of that shard count, idempotent.
  void declare_topology(std::uint32_t shards);
  /// The next frame of the channel if one is there; services heartbeats. Never blocks. Throws when the broker
  /// closed the channel or the connection. The frame is good until release().
  bool next_frame(amqp_frame_t_& frame);
  void release();
  struct woken {
    bool to_read = false, other = false;
  };
  /// Sleeps until there is something to read, `other` becomes readable, or `most` has passed; says which. Only after
  /// next_frame() said that nothing is left.
  woken wait(std::chrono::microseconds most, int other = -1) const;
  /// Throws when `status` is one of the library's error codes.
  void require(int status, const char* doing);
  /// Says goodbye within a moment; the destructor alone just hangs up.
  void close_politely() noexcept;

 private:
  void open(const broker_options& options);
  void release_all() noexcept;

  amqp_connection_state_t_* state_ = nullptr;
  socket_handle* reachable_;
  std::string where_;  ///< the URL without its password, for error texts
};

/// Throws unless the call that was just made on `link` succeeded.
void require_reply(connection& link, const char* doing);

}  // namespace hub::amqp
