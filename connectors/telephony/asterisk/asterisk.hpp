#pragma once
// The Asterisk connector: events of the Manager Interface while calls go on, the PBX's file of calls when they are over. On the
// loop; the file is read on a thread of its own.

#include "connectors/connector.hpp"

namespace connectors::telephony::asterisk {

connector_kind kind();

}  // namespace connectors::telephony::asterisk
