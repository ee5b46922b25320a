#pragma once
// What an ERP tells, as events of one account, on a database with workers: vehicles, customers, orders, full exchanges.

#include "hub/base/crypto.hpp"
#include "routing/rules.hpp"
#include "tests/integration/ingest_fixture.hpp"
#include "workers/ingest/erp.hpp"
#include "workers/store/conflicts.hpp"
#include "workers/store/orders.hpp"
#include "workers/store/people.hpp"
#include "workers/store/vehicles.hpp"

namespace test_support {

using hub::message::event;
using hub::message::vehicle_state;

/// Minutes after the first exchange of the story.
inline hub::instant erp_time(int minute) {
  return hub::parse_rfc3339("2026-11-10T01:00:00Z").value() + std::chrono::minutes(minute);
}

inline event told_by_erp(const std::string& what, int minute, hub::message::event_data data) {
  event e;
  e.key = "bas:main:" + what + ":" + std::to_string(minute);
  e.channel = "bas";
  e.account = "main";
  e.conversation = "erp:bas:main";
  e.time = e.received_at = erp_time(minute);
  e.data = std::move(data);
  return e;
}

inline std::string vin_of(int n) { return "TMBZZZ9BZE00" + std::to_string(10000 + n); }

/// Car `n` as a file of goods has it.
inline event goods(int n, int minute, std::optional<vehicle_state> status = vehicle_state::available,
                   const std::string& vin = "") {
  hub::message::vehicle car;
  car.id = "v-" + std::to_string(n);
  car.vin = vin.empty() ? vin_of(n) : vin;
  car.make = "Skoda";
  car.model = "Octavia " + std::to_string(n);
  car.year = 2014;
  car.status = status;
  car.version = std::to_string(minute);
  const auto word = status ? std::string(hub::name_of(*status)) : "none";
  return told_by_erp("vehicle:" + car.id + ":goods:" + word + vin, minute, car);
}
/// Its price, as a file of offers has it.
inline event offer(int n, int minute, const std::string& price = "635000.00") {
  hub::message::vehicle car;
  car.id = "v-" + std::to_string(n);
  car.price = price;
  car.currency = "UAH";
  car.quantity = "1";
  return told_by_erp("vehicle:" + car.id + ":offer:" + price, minute, car);
}
inline event removed(int n, int minute) {
  hub::message::vehicle car;
  car.id = "v-" + std::to_string(n);
  car.deleted = true;
  return told_by_erp("vehicle:" + car.id + ":deleted", minute, car);
}
/// A full exchange that holds these cars, in one range.
inline event full(const std::vector<int>& cars, int minute) {
  hub::message::exchange all;
  all.objects = "vehicle";
  all.catalogue = "cars";
  all.from = std::string(16, '0');
  all.to = std::string(16, 'f');
  for (const int n : cars) all.present.push_back("v-" + std::to_string(n));
  all.total = cars.size();
  return told_by_erp("exchange:" + std::to_string(cars.size()), minute, all);
}
/// Customer `n`, who has the number of person `n`.
inline event buyer(int n, int minute, const std::string& first = "Ганна", const std::string& last = "Зразкова") {
  hub::message::customer who;
  who.who.identities = {{"bas", "main", "c-" + std::to_string(n)},
                        {"fingerprint", "", "fp:00000000:" + hub::to_hex(hub::sha256("person " + std::to_string(n)))}};
  who.who.name = last + " " + first;
  who.first_name = first;
  who.last_name = last;
  who.email = "buyer" + std::to_string(n) + "@client.example";
  return told_by_erp("customer:" + std::to_string(n) + first, minute, who);
}
struct order_facts {
  bool paid = false, shipped = false, cancelled = false;
  std::string hub_id{};
  std::string total = "635000.00";
};
inline event bought(int n, int customer, int car, int minute, const order_facts& facts = {}) {
  hub::message::order o;
  if (facts.hub_id.empty())
    o.id = "o-" + std::to_string(n);
  else
    o.hub_id = facts.hub_id;
  o.number = "АП-" + std::to_string(n);
  o.placed_at = erp_time(0);
  o.customer = "c-" + std::to_string(customer);
  o.vehicles = {"v-" + std::to_string(car)};
  o.total = facts.total;
  o.currency = "UAH";
  o.paid = facts.paid;
  o.shipped = facts.shipped;
  o.cancelled = facts.cancelled;
  const auto what = std::string(facts.paid ? "p" : "") + (facts.shipped ? "s" : "") + (facts.cancelled ? "c" : "");
  return told_by_erp("order:" + std::to_string(n) + what + facts.hub_id, minute, o);
}

class erp_fixture : public ingest_fixture {
 protected:
  void SetUp() override { rules(team_options{}); }

  void run(const std::string& sql) {
    hub::db::connection c(options());
    c.transact([&](pqxx::work& tx) { tx.exec(sql); });
  }
  /// Person `n` as a customer of the hub, with a lead at that stage about car `car`; chosen from in_negotiation on.
  std::string lead(int n, int car, const std::string& stage) {
    const auto who = ask("insert into customer (first_name) values ('Hanna') returning id");
    run("insert into identity (space, external_id, customer_id) values ('fingerprint', 'fp:00000000:" +
        hub::to_hex(hub::sha256("person " + std::to_string(n))) + "', " + who + ")");
    const auto id =
        ask("insert into lead (customer_id, manager_id, source_channel, stage, last_activity_at, pipeline, attachable)"
            " values (" +
            who + ", 1, 'call', '" + stage + "', now(), 'sales', true) returning id");
    run("update staff set open_leads = open_leads + 1 where id = 1");
    const bool chosen = stage == "in_negotiation" || stage == "prepayment";
    run("insert into lead_vehicle (lead_id, vehicle_id, chosen) select " + id + ", id, " + (chosen ? "true" : "false") +
        " from vehicle where erp_sync_id = 'v-" + std::to_string(car) + "'");
    if (stage == "prepayment") run("update vehicle set status = 'reserved' where erp_sync_id = 'v-" + std::to_string(car) + "'");
    return id;
  }
  /// What people have judged is applied; whether there was anything.
  bool judged() {
    const auto read = routing::read_rules(rules_text(team_options{}), "test rules");
    hub::db::connection c(options());
    c.on_connect([](pqxx::connection& on) {
      workers::store::people::prepare(on);
      workers::store::vehicles::prepare(on);
      workers::store::orders::prepare(on);
      workers::store::conflicts::prepare(on);
    });
    return c.transact([&](pqxx::work& tx) { return workers::ingest::apply_verdicts(tx, *read.rules, erp_time(60)); });
  }
  std::string cars() {
    return ask("select erp_sync_id, vin, price, currency, status from vehicle where erp_sync_id is not null order by 1");
  }
  std::string status_of(int car) { return ask("select status from vehicle where erp_sync_id = 'v-" + std::to_string(car) + "'"); }
  std::string stage_of(const std::string& lead) { return ask("select stage from lead where id = " + lead); }
  std::string open_conflicts() {
    return ask("select object_id, field, ours, theirs from erp_conflict where state = 'open' order by 1, 2");
  }
};

}  // namespace test_support
