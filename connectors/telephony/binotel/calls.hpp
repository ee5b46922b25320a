#pragma once
// How Binotel is asked for its list of calls, and what it answers. After the page "REST API" (`stats/list-of-calls-for-period`).
// Pure; the loop that asks is connectors/telephony/call_list.

#include "connectors/telephony/binotel/settings.hpp"
#include "connectors/telephony/call_list.hpp"

namespace connectors::telephony::binotel {

/// Both outlive what is returned.
list_source calls_of(const account_context& of, const settings& with);

}  // namespace connectors::telephony::binotel
