#include "config/reference.hpp"

#include "hub/message/json.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace config {

namespace {

// Inside a table cell a bar would end the cell.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string code(const std::string& text) { return text.empty() ? "" : "`" + text + "`"; }

}  // namespace

namespace detail {

std::string plain_number(double n) {
  return std::abs(n) < 1e15 && n == std::floor(n) ? fmt::format("{:.0f}", n) : fmt::format("{}", n);
}

std::string milliseconds_text(double n) { return hub::to_text(std::chrono::milliseconds(static_cast<std::int64_t>(n))); }

std::string bytes_text(double n) { return hub::to_text(hub::byte_count{static_cast<std::uint64_t>(n)}); }

}  // namespace detail

std::string yaml_scalar(const std::string& text) {
  // Letters, digits and a few marks that mean nothing to YAML; a leading letter, so that it is no number.
  const auto harmless = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '/' || c == '-' || c == '@';
  };
  const bool plain = !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) &&
                     std::all_of(text.begin(), text.end(), harmless);
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool word = lower == "null" || lower == "true" || lower == "false" || lower == "yes" || lower == "no" || lower == "on" ||
                    lower == "off";
  if (plain && !word) return text;
  std::string quoted;
  hub::message::append_json_string(quoted, text);
  return quoted;
}

std::string environment_name(const std::string& path) {
  std::string name = "HUB__";
  for (const char c : path) {
    if (c == '.')
      name += "__";
    else
      name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::string limits_text(const hub::about& facts, double type_min, double type_max, std::string (*written)(double)) {
  const double min = std::max(facts.min, type_min), max = std::min(facts.max, type_max);
  const bool has_min = min > std::numeric_limits<double>::lowest(), has_max = max < std::numeric_limits<double>::max();
  if (has_min && has_max) return written(min) + " to " + written(max);
  if (has_min) return "at least " + written(min);
  if (has_max) return "at most " + written(max);
  return "";
}

std::string reference_table(const std::vector<setting_row>& rows) {
  std::string page = "| setting | type | default | limits | meaning | environment |\n| --- | --- | --- | --- | --- | --- |\n";
  for (const auto& row : rows) {
    auto meaning = row.text;
    if (!row.example.empty()) meaning += " Example: " + code(row.example) + ".";
    auto names = code(environment_name(row.path));
    if (row.secret) names += ", " + code(environment_name(row.path) + "_FILE");
    page += "| " + code(cell(row.path)) + " | " + cell(row.type) + (row.secret ? ", secret" : "") + " | " +
            (row.required ? "required" : code(cell(row.value))) + " | " + cell(row.limits) + " | " + cell(meaning) + " | " +
            names + " |\n";
  }
  return page;
}

std::string connector_section(std::string_view channel, const std::string& described) {
  return "### " + std::string(channel) + "\n\n" + described + "\n";
}

}  // namespace config
