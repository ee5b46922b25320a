#include "hub/base/scrub.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace hub {

namespace {

constexpr std::size_t fewest_digits = 9;
constexpr std::size_t fewest_digits_after_plus = 7;
constexpr std::size_t most_digits_in_group = 15;  // E.164; a longer unbroken run is an id, not a number
constexpr std::size_t most_between_digits = 3;    // ") - " and the like

struct symbol {
  char32_t code = 0;
  std::size_t size = 1;
};

// Bytes that are no UTF-8 come out as themselves: they are no digits and no separators.
symbol symbol_at(std::string_view s, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char lead = byte(at);
  const std::size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (size == 1 || at + size > s.size()) return {lead, 1};
  char32_t code = lead & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) code = (code << 6) | (byte(at + i) & 0x3Fu);
  return {code, size};
}

bool is_digit(char32_t c) {
  return (c >= U'0' && c <= U'9') || (c >= 0x660 && c <= 0x669) || (c >= 0x6F0 && c <= 0x6F9) || (c >= 0xFF10 && c <= 0xFF19);
}

bool is_plus(char32_t c) { return c == U'+' || c == 0xFF0B; }

bool is_separator(char32_t c) {
  switch (c) {
    case U' ': case U'\t': case U'-': case U'.': case U'(': case U')': case U'/': case U':':
    case 0xA0: case 0xAD: case 0x202F: case 0x2060: case 0xFEFF: case 0x3000:
      return true;
    default:
      return (c >= 0x2000 && c <= 0x2015) || c == 0x2212 || is_plus(c);
  }
}

// An unbroken run of digits.
struct group {
  std::size_t begin = 0, end = 0, digits = 0;
  std::size_t between = 0;  // separators since the group before
  bool after_colon = false, after_plus = false;
  std::size_t plus_at = 0;
};

// All groups from `at` that belong together.
std::vector<group> chain_at(std::string_view text, std::size_t at) {
  std::vector<group> chain;
  std::size_t separators = 0;
  bool colon = false, plus = false;
  std::size_t plus_at = 0;
  while (at < text.size()) {
    const symbol s = symbol_at(text, at);
    if (is_digit(s.code)) {
      group g{.begin = at,
              .end = at,
              .digits = 0,
              .between = separators,
              .after_colon = colon,
              .after_plus = plus,
              .plus_at = plus_at};
      while (g.end < text.size()) {
        const symbol d = symbol_at(text, g.end);
        if (!is_digit(d.code)) break;
        g.end += d.size;
        ++g.digits;
      }
      chain.push_back(g);
      at = g.end;
      separators = 0;
      colon = plus = false;
    } else if (is_separator(s.code) && separators < most_between_digits) {
      if (is_plus(s.code)) {
        plus = true;
        plus_at = at;
      } else if (plus && s.code != U'(' && s.code != U' ') {
        plus = false;
      }
      colon = s.code == U':' && separators == 0;
      ++separators;
      at += s.size;
    } else {
      break;
    }
  }
  return chain;
}

// 18:30, 08:05:59: the groups of a clock time hold apart what is around them.
bool is_clock(std::string_view text, const std::vector<group>& chain, std::size_t i) {
  const auto value = [&](const group& g) {
    return g.end - g.begin == 2   ? (text[g.begin] - '0') * 10 + (text[g.begin + 1] - '0')
           : g.end - g.begin == 1 ? text[g.begin] - '0'
                                  : 99;
  };
  const auto minutes = [&](std::size_t k) {
    return chain[k].end - chain[k].begin == 2 && value(chain[k]) >= 0 && value(chain[k]) < 60;
  };
  const auto hours = [&](std::size_t k) { return value(chain[k]) >= 0 && value(chain[k]) < 24; };
  const auto joined = [&](std::size_t k) { return k < chain.size() && chain[k].after_colon && chain[k].between == 1; };
  if (joined(i + 1) && !joined(i)) return hours(i) && minutes(i + 1);
  if (joined(i) && !(i >= 2 && joined(i - 1))) return hours(i - 1) && minutes(i);
  if (joined(i) && i >= 2 && joined(i - 1)) return hours(i - 2) && minutes(i - 1) && minutes(i);
  return false;
}

struct span {
  std::size_t begin, end;
};

void find_numbers(std::string_view text, const std::vector<group>& chain, std::vector<span>& found) {
  std::size_t first = 0;
  while (first < chain.size()) {
    if (chain[first].digits > most_digits_in_group || is_clock(text, chain, first)) {
      ++first;
      continue;
    }
    std::size_t last = first, digits = 0;
    bool plus = false;
    while (last < chain.size() && chain[last].digits <= most_digits_in_group && !is_clock(text, chain, last)) {
      digits += chain[last].digits;
      plus = plus || chain[last].after_plus;
      ++last;
    }
    if (digits >= (plus ? fewest_digits_after_plus : fewest_digits)) {
      std::size_t begin = chain[first].after_plus ? chain[first].plus_at : chain[first].begin;
      const std::size_t end = chain[last - 1].end;
      // "(000) 000-00-01": the bracket belongs to the number when it closes inside it.
      if (begin > 0 && text[begin - 1] == '(' && text.substr(begin, end - begin).find(')') != std::string_view::npos) --begin;
      found.push_back({begin, end});
    }
    first = last;
  }
}

std::vector<span> numbers_in(std::string_view text) {
  std::vector<span> found;
  std::size_t at = 0;
  while (at < text.size()) {
    const symbol s = symbol_at(text, at);
    if (!is_digit(s.code) && !is_plus(s.code)) {
      at += s.size;
      continue;
    }
    const auto chain = chain_at(text, at);
    if (chain.empty()) {
      at += s.size;
      continue;
    }
    find_numbers(text, chain, found);
    at = chain.back().end;
  }
  return found;
}

// Nothing to look for in most texts: cheaper than decoding them.
bool may_hold_number(std::string_view text) {
  std::size_t likely = 0;
  for (const char c : text)
    if ((c >= '0' && c <= '9') || (static_cast<unsigned char>(c) >= 0xD9 && static_cast<unsigned char>(c) <= 0xEF)) ++likely;
  return likely >= fewest_digits_after_plus;
}

}  // namespace

std::string scrub_numbers(std::string_view text) {
  if (!may_hold_number(text)) return std::string(text);
  std::string out;
  std::size_t kept = 0;
  for (const auto& number : numbers_in(text)) {
    out.append(text.substr(kept, number.begin - kept));
    out += number_mask;
    kept = number.end;
  }
  out.append(text.substr(kept));
  return out;
}

bool has_number(std::string_view text) { return may_hold_number(text) && !numbers_in(text).empty(); }

}  // namespace hub
