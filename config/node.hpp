#pragma once
// A YAML document as a tree with places, so that every later complaint can say file:line:column. yaml-cpp stays
// behind node.cpp. Refused while reading, all in one pass: files over 256 KiB, anchors, aliases, tags, duplicate
// keys, keys that are not text, nesting over 32. Scalars are kept as the text that was written: nobody turns
// `010` into 8 or `no` into false. Plain values, any thread.

#include "hub/base/problem.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace config {

/// Where something was written; column and line begin at 1. An override names its environment variable as file
/// and has no line.
struct place {
  std::string file;
  int line = 0;
  int column = 0;
};
/// "config/hub.yaml:12:5"
std::string to_text(const place& p);

struct node {
  enum class shape { null, scalar, list, map };

  shape is = shape::null;
  place at;                  ///< of the value; of its key when the value is empty
  place key_at;              ///< of the key that holds it; nowhere for items of lists and the root
  std::string text;          ///< of a scalar
  bool quoted = false;       ///< a quoted scalar is never a number, a boolean or null
  std::vector<node> items;   ///< of a list
  std::vector<std::pair<std::string, node>> members;  ///< of a map, in written order

  // Defined where node is whole: clang looks into the pairs at once.
  node();
  ~node();
  node(const node&);
  node(node&&) noexcept;
  node& operator=(const node&);
  node& operator=(node&&) noexcept;

  const node* find(std::string_view name) const;
  node* find(std::string_view name);
  /// Where a complaint about the whole of it points: the key if there is one.
  const place& owner() const { return key_at.file.empty() ? at : key_at; }

  /// What was written, wherever it was: places and quotes that change nothing are not compared.
  friend bool operator==(const node& a, const node& b);
};

/// The tree, or every problem found.
struct parsed {
  node root;
  hub::problems problems;
};
parsed parse_yaml(std::string_view text, const std::string& file);
/// Reads and parses; a file that cannot be read is a problem too.
parsed parse_yaml_file(const std::string& path);

}  // namespace config
