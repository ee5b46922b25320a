#include "hub/message/canonical.hpp"

#include <stdexcept>

namespace hub::message {

std::string_view kind_of(const event& e) {
  return std::visit([](const auto& d) { return std::decay_t<decltype(d)>::kind; }, e.data);
}

const std::vector<identity>& identities_of(const event& e) {
  static const std::vector<identity> nobody;
  return std::visit(
      [](const auto& d) -> const std::vector<identity>& {
        if constexpr (requires { d.sender; })
          return d.sender.identities;
        else if constexpr (requires { d.recipient; })
          return d.recipient;
        else if constexpr (std::is_same_v<std::remove_cvref_t<decltype(d)>, call_record>)
          return d.customer;
        else if constexpr (requires { d.who; })
          return d.who.identities;
        else
          return nobody;
      },
      e.data);
}

const std::vector<kind_policy>& kind_policies() {
  // Of whoever is known by another id now, both must lead to one customer, whichever of them is heard of first.
  // Any other event that names somebody by several ids makes one customer of them for the same reason (workers/ingest/load).
  // A status or an unsubscription speaks of somebody already known; if they are not, it changes nobody.
  static const std::vector<kind_policy> table{
      {chat_message::kind, true, true, true},
      {delivery_status::kind, false, false, false},
      {conversation_opened::kind, true, false, false},
      {subscribed::kind, true, false, false},
      {unsubscribed::kind, false, false, false},
      {message_edited::kind, false, false, false},
      {message_deleted::kind, false, false, false},
      {reaction::kind, false, false, false},
      {identity_changed::kind, true, false, false},
      {activity::kind, true, true, false},
      {call_record::kind, true, true, true},
      {customer::kind, true, false, false},
      {exchange::kind, false, false, false},
      {order::kind, false, false, false},
      {order_handed::kind, false, false, false},
      {unparsed::kind, false, false, false},
      {vehicle::kind, false, false, false},
  };
  return table;
}

const kind_policy& policy_of(const event& e) {
  // What a program wrote makes work for nobody.
  static const kind_policy automatic{chat_message::kind, false, false, false};
  if (const auto* message = std::get_if<chat_message>(&e.data); message && message->automatic) return automatic;
  for (const auto& policy : kind_policies())
    if (policy.kind == kind_of(e)) return policy;
  throw std::logic_error("a kind without a policy row");
}

}  // namespace hub::message
