// The WhatsApp parser against anything: whatever it accepts must survive the broker's codec unchanged, and what it refuses
// of a batch must be readable again on its own.

#include "connectors/sealed.hpp"
#include "connectors/whatsapp/normalize.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "tests/fuzz/parser.hpp"

using namespace fuzzing;

namespace {

constexpr std::string_view number_id = "108888000000001";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto keeping = account("whatsapp", false), masking = account("whatsapp", true);
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto& of = size % 2 == 0 ? keeping : masking;
  const auto events = connectors::whatsapp::normalize(of, number_id, body, received);
  if (!events) {
    require(hub::is_utf8(hub::to_text(events.error())));
    return 0;
  }
  for (const auto& e : *events) {
    require_to_survive(e, of);
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
