#pragma once
// The Binotel connector: webhooks in, recordings found. On the loop.

#include "connectors/connector.hpp"
#include "connectors/telephony/binotel/settings.hpp"

namespace connectors::telephony::binotel {

connector_kind kind();

}  // namespace connectors::telephony::binotel
