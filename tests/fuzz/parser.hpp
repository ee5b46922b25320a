#pragma once
// What every parser's fuzz target asks of it.

#include "connectors/account.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/message/codec.hpp"

#include <cstdlib>
#include <string>

namespace fuzzing {

constexpr hub::instant received{std::chrono::milliseconds(1'794'990'000'000)};

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline connectors::account_context account(std::string channel, bool mask = false) {
  hub::crypto_start();
  connectors::account_context c;
  c.channel = std::move(channel);
  c.account = "main";
  c.seal_key = hub::secret("a key for the fuzzer");
  c.fingerprint_key = hub::secret("another key for the fuzzer");
  c.mask_text = mask;
  return c;
}

/// The broker's codec leaves the event as it is, and its keys belong to the account.
inline void require_to_survive(const hub::message::event& e, const connectors::account_context& of) {
  const auto scope = of.channel + ":" + of.account + ":";
  // What keeps the order of calls begins with a word of its own.
  const bool call = std::holds_alternative<hub::message::call_record>(e.data);
  require(e.key.starts_with(scope) && e.conversation.starts_with(call ? "call:" + scope : scope));
  const auto encoded = hub::message::encode(e);
  require(encoded.find('\0') == std::string::npos && hub::is_utf8(encoded));
  const auto back = hub::message::decode(encoded);
  require(back.size() == 1 && back[0].value && *back[0].value == e);
}

}  // namespace fuzzing
