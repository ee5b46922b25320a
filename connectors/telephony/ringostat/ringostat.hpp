#pragma once
// The Ringostat connector: webhooks in, recordings found. On the loop.

#include "connectors/connector.hpp"
#include "connectors/telephony/ringostat/settings.hpp"

namespace connectors::telephony::ringostat {

connector_kind kind();

}  // namespace connectors::telephony::ringostat
