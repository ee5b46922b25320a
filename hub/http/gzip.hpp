#pragma once
// Answers made smaller for whoever takes that (RFC 9110 section 8.4.1.3): text shrinks to a fifth, and on a phone's line that is
// what is waited for. Pure; any thread.

#include "hub/http/message.hpp"

namespace hub::http {

/// Whether the client takes gzip; one that gives it the weight 0 does not.
bool takes_gzip(const request& from);

/// Compresses the body of `to` and says so, where `from` takes it and it is worth it. Never an answer that holds a secret: its
/// size would tell of it to whoever can have his own words put beside it.
void compress(response& to, const request& from);

}  // namespace hub::http
