#pragma once
// Gives events to ingest once more and follows them until they are in the database or in quarantine: what every replay needs.
// Safe to repeat and to interrupt: the events' keys decide. Blocking, one thread. Throws db::error, and not_running where the
// broker is not known or does not take messages.

#include "config/settings.hpp"
#include "hub/db/connection.hpp"
#include "hub/message/canonical.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hub::ctl {

/// An event on its way.
struct republished {
  std::string key;
  std::uint64_t ticket = 0;
  int attempts_before = 0;  ///< how often it had been quarantined
  enum class fate {
    open,         ///< not seen yet
    unpublished,  ///< the broker did not confirm it
    arrived,      ///< its key is in the database
    quarantined,  ///< refused by hub-worker
  } what = fate::open;
};

class republisher {
 public:
  /// `patience`: how long nothing may move before following ends. Connects with the first event.
  republisher(db::connection& database, const config::settings& settings, std::chrono::seconds patience);
  ~republisher();

  /// The broker is found, connected and ready.
  void connect();
  /// Does not wait.
  republished publish(const message::event& event, const std::string& body, int attempts_before);
  /// Waits for confirms, then for what becomes of the events; `moved` is called after every look at which some had ended.
  void follow(const std::vector<republished*>& events, const std::function<void()>& moved = {});
  /// The cause in quarantine.
  std::string cause_of(const std::string& key);

 private:
  class outlet;
  bool look(const std::vector<republished*>& events);

  db::connection& database_;
  const config::settings& settings_;
  std::chrono::seconds patience_;
  std::unique_ptr<outlet> outlet_;
};

/// Lets `rate` things a second pass; 0: all of them.
class pacer {
 public:
  explicit pacer(double rate) : rate_(rate) {}
  void wait();

 private:
  double rate_;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
};

}  // namespace hub::ctl
