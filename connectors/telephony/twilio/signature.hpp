#pragma once
// X-Twilio-Signature, after Twilio's page "Security" and its own libraries: HMAC-SHA1 with the auth token, base64, over the
// address as Twilio called it and the sorted fields of the form; of any other body its SHA-256 is in the address. Pure, any
// thread.

#include "connectors/telephony/form.hpp"
#include "hub/base/secret.hpp"

namespace connectors::telephony::twilio {

/// `url` is the public address with its query, not what a proxy made of it; the default port may be in it or not. `fields`
/// are those of a form, in any order. Compared in constant time; an empty token believes nobody.
bool is_signed(std::string_view signature, const hub::secret& auth_token, std::string_view url, const form_pairs& fields,
               std::string_view body);

}  // namespace connectors::telephony::twilio
