#include "connectors/telephony/asterisk/sides.hpp"

#include <algorithm>

namespace connectors::telephony::asterisk {

using hub::message::call_direction;

namespace {

bool is_one_of(std::string_view word, const std::vector<std::string>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

std::optional<sides> sides_of(people& who, const settings& with, std::string_view context, std::string_view caller,
                              const std::vector<std::string_view>& dialled) {
  const auto calling = who.read(caller);
  // All are read, so that none of them goes out in the name of a file.
  std::vector<party> called;
  for (const auto& one : dialled) called.push_back(who.read(one));
  const bool ours_calls = calling.kind == party_kind::internal || who.is_own(calling);
  if (is_one_of(context, with.inbound_contexts) || (!ours_calls && !is_one_of(context, with.outbound_contexts)))
    return sides{call_direction::inbound, who.customer(caller), calling};
  for (std::size_t i = 0; i < called.size(); ++i)
    if (called[i].kind == party_kind::external) return sides{call_direction::outbound, who.customer(dialled[i]), called[i]};
  return std::nullopt;
}

std::string extension_of(people& who, const settings& with, std::string_view channel) {
  channel = channel.substr(channel.find('/') + 1);
  const auto end = std::min(channel.find('@'), channel.rfind('-'));
  const auto name = channel.substr(0, end);
  return is_one_of(name, with.trunks) ? std::string() : who.manager(name);
}

}  // namespace connectors::telephony::asterisk
