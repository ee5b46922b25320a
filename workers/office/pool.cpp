#include "workers/office/pool.hpp"

#include "hub/base/backoff.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
#include "workers/ingest/erp.hpp"
#include "workers/store/conflicts.hpp"
#include "workers/store/orders.hpp"
#include "workers/store/outgoing_orders.hpp"
#include "workers/store/people.hpp"
#include "workers/store/plans.hpp"
#include "workers/store/rules.hpp"
#include "workers/store/vehicles.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace workers::office {

namespace {

constexpr auto between_looks = std::chrono::seconds(2);

void prepare_all(pqxx::connection& c) {
  store::plan_by_index(c);
  store::rules::prepare(c);
  store::people::prepare(c);
  store::vehicles::prepare(c);
  store::orders::prepare(c);
  store::conflicts::prepare(c);
  store::outgoing_orders::prepare(c);
}

}  // namespace

desk::desk(hub::db::connect_options database, const hub::clock& clock, connector_address connector)
    : database_(std::move(database)), clock_(clock), connector_(std::move(connector)), next_look_(clock.steady()) {
  database_.on_connect(prepare_all);
}

bool desk::turn() {
  static auto& open = hub::metrics::gauge("hub_erp_conflicts", "Conflicts with an ERP that nobody has judged.");
  const auto waiting = database_.transact([](pqxx::work& tx) { return store::conflicts::look(tx); });
  open.Set(static_cast<double>(waiting.open));
  if (clock_.steady() >= next_look_) {
    database_.transact([](pqxx::work& tx) { return find_orders_to_send(tx); });
    next_look_ = clock_.steady() + between_looks;
  }
  const bool sent = send_order(database_, connector_);
  if (waiting.judged == 0) return sent;
  return database_.transact([&](pqxx::work& tx) {
    const auto& rules = rules_.of(tx, store::rules::active(tx).hash);
    return ingest::apply_verdicts(tx, rules, clock_.now());
  });
}

struct office_pool::state {
  office_options options;
  desk work;
  std::mutex mutex;
  std::condition_variable_any wake;
  std::jthread thread;

  state(office_options o, const hub::clock& clock) : options(std::move(o)), work(options.database, clock, options.connector) {}

  void wait(std::stop_token stopping, std::chrono::milliseconds length) {
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stopping, length, [] { return false; });
  }

  void run(std::stop_token stopping) {
    hub::backoff pause(std::chrono::milliseconds(500), std::chrono::seconds(15));
    while (!stopping.stop_requested()) {
      try {
        const bool done = work.turn();
        pause.reset();
        if (!done) wait(stopping, options.idle);
      } catch (const std::exception& e) {
        hub::log::warn("the back office waits", {{"error", e.what()}});
        wait(stopping, pause.next());
      }
    }
    work.drop_connection();
  }
};

office_pool::office_pool(office_options options, const hub::clock& clock)
    : state_(std::make_unique<state>(std::move(options), clock)) {}

office_pool::~office_pool() { stop(); }

void office_pool::start() {
  state_->thread = std::jthread([this](std::stop_token stopping) { state_->run(stopping); });
}

void office_pool::stop() {
  if (!state_->thread.joinable()) return;
  state_->thread.request_stop();
  state_->thread.join();
}

}  // namespace workers::office
