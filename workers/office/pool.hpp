#pragma once
// The office pool of hub-worker: what the hub owes the back office without anybody waiting for it. Applies what people judged
// where an ERP and the hub disagree, and sends orders (orders.hpp). main builds it and calls start() and stop(); one thread with
// a database connection of its own. Nothing is thrown after start(): a turn that fails is logged and made again with back-off.

#include "hub/base/clock.hpp"
#include "hub/db/connection.hpp"
#include "workers/office/orders.hpp"
#include "workers/rules_in_force.hpp"

#include <chrono>
#include <memory>

namespace workers::office {

/// One thread's work, without the thread. Throws db::error and hub::error.
class desk {
 public:
  desk(hub::db::connect_options database, const hub::clock& clock, connector_address connector = {});

  /// Whether there was anything to do.
  bool turn();
  void drop_connection() noexcept { database_.reset(); }

 private:
  hub::db::connection database_;
  const hub::clock& clock_;
  connector_address connector_;
  rules_in_force rules_;
  std::chrono::steady_clock::time_point next_look_;
};

struct office_options {
  hub::db::connect_options database;
  connector_address connector{};
  std::chrono::milliseconds idle = std::chrono::milliseconds(500);  ///< between two looks when there was nothing to do
};

class office_pool {
 public:
  office_pool(office_options options, const hub::clock& clock);
  ~office_pool();  ///< stop()

  void start();
  /// Ends after the turn under way. Blocking.
  void stop();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace workers::office
