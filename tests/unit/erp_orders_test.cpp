// Orders on their way to the ERP: the document as another reader of XML sees it, given and taken in two phases, and what a crash
// at each place leaves.

#include "connectors/erp/order_document.hpp"
#include "hub/base/failure.hpp"
#include "hub/message/codec.hpp"
#include "tests/support/erp_exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

namespace {

using namespace test_support;
using connectors::erp::element;
using hub::message::order_asked;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

#ifdef LEADYARD_FAILPOINTS
// Read once, when the first place is reached: each order has its place by its id.
const bool failpoints_set = setenv("LEADYARD_FAILPOINTS",
                                   "erp.order_kept=throw:1@cut-kept,erp.orders_given=throw:1@cut-given,"
                                   "erp.orders_told=throw:1@cut-told,erp.order_taken=throw:1@cut-taken",
                                   1) == 0;
#endif

order_asked order(const std::string& id, const std::string& version = "v1") {
  order_asked made;
  made.hub_id = id;
  made.version = version;
  made.placed_at = hub::parse_rfc3339("2026-02-11T07:40:00Z").value();
  made.customer_id = "hub-c-7";
  made.customer_name = "Новий Клієнт";
  made.customer_email = "newclient@client.example";
  made.vehicles = {{"44f7f348-e396-5700-9584-3c47d7ad26ec", "Ford Fusion 2015", "2331000.50"}};
  made.total = "2331000.50";
  made.currency = "UAH";
  made.comment = "Лід 43, канал viber";
  return made;
}

/// The documents of a file as expat reads them.
std::vector<element> documents_in(const std::string& bytes) {
  const auto file = in_pieces(bytes);
  const auto charset = connectors::erp::charset_of(file, connectors::erp::label_of_xml(connectors::erp::beginning_of(file)));
  EXPECT_TRUE(charset && !charset->other_label);
  std::vector<element> list;
  connectors::erp::xml_reader reader;
  reader.begin = [](const auto& path, const element&) {
    return path.size() == 1 ? connectors::erp::step::enter : connectors::erp::step::gather;
  };
  reader.take = [&](const auto&, element whole, std::uint64_t) {
    list.push_back(std::move(whole));
    return std::optional<hub::problem>();
  };
  const auto wrong = connectors::erp::read_xml(connectors::erp::as_utf8(file(), charset.value()), reader);
  EXPECT_FALSE(wrong) << hub::to_text(*wrong);
  return list;
}

/// Every way from the root to an element, with what stands there; requisites by their names.
void paths_of(const element& from, const std::string& above, std::multimap<std::string, std::string>& to) {
  auto path = above + "/" + from.name;
  if (from.name == "ЗначениеРеквизита") {
    to.emplace(path + "[" + std::string(from.text_of("Наименование")) + "]", from.text_of("Значение"));
    return;
  }
  if (from.children.empty()) to.emplace(path, from.text);
  for (const auto& one : from.children) paths_of(one, path, to);
}
std::multimap<std::string, std::string> paths_of(const element& from) {
  std::multimap<std::string, std::string> made;
  paths_of(from, "", made);
  return made;
}

std::vector<std::string> ids_in(const std::string& bytes) {
  std::vector<std::string> ids;
  for (const auto& one : documents_in(bytes)) ids.emplace_back(one.text_of("Ид"));
  return ids;
}

/// "hub_id version" of what the hub is told.
std::vector<std::string> handed(erp_client& erp) {
  std::vector<std::string> list;
  for (const auto& e : erp.told())
    if (const auto* one = std::get_if<hub::message::order_handed>(&e.data)) list.push_back(one->hub_id + " " + one->version);
  return list;
}

std::string fetch(erp_client& erp) {
  erp.ask("sale", "checkauth");
  erp.ask("sale", "init");
  return erp.ask("sale", "query");
}

TEST(erp_order_document, has_the_elements_and_values_of_a_recorded_one) {
  connectors::erp::settings with;
  const auto recorded = documents_in(erp_file("cml_orders_query_response_cp1251.xml"));
  ASSERT_EQ(recorded.size(), 2u);
  const auto want = paths_of(recorded[0]);
  auto asked = order("hub-43");
  asked.placed_at = hub::parse_rfc3339("2026-02-11T07:40:00Z").value();
  const auto bytes = connectors::erp::write_orders(with, {asked}, "a2bc61f1-0152-5808-9d4b-964dd040bc72", erp_received);
  EXPECT_THAT(bytes, testing::StartsWith("<?xml version=\"1.0\" encoding=\"windows-1251\"?>\n"));
  const auto made = documents_in(bytes);
  ASSERT_EQ(made.size(), 1u);
  for (const auto& [path, value] : paths_of(made[0])) {
    const auto found = want.find(path);
    ASSERT_NE(found, want.end()) << path << " is not in a recorded order";
    // The number people see is ours to choose.
    if (path != "/Документ/Номер") {
      EXPECT_EQ(value, found->second) << path;
    }
  }
  EXPECT_EQ(made[0].text_of("Номер"), "hub-43");
  EXPECT_EQ(made[0].child("Товары")->children[0].child("БазоваяЕдиница")->attribute("Код"), "796");
}

TEST(erp_order_document, is_read_back_as_the_same_order_in_either_encoding) {
  for (const auto encoding : {connectors::erp::charset::windows_1251, connectors::erp::charset::utf8}) {
    erp_account reader;
    reader.with.orders_encoding = encoding;
    auto asked = order("lead-7");
    // Letters that windows-1251 does not have, and those that XML keeps for itself.
    asked.customer_name = "Łukasz <& \"Ґалаґан\" 🚗\x01";
    asked.cancelled = true;
    const auto bytes = connectors::erp::write_orders(reader.with, {asked}, "", erp_received);
    const auto documents = documents_in(bytes);
    ASSERT_EQ(documents.size(), 1u);
    EXPECT_THAT(std::string(documents[0].child("Контрагенты")->children[0].text_of("Наименование")),
                testing::StartsWith("Łukasz <& \"Ґалаґан\" 🚗"));
    ASSERT_TRUE(reader.import_bytes(bytes).has_value());
    ASSERT_EQ(reader.events.size(), 2u);
    const auto& told = std::get<hub::message::order>(reader.events[1].data);
    EXPECT_EQ(told.hub_id, "lead-7");
    EXPECT_EQ(told.id, "");
    EXPECT_EQ(told.placed_at, asked.placed_at);
    EXPECT_THAT(told.vehicles, ElementsAre("44f7f348-e396-5700-9584-3c47d7ad26ec"));
    EXPECT_EQ(told.total, "2331000.50");
    EXPECT_EQ(told.customer, "hub-c-7");
    EXPECT_TRUE(told.cancelled);
    EXPECT_FALSE(told.paid);
  }
}

TEST(erp_order_document, holds_no_phone_number) {
  auto asked = order("lead-7");
  asked.customer_name = "Ганна +380 00 000 01 01";
  asked.comment = "дзвонити 0000000101 після обіду";
  asked.customer_email = "380000000101@client.example";
  connectors::erp::settings with;
  with.orders_encoding = connectors::erp::charset::utf8;
  const auto bytes = connectors::erp::write_orders(with, {asked}, "", erp_received);
  EXPECT_THAT(bytes, HasSubstr("Ганна [number]"));
  EXPECT_THAT(bytes, testing::Not(HasSubstr("0101")));
  EXPECT_THAT(bytes, testing::Not(HasSubstr("Контакты")));
}

TEST(erp_order_document, says_why_an_order_can_never_go) {
  EXPECT_FALSE(connectors::erp::why_not(order("lead-7")));
  const auto refused = [](auto change) {
    auto asked = order("lead-7");
    change(asked);
    return connectors::erp::why_not(asked).value_or(hub::problem{"", ""}).where;
  };
  EXPECT_EQ(refused([](order_asked& o) { o.hub_id = "lead 7"; }), "hub_id");
  EXPECT_EQ(refused([](order_asked& o) { o.total = "a lot"; }), "total");
  EXPECT_EQ(refused([](order_asked& o) { o.currency = "грн"; }), "currency");
  EXPECT_EQ(refused([](order_asked& o) { o.vehicles[0].id = ""; }), "vehicles.0.id");
  EXPECT_EQ(refused([](order_asked& o) { o.vehicles[0].price = "-1"; }), "vehicles.0.price");
}

TEST(erp_orders, are_given_until_the_erp_says_that_it_took_them) {
  erp_client erp;
  EXPECT_FALSE(erp.ours().keep_order(order("lead-7")));
  EXPECT_FALSE(erp.ours().keep_order(order("lead-8")));
  EXPECT_THAT(ids_in(fetch(erp)), ElementsAre("lead-7", "lead-8"));
  // The ERP broke off.
  EXPECT_THAT(ids_in(fetch(erp)), ElementsAre("lead-7", "lead-8"));
  EXPECT_THAT(handed(erp), IsEmpty());
  EXPECT_EQ(erp.ask("sale", "success"), "success\n");
  EXPECT_THAT(handed(erp), ElementsAre("lead-7 v1", "lead-8 v1"));
  EXPECT_THAT(ids_in(fetch(erp)), IsEmpty());
  EXPECT_EQ(erp.ask("sale", "success"), "success\n");
  EXPECT_THAT(handed(erp), IsEmpty());
  // The same again is nothing new, another version is.
  EXPECT_FALSE(erp.ours().keep_order(order("lead-7")));
  EXPECT_THAT(ids_in(fetch(erp)), IsEmpty());
  EXPECT_FALSE(erp.ours().keep_order(order("lead-7", "v2")));
  EXPECT_THAT(ids_in(fetch(erp)), ElementsAre("lead-7"));
}

TEST(erp_orders, that_change_while_they_are_fetched_are_given_again) {
  erp_client erp;
  EXPECT_FALSE(erp.ours().keep_order(order("lead-7")));
  fetch(erp);
  EXPECT_FALSE(erp.ours().keep_order(order("lead-7", "v2")));
  erp.ask("sale", "success");
  EXPECT_THAT(handed(erp), ElementsAre("lead-7 v1"));
  EXPECT_THAT(ids_in(fetch(erp)), ElementsAre("lead-7"));
  erp.ask("sale", "success");
  EXPECT_THAT(handed(erp), ElementsAre("lead-7 v2"));
  // Back to what it was: told with a key of its own, or the hub would take it for a repetition.
  EXPECT_FALSE(erp.ours().keep_order(order("lead-7", "v1")));
  fetch(erp);
  erp.ask("sale", "success");
  EXPECT_THAT(handed(erp), ElementsAre("lead-7 v1"));
}

TEST(erp_orders, given_in_a_session_that_ended_are_not_taken_by_the_next_one) {
  erp_client erp;
  EXPECT_FALSE(erp.ours().keep_order(order("lead-7")));
  fetch(erp);
  erp.ask("sale", "checkauth");
  EXPECT_EQ(erp.ask("sale", "success"), "success\n");
  EXPECT_THAT(handed(erp), IsEmpty());
  EXPECT_THAT(ids_in(fetch(erp)), ElementsAre("lead-7"));
}

TEST(erp_orders, survive_a_kill_before_every_step) {
  erp_client erp;
  erp.restarts = true;
  EXPECT_FALSE(erp.ours().keep_order(order("lead-7")));
  EXPECT_THAT(ids_in(fetch(erp)), ElementsAre("lead-7"));
  EXPECT_EQ(erp.ask("sale", "success"), "success\n");
  EXPECT_THAT(handed(erp), ElementsAre("lead-7 v1"));
  EXPECT_THAT(ids_in(fetch(erp)), IsEmpty());
  EXPECT_FALSE(erp.ours().keep_order(order("lead-7")));
  EXPECT_THAT(ids_in(fetch(erp)), IsEmpty());
}

TEST(erp_orders, leave_no_name_readable_on_disk_and_none_at_all_once_they_are_taken) {
  erp_client erp;
  EXPECT_FALSE(erp.ours().keep_order(order("lead-7")));
  const auto size = [&] {
    std::uintmax_t sum = 0;
    for (const auto& entry : std::filesystem::directory_iterator(erp.directory.path() + std::string("/orders"))) {
      EXPECT_EQ(bytes_of(entry.path()).find("Клієнт"), std::string::npos);
      sum += entry.file_size();
    }
    return sum;
  };
  const auto before = size();
  fetch(erp);
  erp.ask("sale", "success");
  EXPECT_LT(size(), before / 2);
}

#ifdef LEADYARD_FAILPOINTS

TEST(erp_orders, cut_while_they_are_kept_are_there_or_come_again) {
  erp_client erp;
  EXPECT_THROW(erp.ours().keep_order(order("cut-kept")), hub::error);
  erp.restart();
  // Whoever brought it was not answered, and brings it again.
  EXPECT_FALSE(erp.ours().keep_order(order("cut-kept")));
  EXPECT_THAT(ids_in(fetch(erp)), ElementsAre("cut-kept"));
}

TEST(erp_orders, cut_while_they_are_given_or_taken_are_given_again_and_told_under_one_key) {
  for (const std::string place : {"cut-given", "cut-told", "cut-taken"}) {
    SCOPED_TRACE(place);
    erp_client erp;
    EXPECT_FALSE(erp.ours().keep_order(order(place + "-1")));
    EXPECT_FALSE(erp.ours().keep_order(order(place + "-2")));
    const auto cut = [&](const std::string& mode) { EXPECT_THROW(erp.ask("sale", mode), hub::error); };
    erp.ask("sale", "checkauth");
    if (place == "cut-given") {
      cut("query");
    } else {
      erp.ask("sale", "query");
      cut("success");
    }
    erp.restart();
    // An ERP that got no answer begins again.
    std::set<std::string> given;
    for (const auto& id : ids_in(fetch(erp))) given.insert(id);
    if (place != "cut-taken") {
      EXPECT_THAT(given, ElementsAre(place + "-1", place + "-2"));
    }
    erp.ask("sale", "success");
    EXPECT_THAT(ids_in(fetch(erp)), IsEmpty());
    std::map<std::string, std::set<std::string>> keys;
    for (const auto& e : erp.told()) keys[std::get<hub::message::order_handed>(e.data).hub_id].insert(e.key);
    EXPECT_EQ(keys.size(), 2u) << "an order was lost";
    for (const auto& [id, of] : keys) EXPECT_EQ(of.size(), 1u) << id << " would be told twice";
  }
}

#endif

}  // namespace
