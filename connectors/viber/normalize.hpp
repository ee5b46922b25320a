#pragma once
// Viber callbacks to canonical events, after the fact sheet of the Viber REST Bot API: one callback per body,
// tokens of 64 bits kept exactly, names that are placeholders left empty, phone numbers dropped. Pure: the host
// and the fuzzer call it on any thread. A refused body is a problem that names the place and quotes nothing of
// it but an unknown event's name.

#include "connectors/account.hpp"
#include "hub/base/problem.hpp"
#include "hub/message/canonical.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace connectors::viber {

/// The callback's events: none for `webhook`, `client_status` and `action`, else one.
hub::result<std::vector<hub::message::event>> normalize(const account_context& of, std::string_view body,
                                                        hub::instant received_at);

}  // namespace connectors::viber
