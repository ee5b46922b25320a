#pragma once
// The WhatsApp Cloud API connector: Meta's verification, signed webhooks in, media by link or id. Facts: "Create a webhook
// endpoint", the webhook reference, "Media", "Business-scoped user IDs" of business-messaging/whatsapp. On the loop.

#include "connectors/connector.hpp"
#include "connectors/whatsapp/settings.hpp"

namespace connectors::whatsapp {

connector_kind kind();

/// Whether the body was signed with the app secret: "sha256=" and hex HMAC-SHA-256 in X-Hub-Signature-256 (exactly one).
bool is_authentic(const hub::http::request& request, const hub::secret& app_secret);

}  // namespace connectors::whatsapp
