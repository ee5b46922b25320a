#pragma once
// What Twilio says about the addresses that its numbers tell of calls, after the page "IncomingPhoneNumber resource". Pure; the
// connector asks.

#include "connectors/telephony/twilio/settings.hpp"
#include "connectors/webhook_report.hpp"
#include "hub/http/client.hpp"

namespace connectors::telephony::twilio {

/// Asks for a thousand numbers, which is one page.
hub::http::outgoing numbers_question(const settings& with);

/// Of the answer, whatever its status. No number is in the report.
webhook_report read_numbers(const std::string& wanted, int status, std::string_view body);

}  // namespace connectors::telephony::twilio
