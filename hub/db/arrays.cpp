#include "hub/db/arrays.hpp"

#include <charconv>

namespace hub::db {

void array::add(std::string_view text) {
  if (size_++ != 0) body_ += ',';
  body_ += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '"' && text[i] != '\\') continue;
    body_.append(text, plain, i - plain);
    body_ += '\\';
    plain = i;
  }
  body_.append(text, plain, text.size() - plain);
  body_ += '"';
}

void array::add(double number) {
  char digits[32];
  add_plain(
      std::string_view(digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits)));
}

void array::add_plain(std::string_view text) {
  if (size_++ != 0) body_ += ',';
  body_ += text;
}

}  // namespace hub::db
