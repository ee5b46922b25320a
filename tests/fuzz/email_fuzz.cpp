// The mail parser against anything: whatever it accepts must survive the broker's codec unchanged and hold the promises that
// later stages stand on.

#include "connectors/email/normalize.hpp"
#include "connectors/sealed.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/codec.hpp"

#include <cstdlib>

namespace {

void require(bool held) {
  if (!held) std::abort();
}

connectors::account_context context(bool mask) {
  hub::crypto_start();
  connectors::account_context c;
  c.channel = "email";
  c.account = "main";
  c.seal_key = hub::secret("a key for the fuzzer");
  c.fingerprint_key = hub::secret("another key for the fuzzer");
  c.mask_text = mask;
  return c;
}

connectors::email::settings settings() {
  connectors::email::settings s;
  s.authserv_id = "mail.avto.example";
  s.addresses = {"support@avto.example"};
  s.reply_key = hub::secret("a third key for the fuzzer");
  return s;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto keeping = context(false), masking = context(true);
  static const auto with = settings();
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const auto& of = size % 2 == 0 ? keeping : masking;
  const auto events = connectors::email::normalize(of, with, raw, hub::instant(std::chrono::milliseconds(1'794'990'000'000)));
  if (!events) {
    require(hub::is_utf8(hub::to_text(events.error())));
    return 0;
  }
  require(events->size() <= 20);
  for (const auto& e : *events) {
    require(e.key.starts_with("email:main:") && e.conversation.starts_with("email:main:"));
    const auto encoded = hub::message::encode(e);
    require(encoded.find('\0') == std::string::npos && hub::is_utf8(encoded));
    const auto back = hub::message::decode(encoded);
    require(back.size() == 1 && back[0].value && *back[0].value == e);
    if (const auto* s = std::get_if<hub::message::delivery_status>(&e.data)) require(!hub::has_number(s->reason));
    if (const auto* m = std::get_if<hub::message::chat_message>(&e.data)) {
      require(!hub::has_number(m->sender.name));
      require(m->subject.find('\n') == std::string::npos);
      require(&of != &masking || (!hub::has_number(m->text) && !hub::has_number(m->quoted) && !hub::has_number(m->subject)));
      for (const auto& a : m->attachments) require(connectors::open_sealed_media(of, a.reference).has_value());
    }
  }
  return 0;
}
