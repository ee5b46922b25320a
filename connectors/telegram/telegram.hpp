#pragma once
// The Telegram connector: updates by webhook or long polling, files by getFile, setWebhook. Facts: Bot API documentation
// ("Getting updates", "setWebhook", "getFile") and the published server's source. On the loop.

#include "connectors/connector.hpp"
#include "connectors/telegram/settings.hpp"

namespace connectors::telegram {

connector_kind kind();

/// Whether X-Telegram-Bot-Api-Secret-Token (exactly one) is this secret, compared in constant time.
bool is_authentic(const hub::http::request& request, const hub::secret& secret_token);

}  // namespace connectors::telegram
