#pragma once
// Following the file in which Asterisk writes its calls (cdr_csv, cdr_custom): which rows are new, which of them make a whole
// call, and how far that is. The file may be renamed to `<file>.1` or emptied meanwhile; it is known by its first row. Only
// read_cdr() and find_call() touch a disk, and block; the rest is pure, one thread.

#include "hub/base/problem.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace connectors::telephony::asterisk {

/// Everything before `offset` was taken, and besides the rows that begin at `done`.
struct cdr_position {
  std::string file;  ///< hash of its first row; empty: nothing was ever looked at
  std::uint64_t offset = 0;
  std::set<std::uint64_t> done;

  /// As kept by to_text(); anything else is a beginning.
  static cdr_position read(std::string_view text);
  std::string to_text() const;
};

/// Rows from the position on.
struct cdr_piece {
  cdr_position at;
  std::string bytes;  ///< one MiB at most; its last row may be half written
};

/// The first look begins at the end: what was written before is not ours. Throws hub::error (transient) when the file cannot be
/// read.
cdr_piece read_cdr(const std::string& path, const cdr_position& from);

struct cdr_row {
  std::uint64_t offset = 0, end = 0;
  boost::json::object fields;
  std::string call;  ///< empty: no row of a call, to be refused by the parser
};

/// A line with its columns' names; whole, as `line`, where it has not as many as there are names.
boost::json::object fields_of(std::string_view line, const std::vector<std::string>& columns);

/// The whole rows of a piece that were not taken yet.
std::vector<cdr_row> rows_of(const cdr_piece& piece, const std::vector<std::string>& columns);

/// All rows of one call among the last 64 MiB of the file and of the one that was put aside before it; none: it is no longer
/// there. Blocks; throws as read_cdr().
std::vector<boost::json::object> find_call(const std::string& path, const std::vector<std::string>& columns,
                                           std::string_view call);

/// Which calls are whole: those of which no row came for a while.
class cdr_calls {
 public:
  explicit cdr_calls(std::chrono::milliseconds settle) : settle_(settle) {}
  /// Indexes of rows, those of one call together.
  std::vector<std::vector<std::size_t>> settled(const std::vector<cdr_row>& rows, std::chrono::steady_clock::time_point now);

 private:
  struct last_row {
    std::uint64_t offset = 0;
    std::chrono::steady_clock::time_point seen;
  };
  std::chrono::milliseconds settle_;
  std::map<std::string, last_row> open_;
};

/// Moves on behind rows that were taken.
void took(cdr_position& position, const std::vector<cdr_row>& rows, const std::vector<std::size_t>& taken);

}  // namespace connectors::telephony::asterisk
