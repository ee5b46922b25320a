#include "connectors/telephony/twilio/calls.hpp"

#include "connectors/body.hpp"
#include "connectors/telephony/form.hpp"
#include "connectors/telephony/rows.hpp"
#include "connectors/telephony/twilio/normalize.hpp"
#include "hub/base/crypto.hpp"
#include "hub/http/text.hpp"

namespace connectors::telephony::twilio {

namespace {

constexpr auto call_back_time = std::chrono::seconds(8);

std::string calls_path(const settings& with) {
  return "/2010-04-01/Accounts/" + hub::http::percent_encode(with.account_sid) + "/Calls";
}

std::string path(const settings& with) { return calls_path(with) + ".json?"; }

hub::http::outgoing question(const settings& with, const std::string& target) {
  hub::http::outgoing ask;
  ask.url = with.api_base + target;
  ask.head.set("Authorization", basic_authorization(with));
  return ask;
}

hub::http::outgoing first_question(const settings& with, hub::instant from, hub::instant to) {
  const auto shown = [](hub::instant at) { return hub::http::percent_encode(hub::to_rfc3339(at).substr(0, 19) + "Z"); };
  // "StartTime>" and "StartTime<" are the names.
  return question(
      with, path(with) + "PageSize=200&StartTime%3E=" + shown(from) + "&StartTime%3C=" + shown(to + std::chrono::seconds(1)));
}

list_page read(const account_context& of, const settings& with, std::string_view body, hub::instant now) {
  list_page page;
  const auto parsed = hub::message::parse_json(body, body_limits);
  const auto* root = parsed ? parsed->if_object() : nullptr;
  if (!root || !array_if(*root, "calls")) {
    page.trouble = "the provider's answer is no list of calls";
    return page;
  }
  // The credentials go nowhere else, whatever an answer says.
  if (const auto next = field(*root, "next_page_uri"); next.starts_with(path(with)))
    page.next = question(with, next);
  else if (!next.empty())
    page.trouble = "the provider names a next page that is not this account's";
  if (auto made = normalize(of, with, body, now))
    page.events = std::move(*made);
  else
    page.trouble = "the provider's list of calls cannot be read: " + hub::to_text(made.error());
  return page;
}

}  // namespace

std::string basic_authorization(const settings& with) {
  return "Basic " + hub::to_base64(with.account_sid + ":" + with.auth_token.reveal());
}

hub::http::outgoing call_question(const settings& with, const std::string& call) {
  auto ask = question(with, calls_path(with) + "/" + hub::http::percent_encode(call) + ".json");
  ask.total_time = call_back_time;
  return ask;
}

hub::http::outgoing ring_question(const settings& with, const std::string& address, const std::string& number,
                                  const std::string& line) {
  auto ask = question(with, calls_path(with) + ".json");
  ask.method = "POST";
  ask.total_time = call_back_time;
  ask.head.set("Content-Type", "application/x-www-form-urlencoded");
  const auto orders = R"(<Response><Dial callerId=")" + line + R"(">)" + number + "</Dial></Response>";
  for (const auto& [name, value] : {std::pair("To", address), {"From", line}, {"Twiml", orders}})
    ask.body += (ask.body.empty() ? "" : "&") + std::string(name) + "=" + hub::http::percent_encode(value);
  return ask;
}

list_source calls_of(const account_context& of, const settings& with) {
  list_source made;
  made.credentials = "account_sid and auth_token";
  made.ask = [&with](hub::instant from, hub::instant to) { return first_question(with, from, to); };
  made.read = [&of, &with](std::string_view body, hub::instant now) { return read(of, with, body, now); };
  return made;
}

}  // namespace connectors::telephony::twilio
