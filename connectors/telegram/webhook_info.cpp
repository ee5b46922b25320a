#include "connectors/telegram/webhook_info.hpp"

#include "connectors/body.hpp"

#include <boost/json/array.hpp>

namespace connectors::telegram {

namespace {

/// What the bot is told: the list that was asked for, and without one all kinds but three.
std::vector<std::string> told_updates(const boost::json::object& info) {
  std::vector<std::string> told;
  if (const auto* list = array_if(info, "allowed_updates")) {
    for (const auto& one : *list)
      if (one.is_string()) told.emplace_back(one.get_string());
    if (!told.empty()) return told;
  }
  for (const auto& one : wanted_updates())
    if (one != "chat_member" && one != "message_reaction" && one != "message_reaction_count") told.push_back(one);
  return told;
}

}  // namespace

const std::vector<std::string>& wanted_updates() {
  static const std::vector<std::string> list{
      "message",          "edited_message",   "callback_query",          "my_chat_member",
      "message_reaction", "business_message", "edited_business_message", "deleted_business_messages"};
  return list;
}

webhook_report read_webhook_info(const account_context& of, const settings& with, const boost::json::object& answer) {
  const auto* info = object_if(answer, "result");
  webhook_report made;
  if (!info) {
    made.state = webhook_state::unknown;
    made.why = "getWebhookInfo answered without a result";
    return made;
  }
  const bool polling = with.mode == intake_mode::polling;
  std::string found(text_if(*info, "url"));
  // Some put the token into the path.
  const auto& token = with.bot_token.reveal();
  if (const auto at = found.find(token); !token.empty() && at != std::string::npos) found.replace(at, token.size(), "<token>");
  if (polling) {
    made = compare_webhooks("", found);
    made.findings.clear();
    made.state = found.empty() ? webhook_state::matches : webhook_state::differs;
    if (!found.empty()) made.findings.emplace_back("mode is polling and a webhook is set, so nothing can be fetched");
  } else {
    made = compare_webhooks(webhook_address(of), found);
    const auto missing = missing_words(wanted_updates(), told_updates(*info));
    if (!found.empty() && !missing.empty()) made.findings.push_back("the platform does not send: " + missing);
  }
  if (const auto* pending = info->if_contains("pending_update_count")) made.pending = whole_number(*pending);
  if (const auto* at = info->if_contains("last_error_date"))
    if (const auto seconds = whole_number(*at); seconds && *seconds < latest_ms / 1000)
      made.last_error_at = hub::instant(std::chrono::seconds(*seconds));
  made.last_error = scrubbed(text_if(*info, "last_error_message"), 200);
  return made;
}

}  // namespace connectors::telegram
