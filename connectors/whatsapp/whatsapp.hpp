#pragma once
// The WhatsApp Cloud API connector: Meta's verification and signed batches in, attachments found through the Graph API.
// Protocol facts: Meta's pages "Create a webhook endpoint" and "Media". On the loop.

#include "connectors/connector.hpp"
#include "connectors/whatsapp/settings.hpp"

namespace connectors::whatsapp {

connector_kind kind();

/// Whether the body was signed with the app secret: X-Hub-Signature-256 (exactly one), "sha256=" and hex HMAC-SHA-256.
bool is_authentic(const hub::http::request& request, const hub::secret& app_secret);

/// What Meta is answered when it verifies the address: the challenge, or 403.
reception answer_verification(const hub::http::request& request, const hub::secret& verify_token);

/// Where the bytes are, at this moment: the callback's own address while it lives, else by the id through the Graph API.
/// The settings must outlive the result.
hub::result<media_source> source_of(const account_context& of, const settings& with, std::string_view reference,
                                    hub::instant now);

/// What the operator does in Meta's dashboard: there is no call for it with these credentials.
std::vector<std::string> registration_lines(const account_context& of, const settings& with);

}  // namespace connectors::whatsapp
