// The parser of website activities against anything: whatever it accepts must survive the broker's codec unchanged, hold
// no number where none may stand, and hold an amount of money.

#include "connectors/activity/details.hpp"
#include "connectors/activity/normalize.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"
#include "tests/fuzz/parser.hpp"

#include <boost/json/object.hpp>

using namespace fuzzing;

namespace {

void require_no_phone(const boost::json::value& v) {
  if (const auto* object = v.if_object()) {
    for (const auto& member : *object) {
      require(!connectors::activity::names_a_phone(member.key()));
      require_no_phone(member.value());
    }
  } else if (const auto* list = v.if_array()) {
    for (const auto& entry : *list) require_no_phone(entry);
  } else if (const auto* text = v.if_string()) {
    require(!hub::has_number({text->data(), text->size()}));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto of = account("activity");
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  (void)connectors::activity::money_of(body);
  const auto events = connectors::activity::normalize(of, body, received);
  if (!events) {
    require(hub::is_utf8(hub::to_text(events.error())));
    require(events.error().where.empty() || events.error().where.starts_with("/"));
    return 0;
  }
  require(events->size() == 1);
  const auto& e = events->front();
  require_to_survive(e, of);
  const auto& told = std::get<hub::message::activity>(e.data);
  require(!hub::has_number(told.sender.name) && !hub::has_number(told.company_name));
  require(!hub::has_number(told.email) && !hub::has_number(told.url));
  require(told.total_cost.empty() == told.currency.empty() && told.total_cost.size() <= 15);
  require(told.total_cost.empty() || connectors::activity::money_of(told.total_cost) == told.total_cost);
  if (!told.details.empty()) {
    const auto details = hub::message::parse_json(told.details);
    require(details && details->is_object());
    require_no_phone(*details);
  }
  return 0;
}
