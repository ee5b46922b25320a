#pragma once
// Whole numbers out of text. Pure, any thread, never fails.

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace hub {

/// The decimal number that the whole text is; nothing for anything else: blanks, a plus sign, one out of range.
template <std::integral T>
std::optional<T> whole_number(std::string_view text) {
  T number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace hub
