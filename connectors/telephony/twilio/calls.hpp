#pragma once
// How Twilio is asked for its list of calls, for one of them, and to ring somebody. After the pages "Calls resource"
// (`Calls.json`) and "TwiML Dial". Pure; the loop that asks for the list is connectors/telephony/call_list.

#include "connectors/telephony/call_list.hpp"
#include "connectors/telephony/twilio/settings.hpp"

namespace connectors::telephony::twilio {

/// The header by which Twilio knows who asks.
std::string basic_authorization(const settings& with);

/// Both outlive what is returned.
list_source calls_of(const account_context& of, const settings& with);

/// One call by its SID.
hub::http::outgoing call_question(const settings& with, const std::string& call);
/// Rings `address`, and connects whoever answers with `number`; both are shown `line`, a number of ours at Twilio.
hub::http::outgoing ring_question(const settings& with, const std::string& address, const std::string& number,
                                  const std::string& line);

}  // namespace connectors::telephony::twilio
