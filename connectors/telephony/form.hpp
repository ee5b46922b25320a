#pragma once
// Bodies as browsers send forms (application/x-www-form-urlencoded), flat or with PHP's brackets: `a[b][0][c]=1`. And how
// fields are read that come as text from one version of a platform and as numbers from another. Pure, any thread; problems
// quote nothing.

#include "hub/base/problem.hpp"
#include "hub/base/time.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace connectors::telephony {

inline constexpr std::size_t most_form_keys = 2000;
inline constexpr std::size_t most_form_depth = 6;

using form_pairs = std::vector<std::pair<std::string, std::string>>;

/// Names and values in their order, decoded, checked to be UTF-8.
hub::result<form_pairs> parse_form(std::string_view body);

/// The tree that PHP makes of the names: lists are objects whose members are named 0, 1, ...; of what contradicts itself the
/// last holds.
hub::result<boost::json::object> form_tree(const form_pairs& pairs);

/// Text, or the digits of a whole number; empty for anything else.
std::string field(const boost::json::object& from, std::string_view name);
/// The same of the member that a path with slashes leads to.
std::string field_at(const boost::json::object& from, std::string_view path);

/// The objects of a list, whether it is a JSON list or an object of numbered members.
std::vector<const boost::json::object*> rows_in(const boost::json::object& from, std::string_view name);

/// Whole seconds up to a week; nothing for anything else.
std::optional<std::uint32_t> seconds_of(std::string_view text);
/// Seconds since 1970 between 2000 and 2100.
std::optional<hub::instant> unix_time_of(std::string_view text);
/// "Fri, 13 Feb 2026 07:00:02 +0000" (RFC 2822), any offset in digits.
std::optional<hub::instant> mail_time_of(std::string_view text);

}  // namespace connectors::telephony
