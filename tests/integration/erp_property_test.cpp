// What an ERP told gives the same rows in whatever order and however often it comes: random histories of vehicles, full
// exchanges, customers and orders, shuffled, repeated and cut into batches.

#include "tests/fault/campaign.hpp"
#include "tests/integration/erp_fixture.hpp"

#include <algorithm>
#include <iostream>
#include <random>

namespace {

using namespace test_support;
using enum hub::message::vehicle_state;

class histories_of_an_erp : public erp_fixture {
 protected:
  /// The same cars, people and leads, and nothing else: a database of its own for every history would take a second each.
  void begin_anew() {
    run("truncate vehicle, customer, identity, lead, event_key, event_body, erp_vehicle, erp_exchange, erp_customer, erp_order,"
        " erp_ledger, erp_conflict, audit restart identity cascade");
    run("update staff set open_leads = 0");
    // Cars that leads hold or want, known before the history.
    process({goods(91, 0), offer(91, 0), goods(92, 0), offer(92, 0), goods(93, 0), offer(93, 0)});
    lead(1, 91, "prepayment");
    lead(2, 92, "in_negotiation");
    lead(3, 93, "in_negotiation");
  }

  static std::vector<event> history(std::mt19937_64& random) {
    std::vector<event> all;
    const auto one_of = [&](std::initializer_list<vehicle_state> list) { return *(list.begin() + random() % list.size()); };
    for (int minute = 1; minute <= 30; ++minute) {
      const int car = static_cast<int>(random() % 6);
      switch (random() % 8) {
        case 0:
        case 1: all.push_back(goods(car, minute, one_of({available, available, sold, archived, reserved}))); break;
        case 2: all.push_back(offer(car, minute, std::to_string(1000 + minute) + ".00")); break;
        case 3: all.push_back(goods(car, minute, available, vin_of(static_cast<int>(random() % 6)))); break;
        case 4: all.push_back(removed(car, minute)); break;
        case 5: all.push_back(goods(91, minute, one_of({available, reserved, sold, archived}))); break;
        default: {
          std::vector<int> present{92, 93};
          for (int n = 0; n < 6; ++n)
            if (random() % 3) present.push_back(n);
          if (random() % 2) present.push_back(91);
          if (random() % 4 == 0) present.clear();
          all.push_back(full(present, minute));
        }
      }
    }
    // One order is paid and shipped, one cancelled after its payment.
    all.push_back(buyer(2, 3));
    all.push_back(buyer(3, 4, "Петро", "Умовний"));
    all.push_back(bought(1, 2, 92, 5));
    all.push_back(bought(1, 2, 92, 10, {.paid = true}));
    all.push_back(bought(1, 2, 92, 20, {.paid = true, .shipped = true, .total = "640000.00"}));
    all.push_back(bought(2, 3, 93, 6, {.paid = true}));
    all.push_back(bought(2, 3, 93, 16, {.paid = true, .cancelled = true}));
    return all;
  }

  void apply(std::vector<event> events, std::mt19937_64& random) {
    auto own = worker();
    while (!events.empty()) {
      const auto n = std::min<std::size_t>(events.size(), 1 + random() % 9);
      const std::vector<event> batch(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(n));
      own.process(items_of(batch));
      events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(n));
    }
  }

  /// Without ids, arrival times and versions.
  std::string rows() {
    return ask(
        "select r from ("
        " select 'v' || coalesce(erp_sync_id, '') || ' ' || coalesce(vin, '-') || ' ' || make || model ||"
        "        coalesce(price::text, '-') || currency || status as r from vehicle"
        " union all select 'e' || erp_id || ' ' || facts::text || newest || coalesce(absent_at::text, '-') || live from "
        "erp_vehicle"
        " union all select 'x' || object_type || object_id || field || theirs from erp_conflict where state = 'open'"
        " union all select 'l' || l.id || stage || attachable || coalesce(close_reason, '') from lead l"
        " union all select 'w' || w.lead_id || v.erp_sync_id || w.chosen from lead_vehicle w join vehicle v on v.id = "
        "w.vehicle_id"
        " union all select 'o' || order_key || coalesce(lead_id, 0) || number || sum || paid || shipped || cancelled from "
        "erp_order"
        " union all select 'c' || lead_id || order_id || conversion_value from conversion"
        " union all select 'i' || space || external_id from identity"
        " union all select 'n' || first_name || last_name || coalesce(email, '') from customer"
        " union all select 'g' || object_type || object_id || version || content_hash from erp_ledger"
        ") x order by r");
  }
};

TEST_F(histories_of_an_erp, give_the_same_rows_in_any_order_and_any_number_of_times) {
  const auto seed = campaign_seed(20261121);
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  for (int n = 0; n < campaign(2, 300); ++n) {
    const auto events = history(random);
    begin_anew();
    apply(events, random);
    const auto expected = rows();
    EXPECT_EQ(ask("select status from vehicle where erp_sync_id = 'v-91'"), "reserved") << "a reservation was lost";
    for (int again = 0; again < 2; ++again) {
      auto other = events;
      for (std::size_t i = 0; i < events.size(); ++i)
        if (random() % 3 == 0) other.push_back(events[i]);
      std::shuffle(other.begin(), other.end(), random);
      begin_anew();
      apply(other, random);
      ASSERT_EQ(rows(), expected) << "seed " << seed << ", history " << n;
    }
  }
}

}  // namespace
