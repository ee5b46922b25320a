#pragma once
// Twilio's callbacks (forms) and its list of calls (Calls.json) to canonical events, after the pages "Call status callbacks",
// "Recording status callbacks" and "Calls resource". Each leg tells of itself: a child leg of the call that its parent began.
// Pure: the host and the fuzzer call it on any thread. Problems quote nothing.

#include "connectors/telephony/call.hpp"
#include "connectors/telephony/twilio/settings.hpp"

namespace connectors::telephony::twilio {

hub::result<std::vector<hub::message::event>> normalize(const account_context& of, const settings& with, std::string_view body,
                                                        hub::instant received_at);

}  // namespace connectors::telephony::twilio
