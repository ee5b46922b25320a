#include "connectors/erp/vin.hpp"

#include <array>
#include <utility>

namespace connectors::erp {

namespace {

constexpr std::size_t length = 17;

// Both cases: the capital one stands for what it looks like.
constexpr std::array<std::pair<std::string_view, char>, 22> look_alikes{
    {{"А", 'A'}, {"В", 'B'}, {"С", 'C'}, {"Е", 'E'}, {"Н", 'H'}, {"К", 'K'}, {"М", 'M'}, {"Р", 'P'},
     {"Т", 'T'}, {"Х", 'X'}, {"У", 'Y'}, {"а", 'A'}, {"в", 'B'}, {"с", 'C'}, {"е", 'E'}, {"н", 'H'},
     {"к", 'K'}, {"м", 'M'}, {"р", 'P'}, {"т", 'T'}, {"х", 'X'}, {"у", 'Y'}}};
constexpr std::array<std::string_view, 5> left_out{" ", "-", "\t", "\xC2\xA0", "\xE2\x80\xAF"};

int value_of(char c) {
  constexpr std::string_view letters = "ABCDEFGHJKLMNPRSTUVWXYZ";
  constexpr std::string_view values = "12345678123457923456789";
  if (c >= '0' && c <= '9') return c - '0';
  return values[letters.find(c)] - '0';
}

bool check_digit_holds(std::string_view vin) {
  constexpr std::array<int, length> weights{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
  int sum = 0;
  for (std::size_t i = 0; i < length; ++i) sum += weights[i] * value_of(vin[i]);
  return vin[8] == "0123456789X"[sum % 11];
}

}  // namespace

vin_reading read_vin(std::string_view given) {
  vin_reading read;
  std::size_t characters = 0;
  bool foreign = false, replaced = false;
  const auto take = [&](std::string_view from, char as) {
    given.remove_prefix(from.size());
    if (as == 0) return;
    read.vin += as;
    ++characters;
  };
  while (!given.empty()) {
    bool found = false;
    for (const auto& gap : left_out)
      if (!found && given.starts_with(gap)) found = (take(gap, 0), true);
    for (const auto& [letter, latin] : look_alikes)
      if (!found && given.starts_with(letter)) found = replaced = (take(letter, latin), true);
    if (found) continue;
    const char c = given.front();
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const bool good =
        (upper >= '0' && upper <= '9') || (upper >= 'A' && upper <= 'Z' && upper != 'I' && upper != 'O' && upper != 'Q');
    foreign = foreign || !good;
    // Of another letter only the first byte counts.
    take(given.substr(0, 1), (static_cast<unsigned char>(c) & 0xC0) == 0x80 ? '\0' : upper);
  }
  if (characters == 0)
    read.error = "vin_missing";
  else if (characters != length)
    read.error = "vin_length";
  else if (foreign)
    read.error = "vin_charset";
  if (!read.error.empty()) {
    read.vin.clear();
    return read;
  }
  if (replaced) read.warnings.emplace_back("cyrillic_lookalike");
  if (read.vin[0] >= '1' && read.vin[0] <= '5' && !check_digit_holds(read.vin)) read.warnings.emplace_back("check_digit");
  return read;
}

}  // namespace connectors::erp
