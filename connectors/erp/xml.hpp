#pragma once
// XML of any size, one element at a time: whoever reads says which elements are gathered whole (an element with all that is in
// it, bounded), which are entered and which are skipped. Document type declarations, and with them entities of a file's own,
// are refused; names are compared without their namespace's prefix. expat stays behind xml.cpp. Any thread.

#include "connectors/erp/charset.hpp"
#include "hub/base/problem.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace connectors::erp {

struct element {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;  ///< its own characters, without blanks around them
  std::vector<element> children;

  /// The first child of that name; null when there is none.
  const element* child(std::string_view named) const;
  /// Its text; empty when there is none.
  std::string_view text_of(std::string_view named) const;
  std::string_view attribute(std::string_view named) const;
};

struct xml_limits {
  std::size_t depth = 32;
  std::size_t gathered = 4 << 20;  ///< characters of one gathered element, names and attributes included
};

enum class step { enter, gather, skip };

struct xml_reader {
  /// Of each element on the way that is not inside of a skipped or gathered one; `path` ends with its name.
  std::function<step(const std::vector<std::string>& path, const element& head)> begin;
  /// Each gathered element when it ends. `path` as above; a problem ends the reading.
  std::function<std::optional<hub::problem>(const std::vector<std::string>& path, element whole, std::uint64_t line)> take;
};

/// Nothing when it was well formed to its end. The problem's place is "line 312"; its text is ASCII and quotes nothing.
std::optional<hub::problem> read_xml(const puller& utf8, const xml_reader& reader, const xml_limits& limits = {});

}  // namespace connectors::erp
