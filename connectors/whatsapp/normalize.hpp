#pragma once
// WhatsApp Cloud API callbacks to canonical events, after Meta's pages ("Create a webhook endpoint", the webhook
// references of each message type, "Status messages", "Business-scoped user IDs"). One body is a batch; an element that
// cannot be read becomes an `unparsed` event of its own, sealed in a body that holds nothing else, and the rest goes on.
// Pure: the host and the fuzzer call it on any thread. A body that is no batch at all is a problem that quotes nothing.

#include "connectors/account.hpp"
#include "hub/base/problem.hpp"
#include "hub/message/canonical.hpp"

#include <string_view>
#include <vector>

namespace connectors::whatsapp {

/// The batch's events in its order; `phone_number_id` is the account's: changes of another number are `unparsed`.
hub::result<std::vector<hub::message::event>> normalize(const account_context& of, std::string_view phone_number_id,
                                                        std::string_view body, hub::instant received_at);

}  // namespace connectors::whatsapp
