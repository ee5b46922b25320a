#include "connectors/erp/words.hpp"

#include "connectors/body.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"

#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>

namespace connectors::erp {

namespace {

using std::chrono::milliseconds;

std::unique_ptr<icu::TimeZone> zone_of(const std::string& name) {
  std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name)));
  if (!zone || *zone == icu::TimeZone::getUnknown()) return nullptr;
  return zone;
}

}  // namespace

bool is_zone(const std::string& name) { return zone_of(name) != nullptr; }

std::optional<hub::instant> local_time(std::string_view text, const std::string& zone) {
  if (text.size() < 19 || text.find_first_not_of("0123456789-T:.") != std::string_view::npos) return std::nullopt;
  const auto read = hub::parse_rfc3339(std::string(text) + "Z");
  if (!read) return std::nullopt;
  const auto told = read->time_since_epoch().count();
  if (told < earliest_ms || told > latest_ms) return std::nullopt;
  thread_local std::pair<std::string, std::unique_ptr<icu::TimeZone>> last;
  if (last.first != zone) last = {zone, zone_of(zone)};
  if (!last.second) return std::nullopt;
  std::int32_t raw = 0, summer = 0;
  UErrorCode failed = U_ZERO_ERROR;
  last.second->getOffset(static_cast<UDate>(told), true, raw, summer, failed);
  if (U_FAILURE(failed)) return std::nullopt;
  return *read - milliseconds(raw + summer);
}

std::string folded(std::string_view word) {
  auto text = icu::UnicodeString::fromUTF8(icu::StringPiece(word.data(), static_cast<std::int32_t>(word.size())));
  text.findAndReplace(icu::UnicodeString(char16_t{0xA0}), icu::UnicodeString(u' '));
  text.trim().foldCase();
  std::string made;
  text.toUTF8String(made);
  return made;
}

bool is_one_of(std::string_view word, const std::vector<std::string>& words) {
  // As it stands in nearly all files.
  if (std::find(words.begin(), words.end(), word) != words.end()) return true;
  const auto meant = folded(word);
  return std::any_of(words.begin(), words.end(), [&](const auto& w) { return folded(w) == meant; });
}

bool is_good_id(std::string_view id) {
  constexpr std::size_t longest = 128;
  return !id.empty() && id.size() <= longest &&
         std::none_of(id.begin(), id.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
}

std::string short_text(std::string_view text, std::size_t characters, std::size_t bytes) {
  auto made = scrubbed(text, characters);
  if (made.size() <= bytes) return made;
  auto end = bytes;
  while (end > 0 && (static_cast<unsigned char>(made[end]) & 0xC0) == 0x80) --end;
  made.resize(end);
  // What is left of a longer run of digits may look like a number.
  return hub::scrub_numbers(made);
}

std::string currency_of(std::string_view given) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> known{{{"грн", "UAH"},
                                                                                 {"грн.", "UAH"},
                                                                                 {"гривня", "UAH"},
                                                                                 {"980", "UAH"},
                                                                                 {"дол", "USD"},
                                                                                 {"дол.", "USD"},
                                                                                 {"$", "USD"},
                                                                                 {"840", "USD"},
                                                                                 {"євро", "EUR"},
                                                                                 {"евро", "EUR"},
                                                                                 {"€", "EUR"},
                                                                                 {"978", "EUR"}}};
  const auto word = folded(given);
  for (const auto& [name, code] : known)
    if (word == name) return std::string(code);
  std::string code;
  for (const char c : word)
    if (c >= 'a' && c <= 'z') code += static_cast<char>(c - 'a' + 'A');
  return code.size() == 3 && word.size() == 3 ? code : std::string();
}

std::string fingerprint_of(const account_context& of, std::string_view number) {
  std::string digits;
  for (const char c : number)
    if (c >= '0' && c <= '9') digits += c;
  const bool international = number.find('+') != std::string_view::npos || digits.starts_with("00");
  if (digits.starts_with("00")) digits.erase(0, 2);
  if (!international && digits.size() == 10 && digits.starts_with('0')) digits.insert(0, "38");
  if (digits.size() < 10 || digits.size() > 15 || digits.starts_with('0')) return {};
  return hub::fingerprint(of.fingerprint_key, "+" + digits);
}

hub::message::event event_of(const account_context& of, const std::string& what, hub::instant time, hub::instant received_at) {
  hub::message::event made;
  made.channel = of.channel;
  made.account = of.account;
  made.key = of.channel + ":" + of.account + ":" + what;
  made.conversation = "erp:" + of.channel + ":" + of.account;
  made.time = time;
  made.received_at = received_at;
  return made;
}

formed_at formed(std::string_view text, const std::string& zone, hub::instant received_at) {
  if (const auto time = local_time(text, zone)) return {*time, hub::to_rfc3339(*time)};
  // Other files say their offset.
  if (const auto time = hub::parse_rfc3339(text);
      time && time->time_since_epoch().count() >= earliest_ms && time->time_since_epoch().count() <= latest_ms)
    return {*time, hub::to_rfc3339(*time)};
  // Not worth a time, but the same whenever it is told.
  return {received_at, text.empty() ? hub::to_rfc3339(received_at) : short_hash(text)};
}

std::string short_hash(std::string_view text) { return hub::to_hex(hub::sha256(text)).substr(0, 16); }

}  // namespace connectors::erp
