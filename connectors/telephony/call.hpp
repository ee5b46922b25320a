#pragma once
// From what a provider's parser has read of a call to the canonical event: its key, its conversation, its time, and nothing in
// it that holds a number. Pure, any thread.

#include "connectors/account.hpp"
#include "connectors/telephony/people.hpp"
#include "hub/message/canonical.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace connectors::telephony {

/// What every parser is given.
struct surroundings {
  const account_context& of;
  const common_settings& with;
  hub::instant received_at;
};

/// The key is `<channel>:<account>:call:<call id>:<hash of what was told>`: told again the same, it is the same event; told
/// more, it is another one. `recording` is where the connector finds the recording, empty without one: sealed, and replaced by
/// `rec:<channel>:<call id>` where it holds a number. A step of a call that goes on and has no time happened when it was
/// received. Throws refused_body for a call id that is none, or that holds a number.
hub::message::event call_event(const surroundings& in, const people& who, hub::message::call_record call,
                               std::string_view recording = {});

/// A time to the second before or after another; nothing where one of them is not known.
std::optional<hub::instant> later(const std::optional<hub::instant>& at, const std::optional<std::uint32_t>& seconds);
std::optional<hub::instant> earlier(const std::optional<hub::instant>& at, const std::optional<std::uint32_t>& seconds);

/// The step that a disposition ends a call with; an end that nobody talked in has no talk, a voice message neither.
void end_call(hub::message::call_record& call, hub::message::call_disposition how);

}  // namespace connectors::telephony
