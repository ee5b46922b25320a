#pragma once
// Columns of a set-based statement: each becomes one PostgreSQL array parameter for unnest($1::text[], ...). Text of
// any content is safe. Not thread-safe, plain value.

#include "hub/base/time.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hub::db {

class array {
 public:
  void add(std::string_view text);
  void add(const std::string& text) { add(std::string_view(text)); }
  void add(const char* text) { add(std::string_view(text)); }
  void add(std::integral auto number) { add_plain(std::to_string(number)); }
  void add(bool flag) { add_plain(flag ? "t" : "f"); }
  void add(double number);
  void add(instant time) { add_plain("\"" + to_rfc3339(time) + "\""); }
  void add_null() { add_plain("NULL"); }
  template <class T>
  void add(const std::optional<T>& value) {
    if (value)
      add(*value);
    else
      add_null();
  }
  /// Null for an empty text.
  void add_or_null(std::string_view text) {
    if (text.empty())
      add_null();
    else
      add(text);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// "{...}", to be passed as a text parameter.
  std::string text() const { return "{" + body_ + "}"; }

 private:
  void add_plain(std::string_view text);
  std::string body_;
  std::size_t size_ = 0;
};

}  // namespace hub::db
