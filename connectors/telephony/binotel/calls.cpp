#include "connectors/telephony/binotel/calls.hpp"

#include "connectors/body.hpp"
#include "connectors/telephony/binotel/normalize.hpp"
#include "connectors/telephony/form.hpp"
#include "connectors/telephony/rows.hpp"

#include <boost/json/serialize.hpp>

namespace connectors::telephony::binotel {

namespace {

using namespace std::chrono_literals;

std::int64_t seconds(hub::instant at) { return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count(); }

hub::http::outgoing question(const settings& with, hub::instant from, hub::instant to) {
  boost::json::object wanted;
  wanted["startTime"] = seconds(from);
  wanted["stopTime"] = seconds(to) + 1;
  wanted["key"] = with.key.reveal();
  wanted["secret"] = with.secret.reveal();
  hub::http::outgoing ask;
  ask.method = "POST";
  ask.url = with.api_base + "/stats/list-of-calls-for-period.json";
  ask.head.set("Content-Type", "application/json");
  ask.body = boost::json::serialize(wanted);
  return ask;
}

list_page read(const account_context& of, const settings& with, std::string_view body, hub::instant now) {
  list_page page;
  const auto parsed = hub::message::parse_json(body, body_limits);
  const auto* root = parsed ? parsed->if_object() : nullptr;
  if (!root) {
    page.trouble = "the provider's answer is no list of calls";
  } else if (field(*root, "status") != "success") {
    // A wrong key is told so as well, with HTTP 200.
    page.trouble = "the provider answered with error " + scrubbed(field(*root, "code"), 16) + " (" +
                   scrubbed(field(*root, "message"), 100) + "): are key and secret right?";
    page.at_least = 5min;
  } else if (auto made = normalize(of, with, body, now)) {
    page.events = std::move(*made);
  } else {
    page.trouble = "the provider's list of calls cannot be read: " + hub::to_text(made.error());
  }
  return page;
}

}  // namespace

list_source calls_of(const account_context& of, const settings& with) {
  list_source made;
  made.credentials = "key and secret";
  made.ask = [&with](hub::instant from, hub::instant to) { return question(with, from, to); };
  made.read = [&of, &with](std::string_view body, hub::instant now) { return read(of, with, body, now); };
  return made;
}

}  // namespace connectors::telephony::binotel
