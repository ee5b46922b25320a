#include "connectors/erp/decimal.hpp"

#include <algorithm>
#include <array>

#include "hub/base/text.hpp"

namespace connectors::erp {

namespace {

constexpr std::array<std::string_view, 6> left_out{" ", "'", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89", "\xE2\x80\x99"};
constexpr std::size_t longest = 40;
constexpr std::size_t most_whole_digits = 9;

std::string without_gaps(std::string_view given) {
  std::string made;
  while (!given.empty()) {
    const auto gap = std::find_if(left_out.begin(), left_out.end(), [&](auto g) { return given.starts_with(g); });
    if (gap == left_out.end()) made += given.front();
    given.remove_prefix(gap == left_out.end() ? 1 : gap->size());
  }
  return made;
}

/// Groups of three behind each mark for thousands: "12,345,678".
bool is_grouped(std::string_view whole, char mark) {
  const auto first = whole.find(mark);
  if (first == 0 || first > 3) return false;
  for (std::size_t at = first; at < whole.size(); at += 4) {
    if (whole[at] != mark || at + 4 > whole.size()) return false;
    if (!std::all_of(whole.begin() + static_cast<std::ptrdiff_t>(at) + 1, whole.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                     hub::is_digit))
      return false;
  }
  return true;
}

std::optional<std::string> two_decimals(std::string_view given) {
  auto number = read_decimal(given);
  if (!number || number->front() == '-') return std::nullopt;
  const auto point = std::min(number->find('.'), number->size());
  std::string digits = number->substr(0, point);
  std::string behind = point < number->size() ? number->substr(point + 1) : "";
  behind.resize(std::max<std::size_t>(behind.size(), 3), '0');
  const bool up = behind[2] >= '5';
  digits += behind.substr(0, 2);
  for (std::size_t i = digits.size(); up && i > 0; --i) {
    if (digits[i - 1] != '9') {
      ++digits[i - 1];
      break;
    }
    digits[i - 1] = '0';
    if (i == 1) digits.insert(0, 1, '1');
  }
  const auto first = digits.find_first_not_of('0');
  digits.erase(0, std::min(first == std::string::npos ? digits.size() : first, digits.size() - 3));
  if (digits.size() > most_whole_digits + 2) return std::nullopt;
  return digits.insert(digits.size() - 2, 1, '.');
}

}  // namespace

std::optional<std::string> read_decimal(std::string_view given) {
  if (given.size() > longest) return std::nullopt;
  auto text = without_gaps(given);
  const bool negative = text.starts_with('-');
  if (negative) text.erase(0, 1);
  const auto decimal = text.find_last_of(",.");
  std::string whole = text.substr(0, decimal), behind = decimal == std::string::npos ? "" : text.substr(decimal + 1);
  if (decimal != std::string::npos) {
    const char thousands = text[decimal] == ',' ? '.' : ',';
    if (whole.find(text[decimal]) != std::string::npos) return std::nullopt;
    if (whole.find(thousands) != std::string::npos) {
      if (!is_grouped(whole, thousands)) return std::nullopt;
      std::erase(whole, thousands);
    }
    if (behind.empty()) return std::nullopt;
  }
  if (whole.empty() || !std::all_of(whole.begin(), whole.end(), hub::is_digit) ||
      !std::all_of(behind.begin(), behind.end(), hub::is_digit))
    return std::nullopt;
  return (negative ? "-" : "") + whole + (behind.empty() ? "" : "." + behind);
}

std::optional<std::string> price_of(std::string_view given) {
  auto price = two_decimals(given);
  if (price && *price == "0.00") return std::nullopt;
  return price;
}

std::optional<std::string> sum_of(std::string_view given) { return two_decimals(given); }

}  // namespace connectors::erp
