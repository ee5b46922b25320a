#pragma once
// How an answer becomes bytes, and the file behind one. Inside hub/http only.

#include "hub/http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hub::http {

bool may_have_body(int status);

/// What is wrong with an answer, empty when nothing: a status that is none, a header that could begin another.
std::string find_flaw(const response& r);

struct framing {
  std::optional<std::uint64_t> size;  ///< nothing: chunked, or until the close for HTTP/1.0
  bool keep = true;
  bool old = false;  ///< HTTP/1.0
  std::string_view date;
};
/// Status line and headers with the blank line. Length, encoding, connection and date are ours: a handler's are
/// left out.
void append_head(std::string& to, const response& r, const framing& how);

/// Blocks: on the file thread only.
class file_reader {
 public:
  file_reader() = default;
  ~file_reader();
  file_reader(const file_reader&) = delete;
  file_reader& operator=(const file_reader&) = delete;

  /// Throws hub::error when the file is not there or shorter than what shall be sent.
  void open(const file_body& what);
  /// The next piece of at most `limit` bytes; throws when the file has become shorter.
  void read(std::string& into, std::size_t limit);
  std::uint64_t left() const { return left_; }

 private:
  int file_ = -1;
  std::uint64_t at_ = 0, left_ = 0;
};

}  // namespace hub::http
