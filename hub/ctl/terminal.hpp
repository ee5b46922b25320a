#pragma once
// What hubctl prints for people: tables with aligned columns, and nothing that is not asked for. Text of any script
// takes one column per character.

#include <string>
#include <vector>

namespace hub::ctl {

class table {
 public:
  /// A heading that begins with '>' is a column of numbers, aligned right.
  explicit table(std::vector<std::string> headings);

  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  /// Headings, rows, each line ended; no trailing blanks.
  std::string text() const;

 private:
  std::vector<std::string> headings_;
  std::vector<bool> to_the_right_;
  std::vector<std::vector<std::string>> rows_;
};

/// True when a person looks at standard output.
bool is_terminal();

/// Asks on the terminal; false without one.
bool confirm(const std::string& question);

}  // namespace hub::ctl
