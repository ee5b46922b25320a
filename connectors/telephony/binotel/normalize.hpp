#pragma once
// Binotel's webhooks (forms with PHP's brackets) and the answers of its REST API 4.0 with calls, after the pages "WebHooks" and
// "REST API". What is flat tells of a call that goes on and names no times; `apiCallCompleted` and the lists tell all. A row that
// cannot be read becomes an `unparsed` event of its own. Pure: the host and the fuzzer call it on any thread. Problems quote
// nothing.

#include "connectors/telephony/binotel/settings.hpp"
#include "connectors/telephony/call.hpp"

namespace connectors::telephony::binotel {

hub::result<std::vector<hub::message::event>> normalize(const account_context& of, const settings& with, std::string_view body,
                                                        hub::instant received_at);

/// What Binotel waits for: success for a call that is told, else it is told again; nothing to say to `apiCallSettings`, for which
/// the caller waits.
std::string answer_to(std::string_view body);

}  // namespace connectors::telephony::binotel
