#pragma once
// The website activity connector: what companies do at a site of ours comes in signed. The contract is our own
// (README.md), so a body that breaks it is answered 400 with the field's place. On the loop.

#include "connectors/connector.hpp"
#include "connectors/activity/settings.hpp"

namespace connectors::activity {

connector_kind kind();

/// Whether the body was signed with `secret`: hex HMAC-SHA-256 in X-Leadyard-Signature, exactly one.
bool is_authentic(const hub::http::request& request, const hub::secret& secret);

}  // namespace connectors::activity
