// Files dropped with a manifest: whole and in order, or not at all.

#include "tests/support/erp_files.hpp"

#include "connectors/erp/drop.hpp"
#include "hub/message/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace test_support;
using namespace connectors::erp;
using testing::HasSubstr;

class erp_drop : public testing::Test {
 protected:
  hub::result<imported> import(const manifest& told, const std::string& bytes) {
    bas.events.clear();
    std::vector<std::string> lines;
    const draft waiting{[&](std::string_view line) { lines.emplace_back(line); },
                        [&](const auto& take) {
                          for (const auto& line : lines) take(line);
                        }};
    const importing by{bas.of, bas.with, bas.known, &bas.vehicles, erp_received};
    return import_drop(by, told, bytes, waiting, [&](hub::message::event e) { bas.events.push_back(std::move(e)); });
  }
  static manifest manifest_of(const std::string& bytes, std::uint64_t rows, const std::string& encoding = "utf-8") {
    manifest told;
    told.entity = "vehicle";
    told.mode = "delta";
    told.seq = 1;
    told.rows = rows;
    told.bytes = bytes.size();
    told.sha256 = hub::to_hex(hub::sha256(bytes));
    told.created_at = "2026-02-11T03:00:05+02:00";
    told.encoding = encoding;
    return told;
  }
  std::string refusal(const manifest& told, const std::string& bytes) {
    const auto done = import(told, bytes);
    EXPECT_TRUE(bas.events.empty());
    return done ? "accepted" : hub::to_text(done.error());
  }
  std::string refusal(const std::string& bytes, std::uint64_t rows) { return refusal(manifest_of(bytes, rows), bytes); }

  erp_account bas;
};

TEST_F(erp_drop, a_full_file_and_a_delta_become_vehicles) {
  erp_stock stock;
  const auto full = read_manifest(erp_file("drop_manifest_full.json")).value();
  const auto done = import(full, erp_file(full.file)).value();
  EXPECT_EQ(done.vehicles, 20u);
  EXPECT_EQ(done.refused, 0u);
  EXPECT_TRUE(done.head.full);
  EXPECT_EQ(done.present.size(), 20u);
  stock.apply(bas.events);
  EXPECT_EQ(stock.cars().at("2da6aaa1-ef57-5cc6-85bd-61da2c09c39b")["price"], "630500.00");
  EXPECT_EQ(bas.events.at(0).time, hub::parse_rfc3339("2026-02-11T01:00:05Z").value());

  const auto delta = read_manifest(erp_file("drop_manifest_delta.json")).value();
  const auto changed = import(delta, erp_file(delta.file)).value();
  EXPECT_FALSE(changed.head.full);
  EXPECT_TRUE(changed.present.empty());
  stock.apply(bas.events);
  EXPECT_EQ(stock.cars().at("2da6aaa1-ef57-5cc6-85bd-61da2c09c39b")["price"], "618500.00");
  EXPECT_EQ(stock.status_of("2da6aaa1-ef57-5cc6-85bd-61da2c09c39b"), "reserved");
  EXPECT_EQ(stock.status_of("17e6fc7a-4c52-5296-a2f2-be33092a4973"), "sold");
  EXPECT_EQ(stock.status_of("186e9837-6957-5a27-8a0e-b7817356a8da"), "archived");
  EXPECT_TRUE(may_follow(delta, full.seq));
}

TEST_F(erp_drop, windows_1251_is_read_by_its_label_and_without_it) {
  const auto bytes = erp_file("drop_vehicles_full_cp1251.csv");
  const auto labelled = import(manifest_of(bytes, 20, "windows-1251"), bytes).value();
  EXPECT_EQ(labelled.vehicles, 20u);
  EXPECT_EQ(labelled.refused, 0u);
  EXPECT_FALSE(labelled.other_encoding);
  const auto wanted = bas.events;
  for (const auto& e : wanted)
    if (const auto& car = std::get<hub::message::vehicle>(e.data); !car.vin.empty()) {
      EXPECT_TRUE(car.status.has_value()) << car.id;
    }
  EXPECT_TRUE(import(manifest_of(bytes, 20), bytes)->other_encoding);
  EXPECT_TRUE(bas.events == wanted);
}

TEST_F(erp_drop, a_file_that_does_not_fit_its_manifest_is_refused_whole) {
  const auto told = read_manifest(erp_file("drop_manifest_for_partial.json")).value();
  const auto half = erp_file("drop_vehicles_partial.csv");
  EXPECT_EQ(refusal(told, half), "does not fit its manifest: 1817 bytes instead of 2596");
  auto other = erp_file("drop_vehicles_full_utf8.csv");
  other[100] ^= 1;
  EXPECT_THAT(refusal(told, other), HasSubstr("another hash"));
  // Also when whoever wrote the manifest believed it whole.
  EXPECT_THAT(refusal(half, 20), HasSubstr("instead of"));
  EXPECT_EQ(refusal(erp_file("drop_vehicles_full_utf8.csv"), 21), "20 rows instead of the 21 told");
}

TEST_F(erp_drop, rows_of_another_shape_and_unknown_orders_are_refused_with_their_line) {
  const std::string header = "erp_id;vin;make;model;op\n";
  EXPECT_THAT(refusal("erp_id;make;model\n", 0), HasSubstr("the column vin is missing"));
  EXPECT_EQ(refusal(header + "1;TMBZZZ9BZE0009000;Skoda\n", 1), "line 2: 3 fields instead of 5");
  EXPECT_EQ(refusal(header + "1;TMBZZZ9BZE0009000;Skoda;Fabia;destroy\n", 1), "line 2: op is neither upsert nor delete");
  EXPECT_THAT(refusal(header + ";TMBZZZ9BZE0009000;Skoda;Fabia;\n", 1), HasSubstr("line 2: erp_id is missing"));
  EXPECT_THAT(refusal(header + "1;\"TMB;Skoda;Fabia;\n", 1), HasSubstr("never closed"));
  EXPECT_THAT(refusal("", 0), HasSubstr("is empty"));
}

TEST_F(erp_drop, a_bad_row_goes_to_quarantine_alone) {
  const std::string rows = "erp_id;vin;make;model\n1;;Skoda;Fabia\n2;TMBZZZ9BZE0009000;Skoda;Fabia\n";
  const auto done = import(manifest_of(rows, 2), rows).value();
  EXPECT_EQ(done.vehicles, 1u);
  EXPECT_EQ(done.refused, 1u);
  EXPECT_EQ(std::get<hub::message::unparsed>(bas.events.at(0).data).reason, "vin_missing in line 2");
}

TEST_F(erp_drop, a_delta_follows_the_last_and_a_full_one_anything_before_it) {
  manifest next = manifest_of("", 0);
  next.seq = 36;
  EXPECT_TRUE(may_follow(next, 35));
  EXPECT_FALSE(may_follow(next, 34));
  EXPECT_FALSE(may_follow(next, 36));
  next.mode = "full";
  EXPECT_TRUE(may_follow(next, 30));
  EXPECT_FALSE(may_follow(next, 36));
}

TEST_F(erp_drop, manifests_of_other_kinds_are_refused_by_name) {
  const auto with = [](const std::string& from, const std::string& to) {
    auto text = erp_file("drop_manifest_full.json");
    text.replace(text.find(from), from.size(), to);
    const auto read = read_manifest(text);
    return read ? "accepted" : read.error().where;
  };
  EXPECT_EQ(with("erp.drop.v1", "erp.drop.v2"), "schema");
  EXPECT_EQ(with("\"full\"", "\"some\""), "mode");
  EXPECT_EQ(with("\"vehicle\"", "\"ship\""), "entity");
  EXPECT_EQ(with("drop_vehicles", "../vehicles"), "file");
  EXPECT_EQ(with("\"seq\": 34", "\"seq\": -1"), "seq");
  EXPECT_EQ(with("2026-02-11T", "yesterday T"), "created_at");
}

}  // namespace
