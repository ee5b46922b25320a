#include "connectors/telegram/polling.hpp"

#include "connectors/body.hpp"
#include "connectors/telegram/normalize.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace connectors::telegram {

namespace {

using namespace std::chrono_literals;

constexpr hub::message::json_limits answer_limits{.bytes = 100 * longest_body, .depth = 64};

polled failed_with(std::string trouble, std::chrono::milliseconds at_least = 0ms) {
  polled made;
  made.failed = true;
  made.trouble = std::move(trouble);
  made.at_least = at_least;
  return made;
}

polled refused(int code, const boost::json::object& answer) {
  const auto* parameters = object_if(answer, "parameters");
  const auto* wait = parameters ? parameters->if_contains("retry_after") : nullptr;
  const auto seconds = wait ? whole_number(*wait).value_or(0) : 0;
  switch (code) {
    case 401:
    case 404: return failed_with("the platform does not know this bot_token", 60s);
    case 409:
      return failed_with(text_if(answer, "description").find("webhook") != std::string_view::npos
                             ? "a webhook is set, so nothing can be fetched: `hubctl connectors register` removes it"
                             : "somebody else fetches with this bot_token: of two, one gets nothing",
                         5s);
    case 429: return failed_with("the platform asks for patience", std::chrono::seconds(std::min<std::uint64_t>(seconds, 3600)));
    default: return failed_with("the platform answered with error " + std::to_string(code));
  }
}

}  // namespace

polled read_updates(int status, std::string_view body) {
  const auto parsed = hub::message::parse_json(body, answer_limits);
  const auto* answer = parsed ? parsed->if_object() : nullptr;
  if (!answer) return failed_with("the platform answered HTTP " + std::to_string(status) + " and nothing that can be read");
  const auto* good = answer->if_contains("ok");
  if (!good || !good->is_bool() || !good->get_bool()) {
    const auto* code = answer->if_contains("error_code");
    return refused(code ? static_cast<int>(whole_number(*code).value_or(0) % 1000) : status, *answer);
  }
  const auto* list = array_if(*answer, "result");
  if (!list) return failed_with("the platform's answer lists nothing");
  polled made;
  for (const auto& each : *list) {
    const auto* one = each.if_object();
    const auto* id = one ? one->if_contains("update_id") : nullptr;
    const auto number = id ? whole_number(*id) : std::nullopt;
    if (number)
      made.updates.push_back({*number, boost::json::serialize(each)});
    else
      made.unnumbered.push_back(boost::json::serialize(each));
  }
  std::sort(made.updates.begin(), made.updates.end(), [](const update& a, const update& b) { return a.id < b.id; });
  return made;
}

std::uint64_t missing_before(std::uint64_t expected, std::uint64_t came) {
  return expected == 0 || came <= expected || came - expected > longest_gap ? 0 : came - expected;
}

}  // namespace connectors::telegram
