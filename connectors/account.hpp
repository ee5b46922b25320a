#pragma once
// What a connector is told about the account it speaks for. Its own header, so that parsers and their fuzzers need
// nothing of HTTP or config. Plain values, any thread.

#include "hub/base/clock.hpp"
#include "hub/base/secret.hpp"

#include <string>

namespace connectors {

/// What every account is given.
struct account_context {
  std::string channel;  ///< "viber"
  std::string account;  ///< "main"
  hub::secret seal_key;
  hub::secret fingerprint_key;
  bool mask_text = false;
  std::string public_url;
  const hub::clock* clock = nullptr;
};

}  // namespace connectors
