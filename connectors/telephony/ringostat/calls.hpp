#pragma once
// How Ringostat is asked for its list of calls, and what it answers. After the help page "Calls export" (`calls/list`). Pure; the
// loop that asks is connectors/telephony/call_list.

#include "connectors/telephony/call_list.hpp"
#include "connectors/telephony/ringostat/settings.hpp"

namespace connectors::telephony::ringostat {

/// Both outlive what is returned.
list_source calls_of(const account_context& of, const settings& with);

}  // namespace connectors::telephony::ringostat
