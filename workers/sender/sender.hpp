#pragma once
// One thread of the sender pool, see pool.hpp. run() and what it calls belong to that thread; abandon() may be called from any.

#include "hub/base/backoff.hpp"
#include "hub/http/client.hpp"
#include "workers/sender/circuits.hpp"
#include "workers/sender/pool.hpp"
#include "workers/sender/rows.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

namespace workers::sender {

class sender {
 public:
  /// The first one (`number` 0) also looks after what is late and counts. Who `tells_people` sends notices and no replies.
  sender(const sender_options& options, circuits& accounts, unsigned number, bool tells_people = false);
  ~sender();

  /// Until `stopping`; what is under way is finished first, unless abandon() is called.
  void run(std::stop_token stopping);
  void abandon();

 private:
  /// What hub-connector said, as far as it said anything.
  struct heard {
    std::optional<hub::message::send_told> told;
    bool away = false;  ///< nothing of this question reached it: says nothing about the platform
  };

  bool work();  ///< one row; false when no turn had come
  void look_after();
  bool ask_about_orphan();
  bool tell_people();  ///< one notice
  /// `asked_before`: somebody may have asked for this very attempt, and it may have left.
  void send(const begun& attempt, bool asked_before);
  heard ask(const begun& attempt, bool asked_before);
  void settle(const begun& attempt, const heard& what);
  void pause(std::chrono::milliseconds time);
  void close();

  const sender_options& options_;
  circuits& accounts_;
  const bool looks_after_, tells_people_;
  rows rows_;
  notices notices_;
  std::unique_ptr<boost::asio::io_context> loop_;
  std::unique_ptr<hub::http::client> client_;
  hub::backoff away_{std::chrono::milliseconds(200), std::chrono::seconds(5)};
  std::chrono::milliseconds rest_{0};  ///< how long to wait before the next row
  std::chrono::steady_clock::time_point looked_after_{}, collected_{};
  bool troubled_ = false;  ///< said in the log, until it works again

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::stop_token stopping_;
  std::atomic<bool> abandoned_{false};
};

}  // namespace workers::sender
