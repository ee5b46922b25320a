#pragma once
// Which side of an Asterisk call is outside. Pure, any thread.

#include "connectors/telephony/asterisk/settings.hpp"
#include "connectors/telephony/people.hpp"
#include "hub/message/call.hpp"

namespace connectors::telephony::asterisk {

struct sides {
  hub::message::call_direction direction = hub::message::call_direction::inbound;
  std::vector<hub::message::identity> customer;
  party outside;  ///< the same with the number: never leaves the connector
};

/// By the context where it is one of the settings', else by which side is an extension. `dialled` is what was dialled, then whom
/// the caller is connected with. Nothing for a call between two of us.
std::optional<sides> sides_of(people& who, const settings& with, std::string_view context, std::string_view caller,
                              const std::vector<std::string_view>& dialled);

/// "901" of "PJSIP/901-00000a02"; empty for a trunk.
std::string extension_of(people& who, const settings& with, std::string_view channel);

}  // namespace connectors::telephony::asterisk
