// What the simulated ERP says, as the connector reads it.

#include "hub/ctl/bas_player.hpp"
#include "connectors/sealed.hpp"
#include "tests/support/erp_exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace {

using namespace test_support;
using hub::ctl::bas_options;

bas_options story() {
  bas_options made;
  made.seed = 5;
  made.now = erp_received;
  return made;
}

TEST(bas_player, tells_cars_that_are_read_without_a_fault) {
  erp_account reader;
  erp_stock stock;
  std::size_t pictures = 0;
  std::set<std::string> paths;
  for (const auto& file : hub::ctl::tell_bas_catalogue(story())) {
    if (!file.name.ends_with(".xml")) {
      EXPECT_TRUE(file.bytes.starts_with("\x89PNG"));
      paths.insert(file.name);
      ++pictures;
      continue;
    }
    const auto done = reader.import_bytes(file.bytes);
    ASSERT_TRUE(done.has_value()) << hub::to_text(done.error());
    EXPECT_EQ(done->refused, 0u);
    stock.apply(reader.events);
    for (const auto& e : reader.events)
      for (const auto& photo : std::get<hub::message::vehicle>(e.data).photos)
        EXPECT_TRUE(paths.contains(connectors::open_sealed_media(reader.of, photo.reference).value().url));
  }
  EXPECT_EQ(pictures, 10u);
  ASSERT_EQ(stock.cars().size(), 40u);
  std::set<std::string> numbers;
  for (const auto& [id, car] : stock.cars()) {
    EXPECT_TRUE(id.starts_with(hub::ctl::demo_erp_prefix)) << id;
    EXPECT_EQ(id.size(), 36u);
    EXPECT_NE(car["price"], "");
    numbers.insert(car["vin"]);
  }
  EXPECT_EQ(numbers.size(), 40u);
}

TEST(bas_player, pays_its_order_later) {
  erp_account reader;
  std::vector<hub::message::event> told;
  for (const bool paid : {false, true}) {
    ASSERT_TRUE(reader.import_bytes(hub::ctl::tell_bas_order(story(), paid)).has_value());
    told.insert(told.end(), reader.events.begin(), reader.events.end());
  }
  ASSERT_EQ(told.size(), 4u);
  const auto& before = std::get<hub::message::order>(told[1].data);
  const auto& after = std::get<hub::message::order>(told[3].data);
  EXPECT_EQ(before.id, after.id);
  EXPECT_FALSE(before.paid);
  EXPECT_TRUE(after.paid);
  EXPECT_LT(told[1].time, told[3].time);
}

TEST(bas_player, returns_the_hubs_orders_with_a_number_of_its_own) {
  erp_client erp;
  hub::message::order_asked asked;
  asked.hub_id = "lead-7";
  asked.version = "v1";
  asked.placed_at = erp_received;
  asked.customer_id = "hub-7";
  asked.customer_name = "Вигадана Олена";
  asked.vehicles = {{"44f7f348-e396-5700-9584-3c47d7ad26ec", "Ford Fusion 2015", "2331000.50"}};
  asked.total = "2331000.50";
  asked.currency = "UAH";
  EXPECT_FALSE(erp.ours().keep_order(asked));
  erp.ask("sale", "checkauth");
  const auto given = erp.ask("sale", "query");
  EXPECT_EQ(hub::ctl::count_documents(given), 1u);
  erp_account reader;
  ASSERT_TRUE(reader.import_bytes(hub::ctl::return_orders(given, erp_received)).has_value());
  const auto& back = std::get<hub::message::order>(reader.events.at(1).data);
  EXPECT_EQ(back.hub_id, "lead-7");
  EXPECT_EQ(back.number, "АП-900001");
  EXPECT_EQ(hub::ctl::return_orders("", erp_received), "");
}

}  // namespace
