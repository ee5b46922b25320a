// Any bytes as a Telegram update: the parser ends, refuses or makes events that survive the broker and hold no number in a
// structured field. `tests/fuzz/run telegram [executions]`.

#include "connectors/telegram/normalize.hpp"
#include "connectors/telegram/polling.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "tests/fuzz/parser.hpp"

using namespace fuzzing;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto keeping = account("telegram", false), masking = account("telegram", true);
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const auto& one : connectors::telegram::read_updates(200, body).updates) require(!one.body.empty());
  const auto& of = size % 2 == 0 ? keeping : masking;
  const auto events = connectors::telegram::normalize(of, body, received);
  if (!events) {
    require(hub::is_utf8(hub::to_text(events.error())));
    return 0;
  }
  for (const auto& e : *events) {
    require_to_survive(e, of);
    if (const auto* m = std::get_if<hub::message::chat_message>(&e.data)) {
      require(!hub::has_number(m->sender.name) && !hub::has_number(m->author));
      require(&of != &masking || !hub::has_number(m->text));
      for (const auto& a : m->attachments) require(connectors::telegram::open_file(of, a.reference).has_value());
    }
  }
  return 0;
}
