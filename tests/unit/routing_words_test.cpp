#include "routing/words.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace {

using routing::folded_text;
using routing::word_index;

std::string folded(std::string_view text) {
  const folded_text cut(text);
  std::string joined;
  for (std::size_t i = 0; i < cut.size(); ++i) joined += (i ? " " : "") + std::string(cut[i].folded);
  return joined;
}

std::string found(std::string_view phrase, std::string_view text) {
  word_index index;
  if (!index.add(phrase)) return "no phrase";
  const auto hits = index.find(folded_text(text));
  return hits.empty() ? "" : std::string(text.substr(hits[0].from, hits[0].to - hits[0].from));
}

struct pair {
  const char* phrase;
  const char* text;
  const char* where;  ///< the bytes of the text that matched; "" for none
};

TEST(words, match_in_ukrainian_russian_and_english) {
  const pair table[] = {
      // case
      {"кредит", "Хочу КРЕДИТ", "КРЕДИТ"},
      {"КРЕДИТ", "хочу кредит", "кредит"},
      {"Кредит", "кРеДиТ!", "кРеДиТ"},
      {"auction", "AUCTION cars", "AUCTION"},
      {"Service", "need a service", "service"},
      {"ЇЖАК", "їжак", "їжак"},
      {"єврономер", "Є ЄВРОНОМЕР", "ЄВРОНОМЕР"},
      {"ґудзик", "ҐУДЗИК", "ҐУДЗИК"},
      {"ремонт", "Ремонт двигуна", "Ремонт"},
      {"straße", "STRASSE", "STRASSE"},
      // whole words only
      {"сто", "станція стоїть", ""},
      {"сто", "на СТО завтра", "СТО"},
      {"сто", "просто", ""},
      {"сто", "стоп", ""},
      {"авто", "автомобіль", ""},
      {"car", "cars", ""},
      {"car", "scar", ""},
      {"car", "my car.", "car"},
      {"x5", "BMW X5, 2019", "X5"},
      {"x5", "BMW X55", ""},
      {"2019", "рік2019", ""},
      {"2019", "рік: 2019", "2019"},
      {"кредит", "кредити", ""},
      {"кредит", "не_кредит_а", "кредит"},
      // stress, accents, ё
      {"замок", "за́мок", "за́мок"},
      {"за́мок", "замок", "замок"},
      {"кредит", "креди́т є?", "креди́т"},
      {"ещё", "еще раз", "еще"},
      {"еще", "ЕЩЁ РАЗ", "ЕЩЁ"},
      {"ещё", "ещё", "ещё"},
      {"елка", "Ёлка", "Ёлка"},
      {"ещё", "еще\xCC\x88", "еще\xCC\x88"},
      {"cafe", "Café", "Café"},
      {"café", "cafe", "cafe"},
      {"citroen", "CITROËN C4", "CITROËN"},
      {"citroën", "Citroe\xCC\x88n", "Citroe\xCC\x88n"},
      {"skoda", "Škoda Octavia", "Škoda"},
      // letters of their own
      {"його", "иого", ""},
      {"йод", "иод", ""},
      {"мій", "мій дім", "мій"},
      {"мій", "мии", ""},
      {"їх", "іх", ""},
      {"їх", "їх", "їх"},
      {"їх", "і\xCC\x88х", "і\xCC\x88х"},
      {"мій", "мі\xD0\xB8\xCC\x86", "мі\xD0\xB8\xCC\x86"},
      {"грати", "ґрати", ""},
      {"кіт", "кит", ""},
      {"был", "бил", ""},
      {"эра", "єра", ""},
      // Latin letters that look Cyrillic are Latin
      {"сто", "cто", ""},
      // phrases
      {"під замовлення", "Авто ПІД   замовлення", "ПІД   замовлення"},
      {"під замовлення", "під-замовлення", "під-замовлення"},
      {"під замовлення", "під,\nзамовлення!", "під,\nзамовлення"},
      {"під замовлення", "під велике замовлення", ""},
      {"під замовлення", "замовлення під", ""},
      {"готовий купити", "Я вже готовий КУПИТИ!", "готовий КУПИТИ"},
      {"bmw x5", "BMW-X5", "BMW-X5"},
      {"bmw x5", "bmwx5", ""},
      {"test drive", "a test… drive", "test… drive"},
      {"test-drive", "test drive", "test drive"},
      {"из кореи", "авто из Кореи 🚗", "из Кореи"},
      {"a a b", "a a a b", "a a b"},
      // apostrophes
      {"п'ять", "П’ЯТЬ", "П’ЯТЬ"},
      {"п’ять", "пʼять авто", "пʼять"},
      {"об'єм", "об`єм", "об`єм"},
      {"п'ять", "пять", ""},
      {"don't", "Don’t call", "Don’t"},
      {"кредит", "'кредит'", "кредит"},
      {"кредит", "«кредит»", "кредит"},
      {"кредит", "''кредит''", "кредит"},
      {"кредит", "“кредит”", "кредит"},
      // what nobody sees
      {"кредит", "кре\xC2\xADдит", "кре\xC2\xADдит"},
      {"кредит", "кре\xE2\x80\x8Bдит", "кре\xE2\x80\x8Bдит"},
      {"deposit", "ｄｅｐｏｓｉｔ", "ｄｅｐｏｓｉｔ"},
      {"office", "oﬃce", "oﬃce"},
      {"м2", "100 м²", "м²"},
      {"iphone", "iPhone™", "iPhone"},
      {"кредит", "🚗кредит🚗", "кредит"},
      {"кредит", "", ""},
      {"кредит", "\xFF\xFEкредит\xD0", "кредит"},
      {"кредит", "\xD0", ""},
  };
  for (const auto& row : table) EXPECT_EQ(found(row.phrase, row.text), row.where) << row.phrase << " in " << row.text;
  static_assert(std::size(table) >= 60);
}

TEST(words, are_folded_once_and_keep_their_places) {
  EXPECT_EQ(folded("Добрий день! Є BMW X5?"), "добрий день є bmw x5");
  EXPECT_EQ(folded("  "), "");
  EXPECT_EQ(folded("Ѐ Ѝ ЏЂ"), "е и џђ");
  EXPECT_EQ(folded("'' ' a' 'b c'd e''f"), "a b c'd e f");
  const folded_text cut("за́мок є");
  ASSERT_EQ(cut.size(), 2u);
  EXPECT_EQ(cut[0].from, 0u);
  EXPECT_EQ(cut[0].to, 12u);
  EXPECT_EQ(cut[1].from, 13u);
  EXPECT_EQ(cut[1].to, 15u);
}

TEST(words, tell_each_phrase_once_in_the_order_of_the_text) {
  word_index index;
  const auto credit = index.add("кредит"), leasing = index.add("лізинг"), both = index.add("кредит лізинг");
  EXPECT_EQ(index.add("КРЕДИТ"), credit);
  const auto hits = index.find(folded_text("лізинг кредит лізинг кредит"));
  ASSERT_EQ(hits.size(), 3u);
  EXPECT_EQ(hits[0].phrase, *leasing);
  EXPECT_EQ(hits[1].phrase, *credit);
  EXPECT_EQ(hits[2].phrase, *both);
  EXPECT_EQ(index.written(*credit), "кредит");
}

TEST(words, refuse_phrases_without_a_word_or_with_too_many) {
  word_index index;
  EXPECT_FALSE(index.add(""));
  EXPECT_FALSE(index.add("!?. '"));
  EXPECT_FALSE(index.add("\xCC\x81"));
  EXPECT_TRUE(index.add("a b c d e f g h i j"));
  EXPECT_FALSE(index.add("a b c d e f g h i j k"));
}

// The tables are a faster way to what the whole of ICU would say: folding letter by letter with and without them
// (a mark after the letter sends it the long way) is the same.
TEST(words, fold_the_same_by_table_and_by_unicode) {
  const auto utf8 = [](char32_t c) {
    std::string s;
    if (c < 0x80) s = static_cast<char>(c);
    else s = {static_cast<char>(0xC0 | (c >> 6)), static_cast<char>(0x80 | (c & 0x3F))};
    return s;
  };
  for (char32_t c = 0x21; c < 0x460; c = c == 0x7E ? 0x400 : c + 1) {
    // A double grave accent: composes with nothing but izhitsa.
    const std::string letter = utf8(c);
    if (letter == "'" || letter == "`") continue;
    EXPECT_EQ(folded(letter), folded(letter + "\xCC\x9A")) << letter;
  }
}

TEST(words, survive_any_bytes_and_point_into_the_text) {
  std::mt19937 dice(7);
  const std::string pieces[] = {"а",    "Й",        "e", "\xCC\x81", "'",    "’",  " ", "\xD0", "\xFF", "🚗",
                                "\xCD", "\xC2\xAD", "9", "漢",       "がき", "한", "ß", "İ",    "´"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (int i = dice() % 12; i > 0; --i) text += pieces[dice() % std::size(pieces)];
    const folded_text cut(text);
    std::size_t end = 0;
    for (std::size_t i = 0; i < cut.size(); ++i) {
      ASSERT_LE(end, cut[i].from) << text;
      ASSERT_LT(cut[i].from, cut[i].to) << text;
      ASSERT_LE(cut[i].to, text.size()) << text;
      ASSERT_FALSE(cut[i].folded.empty()) << text;
      end = cut[i].to;
      // A word of a text is found in that text.
      word_index index;
      ASSERT_TRUE(index.add(std::string_view(text).substr(cut[i].from, cut[i].to - cut[i].from))) << text;
      ASSERT_FALSE(index.find(cut).empty()) << text;
    }
  }
}

}  // namespace
