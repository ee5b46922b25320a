#pragma once
// Small text verbs that several layers need: UTF-8 hygiene for what strangers send, shortening for what
// people read, and "did you mean".

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

/// True when `bytes` is well-formed UTF-8 (no overlong forms, no surrogates).
bool is_utf8(std::string_view bytes);

/// Text that Postgres and a browser can take: each byte that is not UTF-8 and each U+0000 becomes U+FFFD.
std::string clean_text(std::string_view bytes);

/// At most `limit` characters (code points), "…" added when something was cut.
std::string shorten(std::string_view text, std::size_t limit);

/// The candidate closest to `word` when it is close enough to be a slip of the finger.
std::optional<std::string> did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words);

/// 0 to 9, whatever the locale.
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace hub
