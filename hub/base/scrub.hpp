#pragma once
// Takes phone numbers out of text. Used by every connector on names and other structured fields always, and on
// what customers write when `privacy.text` is `mask`. Pure, any thread, never fails.

#include <string>
#include <string_view>

namespace hub {

/// What stands where a number stood.
inline constexpr std::string_view number_mask = "[number]";

/// `text` with everything that looks like a phone number replaced: 9 digits or more, or 7 and more after a plus
/// sign, also with blanks, dashes, dots, brackets or slashes between them and in other scripts' digits. Clock
/// times, dates, prices and single groups longer than 15 digits stay.
std::string scrub_numbers(std::string_view text);

/// Whether scrub_numbers() would change it.
bool has_number(std::string_view text);

}  // namespace hub
