#include "workers/clock/intake_watch.hpp"

#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
#include "hub/db/times.hpp"
#include "workers/store/intake_times.hpp"
#include "workers/store/rules.hpp"

namespace workers::clock {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr auto history = 28 * 24h;
constexpr auto recent = 1h;  // what the broker or a spool held back comes with its old time
constexpr auto look_again = 1min;
constexpr auto learn_again = 1h;

void set(const char* name, const char* help, const account_name& of, double value) {
  hub::metrics::gauge(name, help, {{"channel", of.first}, {"account", of.second}}).Set(value);
}

double seconds(milliseconds of) { return std::chrono::duration<double>(of).count(); }

}  // namespace

intake_watch::intake_watch(const hub::clock& clock, std::set<account_name> accounts)
    : clock_(clock), accounts_(std::move(accounts)), next_look_(clock.steady()), next_learning_(clock.steady()) {}

void intake_watch::look(hub::db::connection& database, rules_in_force& rules) {
  const auto steady = clock_.steady();
  if (steady < next_look_) return;
  // Planned before it is tried: other work of the clock does not wait for a database that is slow at this.
  next_look_ = steady + look_again;
  const bool learns = steady >= next_learning_;
  if (learns) next_learning_ = steady + learn_again;
  const auto now = clock_.now();
  database.transact([&](pqxx::work& tx) {
    const auto hash = store::rules::active(tx).hash;
    const auto* works = hash.empty() ? nullptr : rules.of(tx, hash).opening_hours();
    if (learns) learn(tx, works, now);
    for (const auto& row : store::intake_times::latest(tx, now - recent)) {
      const account_name of{row[0].as<std::string>(), row[1].as<std::string>()};
      const auto last = hub::db::instant_at(row, 2);
      const auto found = known_.emplace(of, quiet{last, std::nullopt}).first;
      found->second.last = std::max(found->second.last, last);
    }
    show(works, now);
  });
}

void intake_watch::learn(pqxx::work& tx, const routing::working_time* works, hub::instant now) {
  std::map<account_name, std::vector<came>> events;
  for (const auto& row : store::intake_times::minutes(tx, now - history))
    events[{row[0].as<std::string>(), row[1].as<std::string>()}].push_back(
        {hub::db::instant_at(row, 2), hub::db::instant_at(row, 3)});
  for (const auto& [of, minutes] : events) {
    auto& one = known_.emplace(of, quiet{minutes.back().last, std::nullopt}).first->second;
    one.last = std::max(one.last, minutes.back().last);
    one.usual = usual_gap(minutes, works);
  }
}

void intake_watch::show(const routing::working_time* works, hub::instant now) {
  for (auto& [of, one] : known_) {
    if (!accounts_.empty() && !accounts_.contains(of)) continue;
    const auto silence = silence_since(one.last, works, now);
    set("hub_intake_silence_seconds", "Working time since an account's last event.", of, seconds(silence));
    if (!one.usual && !one.told) continue;
    const bool silent = one.usual && is_silent(silence, *one.usual);
    set("hub_intake_usual_gap_seconds", "The longest gap between events in working time, but for one in a hundred.", of,
        seconds(one.usual.value_or(0ms)));
    set("hub_intake_silent", "1 while an account is silent for much longer than usual.", of, silent ? 1 : 0);
    one.told = true;
  }
}

}  // namespace workers::clock
