#pragma once
// The media pool of hub-worker: fetchers that take media_fetch rows, earliest deadline first, stream the bytes from the
// connector's internal endpoint (which holds credentials and checks addresses, redirects, size and speed) into the
// store, look at what they really are, and write the outcome. The message itself was visible from the start.
//
// main builds it and calls start() and stop(); each fetcher is one thread with its own database connection and its own
// HTTP connection, so that take, transfer, sync and result are one straight line. Nothing is thrown after start(): the
// database and the connector may come and go, a full disk pauses the fetchers and nobody else.

#include "hub/base/secret.hpp"
#include "hub/base/time.hpp"
#include "hub/db/connection.hpp"
#include "hub/media/store.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace workers::media {

struct media_options {
  hub::db::connect_options database;
  /// Base address of the connector's admin port ("http://127.0.0.1:4711"), asked before every transfer because a
  /// restarted connector has another one; empty: it is away. Called on the fetchers' threads.
  std::function<std::string()> connector_url;
  hub::secret internal_token;
  hub::byte_count max_size{64ULL << 20};
  unsigned fetchers = 4;
  std::string process;  ///< who holds a lease: "host:pid"
  std::chrono::milliseconds idle = std::chrono::milliseconds(500);  ///< between two looks when there was nothing to do
  std::chrono::milliseconds lease = std::chrono::seconds(30);       ///< renewed during long transfers
  std::chrono::milliseconds transfer = std::chrono::minutes(5);     ///< longest transfer of one file
  std::chrono::milliseconds first_wait = std::chrono::milliseconds(0);  ///< not 0: replaces the doubling waits (tests)
};

class media_pool {
 public:
  media_pool(media_options options, hub::media::store& into);
  ~media_pool();  ///< stop(0)

  void start();
  /// Takes no more rows, gives transfers under way `patience` to end, then gives their rows back. Blocking.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(5));

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace workers::media
