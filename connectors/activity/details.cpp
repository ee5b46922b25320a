#include "connectors/activity/details.hpp"

#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace connectors::activity {

namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_other_letter(char c) { return static_cast<unsigned char>(c) >= 0x80; }
char to_small(char c) { return is_capital(c) ? static_cast<char>(c + 32) : c; }

/// "contactTel", "tel_no", "TEL-2": the words of a name in small letters; digits and signs part them.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  bool inside = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter = is_small(c) || is_capital(c) || is_other_letter(c);
    const bool begins = !inside || (i > 0 && is_small(name[i - 1]) && is_capital(c));
    if (letter && begins) words.emplace_back();
    if (letter) words.back() += to_small(c);
    inside = letter;
  }
  return words;
}

// Anywhere in a name, blanks and signs left out. Cyrillic stands without its first letter: it may be a capital.
constexpr std::array<std::string_view, 14> parts{"phone",   "telefon", "telephon", "whatsapp", "viber", "msisdn", "cellular",
                                                 "celular", "елефон",  "ЕЛЕФОН",   "айбер",    "АЙБЕР", "ватсап", "обильн"};
// Only as a word of its own: a hotel is no telephone, an excellent road no cell.
constexpr std::array<std::string_view, 22> whole{"tel",      "tels",  "telno", "telnr",     "tlf",  "cell", "mob",   "mobile",
                                                 "mobil",    "movil", "móvil", "gsm",       "sms",  "fax",  "faxno", "handy",
                                                 "telegram", "тел",   "Тел",   "мобільний", "факс", "Факс"};
// What is mobile or a cell and still no phone: loads of this trade.
constexpr std::array<std::string_view, 6> things{"home", "homes", "house", "crane", "office", "tower"};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// {"type": "phone", "value": "..."}: a pair that says of itself what it holds.
bool is_phone_entry(const object& entry) {
  for (const auto name : {"type", "kind", "name", "label", "key", "field", "channel"})
    if (const auto* member = entry.if_contains(name))
      if (const auto* text = member->if_string(); text && names_a_phone({text->data(), text->size()})) return true;
  return false;
}

bool is_phone_link(std::string_view text) {
  std::string begin(text.substr(0, 24));
  std::transform(begin.begin(), begin.end(), begin.begin(), to_small);
  for (const auto* scheme :
       {"tel:", "sms:", "fax:", "callto:", "whatsapp:", "viber:", "https://wa.me/", "http://wa.me/", "wa.me/"})
    if (begin.starts_with(scheme)) return true;
  return false;
}

std::string without_numbers(std::string_view text) {
  if (is_phone_link(text)) return std::string(hub::number_mask);
  return hub::scrub_numbers(hub::clean_text(text));
}

void add(std::string& out, const value& from);

void add_object(std::string& out, const object& from) {
  out += '{';
  bool first = true;
  for (const auto& member : from) {
    const std::string_view name(member.key());
    if (names_a_phone(name) || hub::has_number(name)) continue;
    if (!first) out += ',';
    first = false;
    hub::message::append_json_string(out, hub::clean_text(name));
    out += ':';
    add(out, member.value());
  }
  out += '}';
}

void add_list(std::string& out, const array& from) {
  out += '[';
  bool first = true;
  for (const auto& entry : from) {
    if (const auto* pair = entry.if_object(); pair && is_phone_entry(*pair)) continue;
    if (!first) out += ',';
    first = false;
    add(out, entry);
  }
  out += ']';
}

/// A number may be a phone number as well as a text may.
template <class T>
void add_number(std::string& out, T number) {
  std::string digits;
  hub::message::append_json(digits, number);
  if (hub::has_number(digits.starts_with('-') ? std::string_view(digits).substr(1) : digits))
    hub::message::append_json_string(out, hub::number_mask);
  else
    out += digits;
}

void add(std::string& out, const value& from) {
  if (const auto* inner = from.if_object()) {
    if (is_phone_entry(*inner))
      out += "{}";
    else
      add_object(out, *inner);
  } else if (const auto* list = from.if_array()) {
    add_list(out, *list);
  } else if (const auto* text = from.if_string()) {
    hub::message::append_json_string(out, without_numbers({text->data(), text->size()}));
  } else if (const auto* flag = from.if_bool()) {
    out += *flag ? "true" : "false";
  } else if (const auto* whole_number = from.if_int64()) {
    add_number(out, *whole_number);
  } else if (const auto* large = from.if_uint64()) {
    add_number(out, *large);
  } else if (const auto* number = from.if_double(); number && std::isfinite(*number)) {
    // 1.2025550143e10 is eleven digits too.
    if (std::trunc(*number) == *number && std::abs(*number) < 9e15)
      add_number(out, static_cast<std::int64_t>(*number));
    else
      hub::message::append_json(out, *number);
  } else {
    out += "null";
  }
}

}  // namespace

bool names_a_phone(std::string_view name) {
  std::string squeezed;
  for (const char c : name)
    if (is_small(c) || is_capital(c) || is_other_letter(c)) squeezed += to_small(c);
  for (const auto part : parts)
    if (squeezed.find(part) != std::string::npos) return true;
  const auto words = words_of(name);
  for (std::size_t i = 0; i < words.size(); ++i)
    if (is_one_of(words[i], whole) && !(i + 1 < words.size() && is_one_of(words[i + 1], things))) return true;
  return false;
}

std::string details_of(const object& data) {
  std::string out;
  add_object(out, data);
  return out;
}

}  // namespace connectors::activity
