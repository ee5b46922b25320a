#include "routing/yaml_reader.hpp"

#include "hub/base/text.hpp"
#include "hub/base/time.hpp"

#include <algorithm>
#include <charconv>

namespace routing {

using config::node;

namespace {

constexpr std::size_t longest_name = 100;

}  // namespace

void yaml_reader::report(hub::problems& found) {
  std::stable_sort(told_.begin(), told_.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.line, a.first.column) < std::pair(b.first.line, b.first.column);
  });
  for (auto& [at, one] : told_) found.push_back(std::move(one));
  told_.clear();
}

void yaml_reader::refuse(const config::place& at, std::string what, std::string_view value) {
  told_.emplace_back(at, hub::problem{config::to_text(at), std::move(what), hub::shorten(value, 60)});
}

std::string yaml_reader::meant(std::string_view word, const std::vector<std::string>& candidates) {
  const auto close = hub::did_you_mean(word, candidates);
  return close ? "; did you mean " + *close + "?" : "";
}

bool yaml_reader::keys(const node& from, const std::string& what, std::initializer_list<const char*> known,
                       std::initializer_list<const char*> later) {
  if (from.is != node::shape::map) {
    std::string list;
    for (const auto* key : known) list += (list.empty() ? "" : ", ") + std::string(key);
    refuse(from, what + ": expected a map with " + list, from.text);
    return false;
  }
  const std::vector<std::string> names(known.begin(), known.end());
  for (const auto& [key, value] : from.members) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    if (std::find(later.begin(), later.end(), key) != later.end())
      refuse(value.owner(), what + ": " + key + " is not known to this version yet", key);
    else
      refuse(value.owner(), what + ": unknown key" + meant(key, names), key);
  }
  return true;
}

std::optional<std::string> yaml_reader::text(const node& from, const std::string& what) {
  if (from.is == node::shape::scalar && !hub::trim(from.text).empty()) return from.text;
  refuse(from, what + ": expected text");
  return std::nullopt;
}

std::vector<written> yaml_reader::texts(const node& from, const std::string& what) {
  std::vector<written> list;
  const auto add = [&](const node& one) {
    if (auto word = text(one, what)) list.push_back({std::move(*word), one.at});
  };
  if (from.is == node::shape::list) {
    for (const auto& item : from.items) add(item);
  } else {
    add(from);
  }
  return list;
}

std::optional<int> yaml_reader::number(const node& from, const std::string& what, int min, int max) {
  int value = 0;
  const char* end = from.text.data() + from.text.size();
  if (from.is == node::shape::scalar && !from.quoted && !from.text.empty()) {
    const auto read = std::from_chars(from.text.data(), end, value);
    // A leading zero is somebody's octal: nobody can tell whether 010 was meant as 10 or as 8.
    const bool padded = from.text.size() > 1 && from.text[from.text[0] == '-'] == '0';
    if (read.ec == std::errc() && read.ptr == end && !padded && value >= min && value <= max) return value;
  }
  refuse(from, what + ": expected a whole number from " + std::to_string(min) + " to " + std::to_string(max), from.text);
  return std::nullopt;
}

std::optional<double> yaml_reader::amount(const node& from, const std::string& what, const std::string& also) {
  const auto digits = [](std::string_view part) { return !part.empty() && part.find_first_not_of("0123456789") == part.npos; };
  if (from.is == node::shape::scalar && !from.quoted) {
    const std::string_view text = from.text;
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    const auto cents = point == text.npos ? std::string_view("0") : text.substr(point + 1);
    double value = 0;
    const bool padded = whole.size() > 1 && whole[0] == '0';
    if (digits(whole) && digits(cents) && whole.size() <= 12 && cents.size() <= 2 && !padded &&
        std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc())
      return value;
  }
  refuse(from, what + ": expected " + also + "a sum like 500 or 499.50", from.text);
  return std::nullopt;
}

std::optional<bool> yaml_reader::yes_no(const node& from, const std::string& what) {
  if (from.is == node::shape::scalar && !from.quoted && (from.text == "true" || from.text == "false")) return from.text == "true";
  refuse(from, what + ": expected true or false", from.text);
  return std::nullopt;
}

bool yaml_reader::usable_name(const std::string& name, const config::place& at, const std::string& what,
                              std::string_view forbidden) {
  const bool control = std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (hub::trim(name) == name && !name.empty() && name.size() <= longest_name && !control &&
      name.find_first_of(forbidden) == std::string::npos)
    return true;
  refuse(at, what + ": a name has 1 to " + std::to_string(longest_name) + " bytes, no blank at its ends" +
                 (forbidden.empty() ? "" : " and none of " + std::string(forbidden)), name);
  return false;
}

std::optional<std::string> yaml_reader::email(const written& from, const std::string& what) {
  std::string address = from.text;
  for (char& c : address)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  const auto at = address.find('@');
  if (at != std::string::npos && at > 0 && at + 1 < address.size() && address.find('@', at + 1) == std::string::npos &&
      address.find_first_of(" \t,;<>") == std::string::npos)
    return address;
  refuse(from.at, what + ": expected an e-mail address", from.text);
  return std::nullopt;
}

std::vector<std::string> yaml_reader::emails(const node& from, const std::string& what) {
  std::vector<std::string> list;
  for (const auto& one : texts(from, what)) {
    auto address = email(one, what);
    if (!address) continue;
    if (std::find(list.begin(), list.end(), *address) != list.end())
      refuse(one.at, what + ": is named twice", one.text);
    else
      list.push_back(std::move(*address));
  }
  return list;
}

std::vector<std::string> yaml_reader::names(const node& from, const std::string& what, std::string_view forbidden) {
  std::vector<std::string> list;
  for (const auto& one : texts(from, what))
    if (usable_name(one.text, one.at, what, forbidden) && std::find(list.begin(), list.end(), one.text) == list.end())
      list.push_back(one.text);
  return list;
}

std::optional<std::chrono::milliseconds> yaml_reader::duration(const node& from, const std::string& what,
                                                               const std::string& also) {
  if (from.is == node::shape::scalar) {
    const auto value = hub::parse_duration(from.text);
    if (value && value->count() > 0) return *value;
  }
  refuse(from, what + ": expected " + also + "a length of time like 60m or 14d", from.text);
  return std::nullopt;
}

}  // namespace routing
