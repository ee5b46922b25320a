// The WhatsApp parser against anything: whatever it accepts must survive the broker's codec unchanged, and what it refuses
// of a batch must be readable again on its own.

#include "connectors/sealed.hpp"
#include "connectors/whatsapp/normalize.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/codec.hpp"

#include <cstdlib>

namespace {

constexpr std::string_view number_id = "108888000000001";
constexpr hub::instant received{std::chrono::milliseconds(1'794'990'000'000)};

void require(bool held) {
  if (!held) std::abort();
}

connectors::account_context context(bool mask) {
  hub::crypto_start();
  connectors::account_context c;
  c.channel = "whatsapp";
  c.account = "main";
  c.seal_key = hub::secret("a key for the fuzzer");
  c.fingerprint_key = hub::secret("another key for the fuzzer");
  c.mask_text = mask;
  return c;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto keeping = context(false), masking = context(true);
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto& of = size % 2 == 0 ? keeping : masking;
  const auto events = connectors::whatsapp::normalize(of, number_id, body, received);
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
      for (const auto& a : m->attachments) require(connectors::open_sealed_media(of, a.reference).has_value());
    }
    if (const auto* refused = std::get_if<hub::message::unparsed>(&e.data)) {
      require(!hub::has_number(refused->reason));
      const auto kept = hub::unseal(of.seal_key, refused->sealed);
      require(kept.has_value());
      const auto again = connectors::whatsapp::normalize(of, number_id, *kept, received);
      require(again && again->size() == 1 && std::holds_alternative<hub::message::unparsed>(again->front().data));
    }
  }
  return 0;
}
