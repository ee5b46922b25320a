#pragma once
// JSON Schema 2020-12 and reference pages, printed from describe(). For `hubctl reference`, the API's description
// and whoever publishes events from another program. Any thread.
//
// A schema does not forbid unknown members: readers ignore them, so that a newer producer may add some. `maxLength`
// counts characters as the standard wants; the codec counts bytes of UTF-8, so the last word is the codec's.

#include "hub/base/describe.hpp"
#include "hub/base/secret.hpp"
#include "hub/base/time.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace hub::message {

template <class T>
boost::json::object schema_of();

/// Indented by two blanks, members in their order, a newline at the end: what is committed and compared.
std::string pretty(const boost::json::value& value);

/// The schema of a described struct as text.
template <Described T>
std::string json_schema(std::string_view title) {
  boost::json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
  for (auto& member : schema_of<T>()) schema.emplace(member.key(), std::move(member.value()));
  return pretty(schema);
}

/// The schema of a whole event of this kind, envelope included; throws std::invalid_argument for a word that is
/// no kind.
std::string event_schema(std::string_view kind);

/// Markdown: the envelope, every kind with its fields, and what each kind may do to customers, leads and clocks.
std::string canonical_reference();

namespace detail {

/// 64, not 6.4E1.
boost::json::value schema_number(double n);
void add_limits(boost::json::object& schema, const about& facts, const char* least, const char* most);

template <class T>
constexpr bool is_optional = requires(T v) { v.has_value(); v.emplace(); };
template <class T>
constexpr bool is_map = requires { typename T::mapped_type; };
template <class T>
constexpr bool is_list = !is_map<T> && !std::is_same_v<T, std::string> && requires(T v) { v.emplace_back(); };

template <class T>
void limit(boost::json::object& schema, const about& facts) {
  if constexpr (is_optional<T>)
    limit<typename T::value_type>(schema, facts);
  else if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
    add_limits(schema, facts, "minimum", "maximum");
  else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, secret>)
    add_limits(schema, facts, "minLength", "maxLength");
  else if constexpr (is_list<T>)
    add_limits(schema, facts, "minItems", "maxItems");
}

struct schema_writer {
  boost::json::object& properties;
  boost::json::array& required;

  template <class Field>
  void operator()(std::string_view name, const Field& field, const about& facts) {
    auto schema = schema_of<Field>();
    if (!facts.text.empty()) schema["description"] = facts.text;
    limit<Field>(schema, facts);
    if (!facts.example.empty()) schema["examples"] = boost::json::array{facts.example};
    if (facts.required)
      required.emplace_back(name);
    else if constexpr (NamedEnum<Field>)
      schema["default"] = name_of(field);
    else if constexpr (std::is_same_v<Field, bool>)
      schema["default"] = field;
    properties.emplace(name, std::move(schema));
  }
};

}  // namespace detail

template <class T>
boost::json::object schema_of() {
  namespace json = boost::json;
  if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_integral_v<T>) {
    json::object schema{{"type", "integer"}};
    if constexpr (sizeof(T) < 8 || std::is_unsigned_v<T>)
      schema["minimum"] = detail::schema_number(static_cast<double>(std::numeric_limits<T>::min()));
    if constexpr (sizeof(T) < 8) schema["maximum"] = detail::schema_number(static_cast<double>(std::numeric_limits<T>::max()));
    return schema;
  } else if constexpr (std::is_floating_point_v<T>) {
    return {{"type", "number"}};
  } else if constexpr (NamedEnum<T>) {
    json::array words;
    for (const auto& entry : names_of(T{})) words.emplace_back(entry.name);
    return {{"type", "string"}, {"enum", std::move(words)}};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {{"type", "string"}};
  } else if constexpr (std::is_same_v<T, secret>) {
    return {{"type", "string"}, {"writeOnly", true}};
  } else if constexpr (std::is_same_v<T, instant>) {
    return {{"type", "string"}, {"format", "date-time"}};
  } else if constexpr (std::is_same_v<T, std::chrono::milliseconds>) {
    return {{"type", "string"}, {"pattern", "^[0-9]+(ms|s|m|h|d)$"}};
  } else if constexpr (std::is_same_v<T, byte_count>) {
    return {{"type", "string"}, {"pattern", "^[0-9]+(B|KiB|MiB|GiB)$"}};
  } else if constexpr (detail::is_optional<T>) {
    return schema_of<typename T::value_type>();
  } else if constexpr (detail::is_map<T>) {
    return {{"type", "object"}, {"additionalProperties", schema_of<typename T::mapped_type>()}};
  } else if constexpr (detail::is_list<T>) {
    return {{"type", "array"}, {"items", schema_of<typename T::value_type>()}};
  } else {
    static_assert(Described<T>, "give the type a describe()");
    json::object properties;
    json::array required;
    detail::schema_writer on{properties, required};
    const T defaults{};
    T::describe(defaults, on);
    json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
  }
}

}  // namespace hub::message
