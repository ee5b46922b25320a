#pragma once
// Whether a body was signed with a secret: hex HMAC-SHA-256 of its raw bytes, compared in constant time. What several
// platforms do alike; which header holds it is each connector's own. Pure, any thread.

#include "hub/base/secret.hpp"

#include <string_view>

namespace connectors {

/// False for anything but 64 hex digits, and for an empty secret.
bool is_signed(std::string_view hex, std::string_view body, const hub::secret& with);

}  // namespace connectors
