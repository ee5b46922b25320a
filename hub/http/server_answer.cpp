#include "hub/http/server_answer.hpp"

#include "hub/base/failure.hpp"
#include "hub/http/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace hub::http {

namespace {

bool is_ours(std::string_view name) {
  switch (name.size()) {
    case 4:
      return same_name(name, "Date");
    case 10:
      return same_name(name, "Connection");
    case 14:
      return same_name(name, "Content-Length");
    case 17:
      return same_name(name, "Transfer-Encoding");
    default:
      return false;
  }
}

void append_number(std::string& to, std::uint64_t n) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
  to.append(digits, end);
}

}  // namespace

bool may_have_body(int status) { return status != 204 && status != 304; }

std::string find_flaw(const response& r) {
  if (r.status < 200 || r.status > 599) return "status " + std::to_string(r.status);
  for (const auto& [name, value] : r.head.list) {
    if (!is_token(name)) return "a header name that is none";
    if (!is_header_value(value)) return "a control character in the value of " + name;
  }
  return {};
}

void append_head(std::string& to, const response& r, const framing& how) {
  to += "HTTP/1.1 ";
  append_number(to, static_cast<std::uint64_t>(r.status));
  to += ' ';
  to += reason(r.status);
  to += "\r\n";
  to += how.date;
  for (const auto& [name, value] : r.head.list) {
    if (is_ours(name)) continue;
    to += name;
    to += ": ";
    to += value;
    to += "\r\n";
  }
  if (may_have_body(r.status)) {
    if (how.size) {
      to += "Content-Length: ";
      append_number(to, *how.size);
      to += "\r\n";
    } else if (!how.old) {
      to += "Transfer-Encoding: chunked\r\n";
    }
  }
  if (!how.keep)
    to += "Connection: close\r\n";
  else if (how.old)
    to += "Connection: keep-alive\r\n";
  to += "\r\n";
}

file_reader::~file_reader() {
  if (file_ >= 0) ::close(file_);
}

void file_reader::open(const file_body& what) {
  const auto fail = [&](int number) {
    throw error(failure::permanent, "file",
                "cannot send " + what.path + ": " + std::generic_category().message(number));
  };
  file_ = ::open(what.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) fail(errno);
  struct stat found {};
  if (::fstat(file_, &found) != 0) fail(errno);
  const auto size = static_cast<std::uint64_t>(found.st_size);
  if (what.offset > size || what.size > size - what.offset)
    throw error(failure::permanent, "file", "cannot send " + what.path + ": it is shorter than it should be");
  at_ = what.offset;
  left_ = what.size;
}

void file_reader::read(std::string& into, std::size_t limit) {
  into.resize(static_cast<std::size_t>(std::min<std::uint64_t>(limit, left_)));
  const auto n = ::pread(file_, into.data(), into.size(), static_cast<off_t>(at_));
  if (n <= 0) throw error(failure::permanent, "file", "a file ended while it was sent");
  into.resize(static_cast<std::size_t>(n));
  at_ += static_cast<std::uint64_t>(n);
  left_ -= static_cast<std::uint64_t>(n);
}

}  // namespace hub::http
