#pragma once
// How parsers read a platform's JSON: members with their place in the body, texts cleaned and scrubbed, numbers exact. A
// member that cannot be what it must be throws refused_body, which the connector's normalize() catches: it refuses the
// whole body, naming the place and quoting nothing. Pure, any thread.

#include "connectors/account.hpp"
#include "hub/base/problem.hpp"
#include "hub/base/time.hpp"
#include "hub/message/canonical.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace connectors {

/// Thrown by the readers below; never leaves normalize().
struct refused_body {
  hub::problem why;
};
[[noreturn]] void refuse_body(std::string where, std::string what);

inline constexpr std::int64_t earliest_ms = 946'684'800'000;  ///< 2000: no platform is older
inline constexpr std::int64_t latest_ms = 4'102'444'800'000;  ///< 2100

/// `path` is the member's place for the refusal: "message.location.lat".
const boost::json::object& object_in(const boost::json::object& from, std::string_view name, const std::string& path);
/// Null when absent or of another type.
const boost::json::object* object_if(const boost::json::object& from, std::string_view name);
const boost::json::array* array_if(const boost::json::object& from, std::string_view name);
/// Empty when absent or null.
std::string_view text_in(const boost::json::object& from, std::string_view name, const std::string& path);
/// Empty when absent or of another type: for members nothing depends on.
std::string_view text_if(const boost::json::object& from, std::string_view name);
/// An id as given: not empty, at most 512 bytes, no blanks and no control characters.
std::string id_in(const boost::json::object& from, std::string_view name, const std::string& path);
/// A language tag or country code: an ASCII word; anything else is none.
std::string word_in(const boost::json::object& from, std::string_view name, std::size_t longest);
/// Exact: a whole number or its decimal digits in quotes; what came as a fraction has lost digits already.
std::optional<std::uint64_t> whole_number(const boost::json::value& from);
/// Degrees, as a number or as text, within +-limit.
double degrees_in(const boost::json::object& location, std::string_view name, double limit, const std::string& path);
/// Seconds since 1970 between the years 2000 and 2100, as a number or as digits in quotes.
hub::instant seconds_in(const boost::json::object& from, std::string_view name, const std::string& path);

/// JSON text with U+FFFD for every escaped half of a character that stands alone, which no parser takes.
std::string without_half_characters(std::string_view json);

/// Clean UTF-8, cut to `characters`.
std::string clean(std::string_view text, std::size_t characters);
/// A structured field that people see: no number may hide in it. Cut first: what is left of a longer run of digits may look
/// like a number.
std::string scrubbed(std::string_view text, std::size_t characters);
/// What a customer wrote: kept, or without numbers where the settings mask texts.
std::string written(const account_context& of, std::string_view text);
/// A sender's name for a file: data that people see.
std::string file_name(const account_context& of, std::string_view given);

/// Our own tracking data that a platform returns unsigned: kept only when it looks like ours ("hub:..."), else empty.
std::string tracking_of(std::string_view given);

}  // namespace connectors
