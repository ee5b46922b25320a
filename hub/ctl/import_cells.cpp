// The values of a sheet's cells: texts, money, times, phone numbers.

#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/ctl/import_sheet.hpp"

#include <algorithm>
#include <charconv>

namespace hub::ctl {

namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string without(std::string_view text, const std::vector<std::string_view>& parts) {
  std::string made(text);
  for (const auto part : parts)
    for (auto at = made.find(part); at != std::string::npos; at = made.find(part, at)) made.erase(at, part.size());
  return made;
}

std::string small(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return text;
}

/// "20.11.2026 12:08:45" as "2026-11-20 12:08:45"; anything else stays.
std::string year_first(const std::string& text) {
  if (text.size() < 10 || text[2] != '.' || text[5] != '.') return text;
  return text.substr(6, 4) + "-" + text.substr(3, 2) + "-" + text.substr(0, 2) + text.substr(10);
}

/// RFC 3339 of a day with or without a time of day; what is RFC 3339 already stays.
std::string as_rfc3339(std::string text) {
  text = year_first(text);
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  if (text.size() == 10) text += "T00:00";
  if (text.size() == 15 && text[12] == ':') text.insert(11, "0");  // "9:05"
  if (text.size() == 16) text += ":00";
  if (text.size() == 19) text += "Z";
  return text;
}

}  // namespace

std::string import_cells::text(std::string_view field, std::size_t most) const {
  const auto* at = find(field);
  if (!at) return {};
  std::string made(trim(at->text));
  if (characters(made) <= most) return made;
  complain(field, "expected at most " + std::to_string(most) + " characters", false);
  return {};
}

std::string import_cells::text_without_number(std::string_view field, std::size_t most) const {
  auto made = text(field, most);
  if (!has_number(made)) return made;
  complain(field, "looks like a phone number; no phone numbers are kept here", false);
  return {};
}

void import_cells::need(std::string_view field) const {
  const auto* at = find(field);
  if (at && trim(at->text).empty()) complain(field, "must not be empty");
}

std::string import_cells::needed(std::string_view field, std::size_t most) const {
  need(field);
  return text(field, most);
}

std::optional<std::string> import_cells::money(std::string_view field) const {
  const auto typed = text(field, 40);
  if (typed.empty()) return std::nullopt;
  auto made = without(typed, {" ", "\u00A0", "\u202F"});
  std::replace(made.begin(), made.end(), ',', '.');
  const auto point = made.find('.');
  const auto whole = std::string_view(made).substr(0, point);
  const auto cents = point == std::string::npos ? std::string_view("0") : std::string_view(made).substr(point + 1);
  if (all_digits(whole) && all_digits(cents) && whole.size() <= 12 && cents.size() <= 2) return made;
  complain(field, "expected an amount like 12500 or 12500.50");
  return std::nullopt;
}

std::optional<std::string> import_cells::currency(std::string_view field) const {
  auto made = text(field, 20);
  if (made.empty()) return std::nullopt;
  made = small(made);
  if (made.size() == 3 && std::all_of(made.begin(), made.end(), [](char c) { return c >= 'a' && c <= 'z'; })) {
    std::transform(made.begin(), made.end(), made.begin(), [](char c) { return static_cast<char>(c - 32); });
    return made;
  }
  complain(field, "expected three letters of ISO 4217, like USD or UAH");
  return std::nullopt;
}

std::optional<int> import_cells::whole(std::string_view field, int least, int most) const {
  const auto typed = text(field, 40);
  if (typed.empty()) return std::nullopt;
  const auto made = without(typed, {" ", "\u00A0", "\u202F"});
  int value = 0;
  const auto read = std::from_chars(made.data(), made.data() + made.size(), value);
  if (read.ec == std::errc() && read.ptr == made.data() + made.size() && value >= least && value <= most) return value;
  complain(field, "expected a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<instant> import_cells::time(std::string_view field) const {
  const auto typed = text(field, 40);
  if (typed.empty()) return std::nullopt;
  const auto read = parse_rfc3339(as_rfc3339(typed));
  if (!read) {
    complain(field, "expected a time like 2026-11-20, 2026-11-20 12:08 or 20.11.2026 12:08");
    return std::nullopt;
  }
  const auto latest = std::chrono::system_clock::now() + std::chrono::hours(24);
  if (*read < instant(std::chrono::sys_days(std::chrono::year(1970) / 1 / 1)) || *read > latest) {
    complain(field, "expected a time that has been");
    return std::nullopt;
  }
  return *read;
}

std::string import_cells::word(std::string_view field, const std::vector<std::string>& known) const {
  const auto made = small(text(field, 60));
  if (made.empty() || std::find(known.begin(), known.end(), made) != known.end()) return made;
  std::string list;
  for (const auto& one : known) list += (list.empty() ? "" : ", ") + one;
  complain(field, "expected one of " + list);
  return {};
}

std::optional<std::string> e164_of(std::string_view typed) {
  const auto bare = without(
      trim(typed), {" ", "\t", "-", ".", "(", ")", "/", "\u00A0", "\u202F", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014"});
  std::string digits;
  if (bare.starts_with('+'))
    digits = bare.substr(1);
  else if (bare.starts_with("00"))
    digits = bare.substr(2);
  else if (bare.starts_with("380") && bare.size() == 12)
    digits = bare;
  else if (bare.starts_with('0') && bare.size() == 10)
    digits = "38" + bare;
  const bool fits = all_digits(digits) && digits.front() != '0' && digits.size() >= 8 && digits.size() <= 15 &&
                    (!digits.starts_with("380") || digits.size() == 12);
  return fits ? std::optional("+" + digits) : std::nullopt;
}

std::vector<std::string> import_cells::fingerprints(const secret& key) const {
  std::vector<std::string> made;
  for (std::size_t i = 0; i < row_.fields.size() && i < columns_.of.size(); ++i) {
    if (!columns_.of[i] || !columns_.of[i]->secret) continue;
    std::string cell = row_.fields[i].text;
    std::replace_if(
        cell.begin(), cell.end(), [](char c) { return c == ',' || c == '\n' || c == '\r'; }, ';');
    for (const auto& part : split(cell, ';')) {
      if (trim(part).empty()) continue;
      if (const auto number = e164_of(part))
        made.push_back(fingerprint(key, *number));
      else
        wrong_.add(row_.fields[i].line, row_.fields[i].column,
                   columns_.of[i]->name + ": expected a phone number like +380..., 00380... or 0...");
    }
  }
  std::sort(made.begin(), made.end());
  made.erase(std::unique(made.begin(), made.end()), made.end());
  return made;
}

std::string kept_id(const secret& key, const std::string& external_id) {
  return has_number(external_id) ? fingerprint(key, "import:" + external_id) : external_id;
}

}  // namespace hub::ctl
