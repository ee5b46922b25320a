#include "tests/support/planted.hpp"

#include "hub/ctl/playing.hpp"

#include <vector>

namespace test_support {

namespace {

constexpr std::string_view prefix = "38000";  // of a range that belongs to nobody
constexpr std::size_t length = 12;
constexpr std::size_t code = 3;

/// Where any of the planted numbers stands in `text`, from its digit `from` on; npos for nowhere.
std::size_t find_number(std::string_view text, const std::set<std::string, std::less<>>& planted, std::size_t from) {
  const auto begins = prefix.substr(from);
  for (auto at = text.find(begins); at != std::string_view::npos; at = text.find(begins, at + 1))
    if (at + length - from <= text.size() &&
        planted.contains(std::string(prefix.substr(0, from)).append(text.substr(at, length - from))))
      return at;
  return std::string_view::npos;
}

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

/// Every long run of base64 letters, decoded from each of its first four places.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    auto end = at;
    while (end < text.size() && value_of(text[end]) >= 0) ++end;
    if (end - at >= 16)
      for (std::size_t from = at; from < at + 4; ++from) {
        std::uint32_t bits = 0;
        for (std::size_t i = from, n = 1; i < end; ++i, ++n) {
          bits = bits << 6 | static_cast<std::uint32_t>(value_of(text[i]));
          if (n % 4 == 0) out += {static_cast<char>(bits >> 16), static_cast<char>(bits >> 8), static_cast<char>(bits)};
        }
        out += '\n';
      }
    at = end + 1;
  }
  return out;
}

/// What is left when the signs people put between digits go.
std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (std::string_view(" +-().").find(c) == std::string_view::npos) out += c;
  return out;
}

std::optional<std::string> found(std::string_view text, const std::set<std::string, std::less<>>& planted, std::size_t from) {
  for (const auto& form : {std::string(text), squeezed(text), decoded(text)}) {
    const auto at = find_number(form, planted, from);
    if (at != std::string::npos) return form.substr(at < 60 ? 0 : at - 60, 130);
  }
  return std::nullopt;
}

}  // namespace

std::string planted_numbers::digits() {
  auto made = std::string(prefix) + hub::ctl::digits(random_() % 10'000'000, 7);
  all.insert(made);
  return made;
}

std::string planted_numbers::spelled() {
  const auto n = digits();
  const std::vector<std::string> forms{n,
                                       "+" + n,
                                       "00" + n,
                                       "+380 00 " + n.substr(5, 3) + " " + n.substr(8),
                                       "+380-00-" + n.substr(5, 3) + "-" + n.substr(8),
                                       "(380) 00" + n.substr(5),
                                       "380.00." + n.substr(5, 3) + "." + n.substr(8),
                                       "tel:+" + n,
                                       "TEL;TYPE=CELL:+" + n,
                                       "Тел " + n,
                                       n + ", Тарас",
                                       "+380(00)" + n.substr(5)};
  return forms[random_() % forms.size()];
}

std::optional<std::string> planted_numbers::found_in(std::string_view text) const { return found(text, all, 0); }

std::optional<std::string> planted_numbers::found_without_code_in(std::string_view text) const { return found(text, all, code); }

}  // namespace test_support
