// An ERP's exchange that is cut at every step, whose files come twice and in another order, while the connector and the worker
// are killed: after the next good exchange the stock is the ERP's, and no reservation of a lead is lost.

#include "tests/fault/campaign.hpp"
#include "tests/support/erp_dialogue.hpp"
#include "tests/support/running_hub.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <random>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

class exchanges : public testing::Test {
 protected:
  static hub_options options() {
    hub_options made;
    made.settings = {{"HUB__CONNECTORS__BAS__MAIN__USER", "erp_demo"},
                     {"HUB__CONNECTORS__BAS__MAIN__PASSWORD", "sample-password"}};
    return made;
  }
  void SetUp() override {
    hub::crypto_start();
    for (int n = 0; n < 12; ++n) erp_.cars[fmt::format("car-{:04}", n)] = {"В наличии", 600000 + n};
  }

  /// What the stock must be; the first car is a lead's.
  std::string wanted() const {
    static const std::map<std::string, std::string> words{{"В наличии", "available"}, {"Продано", "sold"}, {"Архив", "archived"}};
    std::string text;
    for (const auto& [id, car] : erp_.cars)
      text += (text.empty() ? "" : "\n") + id + " " + std::to_string(car.price) + ".00 " +
              (id == "car-0000" ? "reserved" : words.at(car.status));
    return text;
  }
  static std::string stock() {
    return "select erp_sync_id, price, status from vehicle where erp_sync_id is not null order by erp_sync_id";
  }
  /// Whoever sells cars changes something.
  void change(std::mt19937_64& random) {
    for (auto& [id, car] : erp_.cars) {
      if (random() % 3 == 0) car.price += 1000;
      if (id != "car-0000" && random() % 4 == 0) car.status = random() % 2 ? "Продано" : "В наличии";
    }
  }
  std::map<std::string, std::string> files() {
    ++minute_;
    return {{"import0_1.xml", erp_.goods(minute_)}, {"offers0_1.xml", erp_.offers(minute_)}};
  }
  /// Until it goes through; what was killed is brought back meanwhile.
  void exchange_well(running_hub& hub) {
    const auto sent = files();
    ASSERT_TRUE(wait_until(
        [&] {
          hub.tend();
          return erp_dialogue(hub.webhook()).exchange(sent);
        },
        60s))
        << hub.log("hub-connector");
    ASSERT_TRUE(wait_until(
        [&] {
          hub.tend();
          return hub.ask_or_nothing(stock()) == wanted();
        },
        60s))
        << "the ERP has\n"
        << wanted() << "\nand the hub\n"
        << hub.ask_or_nothing(stock()) << hub.log("hub-worker.1");
  }

  erp_files_of erp_;
  int minute_ = 0;
  std::size_t faults_ = 0;
};

TEST_F(exchanges, lose_neither_a_vehicle_nor_a_reservation_wherever_they_are_cut) {
  const auto seed = campaign_seed(20261121);
  std::mt19937_64 random(seed);
  running_hub hub(options());
  const auto first = files();
  ASSERT_TRUE(erp_dialogue(hub.webhook()).exchange(first)) << hub.log("hub-connector");
  ASSERT_TRUE(hub.wait_for("select count(*) from vehicle", "12", 30s)) << hub.log("hub-worker.1");
  ask_database(hub.database_url(),
               "with c as (insert into customer (first_name) values ('Hanna') returning id),"
               " l as (insert into lead (customer_id, manager_id, source_channel, stage, last_activity_at)"
               "       select id, 1, 'call', 'prepayment', now() from c returning id),"
               " w as (insert into lead_vehicle (lead_id, vehicle_id, chosen)"
               "       select l.id, v.id, true from l, vehicle v where v.erp_sync_id = 'car-0000')"
               " update vehicle set status = 'reserved' where erp_sync_id = 'car-0000'");
  exchange_well(hub);

  for (int round = 0; round < campaign(3, 60); ++round) {
    for (int steps = 0; steps < 8; ++steps) {
      change(random);
      const auto sent = files();
      const auto& goods = sent.at("import0_1.xml");
      const auto& offers = sent.at("offers0_1.xml");
      erp_dialogue erp(hub.webhook());
      const bool turned = random() % 2;  // offers before goods, and a file twice
      if (steps > 0) erp.check_in();
      if (steps > 1) erp.init();
      if (steps > 2) erp.file("import0_1.xml", goods.substr(0, goods.size() / 2));
      if (steps > 3) erp.file(turned ? "offers0_1.xml" : "import0_1.xml", turned ? offers : goods);
      if (steps > 4) erp.import(turned ? "offers0_1.xml" : "import0_1.xml");
      if (steps > 5) erp.file("import0_1.xml", goods);
      if (steps > 6) erp.imported("import0_1.xml");
      if (random() % 4 == 0) hub.restart("hub-connector");
      if (random() % 4 == 0) hub.restart("hub-worker.1");
      ++faults_;
    }
    exchange_well(hub);
    if (HasFatalFailure()) return;
  }

  for (const auto* place : {"erp.read=kill", "erp.published=kill"}) {
    SCOPED_TRACE(place);
    change(random);
    hub.set_failpoints("hub-connector", place);
    hub.restart("hub-connector");
    ASSERT_TRUE(hub.wait_until_ready());
    const auto sent = files();
    erp_dialogue(hub.webhook()).exchange(sent);
    hub.set_failpoints("hub-connector", "");
    ++faults_;
    exchange_well(hub);
    if (HasFatalFailure()) return;
  }
  EXPECT_EQ(hub.ask("select count(*) from lead l join lead_vehicle w on w.lead_id = l.id and w.chosen join vehicle v"
                    " on v.id = w.vehicle_id and v.status = 'reserved' where l.stage = 'prepayment'"),
            "1")
      << "a reservation was lost";
  EXPECT_EQ(hub.ask("select count(*) from quarantine"), "0");
  tell({.seed = seed, .faults = faults_, .accepted = static_cast<std::size_t>(minute_), .lost = 0, .duplicated = 0});
}

}  // namespace
