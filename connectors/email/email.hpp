#pragma once
// The e-mail connector: reads mailboxes over IMAP and changes nothing in them. What a mail becomes is normalize.hpp's.

#include "connectors/connector.hpp"

namespace connectors::email {

connector_kind kind();

}  // namespace connectors::email
