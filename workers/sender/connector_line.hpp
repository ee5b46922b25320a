#pragma once
// What a thread of the sender pool is made of: its loop, and its way to hub-connector's POST /internal/send. run() and ask()
// belong to that thread; abandon() may be called from any.

#include "hub/base/backoff.hpp"
#include "hub/http/client.hpp"
#include "workers/sender/pool.hpp"
#include "workers/sender/rows.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

namespace workers::sender {

class connector_line {
 public:
  /// What hub-connector said, as far as it said anything.
  struct heard {
    std::optional<hub::message::send_told> told;
    bool away = false;  ///< nothing of this question reached it: says nothing about the platform
  };

  explicit connector_line(const sender_options& options);
  ~connector_line();

  /// Does `work` again and again until `stopping`, after `idle` when it says false, later when hub-connector or the database is
  /// away. What is under way is finished first, unless abandon() is called.
  void run(std::stop_token stopping, std::chrono::milliseconds idle, const std::function<bool()>& work);
  void abandon();
  bool abandoned() const { return abandoned_; }
  void pause(std::chrono::milliseconds time);

  /// `asked_before`: somebody may have asked for this very attempt, and it may have left.
  heard ask(const begun& attempt, bool asked_before);

 private:
  void say_away(bool away);
  void close();

  const sender_options& options_;
  std::unique_ptr<boost::asio::io_context> loop_;
  std::unique_ptr<hub::http::client> client_;
  hub::backoff away_for_{std::chrono::milliseconds(200), std::chrono::seconds(5)};
  bool away_ = false;
  std::chrono::milliseconds rest_{0};  ///< how long to wait before the next turn

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::stop_token stopping_;
  std::atomic<bool> abandoned_{false};
};

/// Not done, to be tried again; `counts` against the tries that a message has.
hub::message::send_told deferred(std::string why, bool counts);

}  // namespace workers::sender
