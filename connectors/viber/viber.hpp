#pragma once
// The Viber connector: signed callbacks in, media links opened, set_webhook. Protocol facts: Viber REST Bot API
// ("developers.viber.com" REST page and FAQ, "creators.viber.com" pages). On the loop.

#include "connectors/connector.hpp"
#include "connectors/viber/settings.hpp"

namespace connectors::viber {

connector_kind kind();

/// Whether `body` was signed with `token`: hex HMAC-SHA-256 in X-Viber-Content-Signature (exactly one), else in
/// the query as `sig`, which the platform's own Node library reads too. Compared in constant time.
bool is_authentic(const hub::http::request& request, const hub::secret& token);

/// What a customer who opens the chat is answered, in the body of that very answer; empty without a welcome text.
std::string welcome_answer(const settings& of);

/// The body of set_webhook.
std::string set_webhook_request(const account_context& of, const settings& with);

/// Lines for the operator out of set_webhook's answer; a problem with the platform's words when it refused.
hub::result<std::vector<std::string>> read_set_webhook_answer(std::string_view body);

/// What get_account_info says of the webhook, compared with what we want.
webhook_report read_account_info(const account_context& of, const settings& with, std::string_view body);

}  // namespace connectors::viber
