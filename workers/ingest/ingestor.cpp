#include "workers/ingest/ingestor.hpp"

#include "hub/base/failpoint.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
#include "workers/ingest/answers.hpp"
#include "workers/ingest/colleagues.hpp"
#include "workers/ingest/erp.hpp"
#include "workers/ingest/load.hpp"
#include "workers/ingest/write.hpp"
#include "workers/store/activities.hpp"
#include "workers/store/automatic_answers.hpp"
#include "workers/store/calls.hpp"
#include "workers/store/changes.hpp"
#include "workers/store/conflicts.hpp"
#include "workers/store/events.hpp"
#include "workers/store/leads.hpp"
#include "workers/store/messages.hpp"
#include "workers/store/orders.hpp"
#include "workers/store/people.hpp"
#include "workers/store/plans.hpp"
#include "workers/store/rules.hpp"
#include "workers/store/vehicles.hpp"

#include <unistd.h>
#include <algorithm>

namespace workers::ingest {

namespace {

void prepare_all(pqxx::connection& c) {
  store::plan_by_index(c);
  pqxx::nontransaction tx(c);
  // One plan fits every batch; making one for each would cost a small batch more than running it.
  tx.exec0("set plan_cache_mode = force_generic_plan");
  store::events::prepare(c);
  store::people::prepare(c);
  store::leads::prepare(c);
  store::messages::prepare(c);
  store::activities::prepare(c);
  store::automatic_answers::prepare(c);
  store::changes::prepare(c);
  store::calls::prepare(c);
  store::rules::prepare(c);
  store::vehicles::prepare(c);
  store::orders::prepare(c);
  store::conflicts::prepare(c);
}

void resolve_quarantine(pqxx::work& tx, const state& s) {
  hub::db::array keys;
  for (const auto* one : s.items)
    if (!std::holds_alternative<hub::message::unparsed>(one->event.data)) keys.add(one->event.key);
  store::events::resolve_quarantine(tx, keys);
}

struct ingest_metrics {
  prometheus::Counter& processed =
      hub::metrics::counter("hub_messages_processed_total", "Events by outcome.", {{"outcome", "committed"}});
  prometheus::Counter& known =
      hub::metrics::counter("hub_messages_processed_total", "Events by outcome.", {{"outcome", "duplicate"}});
  prometheus::Counter& quarantined =
      hub::metrics::counter("hub_messages_processed_total", "Events by outcome.", {{"outcome", "quarantined"}});
  prometheus::Histogram& transaction =
      hub::metrics::duration("hub_process_duration_seconds", "One ingest transaction.", {{"stage", "transaction"}});
  prometheus::Histogram& end_to_end =
      hub::metrics::duration("hub_e2e_seconds", "From the webhook's last byte to the committed row.");
};
ingest_metrics& metrics() {
  static ingest_metrics instance;
  return instance;
}

}  // namespace

ingestor::ingestor(hub::db::connect_options database, const hub::clock& clock)
    : database_(std::move(database)), clock_(clock), process_("pid " + std::to_string(::getpid())) {
  database_.on_connect(prepare_all);
}

void ingestor::process(std::span<const item> batch) {
  const auto of_erp = [](const item& one) { return is_of_erp(one.event); };
  const auto some = std::find_if(batch.begin(), batch.end(), of_erp);
  if (some == batch.end() || std::all_of(batch.begin(), batch.end(), of_erp)) return process_alike(batch);
  // What an ERP tells locks other things in another order: a transaction of its own.
  std::vector<item> others, told;
  for (const auto& one : batch) (of_erp(one) ? told : others).push_back(one);
  process_alike(others);
  process_alike(told);
}

void ingestor::process_alike(std::span<const item> batch) {
  const auto begun = clock_.steady();
  for (int again = 0;; ++again) {
    try {
      database_.transact([&](pqxx::work& tx) { process_in(tx, batch); });
      break;
    } catch (const linked_meanwhile&) {
      links_exist_ = true;
      if (again == 5) throw hub::error(hub::failure::transient, "link", "links between customers keep changing");
    }
  }
  FAILPOINT("ingest.committed", "");
  metrics().transaction.Observe(std::chrono::duration<double>(clock_.steady() - begun).count());
  const auto now = clock_.now();
  for (const auto& one : batch)
    metrics().end_to_end.Observe(std::max(0.0, std::chrono::duration<double>(now - one.event.received_at).count()));
}

void ingestor::process_in(pqxx::work& tx, std::span<const item> batch) {
  const auto now_in_force = store::rules::active(tx);
  const auto& rules = rules_.of(tx, now_in_force.hash);
  auto s = load(tx, rules, batch, links_exist_);
  metrics().known.Increment(static_cast<double>(batch.size() - s.items.size() - s.of_colleagues.size()));
  hear_colleagues(tx, s, clock_.now());
  if (s.items.empty()) return;
  FAILPOINT("ingest.loaded", "");
  fold(rules, s);
  const auto now = clock_.now();
  std::vector<const routing::action*> asked;
  for (const auto& o : s.openings) asked.push_back(&o.why.then);
  const auto before = load_roster(tx, rules, asked, now);
  auto after = before;
  choose_owners(rules, s, after, now);
  settle_answers(rules, s, after, now);
  answer_out_of_hours(rules, s, now);
  write(tx, rules, s, before, after, now);
  if (is_of_erp(s.items.front()->event)) apply_erp(tx, rules, s, now);
  // Replayed, or back with its delivery after it had been quarantined: now it is processed.
  if (now_in_force.quarantine_open) resolve_quarantine(tx, s);
  FAILPOINT("ingest.before_commit", "");
  metrics().processed.Increment(static_cast<double>(s.items.size()));
}

void ingestor::quarantine(const item& what, const std::string& cause, const std::string& reason) {
  const auto& e = what.event;
  database_.transact([&](pqxx::work& tx) {
    store::events::quarantine(
        tx, {e.key, std::string(hub::message::kind_of(e)), e.channel, e.account, what.body, cause, reason, e.trace});
  });
  metrics().quarantined.Increment();
  hub::log::warn("event quarantined", {{"event_key", e.key}, {"cause", cause}});
}

void ingestor::quarantine_undecodable(const std::string& key, const std::string& body, const std::string& reason) {
  database_.transact([&](pqxx::work& tx) { store::events::quarantine(tx, {key, "", "", "", body, "undecodable", reason, ""}); });
  metrics().quarantined.Increment();
  hub::log::warn("undecodable event quarantined", {{"event_key", key}});
}

int ingestor::mark_suspect(const std::string& event_key) {
  return database_.transact([&](pqxx::work& tx) { return store::events::mark_suspect(tx, event_key, process_); });
}

void ingestor::clear_suspect(const std::string& event_key) {
  database_.transact([&](pqxx::work& tx) { store::events::clear_suspect(tx, event_key); });
}

void ingestor::probe() {
  database_.transact([](pqxx::work& tx) { tx.exec0("select where false"); });
}

}  // namespace workers::ingest
