// What files of an ERP become: the samples' expected results, refusals, wrong labels, any order.

#include "tests/support/erp_files.hpp"

#include "connectors/erp/decimal.hpp"
#include "connectors/erp/vin.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace {

using namespace test_support;
using namespace connectors::erp;

boost::json::value expected(const std::string& name) { return hub::message::parse_json(erp_file(name)).value(); }

std::string text(const boost::json::value& v) { return v.is_string() ? std::string(v.get_string()) : std::string(); }

void expect_stock(const erp_stock& stock, const std::string& name) {
  const auto want = expected(name);
  const auto& list = want.at("vehicles").as_array();
  for (const auto& car : list) {
    const auto id = text(car.at("erp_sync_id"));
    SCOPED_TRACE(id);
    const auto cars = stock.cars();
    ASSERT_TRUE(cars.contains(id));
    const auto& have = cars.at(id);
    EXPECT_EQ(have["make"], text(car.at("make")));
    EXPECT_EQ(have["model"], text(car.at("model")));
    EXPECT_EQ(have["year"], std::to_string(car.at("year").as_int64()));
    EXPECT_EQ(have["vin"], text(car.at("vin")));
    EXPECT_EQ(have["price"], text(car.at("price")));
    EXPECT_EQ(have["currency"], text(car.at("price_currency")));
    EXPECT_EQ(stock.status_of(id), text(car.at("status")));
  }
  EXPECT_EQ(stock.cars().size(), list.size());
}

std::string reason_of(const hub::message::event& e) {
  const auto* refused = std::get_if<hub::message::unparsed>(&e.data);
  return refused ? refused->reason.substr(0, refused->reason.find(' ')) : "";
}

TEST(erp_numbers, are_read_as_the_vectors_say) {
  const auto vectors = expected("decimal_vectors.json");
  for (const auto& one : vectors.at("vectors").as_array())
    EXPECT_EQ(read_decimal(text(one.at("input"))).value_or(""), text(one.at("decimal"))) << text(one.at("input"));
}

TEST(erp_numbers, are_rounded_half_up_and_bounded_as_prices) {
  EXPECT_EQ(price_of("685 000,505"), "685000.51");
  EXPECT_EQ(price_of("0,994"), "0.99");
  EXPECT_EQ(price_of("99,995"), "100.00");
  EXPECT_EQ(price_of("007"), "7.00");
  EXPECT_EQ(price_of("999999999"), "999999999.00");
  for (const auto* bad : {"0", "0,004", "-1", "1000000000", "999999999,995", "", "1e5"}) EXPECT_FALSE(price_of(bad)) << bad;
  EXPECT_EQ(sum_of("0"), "0.00");
}

TEST(erp_vins, are_read_as_the_vectors_say) {
  const auto vectors = expected("vin_vectors.json");
  for (const auto& one : vectors.at("vectors").as_array()) {
    const auto read = read_vin(text(one.at("input")));
    EXPECT_EQ(read.vin, text(one.at("vin"))) << text(one.at("input"));
    EXPECT_EQ(read.error, text(one.at("error"))) << text(one.at("input"));
    std::vector<std::string> warnings;
    for (const auto& w : one.at("warnings").as_array()) warnings.push_back(text(w));
    EXPECT_EQ(read.warnings, warnings) << text(one.at("input"));
  }
}

TEST(erp_vins, of_letters_nobody_takes_for_latin_are_refused_for_them) {
  EXPECT_EQ(read_vin("WVWZZZ9AЖM0009001").error, "vin_charset");
  EXPECT_EQ(read_vin("\xC2\xA0").error, "vin_missing");
}

TEST(erp_files, with_facts_in_properties_become_the_expected_vehicles) {
  erp_account bas;
  erp_stock stock;
  const auto goods = bas.import("cml_import_full_utf8.xml");
  EXPECT_EQ(goods.vehicles, 50u);
  EXPECT_TRUE(goods.head.full);
  EXPECT_EQ(goods.head.catalogue, "a2bc61f1-0152-5808-9d4b-964dd040bc72");
  EXPECT_EQ(goods.present.size(), 50u);
  stock.apply(bas.events);
  EXPECT_EQ(bas.import("cml_offers_full_utf8.xml").offers, 50u);
  stock.apply(bas.events);
  expect_stock(stock, "expected_vehicles_profile_a.json");

  bas.import("cml_import_incremental_utf8.xml");
  stock.apply(bas.events);
  bas.import("cml_offers_incremental_utf8.xml");
  stock.apply(bas.events);
  expect_stock(stock, "expected_vehicles_profile_a_after_incremental.json");
}

TEST(erp_files, with_facts_in_characteristics_and_windows_1251_become_the_expected_vehicles) {
  erp_account bas;
  erp_stock stock;
  const auto goods = bas.import("cml_import_full_cp1251.xml");
  EXPECT_EQ(goods.vehicles, 50u);
  EXPECT_FALSE(goods.other_encoding);
  stock.apply(bas.events);
  bas.import("cml_offers_full_cp1251.xml");
  stock.apply(bas.events);
  expect_stock(stock, "expected_vehicles_profile_b.json");
}

TEST(erp_files, say_which_vehicles_are_gone_and_what_was_sold_stays_sold) {
  erp_account bas;
  erp_stock stock;
  bas.import("cml_import_full_utf8.xml");
  stock.apply(bas.events);
  const auto second = bas.import("cml_import_full_absent_utf8.xml");
  stock.apply(bas.events);
  const auto ranges = presence_events(bas.of, bas.with, second.present, second.head.catalogue, second.head.formed, erp_received);
  ASSERT_EQ(ranges.size(), 1u);
  stock.apply(ranges);
  const auto want = expected("expected_absent_in_second_full.json");
  std::set<std::string> gone, archived;
  for (const auto& id : want.at("archive").as_array()) archived.insert(text(id));
  for (const auto& [id, car] : stock.cars())
    if (stock.status_of(id) == "archived" && car["status"] != "archived") gone.insert(id);
  EXPECT_EQ(gone, archived);
  for (const auto& id : want.at("keep_as_sold").as_array()) EXPECT_EQ(stock.status_of(text(id)), "sold");
}

TEST(erp_files, say_what_is_there_in_ranges_that_cover_every_id_once) {
  erp_account bas;
  std::vector<std::string> ids;
  for (int i = 0; i < 3500; ++i) ids.push_back("id-" + std::to_string(i));
  const auto ranges = presence_events(bas.of, bas.with, ids, "c", "2026-02-11T03:00:05", erp_received);
  ASSERT_EQ(ranges.size(), 4u);
  std::size_t found = 0;
  for (const auto& id : ids) {
    const auto hash = hub::to_hex(hub::sha256(id)).substr(0, 16);
    for (const auto& e : ranges) {
      const auto& range = std::get<hub::message::exchange>(e.data);
      EXPECT_EQ(range.total, 3500u);
      if (range.from <= hash && hash <= range.to)
        found += static_cast<std::size_t>(std::count(range.present.begin(), range.present.end(), id));
    }
  }
  EXPECT_EQ(found, ids.size());
  EXPECT_EQ(std::get<hub::message::exchange>(ranges.front().data).from, std::string(16, '0'));
  EXPECT_EQ(std::get<hub::message::exchange>(ranges.back().data).to, std::string(16, 'f'));
  // An empty catalogue says that nothing is there.
  const auto none = presence_events(bas.of, bas.with, {}, "c", "2026-02-11T03:00:05", erp_received);
  ASSERT_EQ(none.size(), 1u);
  EXPECT_EQ(std::get<hub::message::exchange>(none[0].data).to, std::string(16, 'f'));
}

TEST(erp_files, with_bad_rows_give_the_good_ones_and_the_reasons) {
  erp_account bas;
  bas.import("cml_import_full_utf8.xml");
  const auto done = bas.import("cml_import_dirty_utf8.xml");
  std::map<std::string, const hub::message::vehicle*> told;
  std::multiset<std::string> reasons;
  for (const auto& e : bas.events) {
    if (const auto* car = std::get_if<hub::message::vehicle>(&e.data)) {
      EXPECT_TRUE(told.emplace(car->id, car).second) << car->id;
      // Its own date cannot be read.
      EXPECT_EQ(e.time, erp_received);
    } else {
      reasons.insert(reason_of(e));
    }
  }
  const auto want = expected("expected_dirty.json");
  std::multiset<std::string> wanted_reasons;
  std::size_t accepted = 0;
  for (const auto& row : want.at("rows").as_array()) {
    const auto& r = row.as_object();
    const auto id = text(r.at("id"));
    SCOPED_TRACE(id);
    const bool good = text(r.at("result")) == "accept";
    ASSERT_EQ(told.contains(id), good);
    if (!good) {
      wanted_reasons.insert(text(r.at("reason")));
      continue;
    }
    ++accepted;
    EXPECT_EQ(told.at(id)->vin, text(r.at("vin")));
    if (r.contains("year")) {
      EXPECT_EQ(told.at(id)->year, r.at("year").as_int64());
    }
    if (r.contains("color")) {
      EXPECT_EQ(told.at(id)->colour, text(r.at("color")));
    }
  }
  EXPECT_EQ(reasons, wanted_reasons);
  EXPECT_EQ(done.vehicles, accepted);
  EXPECT_EQ(done.refused, wanted_reasons.size());
  const auto& warned = [&](const std::string& id) { return told.at(id)->warnings; };
  EXPECT_THAT(warned("20dfe882-b8e8-56f8-b00a-ac0070c32d0c"), testing::Contains("cyrillic_lookalike"));
  EXPECT_THAT(warned("5d95dbc9-525d-5d75-ab2c-dfa2e116fdf3"), testing::Contains("repeated_id"));
  EXPECT_THAT(warned("144eaa2f-e1f3-5d42-8375-00e49b192fbd"), testing::Contains("check_digit"));
}

TEST(erp_files, give_a_refused_row_back_to_the_parser_from_quarantine) {
  erp_account bas;
  bas.import("cml_import_full_utf8.xml");
  bas.import("cml_import_dirty_utf8.xml");
  std::size_t same = 0, mended = 0;
  for (const auto& e : bas.events) {
    const auto* refused = std::get_if<hub::message::unparsed>(&e.data);
    if (!refused) continue;
    const auto body = hub::unseal(bas.of.seal_key, refused->sealed).value();
    const auto again = normalize(bas.of, bas.with, body, erp_received);
    if (reason_of(e) == "vin_duplicate_of_other_id") {
      // Whoever says which of the two it is may let it through.
      ASSERT_TRUE(again.has_value());
      EXPECT_EQ(std::get<hub::message::vehicle>(again->at(0).data).vin, "SB1ZZZ9CZR0009026");
      ++mended;
    } else {
      ASSERT_FALSE(again.has_value());
      EXPECT_EQ(again.error().what, reason_of(e));
      ++same;
    }
  }
  EXPECT_EQ(mended, 2u);
  EXPECT_EQ(same, 4u);
}

TEST(erp_files, of_orders_become_the_expected_orders_and_their_customers_without_a_number) {
  const std::map<std::string, std::size_t> files{{"cml_orders_from_erp_cp1251.xml", 3},
                                                 {"cml_orders_from_erp_container_utf8.xml", 2}};
  for (const auto& [name, count] : files) {
    SCOPED_TRACE(name);
    erp_account bas;
    const auto done = bas.import(name);
    EXPECT_EQ(done.orders, count);
    EXPECT_EQ(done.customers, count);
    std::map<std::string, hub::message::customer> people;
    std::map<std::string, hub::message::order> orders;
    for (const auto& e : bas.events) {
      EXPECT_EQ(hub::message::encode(e).find("0000101"), std::string::npos);
      if (const auto* who = std::get_if<hub::message::customer>(&e.data)) people[who->who.identities.at(0).id] = *who;
      if (const auto* what = std::get_if<hub::message::order>(&e.data)) orders[what->number] = *what;
    }
    const auto list = expected("expected_orders.json");
    for (const auto& one : list.at("orders").as_array()) {
      const auto& want = one.as_object();
      if (count < 3 && !orders.contains(text(want.at("number")))) continue;
      const auto& have = orders.at(text(want.at("number")));
      EXPECT_EQ(have.id, text(want.at("erp_sync_id")));
      EXPECT_EQ(have.total, text(want.at("total")));
      EXPECT_EQ(have.currency, text(want.at("currency")));
      EXPECT_EQ(have.deleted, want.at("deleted").as_bool());
      ASSERT_EQ(have.vehicles.size(), 1u);
      EXPECT_EQ(have.vehicles[0], text(want.at("vehicle_erp_ids").at(0)));
      const auto stage = have.cancelled || have.deleted ? "lost" : have.shipped ? "sold" : have.paid ? "prepayment" : "";
      EXPECT_EQ(stage, text(want.at("stage")));
      if (want.contains("hub_order_id")) {
        EXPECT_EQ(have.hub_id, text(want.at("hub_order_id")));
        continue;
      }
      EXPECT_EQ(have.placed_at, hub::parse_rfc3339(text(want.at("date"))).value());
      EXPECT_EQ(have.customer, text(want.at("customer_erp_id")));
      const auto& who = people.at(have.customer);
      EXPECT_EQ(who.first_name, text(want.at("customer").at("first_name")));
      EXPECT_EQ(who.last_name, text(want.at("customer").at("last_name")));
      EXPECT_EQ(who.email, text(want.at("customer").at("email")));
    }
    const auto& hanna = people.at("3eba5581-65c2-5db6-be91-1b62b458d3c9");
    ASSERT_EQ(hanna.who.identities.size(), 2u);
    EXPECT_EQ(hanna.who.identities[1].id, hub::fingerprint(bas.of.fingerprint_key, "+380000000101"));
  }
}

TEST(erp_files, of_customers_tell_them_and_who_is_marked_as_deleted) {
  erp_account bas;
  EXPECT_EQ(bas.import("cml_contragents_utf8.xml").customers, 3u);
  EXPECT_EQ(std::get<hub::message::customer>(bas.events.at(0).data).version, "AAAAAAABZ2A=");
  EXPECT_TRUE(std::get<hub::message::customer>(bas.events.at(2).data).deleted);
}

TEST(erp_files, in_portions_use_the_classifier_that_came_before) {
  erp_account bas;
  EXPECT_EQ(bas.import("cml_import0_1_classifier_only_utf8.xml").vehicles, 0u);
  const auto goods = bas.import("cml_import0_2_goods_utf8.xml");
  EXPECT_GT(goods.vehicles, 0u);
  EXPECT_EQ(goods.refused, 0u);
}

TEST(erp_files, of_prices_and_rests_alone_are_read_in_all_their_shapes) {
  erp_account bas;
  bas.import("cml_import_full_utf8.xml");
  bas.import("cml_offers_full_utf8.xml");
  EXPECT_EQ(bas.import("cml_prices_utf8.xml").offers, 3u);
  EXPECT_EQ(std::get<hub::message::vehicle>(bas.events.at(0).data).price, "2332000.50");
  for (const auto* name : {"cml_rests_utf8.xml", "cml3_rests_utf8.xml"}) {
    EXPECT_EQ(bas.import(name).offers, 2u) << name;
    EXPECT_EQ(std::get<hub::message::vehicle>(bas.events.at(0).data).quantity, "1");
    EXPECT_EQ(std::get<hub::message::vehicle>(bas.events.at(1).data).quantity, "0");
  }
}

TEST(erp_files, of_prices_whose_type_nobody_named_are_refused_loudly) {
  erp_account bas;
  bas.import("cml_import_full_utf8.xml");
  EXPECT_EQ(bas.import("cml_prices_utf8.xml").refused, 3u);
  EXPECT_EQ(reason_of(bas.events.at(0)), "price_type_unknown");
}

TEST(erp_files, of_goods_that_are_no_vehicles_are_left_out_with_their_offers) {
  erp_account bas;
  auto file = erp_file("cml_import_full_cp1251.xml");
  const std::string kind = "\xC0\xE2\xF2\xEE\xEC\xEE\xE1\xE8\xEB\xE8</", oil = "\xCC\xE0\xF1\xEB\xE0</";
  const auto at = file.find(kind, file.find("<\xD2\xEE\xE2\xE0\xF0>"));
  ASSERT_NE(at, std::string::npos);
  file.replace(at, kind.size(), oil);
  const auto vin = file.rfind("VIN", at);
  file.replace(vin, 3, "ABC");
  const auto done = bas.import_bytes(file).value();
  EXPECT_EQ(done.vehicles, 49u);
  EXPECT_EQ(done.left_out, 1u);
  EXPECT_EQ(done.present.size(), 49u);
}

}  // namespace
