#pragma once
// One thread of the media pool, see pool.hpp. run() and what it calls belong to that thread; abandon() may be called
// from any.

#include "hub/base/backoff.hpp"
#include "hub/http/client.hpp"
#include "workers/media/pool.hpp"
#include "workers/media/rows.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace workers::media {

class fetcher {
 public:
  fetcher(const media_options& options, hub::media::store& into, bool counts_backlog);
  ~fetcher();

  /// Until `stopping`; what is under way is finished first, unless abandon() is called.
  void run(std::stop_token stopping);
  void abandon();

 private:
  struct received;  ///< what came from the connector

  bool work();  ///< one row; false when none was due
  void handle(const job& taken);
  received transfer(const job& taken);
  hub::http::outgoing request(const job& taken, std::string method, const std::string& base) const;
  bool exchange(hub::http::outgoing ask, hub::http::incoming& answer, std::exception_ptr& failed, const job* renewed);
  void forget(const job& settled);
  void finish(const job& taken, received& came);
  void count_backlog();
  void pause(std::chrono::milliseconds time);
  void close();

  const media_options& options_;
  hub::media::store& store_;
  const bool counts_backlog_;
  rows rows_;
  std::unique_ptr<boost::asio::io_context> loop_;
  std::unique_ptr<hub::http::client> client_;
  hub::backoff away_{std::chrono::milliseconds(200), std::chrono::seconds(10)};
  std::chrono::milliseconds rest_{0};  ///< how long to wait before the next row
  std::chrono::steady_clock::time_point counted_{};
  bool troubled_ = false;              ///< said in the log, until it works again

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::stop_token stopping_;
  std::atomic<bool> abandoned_{false};
};

}  // namespace workers::media
