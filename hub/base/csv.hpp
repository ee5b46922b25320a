#pragma once
// Comma- or semicolon-separated text as RFC 4180 has it, read strictly and row by row: quoted fields with line breaks and
// doubled quotation marks, CRLF or LF, a byte order mark, UTF-8 only. What is wrong with a row is told with line and
// column, never with the text found there. Called by hubctl import and the ERP connector; pure, one thread, nothing throws.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

struct csv_limits {
  std::size_t columns = 100;
  std::size_t field_bytes = 64 * 1024;
};

/// Lines and columns count from 1; a column is a character, not a byte.
struct csv_field {
  std::string text;
  std::size_t line = 1, column = 1;
};

struct csv_fault {
  std::size_t line = 1, column = 1;
  std::string what;
};

struct csv_row {
  std::size_t line = 1;  ///< of its first field
  std::vector<csv_field> fields;
  std::vector<csv_fault> faults;  ///< empty: the fields are what the file says
};

class csv_reader {
 public:
  /// `text` outlives the reader. The separator is the one that the first row with anything in it holds more of.
  explicit csv_reader(std::string_view text, csv_limits limits = {});

  char separator() const { return separator_; }
  /// The next row that is not an empty line; false at the end. A row with faults does not end the reading: the next one
  /// begins on the next line.
  bool next(csv_row& to);

 private:
  bool at_end() const { return at_ >= text_.size(); }
  /// How many bytes the line end here has; 0 where none is.
  std::size_t line_end() const;
  void step();
  void fault(csv_row& to, std::size_t line, std::size_t column, std::string what) const;
  void read_field(csv_row& to);
  void read_quoted(csv_row& to, csv_field& made);
  void read_plain(csv_row& to, csv_field& made);
  void keep(csv_field& made, bool& too_long) const;

  std::string_view text_;
  csv_limits limits_;
  char separator_ = ',';
  std::size_t at_ = 0, line_ = 1, column_ = 1;
};

}  // namespace hub
