// Pages of an ERP's OData interface: rows, versions, deletion marks, errors.

#include "tests/support/erp_files.hpp"

#include "connectors/erp/odata.hpp"
#include "connectors/erp/vehicles.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace test_support;
using namespace connectors::erp;

const std::vector<std::string> pages{"odata_vehicles_page1.json", "odata_vehicles_page2.json", "odata_vehicles_page3_last.json"};

std::map<std::string, boost::json::object> expected_vehicles() {
  std::map<std::string, boost::json::object> by_id;
  const auto list = hub::message::parse_json(erp_file("expected_vehicles_profile_a.json")).value();
  for (const auto& car : list.at("vehicles").as_array()) by_id[std::string(car.at("erp_sync_id").as_string())] = car.as_object();
  return by_id;
}

TEST(erp_odata, pages_become_the_vehicles_that_the_files_tell) {
  erp_account odata;
  const auto wanted = expected_vehicles();
  erp_stock stock;
  std::size_t deleted = 0, rows_read = 0;
  for (const auto& page : pages) {
    const auto rows = read_page(erp_file(page)).value();
    rows_read += rows.size();
    // The catalogues of makes and models, as their references are used here.
    odata_words words;
    for (const auto& one : rows) {
      const auto& row = one.as_object();
      const auto& car = wanted.at(std::string(row.at("Ref_Key").as_string()));
      words[std::string(row.at("Марка_Key").as_string())] = std::string(car.at("make").as_string());
      words[std::string(row.at("Модель_Key").as_string())] = std::string(car.at("model").as_string());
    }
    std::vector<hub::message::event> events;
    for (const auto& what : vehicles_in(odata.with, {}, words, rows, erp_received)) {
      auto read = read_vehicle(odata.of, odata.with, what, erp_received);
      EXPECT_EQ(read.reason, "") << what.id;
      deleted += read.vehicle.deleted;
      events.push_back(vehicle_event(odata.of, odata.with, what, std::move(read.vehicle), erp_received));
    }
    stock.apply(events);
  }
  EXPECT_EQ(rows_read, 50u);
  EXPECT_EQ(deleted, 2u);
  ASSERT_EQ(stock.cars().size(), 50u);
  for (const auto& [id, car] : stock.cars()) {
    SCOPED_TRACE(id);
    const auto& want = wanted.at(id);
    EXPECT_EQ(car["vin"], std::string(want.at("vin").as_string()));
    EXPECT_EQ(car["make"], std::string(want.at("make").as_string()));
    EXPECT_EQ(car["year"], std::to_string(want.at("year").as_int64()));
    // Of what is deleted no price is told.
    if (car["deleted"] != "yes") {
      EXPECT_EQ(car["price"], std::string(want.at("price").as_string()));
    }
  }
}

TEST(erp_odata, a_scan_of_versions_tells_what_changed_and_what_is_gone) {
  const auto scanned = versions_of(read_page(erp_file("odata_vehicles_versions.json")).value());
  EXPECT_EQ(scanned.size(), 50u);
  EXPECT_EQ(compare({}, scanned).changed.size(), 50u);
  auto known = scanned;
  EXPECT_TRUE(compare(known, scanned).changed.empty());
  known.begin()->second = "another";
  known["removed-there"] = "AAAA";
  const auto found = compare(known, scanned);
  EXPECT_EQ(found.changed, std::vector<std::string>{scanned.begin()->first});
  EXPECT_EQ(found.gone, std::vector<std::string>{"removed-there"});
}

TEST(erp_odata, errors_keep_their_code_and_words) {
  const std::map<std::string, std::string> files{{"odata_error_bad_query.json", "odata 14"},
                                                 {"odata_error_not_found.json", "odata 9"},
                                                 {"odata_error_rights.json", "odata 20"},
                                                 {"odata_error_unknown_entity.json", "odata 8"}};
  for (const auto& [name, place] : files) {
    const auto page = read_page(erp_file(name));
    ASSERT_FALSE(page.has_value()) << name;
    EXPECT_EQ(page.error().where, place);
    EXPECT_FALSE(page.error().what.empty());
  }
  EXPECT_EQ(read_page("<html>404</html>").error().what.substr(0, 21), "the answer is no JSON");
  EXPECT_EQ(read_page("{}").error().what, "the answer has no rows");
  EXPECT_TRUE(read_page(erp_file("odata_vehicles_page_empty.json"))->empty());
  EXPECT_TRUE(read_page("\xEF\xBB\xBF{\"value\":[]}")->empty());
}

TEST(erp_odata, customers_leave_their_numbers_behind) {
  erp_account odata;
  const auto events = customers_in(odata.of, read_page(erp_file("odata_customers.json")).value(), erp_received);
  ASSERT_EQ(events.size(), 3u);
  const auto& hanna = std::get<hub::message::customer>(events[0].data);
  EXPECT_EQ(hanna.email, "hanna@client.example");
  ASSERT_EQ(hanna.who.identities.size(), 2u);
  EXPECT_EQ(hanna.who.identities[1].id, hub::fingerprint(odata.of.fingerprint_key, "+380000000101"));
  EXPECT_EQ(hub::message::encode(events[0]).find("0000101"), std::string::npos);
  EXPECT_TRUE(std::get<hub::message::customer>(events[2].data).deleted);
}

TEST(erp_odata, prices_are_the_digits_that_were_written) {
  erp_account odata;
  const auto rows =
      read_page(R"({"value":[{"Ref_Key":"a","VIN":"TMBZZZ9BZE0009000","Марка":"Skoda","Модель":{"Description":"Fabia"},)"
                R"("Цена":685000.505},{"Ref_Key":"b","Цена":1e300},{"IsFolder":true,"Ref_Key":"c"}]})")
          .value();
  const auto list = vehicles_in(odata.with, {}, {}, rows, erp_received);
  ASSERT_EQ(list.size(), 3u) << "a with its price, b whose price no text holds, no folder";
  EXPECT_EQ(read_vehicle(odata.of, odata.with, list[1], erp_received).vehicle.price, "685000.51");
  EXPECT_EQ(read_vehicle(odata.of, odata.with, list[0], erp_received).vehicle.model, "Fabia");
}

TEST(erp_odata, queries_are_encoded_and_in_order) {
  EXPECT_EQ(page_query("Catalog_Автомобили", 20, 40),
            "Catalog_%D0%90%D0%B2%D1%82%D0%BE%D0%BC%D0%BE%D0%B1%D0%B8%D0%BB%D0%B8?$format=json&$orderby=Ref_Key&$top=20&$skip=40"
            "&allowedOnly=true");
  EXPECT_EQ(page_query("A", 1000, 0, "Ref_Key,DataVersion"),
            "A?$format=json&$select=Ref_Key,DataVersion&$orderby=Ref_Key&$top=1000&$skip=0&allowedOnly=true");
}

}  // namespace
