#pragma once
// Fetches what an attachment's reference points to, into <spool>/media, and hands it out from there. Everything is
// bounded: deadline, size, slowest speed, redirects (each checked anew), https and public addresses only unless the
// settings allow more. Files fetched for a worker go an hour later; files fetched while events were spooled stay
// until a worker confirms that it stored them. On the loop. Failures are values: the worker decides by the status.

#include "connectors/connector.hpp"
#include "hub/async/task.hpp"

#include <boost/asio/thread_pool.hpp>

#include <map>
#include <memory>
#include <string>

namespace connectors {

struct media_limits {
  hub::byte_count max_size{64ULL << 20};
  hub::byte_count shelf_size{1ULL << 30};  ///< of all files kept for spooled events
  bool allow_private_addresses = false;
  std::chrono::milliseconds deadline = std::chrono::minutes(2);
  std::uint64_t slowest_bytes_per_second = 1000;
  int redirects = 3;
};

/// What /internal/media answers: 200 with a file; 410 gone or expired, 413 too large, 403 refused (address, scheme,
/// foreign reference), 502 and 504 trouble on the way, worth another try when `retry` is set.
struct fetched {
  int status = 200;
  std::string path;
  std::uint64_t size = 0;
  std::string content_type;  ///< what the platform claims
  std::string why;
  bool retry = false;
};

class media_shelf {
 public:
  media_shelf(std::string directory, media_limits limits, hub::http::client& http, const hub::clock& clock);

  hub::async::task<fetched> get(connector& of, std::string reference);
  /// The same while events are spooled: kept until forget().
  hub::async::task<> keep(connector& of, std::string reference);
  /// Bytes that came with a message: kept until forget(), as far as there is room.
  void put(const std::string& reference, std::string_view bytes);
  /// The worker has stored it.
  void forget(const std::string& reference);
  /// Removes what nobody confirmed for an hour (for two weeks when kept) and half files of a former process.
  void sweep();

 private:
  hub::async::task<fetched> fetch(media_source source, std::string into);
  hub::async::task<fetched> read(media_source source, std::string into);
  bool has_room(std::uint64_t for_bytes) const;
  std::string part_name();
  std::string name_of(const std::string& reference) const;

  std::string directory_;
  media_limits limits_;
  hub::http::client& http_;
  const hub::clock& clock_;
  std::uint64_t next_part_ = 1;
  boost::asio::thread_pool blocking_{1};  ///< for media that is read instead of fetched
};

}  // namespace connectors
