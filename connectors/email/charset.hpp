#pragma once
// Bytes in whatever character set a mail claims, as UTF-8. Pure, any thread, never fails: what cannot be read becomes U+FFFD.

#include <string>
#include <string_view>

namespace connectors::email {

/// Strictly by the label; where that fails as UTF-8, then as windows-1251 or koi8-u, whichever reads more like words. The
/// label is believed only when it is one of the sets that mail uses.
std::string to_utf8(std::string_view bytes, std::string_view label);

/// The set that an HTML page names in its first bytes, for parts without a label; empty when it names none.
std::string charset_of_page(std::string_view html);

}  // namespace connectors::email
