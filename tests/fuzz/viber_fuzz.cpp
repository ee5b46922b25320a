// The Viber parser against anything: whatever it accepts must survive the broker's codec unchanged and hold the
// promises that later stages stand on.

#include "connectors/sealed.hpp"
#include "connectors/viber/normalize.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "tests/fuzz/parser.hpp"

using namespace fuzzing;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto keeping = account("viber", false), masking = account("viber", true);
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto& of = size % 2 == 0 ? keeping : masking;
  const auto events = connectors::viber::normalize(of, body, received);
  if (!events) {
    require(hub::is_utf8(hub::to_text(events.error())));
    return 0;
  }
  require(events->size() <= 1);
  for (const auto& e : *events) {
    require_to_survive(e, of);
    if (const auto* m = std::get_if<hub::message::chat_message>(&e.data)) {
      require(!hub::has_number(m->sender.name));
      require(&of != &masking || !hub::has_number(m->text));
      for (const auto& a : m->attachments) (void)connectors::open_sealed_media(of, a.reference);
    }
  }
  return 0;
}
