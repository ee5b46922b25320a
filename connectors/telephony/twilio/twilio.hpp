#pragma once
// The Twilio connector: webhooks in, recordings found. On the loop.

#include "connectors/connector.hpp"
#include "connectors/telephony/twilio/settings.hpp"

namespace connectors::telephony::twilio {

connector_kind kind();

}  // namespace connectors::telephony::twilio
