#include "config/reader.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace config {

namespace {

std::string number_text(double n) {
  return std::abs(n) < 1e15 && n == std::floor(n) ? fmt::format("{:.0f}", n) : fmt::format("{}", n);
}

}  // namespace

void reading::refuse(const place& at, const std::string& path, const std::string& what, const std::string& value) {
  found.push_back({to_text(at), path.empty() ? what : path + ": " + what, secret ? std::string() : hub::shorten(value, 60)});
}

std::string shape_of(const node& n) {
  switch (n.is) {
    case node::shape::null: return "nothing";
    case node::shape::list: return "a list";
    case node::shape::map: return "a map";
    case node::shape::scalar: break;
  }
  // Never its text: a secret may stand where a section was expected.
  return "a single value";
}

std::string expected_number(bool whole, double min, double max) {
  std::string kind = whole ? "a whole number" : "a number";
  // Beyond these a limit is only the type's own.
  const bool has_min = min > -1e18, has_max = max < 1e18;
  if (has_min && has_max) return kind + " from " + number_text(min) + " to " + number_text(max);
  if (has_min) return kind + " of at least " + number_text(min);
  if (has_max) return kind + " of at most " + number_text(max);
  return kind;
}

bool is_whole_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void refuse_unknown(const node& from, const std::vector<std::string>& names, const std::string& path, reading& in) {
  for (const auto& [name, member] : from.members) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const auto meant = hub::did_you_mean(name, names);
    in.refuse(member.owner(), member_path(path, hub::shorten(name, 60)),
              meant ? "is not known here; did you mean " + *meant + "?" : std::string("is not known here"));
  }
}

bool is_override(const node& from) { return from.at.line == 0; }

std::vector<node> list_items(const node& from) {
  if (from.is != node::shape::scalar) return from.items;
  std::vector<node> items;
  if (hub::trim(from.text).empty()) return items;
  for (const auto& part : hub::split(from.text, ',')) {
    node item;
    item.is = node::shape::scalar;
    item.at = from.at;
    item.text = hub::trim(part);
    items.push_back(std::move(item));
  }
  return items;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void check_length(const node& from, std::size_t length, const std::string& unit, const std::string& path,
                  const hub::about& facts, reading& in) {
  const auto size = static_cast<double>(length);
  const auto counted = [&](double n) { return number_text(n) + " " + (n == 1 ? unit.substr(0, unit.size() - 1) : unit); };
  if (size < facts.min)
    in.refuse(from.at, path, "expected at least " + counted(facts.min), std::to_string(length));
  else if (size > facts.max)
    in.refuse(from.at, path, "expected at most " + counted(facts.max), std::to_string(length));
}

}  // namespace config
