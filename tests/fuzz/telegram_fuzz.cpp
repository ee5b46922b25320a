// Any bytes as a Telegram update: the parser ends, refuses or makes events that survive the broker and hold no number in a
// structured field. `tests/fuzz/run telegram [executions]`.

#include "connectors/telegram/normalize.hpp"
#include "connectors/telegram/polling.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/codec.hpp"

#include <cstdlib>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

connectors::account_context context(bool mask) {
  hub::crypto_start();
  connectors::account_context c;
  c.channel = "telegram";
  c.account = "main";
  c.seal_key = hub::secret("a key for the fuzzer");
  c.fingerprint_key = hub::secret("another");
  c.mask_text = mask;
  return c;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto keeping = context(false), masking = context(true);
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const auto& one : connectors::telegram::read_updates(200, body).updates) require(!one.body.empty());
  const auto& of = size % 2 == 0 ? keeping : masking;
  const auto events = connectors::telegram::normalize(of, body, hub::instant(std::chrono::milliseconds(1'794'990'000'000)));
  if (!events) {
    require(hub::is_utf8(hub::to_text(events.error())));
    return 0;
  }
  for (const auto& e : *events) {
    require(e.key.starts_with("telegram:main:") && e.conversation.starts_with("telegram:main:"));
    const auto encoded = hub::message::encode(e);
    require(encoded.find('\0') == std::string::npos && hub::is_utf8(encoded));
    const auto back = hub::message::decode(encoded);
    require(back.size() == 1 && back[0].value && *back[0].value == e);
    if (const auto* m = std::get_if<hub::message::chat_message>(&e.data)) {
      require(!hub::has_number(m->sender.name) && !hub::has_number(m->author));
      require(&of != &masking || !hub::has_number(m->text));
      for (const auto& a : m->attachments) require(connectors::telegram::open_file(of, a.reference).has_value());
    }
  }
  return 0;
}
