#include "connectors/telephony/twilio/webhook_info.hpp"

#include "connectors/body.hpp"
#include "connectors/telephony/rows.hpp"
#include "connectors/telephony/twilio/calls.hpp"
#include "hub/http/text.hpp"

namespace connectors::telephony::twilio {

namespace {

webhook_report unknown(const std::string& wanted, std::string why) {
  webhook_report made;
  made.state = webhook_state::unknown;
  made.wanted = wanted;
  made.why = std::move(why);
  return made;
}

std::string of_all(std::size_t some, std::size_t all) {
  return std::to_string(some) + " of " + std::to_string(all) + (all == 1 ? " number " : " numbers ");
}

}  // namespace

hub::http::outgoing numbers_question(const settings& with) {
  hub::http::outgoing ask;
  ask.url = with.api_base + "/2010-04-01/Accounts/" + hub::http::percent_encode(with.account_sid) +
            "/IncomingPhoneNumbers.json?PageSize=1000";
  ask.head.set("Authorization", basic_authorization(with));
  ask.max_body = hub::byte_count{body_limits.bytes};
  return ask;
}

webhook_report read_numbers(const std::string& wanted, int status, std::string_view body) {
  if (status == 401 || status == 403) return unknown(wanted, "Twilio refuses account_sid and auth_token");
  const auto parsed = hub::message::parse_json(body, body_limits);
  const auto* root = parsed ? parsed->if_object() : nullptr;
  const auto* list = root ? array_if(*root, "incoming_phone_numbers") : nullptr;
  if (status != 200 || !list)
    return unknown(wanted, "Twilio answered HTTP " + std::to_string(status) + " and no list of numbers");

  std::string other;
  std::size_t all = 0, right = 0, silent = 0, by_get = 0;
  for (const auto& one : *list) {
    const auto* number = one.if_object();
    // One that belongs to an application or a trunk is told of there.
    if (!number || !text_if(*number, "voice_application_sid").empty() || !text_if(*number, "trunk_sid").empty()) continue;
    ++all;
    auto called = text_if(*number, "status_callback");
    // How to repeat stands behind the sign, and is no part of the address.
    called = called.substr(0, called.find('#'));
    if (called.empty()) ++silent;
    if (called == wanted) {
      ++right;
      if (text_if(*number, "status_callback_method") == "GET") ++by_get;
    } else if (other.empty()) {
      other = called;
    }
  }
  webhook_report made;
  if (all == 0) {
    made.wanted = wanted;
    made.why = "no number of the account has an address of its own: compare those of its applications, trunks and calls";
    return made;
  }
  made = compare_webhooks(wanted, !other.empty() ? other : right > 0 ? wanted : std::string());
  if (right < all && silent > 0) made.findings.push_back(of_all(silent, all) + "tell nobody how calls end");
  if (right < all && right + silent < all) made.findings.push_back(of_all(all - right - silent, all) + "call another address");
  if (by_get > 0) made.findings.push_back(of_all(by_get, all) + "call by GET; expected POST");
  return made;
}

}  // namespace connectors::telephony::twilio
