#pragma once
// Invented phone numbers that are planted in structured fields, and how they are looked for where none of them may be: plain,
// without the signs that people put between digits, and inside of whatever base64 there is. One thread.

#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>

namespace test_support {

class planted_numbers {
 public:
  explicit planted_numbers(std::uint64_t seed) : random_(seed) {}

  /// Another number of a range that belongs to nobody, twelve digits.
  std::string digits();
  /// Another one as somebody spells it.
  std::string spelled();

  /// What stands around the first planted number in `text`; nothing when there is none.
  std::optional<std::string> found_in(std::string_view text) const;
  /// The same for numbers without their calling code too. For short texts: long ones hold such digits by chance.
  std::optional<std::string> found_without_code_in(std::string_view text) const;

  std::set<std::string, std::less<>> all;

 private:
  std::mt19937_64 random_;
};

}  // namespace test_support
