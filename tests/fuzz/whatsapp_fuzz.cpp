// Any bytes as a WhatsApp webhook: the parser ends, refuses or makes events that survive the broker, hold no number in a
// structured field, and whose refused elements can be read again. `tests/fuzz/run whatsapp [executions]`.

#include "connectors/whatsapp/normalize.hpp"
#include "connectors/whatsapp/people.hpp"
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
  c.channel = "whatsapp";
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
  const auto& of = size % 2 == 0 ? keeping : masking;
  const hub::instant now(std::chrono::milliseconds(1'794'990'000'000));
  const auto events = connectors::whatsapp::normalize(of, "108888000000001", body, now);
  if (!events) {
    require(hub::is_utf8(hub::to_text(events.error())));
    return 0;
  }
  for (const auto& e : *events) {
    require(e.key.starts_with("whatsapp:main:") && e.conversation.starts_with("whatsapp:main:"));
    const auto encoded = hub::message::encode(e);
    require(encoded.find('\0') == std::string::npos && hub::is_utf8(encoded));
    const auto back = hub::message::decode(encoded);
    require(back.size() == 1 && back[0].value && *back[0].value == e);
    if (const auto* m = std::get_if<hub::message::chat_message>(&e.data)) {
      require(!hub::has_number(m->sender.name));
      require(&of != &masking || !hub::has_number(m->text) || m->type == hub::message::content_type::text);
      for (const auto& a : m->attachments) require(connectors::whatsapp::open_place(of, a.reference).has_value());
    }
    if (const auto* apart = std::get_if<hub::message::unparsed>(&e.data)) {
      const auto opened = hub::unseal(of.seal_key, apart->sealed);
      require(opened.has_value());
      const auto again = connectors::whatsapp::normalize(of, "108888000000001", *opened, now);
      require(again && again->size() == 1 && again->front().key == e.key);
    }
  }
  return 0;
}
