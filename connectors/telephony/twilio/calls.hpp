#pragma once
// How Twilio is asked for its list of calls, and what it answers. After the page "Calls resource" (`Calls.json`). Pure; the loop
// that asks is connectors/telephony/call_list.

#include "connectors/telephony/call_list.hpp"
#include "connectors/telephony/twilio/settings.hpp"

namespace connectors::telephony::twilio {

/// The header by which Twilio knows who asks.
std::string basic_authorization(const settings& with);

/// Both outlive what is returned.
list_source calls_of(const account_context& of, const settings& with);

}  // namespace connectors::telephony::twilio
