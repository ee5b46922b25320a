#pragma once
// The shapes a rules file is made of, read with a complaint instead of an exception: each call takes a node and
// how to name it, and answers nothing after it has said what is wrong and where. Used by the files of the rules
// reader, one object per reading, on any one thread; nothing throws.

#include "config/node.hpp"
#include "hub/base/describe.hpp"
#include "hub/base/problem.hpp"
#include "hub/base/text.hpp"

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace routing {

/// A word of the file with where it stood.
struct written {
  std::string text;
  config::place at;
};

class yaml_reader {
 public:
  /// Appends what was found wrong, in the order of the file.
  void report(hub::problems& found);

  void refuse(const config::place& at, std::string what, std::string_view value = {});
  void refuse(const config::node& at, std::string what, std::string_view value = {}) { refuse(at.at, std::move(what), value); }

  /// "; did you mean x?" when one of `candidates` is close to `word`.
  static std::string meant(std::string_view word, const std::vector<std::string>& candidates);

  /// A map with no key but `known`; `later` are keys of the design that this version cannot keep.
  bool keys(const config::node& from, const std::string& what, std::initializer_list<const char*> known,
            std::initializer_list<const char*> later = {});

  /// Hands over name and node of every member of a map; no node at all is an empty map.
  template <class F>
  void each(const config::node& from, const std::string& what, F take) {
    using enum config::node::shape;
    if (from.is == null) return;
    if (from.is != map) return refuse(from, what + ": expected a map", from.text);
    for (const auto& [name, value] : from.members) take(name, value);
  }

  std::optional<std::string> text(const config::node& from, const std::string& what);
  /// A list of texts, or one text.
  std::vector<written> texts(const config::node& from, const std::string& what);
  std::optional<int> number(const config::node& from, const std::string& what, int min, int max);
  /// A sum of money: not negative, at most two decimals, below a million millions.
  std::optional<double> amount(const config::node& from, const std::string& what, const std::string& also = "");
  std::optional<bool> yes_no(const config::node& from, const std::string& what);
  /// Longer than nothing; `also` names what else would have been taken.
  std::optional<std::chrono::milliseconds> duration(const config::node& from, const std::string& what, const std::string& also);

  template <hub::NamedEnum E>
  std::optional<E> word_of(const written& from, const std::string& what) {
    if (const auto value = hub::value_of<E>(from.text)) return value;
    std::vector<std::string> names;
    for (const auto& entry : names_of(E{})) names.emplace_back(entry.name);
    refuse(from.at, what + ": expected one of " + hub::list_names<E>() + meant(from.text, names), from.text);
    return std::nullopt;
  }

  bool usable_name(const std::string& name, const config::place& at, const std::string& what, std::string_view forbidden = "");
  /// Usable names, each kept once.
  std::vector<std::string> names(const config::node& from, const std::string& what, std::string_view forbidden = "");
  /// Staff are known by e-mail, in small letters.
  std::optional<std::string> email(const written& from, const std::string& what);
  std::vector<std::string> emails(const config::node& from, const std::string& what);

 private:
  std::vector<std::pair<config::place, hub::problem>> told_;
};

}  // namespace routing
