#include "connectors/telephony/form.hpp"

#include "connectors/body.hpp"
#include "hub/base/number.hpp"
#include "hub/base/text.hpp"
#include "hub/http/text.hpp"

#include <algorithm>
#include <array>

namespace connectors::telephony {

using boost::json::object;
using boost::json::value;

namespace {

constexpr std::uint32_t most_seconds = 7 * 24 * 3600;

/// "a[b][0]" in its parts; "a[" and "a]b" are names like others, as for PHP.
std::vector<std::string_view> parts_of(std::string_view name) {
  std::vector<std::string_view> parts;
  auto open = name.find('[');
  if (open == 0 || open == std::string_view::npos || name.find(']', open) == std::string_view::npos) return {name};
  parts.push_back(name.substr(0, open));
  while (open < name.size() && name[open] == '[') {
    const auto close = name.find(']', open);
    if (close == std::string_view::npos) break;
    parts.push_back(name.substr(open + 1, close - open - 1));
    open = close + 1;
  }
  return parts;
}

std::string text_of(const value& from) {
  if (const auto* text = from.if_string()) return std::string(*text);
  if (const auto* number = from.if_int64()) return std::to_string(*number);
  if (const auto* number = from.if_uint64()) return std::to_string(*number);
  return {};
}

}  // namespace

hub::result<form_pairs> parse_form(std::string_view body) {
  form_pairs pairs;
  while (!body.empty()) {
    const auto end = body.find('&');
    const auto pair = body.substr(0, end);
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    if (pair.empty()) continue;
    if (pairs.size() == most_form_keys) return hub::problem{"", "more fields than a form may have"};
    const auto equals = pair.find('=');
    auto name = hub::http::percent_decode(pair.substr(0, equals), true);
    auto given = hub::http::percent_decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!name || !given) return hub::problem{"", "expected a form: a percent sign without two hex digits"};
    if (!hub::is_utf8(*name) || !hub::is_utf8(*given)) return hub::problem{"", "expected a form in UTF-8"};
    pairs.emplace_back(std::move(*name), std::move(*given));
  }
  return pairs;
}

hub::result<object> form_tree(const form_pairs& pairs) {
  object root;
  for (const auto& [name, given] : pairs) {
    const auto parts = parts_of(name);
    if (parts.size() > most_form_depth) return hub::problem{"", "a form nested too deeply"};
    object* at = &root;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      // "[]" is the next of the list.
      const auto key = parts[i].empty() && i > 0 ? std::to_string(at->size()) : std::string(parts[i]);
      auto& member = (*at)[key];
      if (i + 1 == parts.size()) {
        member = given;
      } else {
        if (!member.is_object()) member.emplace_object();
        at = &member.get_object();
      }
    }
  }
  return root;
}

std::string field(const object& from, std::string_view name) {
  const auto* member = from.if_contains(name);
  return member ? text_of(*member) : std::string();
}

std::string field_at(const object& from, std::string_view path) {
  const object* at = &from;
  for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
    at = object_if(*at, path.substr(0, slash));
    if (!at) return {};
    path.remove_prefix(slash + 1);
  }
  return field(*at, path);
}

std::vector<const object*> rows_in(const object& from, std::string_view name) {
  std::vector<const object*> rows;
  if (const auto* list = array_if(from, name)) {
    for (const auto& one : *list)
      if (const auto* row = one.if_object()) rows.push_back(row);
  } else if (const auto* members = object_if(from, name)) {
    for (const auto& one : *members)
      if (const auto* row = one.value().if_object()) rows.push_back(row);
  }
  return rows;
}

std::optional<std::uint32_t> seconds_of(std::string_view text) {
  const auto number = hub::whole_number<std::uint32_t>(hub::trim(text));
  return number && *number <= most_seconds ? number : std::nullopt;
}

std::optional<hub::instant> unix_time_of(std::string_view text) {
  const auto number = hub::whole_number<std::int64_t>(hub::trim(text));
  if (!number || *number < earliest_ms / 1000 || *number > latest_ms / 1000) return std::nullopt;
  return hub::instant(std::chrono::seconds(*number));
}

std::optional<hub::instant> mail_time_of(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  text = hub::trim(text);
  if (const auto comma = text.find(','); comma != std::string_view::npos) text = hub::trim(text.substr(comma + 1));
  auto parts = hub::split(text, ' ');
  if (parts.size() != 5) return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), parts[1]);
  auto& zone = parts[4];
  if (zone == "GMT" || zone == "UTC") zone = "+0000";
  if (month == months.end() || zone.size() != 5) return std::nullopt;
  if (parts[0].size() == 1) parts[0].insert(0, "0");
  const auto number = std::to_string(month - months.begin() + 1);
  const auto at = hub::parse_rfc3339(parts[2] + "-" + (number.size() == 1 ? "0" : "") + number + "-" + parts[0] + "T" + parts[3] +
                                     zone.substr(0, 3) + ":" + zone.substr(3));
  if (!at || at->time_since_epoch().count() < earliest_ms || at->time_since_epoch().count() > latest_ms) return std::nullopt;
  return *at;
}

}  // namespace connectors::telephony
