#include "workers/office/pool.hpp"

#include "hub/base/metrics.hpp"
#include "workers/ingest/erp.hpp"
#include "workers/store/conflicts.hpp"
#include "workers/store/orders.hpp"
#include "workers/store/outgoing_orders.hpp"
#include "workers/store/people.hpp"
#include "workers/store/plans.hpp"
#include "workers/store/rules.hpp"
#include "workers/store/vehicles.hpp"
#include "workers/turns.hpp"

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
  desk work;
  turns thread;

  state(office_options o, const hub::clock& clock)
      : work(o.database, clock, o.connector),
        thread({.turn = [this] { return work.turn(); },
                .end = [this] { work.drop_connection(); },
                .idle = o.idle,
                .missed = "the back office waits"}) {}
};

office_pool::office_pool(office_options options, const hub::clock& clock)
    : state_(std::make_unique<state>(std::move(options), clock)) {}

office_pool::~office_pool() { stop(); }

void office_pool::start() { state_->thread.start(); }

void office_pool::stop() { state_->thread.stop(); }

}  // namespace workers::office
