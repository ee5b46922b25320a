#pragma once
// JSON of described structs, both ways. Writing goes straight into a string (the hot path of every
// connector); reading takes a parsed boost::json::value and reports every problem with its path
// ("data.sender.identities[0].id"). Empty strings, empty lists, absent optionals and fields equal to their
// default are left out when writing. Any thread.

#include "hub/base/describe.hpp"
#include "hub/base/problem.hpp"
#include "hub/base/secret.hpp"
#include "hub/base/time.hpp"

#include <boost/json/value.hpp>

#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace hub::message {

/// What a reader does with a member that the struct does not declare.
enum class unknown_members { ignore, refuse };

struct json_limits {
  std::size_t bytes = 1 << 20;
  std::size_t depth = 32;
};

/// Parses strict UTF-8 JSON within `limits`; the problem names the byte offset.
result<boost::json::value> parse_json(std::string_view text, const json_limits& limits = {},
                                      boost::json::storage_ptr storage = {});

/// The JSON string literal of `text`, quotes included.
void append_json_string(std::string& out, std::string_view text);

// ---- writing ------------------------------------------------------------------------------------------

template <class T>
void append_json(std::string& out, const T& value);

struct json_writer {
  std::string& out;
  bool first = true;

  template <class Field>
  void operator()(std::string_view name, const Field& field, const about& facts) {
    if (!facts.required && field == Field{}) return;
    if (!first) out += ',';
    first = false;
    out += '"';
    out += name;
    out += "\":";
    append_json(out, field);
  }
};

template <class T>
void append_json(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_arithmetic_v<T>) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, end);
  } else if constexpr (NamedEnum<T>) {
    append_json_string(out, name_of(value));
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    append_json_string(out, value);
  } else if constexpr (std::is_same_v<T, secret>) {
    out += "\"***\"";
  } else if constexpr (std::is_same_v<T, instant>) {
    append_json_string(out, to_rfc3339(value));
  } else if constexpr (std::is_same_v<T, std::chrono::milliseconds> || std::is_same_v<T, byte_count>) {
    append_json_string(out, to_text(value));
  } else if constexpr (requires { value.has_value(); *value; }) {
    if (value)
      append_json(out, *value);
    else
      out += "null";
  } else if constexpr (requires { typename T::mapped_type; }) {
    out += '{';
    bool first = true;
    for (const auto& [name, entry] : value) {
      if (!first) out += ',';
      first = false;
      append_json_string(out, name);
      out += ':';
      append_json(out, entry);
    }
    out += '}';
  } else if constexpr (requires { value.begin(); value.size(); }) {
    out += '[';
    bool first = true;
    for (const auto& entry : value) {
      if (!first) out += ',';
      first = false;
      append_json(out, entry);
    }
    out += ']';
  } else {
    static_assert(Described<T>, "give the type a describe()");
    out += '{';
    json_writer on{out};
    T::describe(value, on);
    out += '}';
  }
}

template <class T>
std::string to_json(const T& value) {
  std::string out;
  append_json(out, value);
  return out;
}

// ---- reading ------------------------------------------------------------------------------------------

/// Where a reader is and what it found wrong.
struct json_reading {
  problems found;
  unknown_members unknown = unknown_members::ignore;

  void refuse(const std::string& path, std::string what, const boost::json::value& value);
};

bool read_json(const boost::json::value& from, std::string& to);
bool read_json(const boost::json::value& from, bool& to);
bool read_json(const boost::json::value& from, double& to);
bool read_json(const boost::json::value& from, std::int64_t& to);
bool read_json(const boost::json::value& from, std::uint64_t& to);

/// A number or the length of a text or list, for the limits of `about`; nothing for other types.
template <class T>
std::optional<double> measure(const T& value) {
  if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
    return static_cast<double>(value);
  else if constexpr (requires { value.size(); })
    return static_cast<double>(value.size());
  else if constexpr (requires { value.has_value(); *value; })
    return value ? measure(*value) : std::nullopt;
  else
    return std::nullopt;
}

template <class T>
void read_json(const boost::json::value& from, T& to, const std::string& path, json_reading& reading);

struct json_members {
  const boost::json::object& from;
  const std::string& path;
  json_reading& reading;

  template <class Field>
  void operator()(std::string_view name, Field& field, const about& facts) {
    const auto* member = from.if_contains(name);
    const auto member_path = path.empty() ? std::string(name) : path + "." + std::string(name);
    if (!member) {
      if (facts.required) reading.found.push_back({member_path, "is missing"});
      return;
    }
    const auto before = reading.found.size();
    read_json(*member, field, member_path, reading);
    if (reading.found.size() != before) return;
    if (const auto n = measure(field); n && (*n < facts.min || *n > facts.max))
      reading.refuse(member_path, *n < facts.min ? "is too small or too short" : "is too large or too long", *member);
  }
};

/// Only collects names, for the unknown-member check.
struct known_members {
  const boost::json::object& from;
  std::size_t known = 0;
  std::vector<std::string> names;

  template <class Field>
  void operator()(std::string_view name, Field&, const about&) {
    names.emplace_back(name);
    if (from.contains(name)) ++known;
  }
};

void refuse_unknown(const boost::json::object& from, const std::vector<std::string>& names, const std::string& path,
                    json_reading& reading);

template <class T>
void read_json(const boost::json::value& from, T& to, const std::string& path, json_reading& reading) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string> || std::is_same_v<T, double>) {
    if (!read_json(from, to))
      reading.refuse(path,
                     std::is_same_v<T, bool>     ? "expected true or false"
                     : std::is_same_v<T, double> ? "expected a number"
                                                 : "expected text",
                     from);
  } else if constexpr (std::is_integral_v<T>) {
    using wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    wide number = 0;
    if (read_json(from, number) && std::in_range<T>(number))
      to = static_cast<T>(number);
    else
      reading.refuse(path, "expected a whole number in range", from);
  } else if constexpr (NamedEnum<T>) {
    std::string word;
    const auto value = read_json(from, word) ? value_of<T>(word) : std::nullopt;
    if (value)
      to = *value;
    else
      reading.refuse(path, "expected one of " + list_names<T>(), from);
  } else if constexpr (std::is_same_v<T, secret>) {
    std::string word;
    if (read_json(from, word))
      to = secret(word);
    else
      reading.found.push_back({path, "expected text"});
  } else if constexpr (std::is_same_v<T, instant> || std::is_same_v<T, std::chrono::milliseconds> ||
                       std::is_same_v<T, byte_count>) {
    std::string word;
    if (!read_json(from, word)) return reading.refuse(path, "expected text", from);
    const auto value = [&] {
      if constexpr (std::is_same_v<T, instant>)
        return parse_rfc3339(word);
      else if constexpr (std::is_same_v<T, byte_count>)
        return parse_byte_count(word);
      else
        return parse_duration(word);
    }();
    if (value)
      to = *value;
    else
      reading.refuse(path, value.error().what, from);
  } else if constexpr (requires {
                         to.has_value();
                         to.emplace();
                       }) {
    if (from.is_null())
      to.reset();
    else
      read_json(from, to.emplace(), path, reading);
  } else if constexpr (requires { typename T::mapped_type; }) {
    const auto* object = from.if_object();
    if (!object) return reading.refuse(path, "expected an object", from);
    for (const auto& member : *object)
      read_json(member.value(), to[std::string(member.key())], path + "." + std::string(member.key()), reading);
  } else if constexpr (requires { to.emplace_back(); }) {
    const auto* list = from.if_array();
    if (!list) return reading.refuse(path, "expected a list", from);
    to.reserve(list->size());
    for (std::size_t i = 0; i < list->size(); ++i)
      read_json((*list)[i], to.emplace_back(), path + "[" + std::to_string(i) + "]", reading);
  } else {
    static_assert(Described<T>, "give the type a describe()");
    const auto* object = from.if_object();
    if (!object) return reading.refuse(path, "expected an object", from);
    json_members members{*object, path, reading};
    T::describe(to, members);
    if (reading.unknown == unknown_members::refuse) {
      known_members names{*object, 0, {}};
      T::describe(to, names);
      if (names.known != object->size()) refuse_unknown(*object, names.names, path, reading);
    }
  }
}

/// The struct, or every problem in one line each (in the one problem's `what`).
template <Described T>
result<T> from_json(const boost::json::value& value, unknown_members unknown = unknown_members::ignore) {
  T made;
  json_reading reading{{}, unknown};
  read_json(value, made, "", reading);
  if (reading.found.empty()) return made;
  if (reading.found.size() == 1) return reading.found.front();
  return problem{"", to_text(reading.found)};
}

}  // namespace hub::message
