#pragma once
// The list of settings that a described struct declares, leaf by leaf, for whoever prints or looks them up: the
// reference page, the environment's names, print-config. Any thread.

#include "config/node.hpp"
#include "hub/base/describe.hpp"
#include "hub/base/secret.hpp"
#include "hub/base/time.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace config {

struct setting_row {
  std::string path;    ///< "intake.listen.port"
  std::string type;    ///< "number", "text", "duration", "one of debug, info", "list of text", ...
  std::string value;   ///< as it would be written in YAML; "***" for a secret that is set
  std::string limits;  ///< "1 to 64"; empty: none
  std::string text;
  std::string example;
  bool secret = false;
  bool required = false;
};

/// Text as a YAML scalar, in double quotes where it would not read back as text.
std::string yaml_scalar(const std::string& text);
/// "HUB__INTAKE__LISTEN__PORT"
std::string environment_name(const std::string& path);
/// "1 to 64", "at least 1"; `written` shows a limit in the field's unit.
std::string limits_text(const hub::about& facts, double type_min, double type_max, std::string (*written)(double));
/// A Markdown table of rows, with the environment's names.
std::string reference_table(const std::vector<setting_row>& rows);
/// What `hub-connector --describe-settings` prints for each kind: a heading and the kind's describe_settings().
std::string connector_section(std::string_view channel, const std::string& described);

namespace detail {

std::string plain_number(double n);
std::string milliseconds_text(double n);
std::string bytes_text(double n);

template <class T>
std::string type_name() {
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  else if constexpr (std::is_integral_v<T>) return "whole number";
  else if constexpr (std::is_floating_point_v<T>) return "number";
  else if constexpr (hub::NamedEnum<T>) return "one of " + hub::list_names<T>();
  else if constexpr (std::is_same_v<T, std::chrono::milliseconds>) return "duration";
  else if constexpr (std::is_same_v<T, hub::byte_count>) return "size";
  else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, hub::secret>) return "text";
  else if constexpr (requires { typename T::mapped_type; }) return "map";
  else if constexpr (requires(T v) { v.emplace_back(); }) return "list of " + type_name<typename T::value_type>();
  else if constexpr (requires(T v) { v.has_value(); v.emplace(); }) return type_name<typename T::value_type>();
  else return "settings";
}

template <class T>
std::string written(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_arithmetic_v<T>) {
    return plain_number(static_cast<double>(value));
  } else if constexpr (hub::NamedEnum<T>) {
    return std::string(hub::name_of(value));
  } else if constexpr (std::is_same_v<T, std::chrono::milliseconds> || std::is_same_v<T, hub::byte_count>) {
    return hub::to_text(value);
  } else if constexpr (std::is_same_v<T, hub::secret>) {
    return value.empty() ? yaml_scalar("") : yaml_scalar("***");
  } else if constexpr (std::is_same_v<T, std::string>) {
    return yaml_scalar(value);
  } else if constexpr (requires { value.has_value(); }) {
    return value ? written(*value) : "~";
  } else if constexpr (requires { typename T::mapped_type; }) {
    return "{}";
  } else if constexpr (hub::Described<T>) {
    std::string members;
    const auto add = [&](std::string_view name, const auto& field, const hub::about&) {
      members += (members.empty() ? "" : ", ") + std::string(name) + ": " + written(field);
    };
    T::describe(value, add);
    return "{" + members + "}";
  } else {
    std::string list;
    for (const auto& entry : value) list += (list.empty() ? "" : ", ") + written(entry);
    return "[" + list + "]";
  }
}

template <class T>
std::string limits_of(const hub::about& facts) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    // A number of 64 bits has no limit worth naming.
    const bool wide = sizeof(T) == 8;
    return limits_text(
        facts,
        wide && std::is_signed_v<T> ? std::numeric_limits<double>::lowest() : static_cast<double>(std::numeric_limits<T>::min()),
        wide ? std::numeric_limits<double>::max() : static_cast<double>(std::numeric_limits<T>::max()), plain_number);
  } else if constexpr (std::is_same_v<T, std::chrono::milliseconds>) {
    return limits_text(facts, facts.min, facts.max, milliseconds_text);
  } else if constexpr (std::is_same_v<T, hub::byte_count>) {
    return limits_text(facts, facts.min, facts.max, bytes_text);
  } else if constexpr (std::is_floating_point_v<T>) {
    return limits_text(facts, facts.min, facts.max, plain_number);
  } else if constexpr (requires(T v) { v.has_value(); v.emplace(); }) {
    return limits_of<typename T::value_type>(facts);
  } else {
    auto length = limits_text(facts, facts.min, facts.max, plain_number);
    if (length.empty()) return length;
    return length + (std::is_same_v<T, std::string> || std::is_same_v<T, hub::secret> ? " characters" : " items");
  }
}

struct row_collector {
  const std::string& prefix;
  bool secret;
  std::vector<setting_row>& rows;

  template <class Field>
  void operator()(std::string_view name, const Field& field, const hub::about& facts) {
    const auto path = prefix.empty() ? std::string(name) : prefix + "." + std::string(name);
    const bool hidden = secret || facts.secret || std::is_same_v<Field, hub::secret>;
    // Trees and maps are left out: their entries have names of their own, and whoever declares them prints them.
    if constexpr (hub::Described<Field>) {
      row_collector inner{path, hidden, rows};
      Field::describe(field, inner);
    } else if constexpr (!std::is_same_v<Field, node> && !requires { typename Field::mapped_type; }) {
      auto value = written(field);
      if (hidden && value != "\"\"" && value != "~" && value != "[]") value = yaml_scalar("***");
      rows.push_back({path, type_name<Field>(), std::move(value), limits_of<Field>(facts), std::string(facts.text),
                      std::string(facts.example), hidden, facts.required});
    }
  }
};

}  // namespace detail

/// One row per leaf of `of`, paths beginning with `prefix`. Maps are left out.
template <hub::Described T>
std::vector<setting_row> setting_rows(const T& of, const std::string& prefix = {}) {
  std::vector<setting_row> rows;
  detail::row_collector on{prefix, false, rows};
  T::describe(of, on);
  return rows;
}

/// Markdown of everything T declares, with T's defaults: what a connector's describe_settings() returns.
template <hub::Described T>
std::string reference_of(const std::string& prefix) {
  return reference_table(setting_rows(T{}, prefix));
}

}  // namespace config
