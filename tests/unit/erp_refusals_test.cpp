// What is refused whole, what lies about itself, and that nothing depends on the order in which things are told.

#include "tests/support/erp_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace {

using namespace test_support;
using testing::HasSubstr;

const std::string head = R"(<?xml version="1.0" encoding="UTF-8"?>)";

std::string refusal(const std::string& bytes) {
  erp_account bas;
  const auto before = bas.known;
  const auto done = bas.import_bytes(bytes);
  EXPECT_TRUE(bas.events.empty());
  EXPECT_EQ(bas.known, before);
  return done ? "accepted" : hub::to_text(done.error());
}

std::string catalogue(const std::string& goods, const std::string& attributes = "") {
  return head + "<КоммерческаяИнформация ДатаФормирования=\"2026-02-11T03:00:05\"><Каталог" + attributes + "><Товары>" + goods +
         "</Товары></Каталог></КоммерческаяИнформация>";
}

std::string car(int n, const std::string& vin) {
  return "<Товар><Ид>car-" + std::to_string(n) +
         "</Ид><ХарактеристикиТовара><ХарактеристикаТовара><Наименование>VIN</Наименование><Значение>" + vin +
         "</Значение></ХарактеристикаТовара></ХарактеристикиТовара><ЗначенияРеквизитов>"
         "<ЗначениеРеквизита><Наименование>Марка</Наименование><Значение>Skoda</Значение></ЗначениеРеквизита>"
         "<ЗначениеРеквизита><Наименование>Модель</Наименование><Значение>Octavia</Значение></ЗначениеРеквизита>"
         "</ЗначенияРеквизитов></Товар>";
}

TEST(erp_refusals, a_file_that_was_cut_is_refused_whole) {
  EXPECT_THAT(refusal(erp_file("cml_import_truncated.xml")), HasSubstr("XML is cut"));
  // Wherever it is cut.
  const auto whole = erp_file("cml_orders_from_erp_cp1251.xml");
  for (std::size_t size = 0; size + 1 < whole.size(); size += 97) {
    const auto why = refusal(whole.substr(0, size));
    EXPECT_THAT(why, testing::AnyOf(HasSubstr("XML is cut"), HasSubstr("not well formed"))) << size;
  }
}

TEST(erp_refusals, a_document_type_and_entities_of_a_file_are_refused) {
  EXPECT_THAT(refusal(head + "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><КоммерческаяИнформация>&b;"
                             "</КоммерческаяИнформация>"),
              HasSubstr("document type"));
  EXPECT_THAT(refusal(head + "<КоммерческаяИнформация>&b;</КоммерческаяИнформация>"), HasSubstr("undefined entity"));
}

TEST(erp_refusals, too_deep_and_too_large_are_refused) {
  std::string deep = head + "<КоммерческаяИнформация>";
  for (int i = 0; i < 40; ++i) deep += "<a>";
  EXPECT_THAT(refusal(deep), HasSubstr("nested deeper than 32"));
  EXPECT_THAT(refusal(catalogue("<Товар><Ид>1</Ид><Описание>" + std::string(5 << 20, 'x') + "</Описание></Товар>")),
              HasSubstr("larger than 4 MiB"));
}

TEST(erp_refusals, something_else_is_no_commerceml) {
  EXPECT_THAT(refusal("<html><body>503</body></html>"), HasSubstr("is no CommerceML"));
  EXPECT_THAT(refusal(head + "<КоммерческаяИнформация/>trailing"), HasSubstr("line 1: XML is not well formed"));
  EXPECT_THAT(refusal(catalogue("<Товар><Наименование>без коду</Наименование></Товар>")), HasSubstr("has no id"));
}

TEST(erp_refusals, name_the_line) {
  EXPECT_THAT(refusal(head + "\n<КоммерческаяИнформация>\n<a>\n</b>"),
              HasSubstr("line 4: XML is not well formed: mismatched tag"));
}

TEST(erp_refusals, more_than_a_fifth_of_bad_rows_refuse_the_file) {
  std::string goods;
  for (int i = 0; i < 60; ++i) goods += car(i, i < 20 ? "SHORT" : "TMBZZZ9BZE00" + std::to_string(10000 + i));
  const auto why = refusal(catalogue(goods));
  EXPECT_THAT(why, HasSubstr("20 of 60 vehicles cannot be read"));
  EXPECT_THAT(why, HasSubstr("vin_length in line 1"));
}

TEST(erp_labels, that_lie_are_found_out) {
  for (const auto* name : {"cml_import_declared_1251_but_utf8.xml", "cml_import_declared_utf8_but_1251.xml"}) {
    SCOPED_TRACE(name);
    erp_account bas;
    bas.import("cml_import_full_utf8.xml");
    const auto done = bas.import(name);
    EXPECT_TRUE(done.other_encoding);
    EXPECT_GT(done.vehicles, 0u);
    for (const auto& e : bas.events) {
      EXPECT_TRUE(std::holds_alternative<hub::message::vehicle>(e.data)) << hub::message::kind_of(e);
    }
  }
}

TEST(erp_labels, of_other_sets_and_bytes_of_none_are_refused) {
  EXPECT_THAT(refusal("<?xml version=\"1.0\" encoding=\"koi8-r\"?><a/>"), HasSubstr("neither UTF-8 nor windows-1251"));
  EXPECT_THAT(refusal("\xFF\xFE<\0a"), HasSubstr("UTF-16"));
  EXPECT_THAT(refusal(head + "<a>\xD0\x98\xFF\x98</a>"), HasSubstr("neither UTF-8 nor windows-1251"));
}

TEST(erp_labels, do_not_depend_on_where_pieces_end) {
  erp_account whole;
  whole.import("cml_orders_from_erp_container_utf8.xml");
  const auto bytes = erp_file("cml_orders_from_erp_container_utf8.xml");
  for (const std::size_t size : {1, 2, 3, 5, 7, 1000}) {
    erp_account pieces;
    ASSERT_TRUE(pieces.import_bytes(bytes, size).has_value()) << size;
    EXPECT_EQ(pieces.events, whole.events) << size;
  }
}

TEST(erp_events, have_the_same_keys_when_a_file_comes_again_and_others_when_it_is_formed_anew) {
  erp_account bas;
  bas.import("cml_import_full_utf8.xml");
  const auto keys = [&] {
    std::vector<std::string> list;
    for (const auto& e : bas.events) list.push_back(e.key);
    return list;
  };
  const auto first = keys();
  bas.import("cml_import_full_utf8.xml");
  EXPECT_EQ(keys(), first);
  // A price that goes up and down again is told three times.
  auto later = erp_file("cml_import_full_utf8.xml");
  later.replace(later.find("2026-02-11T03:00:05"), 19, "2026-02-12T03:00:05");
  ASSERT_TRUE(bas.import_bytes(later).has_value());
  std::vector<std::string> all = keys();
  for (const auto& key : first) EXPECT_EQ(std::count(all.begin(), all.end(), key), 0) << key;
}

TEST(erp_events, of_a_row_that_stays_bad_have_the_key_they_had) {
  const auto refused_keys = [](const std::string& formed) {
    erp_account bas;
    bas.import("cml_import_full_utf8.xml");
    auto file = erp_file("cml_import_dirty_utf8.xml");
    file.replace(file.find("2026-02-11T0:36:33"), 18, formed);
    EXPECT_TRUE(bas.import_bytes(file).has_value());
    std::vector<std::string> keys;
    for (const auto& e : bas.events)
      if (std::holds_alternative<hub::message::unparsed>(e.data)) keys.push_back(e.key);
    return keys;
  };
  const auto first = refused_keys("2026-02-12T03:00:00");
  EXPECT_EQ(first.size(), 6u);
  EXPECT_EQ(refused_keys("2026-02-13T03:00:00"), first);
}

TEST(erp_events, come_to_the_same_stock_in_any_order_any_number_of_times) {
  erp_account bas;
  std::vector<hub::message::event> all;
  for (const auto* name : {"cml_import_full_utf8.xml", "cml_offers_full_utf8.xml", "cml_import_incremental_utf8.xml",
                           "cml_offers_incremental_utf8.xml"}) {
    bas.import(name);
    all.insert(all.end(), bas.events.begin(), bas.events.end());
  }
  const auto second = bas.import("cml_import_full_absent_utf8.xml");
  all.insert(all.end(), bas.events.begin(), bas.events.end());
  const auto ranges = presence_events(bas.of, bas.with, second.present, second.head.catalogue, second.head.formed, erp_received);
  all.insert(all.end(), ranges.begin(), ranges.end());

  const auto told = [](const std::vector<hub::message::event>& events) {
    erp_stock stock;
    stock.apply(events);
    std::string text;
    for (const auto& [id, car] : stock.cars()) {
      text += id + " " + stock.status_of(id);
      for (const auto& [field, value] : car.fields) text += " " + value.second;
      text += "\n";
    }
    return text;
  };
  const auto wanted = told(all);
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    auto shuffled = all;
    shuffled.insert(shuffled.end(), all.begin(), all.begin() + 40);
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    EXPECT_EQ(told(shuffled), wanted) << round;
  }
}

TEST(erp_encodings, lose_one_byte_order_mark_wherever_the_pieces_end) {
  const std::string file = "\xEF\xBB\xBF\xEF\xBB\xBF<a/>";
  for (const std::size_t size : {1, 2, 3, 4, 100}) {
    const auto pull = connectors::erp::as_utf8(
        [&file, size, at = std::size_t{0}]() mutable {
          const auto piece = std::string_view(file).substr(at, size);
          at += piece.size();
          return piece;
        },
        {.is = connectors::erp::charset::utf8, .has_mark = true});
    std::string read;
    for (auto piece = pull(); !piece.empty(); piece = pull()) read += piece;
    EXPECT_EQ(read, file.substr(3)) << size;
  }
}

TEST(erp_encodings, are_the_same_wherever_the_pieces_end) {
  // A letter of windows-1251 that would begin one of UTF-8, and what cannot go on with it.
  const std::string file =
      "<a>\xE0"
      "A</a>";
  for (const std::size_t size : {1, 2, 3, 4, 100}) {
    const connectors::erp::opener open = [&file, size]() -> connectors::erp::puller {
      return [&file, size, at = std::size_t{0}]() mutable {
        const auto piece = std::string_view(file).substr(std::min(at, file.size()), size);
        at += piece.size();
        return piece;
      };
    };
    const auto found = connectors::erp::charset_of(open, "utf-8");
    ASSERT_TRUE(found) << size;
    EXPECT_EQ(found->is, connectors::erp::charset::windows_1251) << size;
  }
}

}  // namespace
