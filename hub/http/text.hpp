#pragma once
// The grammar of HTTP that both sides share: tokens, header values, percent-encoding, reason words. Pure; any
// thread.

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hub::http {

bool same_name(std::string_view a, std::string_view b);
/// A method or a header name.
bool is_token(std::string_view text);
/// No CR, LF, NUL or other control character, so that a value cannot begin a header of its own.
bool is_header_value(std::string_view text);

/// Nothing when a percent sign is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// Everything but letters, digits and -._~ as %XX.
std::string percent_encode(std::string_view text);

/// What a request line asks for, decoded. Nothing when it is malformed: no leading slash, a broken escape, a NUL,
/// or a "." or ".." segment (no client of ours sends one, and a file handler must never see one).
struct target {
  std::string path;
  std::map<std::string, std::string> query;
};
std::optional<target> parse_target(std::string_view text);

/// "OK" for 200.
std::string_view reason(int status);

}  // namespace hub::http
