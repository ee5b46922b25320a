#pragma once
// What hubctl prints for people: tables with aligned columns, and nothing that is not asked for. Text of any script
// takes one column per character.

#include <cstdint>
#include <string>
#include <string_view>
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

/// One line of a terminal, shortened: what strangers write may hold line breaks and escape sequences.
std::string one_line(std::string_view text, std::size_t limit);
/// "2026-11-20T12:08:45.311Z" as "2026-11-20 12:08:45.311"; "-" for an empty text.
std::string utc_words(std::string_view rfc3339);
/// "40 s", "12 min", "7 h", "3 d".
std::string age_words(std::int64_t seconds);
/// True when a person looks at standard output.
bool is_terminal();

/// Asks on the terminal; false without one.
bool confirm(const std::string& question);

}  // namespace hub::ctl
