#pragma once
// How providers are asked to ring somebody back: one request at a time, each once, and what its failure means. On the loop.

#include "connectors/telephony/people.hpp"
#include "hub/async/task.hpp"
#include "hub/http/client.hpp"
#include "hub/message/call_back.hpp"

#include <boost/json/value.hpp>

#include <string_view>

namespace connectors::telephony {

using hub::message::call_back_asked;
using hub::message::call_back_state;
using hub::message::call_back_told;

enum class request_kind {
  look_up,  ///< asks only: whatever fails, nothing has been done
  place,    ///< rings somebody: without an answer nobody knows
};

struct provider_answer {
  boost::json::value body;
  call_back_told told{call_back_state::placed, ""};  ///< placed: go on with the body; anything else is the end of it
};

/// Asks once. Errors of the network and answers that are no JSON of a 2xx become `told`.
hub::async::task<provider_answer> ask_provider(hub::http::client& http, hub::http::outgoing request, request_kind kind);

/// A refusal in the provider's own words, where they hold no number.
call_back_told refused_by_provider(const people& who, std::string_view words);

/// Why the customer cannot be rung: hidden, one of our own lines, or no number at all. Empty when they can.
std::string why_not_rung(const people& who, const party& customer);

/// Letters, digits, . _ - only: nothing that could say more to a PBX than whom to ring.
bool is_plain_extension(std::string_view text);

/// `text` with `value` where `{name}` stands.
std::string filled(std::string text, std::string_view name, std::string_view value);

}  // namespace connectors::telephony
