#pragma once
// Declare once: a struct says what its fields are, and the YAML reader (config/), the JSON codec and
// schema (hub/message/), the reference pages, the redacted dump and the unknown-key check all come from
// that declaration.
//
//   struct listener {
//     std::string address = "127.0.0.1";
//     std::uint16_t port = 8090;
//
//     static void describe(auto& self, auto& on) {
//       on("address", self.address, about{.text = "Address to listen on."});
//       on("port", self.port, about{.text = "Port; 0 takes a free one.", .max = 65535});
//     }
//   };
//
// A visitor has `void operator()(std::string_view name, Field& field, const about& facts)`. A default
// value is what a default-constructed struct holds; std::optional fields may be absent, `required` ones
// may not. Enums take part by a function found beside them:
//   constexpr auto names_of(direction) { return std::array{named{"incoming", direction::incoming}, ...}; }

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace hub {

/// What is known of a field besides its name, type and default. Limits hold for numbers, durations (in
/// the field's own unit), sizes, and the length of strings and lists.
struct about {
  std::string_view text;                     ///< one or two sentences for the reference page
  bool required = false;                     ///< a missing value is a problem
  bool secret = false;                       ///< shown as *** in every dump
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();
  std::string_view example = {};             ///< an example for the reference page
};

/// Accepts any field; only there to ask whether a type is described.
struct any_visitor {
  template <class Field>
  void operator()(std::string_view, Field&, const about&) {}
};

template <class T>
concept Described = requires(T& self, any_visitor& on) { T::describe(self, on); };

template <class E>
struct named {
  std::string_view name;
  E value;
};
template <class E>
named(const char*, E) -> named<E>;

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) { names_of(e); };

/// The published word of an enum value.
template <NamedEnum E>
constexpr std::string_view name_of(E value) {
  for (const auto& entry : names_of(value))
    if (entry.value == value) return entry.name;
  return "";
}

template <NamedEnum E>
constexpr std::optional<E> value_of(std::string_view name) {
  for (const auto& entry : names_of(E{}))
    if (entry.name == name) return entry.value;
  return std::nullopt;
}

/// "a, b, c": what a message about a wrong word lists.
template <NamedEnum E>
std::string list_names() {
  std::string list;
  for (const auto& entry : names_of(E{})) list += (list.empty() ? "" : ", ") + std::string(entry.name);
  return list;
}

}  // namespace hub
