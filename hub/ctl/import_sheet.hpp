#pragma once
// A sheet to be imported: which column is which field, and its rows as texts that are checked one by one. Every problem
// of a file is collected, with file, line and column; a value that may be a phone number is never shown. Called by hubctl
// import, one thread. Reading a file throws hub::error (permanent).

#include "hub/base/problem.hpp"
#include "hub/base/secret.hpp"
#include "hub/base/time.hpp"
#include "hub/base/csv.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hub::ctl {

/// Something a sheet of one kind may say.
struct import_field {
  std::string name;                   ///< what --map says: "external_id"
  std::vector<std::string> headings;  ///< other headings that mean it, in small letters: "ід", "customer id"
  bool needed = false;
  bool secret = false;  ///< a phone number: its values are shown nowhere, and several columns may hold one
};

/// Everything that is wrong with a file. The first thousand are kept, all are counted.
class import_problems {
 public:
  explicit import_problems(std::string file) : file_(std::move(file)) {}
  /// `found` is left out when it looks like a phone number or is empty.
  void add(std::size_t line, std::size_t column, const std::string& what, std::string_view found = {});
  /// In the order of the file.
  problems in_order() const;
  std::size_t count() const { return count_; }

 private:
  std::string file_;
  problems list_;
  std::vector<std::pair<std::size_t, std::size_t>> places_;
  std::size_t count_ = 0;
};

/// A value as it may be shown: one short line; empty when it looks like a phone number.
std::string shown(std::string_view value);
/// A heading as it is compared: small letters, blanks for underlines and dashes.
std::string heading_key(std::string_view text);

/// What a column's number is, by the header.
struct import_columns {
  std::vector<const import_field*> of;  ///< by column; null: ignored
  std::vector<std::string> unknown;     ///< headings that are ignored, as they may be shown
};
/// `map` is what --map said, heading and field. Everything wrong goes to `wrong`. `fields` outlives the result.
import_columns read_header(const csv_row& header, const std::vector<import_field>& fields,
                           const std::vector<std::pair<std::string, std::string>>& map, import_problems& wrong);

/// One row, field by field. Each reader complains and returns nothing (or an empty text) when the cell is not what it
/// should be, and returns nothing for an empty cell.
class import_cells {
 public:
  import_cells(const csv_row& row, const import_columns& columns, import_problems& wrong);

  std::size_t line() const { return row_.line; }
  /// Where a field stands, for problems found later.
  std::size_t column(std::string_view field) const;
  void complain(std::string_view field, const std::string& what, bool show = true) const;

  /// Trimmed, at most `most` characters.
  std::string text(std::string_view field, std::size_t most) const;
  /// The same, refused when a phone number is in it.
  std::string text_without_number(std::string_view field, std::size_t most) const;
  /// Complains of an empty cell.
  void need(std::string_view field) const;
  /// text() of a cell that must not be empty.
  std::string needed(std::string_view field, std::size_t most) const;
  /// "1200", "1 200,50", "1200.5": as SQL takes it.
  std::optional<std::string> money(std::string_view field) const;
  std::optional<std::string> currency(std::string_view field) const;
  std::optional<int> whole(std::string_view field, int least, int most) const;
  /// RFC 3339, "2026-11-20", "2026-11-20 12:08", "20.11.2026 12:08:45"; UTC where no offset is said.
  std::optional<instant> time(std::string_view field) const;
  /// One of these words, whatever the letters' size.
  std::string word(std::string_view field, const std::vector<std::string>& known) const;
  /// "fp:..." of each phone number in the row's secret columns, without repetition. A cell may hold several, separated by
  /// comma, semicolon or line break.
  std::vector<std::string> fingerprints(const secret& key) const;

 private:
  const csv_field* find(std::string_view field) const;
  const csv_row& row_;
  const import_columns& columns_;
  import_problems& wrong_;
};

/// E.164 of a number as people write it: "+380 (00) 000-00-01", "00380...", "0XX..." (of Ukraine); nothing when it is none.
std::optional<std::string> e164_of(std::string_view typed);

/// Another system's id as it is kept: itself, or a keyed hash where it looks like a phone number.
std::string kept_id(const secret& key, const std::string& external_id);

/// Throws when there is no such file, or it has more than 256 MB.
std::string read_sheet(const std::string& path);

}  // namespace hub::ctl
