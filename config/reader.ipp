// Included by reader.hpp only: one function per shape of field, chosen at compile time.

#include "hub/base/secret.hpp"
#include "hub/base/text.hpp"
#include "hub/base/time.hpp"

#include <charconv>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>

namespace config {

/// What a reader knows while it goes through a tree. `path` is for the problem's text: "intake.listen.port".
struct reading {
  hub::problems& found;
  bool secret = false;  ///< the value is shown in no problem

  void refuse(const place& at, const std::string& path, const std::string& what, const std::string& value = {});
};

/// "a text", "a list", "a map", "nothing": for "expected a list, found ...".
std::string shape_of(const node& n);
/// "a whole number from 1 to 64", "a number", ...
std::string expected_number(bool whole, double min, double max);
/// Plain decimal digits without leading zeros; nothing else is a number here.
bool is_whole_number(std::string_view text);
/// Reports members that are not among `names`.
void refuse_unknown(const node& from, const std::vector<std::string>& names, const std::string& path, reading& in);
/// The elements of a list; an override writes them with commas.
std::vector<node> list_items(const node& from);
bool is_override(const node& from);

template <class T>
void read_value(const node& from, T& to, const std::string& path, const hub::about& facts, reading& in);

inline std::string member_path(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

struct member_reader {
  const node& from;
  const std::string& path;
  reading& in;
  std::vector<std::string> names;

  template <class Field>
  void operator()(std::string_view name, Field& field, const hub::about& facts) {
    names.emplace_back(name);
    const auto* member = from.find(name);
    if (member)
      read_value(*member, field, member_path(path, name), facts, in);
    else if (facts.required)
      in.refuse(from.owner(), member_path(path, name), "is missing");
  }
};

template <hub::Described T>
void read_members(const node& from, T& to, const std::string& path, reading& in) {
  // A section whose settings are all commented out is a section of defaults.
  if (from.is != node::shape::map && from.is != node::shape::null)
    return in.refuse(from.at, path, "expected a map of settings", shape_of(from));
  member_reader on{from, path, in, {}};
  T::describe(to, on);
  refuse_unknown(from, on.names, path, in);
}

template <class T>
void read_whole_number(const node& from, T& to, const std::string& path, const hub::about& facts, reading& in) {
  const double least = std::max(facts.min, static_cast<double>(std::numeric_limits<T>::min()));
  const double most = std::min(facts.max, static_cast<double>(std::numeric_limits<T>::max()));
  T number{};
  const auto& text = from.text;
  if (is_whole_number(text)) {
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto size = static_cast<double>(number);
    if (failed == std::errc{} && end == text.data() + text.size() && size >= least && size <= most) {
      to = number;
      return;
    }
  }
  in.refuse(from.at, path, "expected " + expected_number(true, least, most), text);
}

/// Durations and sizes: text with a unit, limits in milliseconds and bytes.
template <class T, class Parse, class Count>
void read_quantity(const node& from, T& to, const std::string& path, const hub::about& facts, reading& in, Parse parse,
                   Count count, auto from_count) {
  const auto value = parse(from.text);
  if (!value) return in.refuse(from.at, path, value.error().what, from.text);
  const auto size = static_cast<double>(count(*value));
  if (size < facts.min)
    in.refuse(from.at, path, "expected at least " + hub::to_text(from_count(facts.min)), from.text);
  else if (size > facts.max)
    in.refuse(from.at, path, "expected at most " + hub::to_text(from_count(facts.max)), from.text);
  else
    to = *value;
}

/// Limits of lengths; `unit` is "characters" or "items".
void check_length(const node& from, std::size_t length, const std::string& unit, const std::string& path,
                  const hub::about& facts, reading& in);
std::size_t count_characters(std::string_view text);

template <class T>
void read_scalar(const node& from, T& to, const std::string& path, const hub::about& facts, reading& in) {
  const bool plain = !from.quoted;
  if constexpr (std::is_same_v<T, std::string>) {
    check_length(from, count_characters(from.text), "characters", path, facts, in);
    to = from.text;
  } else if constexpr (std::is_same_v<T, hub::secret>) {
    check_length(from, count_characters(from.text), "characters", path, facts, in);
    to = hub::secret(from.text);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!plain || (from.text != "true" && from.text != "false"))
      return in.refuse(from.at, path, "expected true or false", plain ? from.text : "'" + from.text + "'");
    to = from.text == "true";
  } else if constexpr (std::is_integral_v<T>) {
    if (!plain)
      return in.refuse(from.at, path, "expected a number without quotes", "'" + from.text + "'");
    read_whole_number(from, to, path, facts, in);
  } else if constexpr (std::is_floating_point_v<T>) {
    T number{};
    const auto& text = from.text;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = plain && failed == std::errc{} && end == text.data() + text.size();
    if (!whole || !(number >= facts.min && number <= facts.max))
      return in.refuse(from.at, path, "expected " + expected_number(false, facts.min, facts.max), text);
    to = number;
  } else if constexpr (hub::NamedEnum<T>) {
    if (const auto value = hub::value_of<T>(from.text)) {
      to = *value;
      return;
    }
    std::vector<std::string> words;
    for (const auto& entry : names_of(T{})) words.emplace_back(entry.name);
    const auto meant = hub::did_you_mean(from.text, words);
    in.refuse(from.at, path, "expected one of " + hub::list_names<T>() + (meant ? "; did you mean " + *meant + "?" : ""), from.text);
  } else if constexpr (std::is_same_v<T, std::chrono::milliseconds>) {
    read_quantity(from, to, path, facts, in, hub::parse_duration, [](auto d) { return d.count(); },
                  [](double n) { return std::chrono::milliseconds(static_cast<std::int64_t>(n)); });
  } else {
    static_assert(std::is_same_v<T, hub::byte_count>, "a setting of a type this reader does not know");
    read_quantity(from, to, path, facts, in, hub::parse_byte_count, [](auto n) { return n.value; },
                  [](double n) { return hub::byte_count{static_cast<std::uint64_t>(n)}; });
  }
}

template <class T>
void read_value(const node& from, T& to, const std::string& path, const hub::about& facts, reading& outer) {
  reading in{outer.found, outer.secret || facts.secret || std::is_same_v<T, hub::secret>};
  if constexpr (std::is_same_v<T, node>) {
    to = from;
  } else if constexpr (hub::Described<T>) {
    read_members(from, to, path, in);
  } else if constexpr (requires { to.has_value(); to.emplace(); }) {
    if (from.is == node::shape::null) {
      to.reset();
    } else {
      auto value = to.value_or(typename T::value_type{});
      read_value(from, value, path, facts, in);
      to = std::move(value);
    }
  } else if constexpr (requires { typename T::mapped_type; }) {
    if (from.is != node::shape::map && from.is != node::shape::null)
      return in.refuse(from.at, path, "expected a map", shape_of(from));
    T entries;
    for (const auto& [name, member] : from.members) read_value(member, entries[name], member_path(path, name), {}, in);
    check_length(from, entries.size(), "items", path, facts, in);
    to = std::move(entries);
  } else if constexpr (requires { to.emplace_back(); }) {
    if (from.is == node::shape::map || (from.is == node::shape::scalar && !is_override(from)))
      return in.refuse(from.at, path, "expected a list", shape_of(from));
    T entries;
    const auto items = list_items(from);
    for (std::size_t i = 0; i < items.size(); ++i) {
      typename T::value_type entry{};
      const auto before = in.found.size();
      read_value(items[i], entry, path + "[" + std::to_string(i) + "]", {}, in);
      // A default in the place of a refused entry would be complained about once more.
      if (in.found.size() == before) entries.push_back(std::move(entry));
    }
    check_length(from, items.size(), "items", path, facts, in);
    to = std::move(entries);
  } else {
    if (from.is == node::shape::null) return in.refuse(from.at, path, "has no value");
    if (from.is != node::shape::scalar) return in.refuse(from.at, path, "expected a single value", shape_of(from));
    read_scalar(from, to, path, facts, in);
  }
}

template <hub::Described T>
void read(const node& from, T& to, hub::problems& found, const std::string& path) {
  reading in{found};
  read_members(from, to, path, in);
}

}  // namespace config
