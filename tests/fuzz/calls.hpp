#pragma once
// What every telephony parser's fuzz target asks of it: events that survive the broker, name nobody but by fingerprint, and are
// the same when the same is told again; rows that were refused can be read again on their own.

#include "connectors/sealed.hpp"
#include "hub/base/scrub.hpp"
#include "tests/fuzz/parser.hpp"

#include <functional>

namespace fuzzing {

using call_parser = std::function<hub::result<std::vector<hub::message::event>>(std::string_view)>;

inline void require_calls(const connectors::account_context& of, std::string_view body, const call_parser& read) {
  const auto events = read(body);
  const auto again = read(body);
  require(events.has_value() == again.has_value());
  if (!events) {
    const auto why = hub::to_text(events.error());
    require(hub::is_utf8(why) && events.error().value.empty());
    return;
  }
  require(events->size() == again->size());
  for (std::size_t i = 0; i < events->size(); ++i) {
    const auto& e = (*events)[i];
    require(e.key == (*again)[i].key);
    require_to_survive(e, of);
    if (const auto* refused = std::get_if<hub::message::unparsed>(&e.data)) {
      require(!hub::has_number(refused->reason));
      const auto kept = hub::unseal(of.seal_key, refused->sealed);
      require(kept.has_value());
      const auto alone = read(*kept);
      require(alone && alone->size() == 1 && std::holds_alternative<hub::message::unparsed>(alone->front().data));
      continue;
    }
    const auto& call = std::get<hub::message::call_record>(e.data);
    for (const auto& who : call.customer) require(who.space == "fingerprint" && who.account.empty() && who.id.starts_with("fp:"));
    require(!hub::has_number(call.manager));
    if (call.recording) require(connectors::open_sealed_media(of, call.recording->reference).has_value());
  }
}

}  // namespace fuzzing
