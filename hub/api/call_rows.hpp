#pragma once
// One call as lists, its own page and the lead's timeline show it: the statement and how a row becomes a call_view. Any thread.

#include "hub/api/asked.hpp"
#include "hub/api/views.hpp"

#include <pqxx/pqxx>

#include <string>

namespace hub::api {

/// "select ... from hub.call_record k left join hub.lead l ...": `pick` says which (where, order, limit); `sort_at` is the
/// row's place in a keyset. Only of calls that have begun. $1 is the person who asks, and `pick` must name what they may see.
std::string select_calls(const visitor& who, const std::string& pick);
call_view call_of(const pqxx::row& row);

}  // namespace hub::api
