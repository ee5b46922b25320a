#include "connectors/telephony/number.hpp"

#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <array>

namespace connectors::telephony {

namespace {

constexpr std::size_t longest_extension = 6;
constexpr std::size_t shortest_number = 8, longest_number = 15;  // E.164
constexpr std::size_t longest_name = 60;                         // characters
// Extensions and logins that people choose; what holds more digits may be somebody's number.
constexpr std::size_t most_digits_in_login = 6;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), hub::is_digit); }

bool starts_like(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char w, char t) { return w == lower(t); });
}

bool is_word(std::string_view text, std::string_view word) { return text.size() == word.size() && starts_like(text, word); }

/// Without scheme, host, parameters and a dialled extension.
std::string_view bare(std::string_view written) {
  written = hub::trim(written);
  for (const std::string_view scheme : {"tel:", "sip:", "sips:", "client:"})
    if (starts_like(written, scheme)) {
      written.remove_prefix(scheme.size());
      break;
    }
  written = written.substr(0, written.find_first_of("@;"));
  const auto dialled = written.find_first_of(",#xX");
  const auto before = written.substr(0, dialled);
  // "alex" has an x as well.
  const bool number = std::none_of(before.begin(), before.end(), [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; });
  if (dialled != std::string_view::npos && number && !hub::trim(before).empty()) written = before;
  return hub::trim(written);
}

std::string without_separators(std::string_view text) {
  std::string left;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\xC2\xA0"))
      ++i;
    else if (std::string_view(" \t()-./").find(text[i]) == std::string_view::npos)
      left += text[i];
  }
  return left;
}

/// The digits of a number that begins with the calling code of `plan`; empty when the rest is no national number.
std::string with_country(std::string_view digits, const numbering& plan) {
  const auto rest = digits.substr(plan.country.size());
  if (rest.size() == plan.national_digits) return std::string(digits);
  // The zero that is dialled inside the country was kept by mistake.
  if (rest.size() == plan.national_digits + 1 && rest.front() == '0') return plan.country + std::string(rest.substr(1));
  return {};
}

/// Digits after a plus sign or an international prefix.
std::string international(std::string_view digits, const numbering& plan) {
  if (digits.starts_with(plan.country)) return with_country(digits, plan);
  if (digits.starts_with('0') || digits.size() < shortest_number || digits.size() > longest_number) return {};
  return std::string(digits);
}

/// Digits as they are dialled, without a plus sign.
std::string dialled(std::string_view digits, const numbering& plan) {
  const auto size = digits.size(), national = plan.national_digits;
  if (size == national + 1 && digits.starts_with('0')) return plan.country + std::string(digits.substr(1));
  // How Soviet exchanges reached another city, and another country.
  if (size == national + 2 && digits.starts_with("80") && plan.country == "380")
    return plan.country + std::string(digits.substr(2));
  if (digits.starts_with("810" + plan.country)) return with_country(digits.substr(3), plan);
  if (digits.starts_with("00")) return international(digits.substr(2), plan);
  if (size == national && !digits.starts_with('0')) return plan.country + std::string(digits);
  if (digits.starts_with(plan.country)) return with_country(digits, plan);
  // Shorter ones may be a number of any city: nobody can tell.
  if (size >= 11) return international(digits, plan);
  return {};
}

/// Names that mean that there is none.
bool is_hidden(std::string_view text) {
  static constexpr std::array<std::string_view, 8> words{"anonymous",   "unknown",   "private",     "restricted",
                                                         "unavailable", "<unknown>", "<anonymous>", "withheld"};
  return text.empty() || std::any_of(words.begin(), words.end(), [&](std::string_view word) { return is_word(text, word); });
}

party external(std::string digits) {
  if (digits.empty()) return {party_kind::invalid, {}, {}};
  return {party_kind::external, "+" + digits, {}};
}

}  // namespace

party read_party(std::string_view written, const numbering& plan) {
  const auto text = bare(written);
  if (is_hidden(text)) return {party_kind::anonymous, {}, {}};
  const auto packed = without_separators(text);
  if (packed.starts_with('+')) {
    const auto digits = std::string_view(packed).substr(1);
    if (!all_digits(digits)) return {party_kind::invalid, {}, {}};
    return external(international(digits, plan));
  }
  if (!packed.empty() && all_digits(packed)) {
    if (packed.size() <= longest_extension) return {party_kind::internal, {}, packed};
    return external(dialled(packed, plan));
  }
  const auto digits = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), hub::is_digit));
  if (packed.empty() || digits > most_digits_in_login || hub::has_number(text)) return {party_kind::invalid, {}, {}};
  return {party_kind::internal, {}, hub::shorten(hub::clean_text(text), longest_name)};
}

}  // namespace connectors::telephony
