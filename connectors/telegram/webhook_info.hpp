#pragma once
// What getWebhookInfo says, compared with what we want. Facts: "WebhookInfo" and "setWebhook" of the Bot API. Pure.

#include "connectors/telegram/settings.hpp"
#include "connectors/webhook_report.hpp"

#include <boost/json/object.hpp>

namespace connectors::telegram {

/// What the parser reads; the platform is asked for nothing else.
const std::vector<std::string>& wanted_updates();

/// `answer` is the whole answer of getWebhookInfo.
webhook_report read_webhook_info(const account_context& of, const settings& with, const boost::json::object& answer);

}  // namespace connectors::telegram
