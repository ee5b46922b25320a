// What an ERP's file would change among the vehicles of the database: added, changed by field, gone, in conflict.

#include "hub/ctl/erp_changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace hub::ctl;
using hub::message::event;
using hub::message::vehicle;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const auto noon = hub::parse_rfc3339("2026-02-11T12:00:00Z").value();

event at(hub::instant time, hub::message::event_data data) {
  event made;
  made.time = time;
  made.data = std::move(data);
  return made;
}

vehicle product(const std::string& id, const std::string& vin) {
  vehicle made;
  made.id = id;
  made.vin = vin;
  made.make = "Skoda";
  made.model = "Octavia";
  made.year = 2014;
  made.status = hub::message::vehicle_state::available;
  return made;
}
vehicle offer(const std::string& id, const std::string& price) {
  vehicle made;
  made.id = id;
  made.price = price;
  made.currency = "UAH";
  return made;
}

stock_vehicle known(std::int64_t number, const std::string& id, const std::string& vin) {
  stock_vehicle made;
  made.id = number;
  made.erp_id = id;
  made.vin = vin;
  made.fields = {{"make", "Skoda"},   {"model", "Octavia"},    {"year", "2014"}, {"price", "685000.50"},
                 {"currency", "UAH"}, {"status", "available"}, {"colour", ""},   {"mileage", ""}};
  return made;
}

std::vector<std::string> words(const erp_change& change) {
  std::vector<std::string> list;
  for (const auto& c : change.fields) list.push_back(c.field + " " + c.before + ">" + c.after);
  return list;
}

TEST(erp_changes, are_none_where_everything_is_as_it_is_told) {
  const auto found =
      compare_with_stock({at(noon, product("a", "VIN1")), at(noon, offer("a", "685000.50"))}, {known(1, "a", "VIN1")});
  EXPECT_THAT(found.list, IsEmpty());
  EXPECT_EQ(found.unchanged, 1u);
  EXPECT_FALSE(found.tells_what_exists);
}

TEST(erp_changes, name_each_field_with_its_newest_value) {
  auto sold = product("a", "VIN1");
  sold.status = hub::message::vehicle_state::sold;
  sold.mileage = "98500.5";
  const auto found = compare_with_stock(
      {at(noon + std::chrono::hours(1), offer("a", "600000.00")), at(noon, offer("a", "1.00")), at(noon, sold)},
      {known(1, "a", "VIN1")});
  ASSERT_THAT(found.list, SizeIs(1));
  EXPECT_EQ(found.list[0].is, erp_change::kind::changed);
  EXPECT_EQ(found.list[0].vehicle, 1);
  EXPECT_THAT(words(found.list[0]), ElementsAre("mileage >98500", "price 685000.50>600000.00", "status available>sold"));
}

TEST(erp_changes, add_what_is_not_here_and_link_what_is_here_by_its_vin) {
  auto nobodys = known(2, "", "VIN2");
  const auto found = compare_with_stock(
      {at(noon, product("a", "VIN1")), at(noon, offer("a", "5.00")), at(noon, product("b", "VIN2"))}, {nobodys});
  ASSERT_THAT(found.list, SizeIs(2));
  EXPECT_EQ(found.list[0].is, erp_change::kind::added);
  EXPECT_EQ(found.list[0].vehicle, 0);
  EXPECT_THAT(found.list[0].name, HasSubstr("Skoda Octavia 2014"));
  EXPECT_EQ(found.list[1].is, erp_change::kind::changed);
  EXPECT_THAT(words(found.list[1]), ElementsAre("erp_id >b"));
}

TEST(erp_changes, leave_what_is_deleted_and_was_never_here) {
  vehicle deleted;
  deleted.id = "a";
  deleted.deleted = true;
  EXPECT_THAT(compare_with_stock({at(noon, deleted)}, {}).list, IsEmpty());
  const auto found = compare_with_stock({at(noon, deleted)}, {known(1, "a", "VIN1")});
  ASSERT_THAT(found.list, SizeIs(1));
  EXPECT_THAT(words(found.list[0]), ElementsAre("status available>archived"));
}

TEST(erp_changes, tell_what_is_gone_only_where_it_is_told_what_exists) {
  hub::message::exchange range;
  range.objects = "vehicle";
  range.from = std::string(16, '0');
  range.to = std::string(16, 'f');
  range.present = {"a"};
  auto sold = known(3, "c", "VIN3");
  sold.fields["status"] = "sold";
  const std::vector<stock_vehicle> stock{known(1, "a", "VIN1"), known(2, "b", "VIN2"), sold, known(4, "", "VIN4")};
  EXPECT_THAT(compare_with_stock({at(noon, product("a", "VIN1"))}, stock).list, IsEmpty());
  const auto found = compare_with_stock({at(noon, product("a", "VIN1")), at(noon, range)}, stock);
  EXPECT_TRUE(found.tells_what_exists);
  ASSERT_THAT(found.list, SizeIs(1));
  EXPECT_EQ(found.list[0].is, erp_change::kind::gone);
  EXPECT_EQ(found.list[0].erp_id, "b");
}

TEST(erp_changes, are_conflicts_where_a_vin_is_somebody_elses_or_a_lead_has_the_car) {
  auto chosen = known(2, "b", "VIN2");
  chosen.lead = 77;
  auto freed = product("b", "VIN2");
  freed.status = hub::message::vehicle_state::sold;
  const auto found = compare_with_stock({at(noon, product("x", "VIN1")), at(noon, freed), at(noon, offer("nobody", "1.00"))},
                                        {known(1, "a", "VIN1"), chosen});
  ASSERT_THAT(found.list, SizeIs(3));
  for (const auto& one : found.list) EXPECT_EQ(one.is, erp_change::kind::conflict);
  EXPECT_THAT(found.list[0].why, HasSubstr("lead 77"));
  EXPECT_THAT(found.list[1].why, HasSubstr("nothing is known"));
  EXPECT_THAT(found.list[2].why, HasSubstr("that of a"));
}

TEST(erp_changes, count_rows_that_cannot_be_read_by_their_reason) {
  hub::message::unparsed row;
  row.reason = "vin_missing in line 12";
  const auto found = compare_with_stock({at(noon, row), at(noon, row)}, {});
  EXPECT_THAT(found.refused, ElementsAre(std::pair<const std::string, std::size_t>{"vin_missing", 2}));
}

}  // namespace
