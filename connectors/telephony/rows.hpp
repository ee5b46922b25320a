#pragma once
// Lists of calls that a provider is asked for: each row by itself, so that one that cannot be read keeps no other back. Pure, any
// thread.

#include "connectors/telephony/call.hpp"
#include "hub/message/json.hpp"

#include <boost/json/array.hpp>

#include <functional>

namespace connectors::telephony {

inline constexpr hub::message::json_limits body_limits{.bytes = 8 << 20, .depth = 16};
/// Ringostat gives 6500 rows at most, the others less.
inline constexpr std::size_t most_rows = 10'000;

/// What makes an event of one row: nothing where there is nothing to tell, refused_body where it cannot be read.
using row_reader = std::function<std::optional<hub::message::event>(const boost::json::object&)>;

/// The events in the rows' order; of a row that cannot be read an `unparsed` one with a list of that row alone. Throws
/// refused_body when there are more rows than a provider gives.
std::vector<hub::message::event> read_rows(const surroundings& in, const boost::json::array& rows, const row_reader& read);

/// An `unparsed` event with a list of these rows.
hub::message::event refused_rows(const surroundings& in, const boost::json::array& rows, const hub::problem& why);
/// The same of any body.
hub::message::event refused_text(const surroundings& in, std::string body, const hub::problem& why);

}  // namespace connectors::telephony
