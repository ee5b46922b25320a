#pragma once
// What the telephony connectors do alike around their parsers: the secret part of a path, what a request tells whatever its
// method, refused bodies that are no POST, settings that say what cannot be. On the loop; pure.

#include "connectors/connector.hpp"
#include "connectors/telephony/call.hpp"

namespace connectors::telephony {

/// Whether {token} in the path is this secret, compared in constant time. For platforms that sign nothing.
bool has_token(const hub::http::request& request, const hub::secret& token);

/// The address of a webhook as it is given to a provider, `<token>` in place of the token: whoever reads a terminal or a log
/// need not know it. Throws hub::error (permanent) without intake.public_url.
std::string address_with_token(const account_context& of);

/// What a request tells, as one body: of a GET the query as a form; else the body, with what the query adds to it (a fixed
/// parameter in the address of the webhook).
std::string told_in(const hub::http::request& request);

/// What a parser's result means. A refused body is kept as `told`: the host keeps only the body, which a GET has not.
reception reception_of_told(const surroundings& in, const std::string& told, hub::result<std::vector<hub::message::event>> read);

/// Appends what is wrong with settings that all of them have: calling code, zone, own numbers. `path` is the account's.
void check_common(const common_settings& with, const config::node& at, const std::string& path, hub::problems& found);
/// The same of how often and how far back a list is asked for.
void check_polling(const poll_settings& with, const config::node& at, const std::string& path, hub::problems& found);
/// The same of the secret part of a path.
void check_token(const hub::secret& token, const config::node& at, const std::string& path, hub::problems& found);
/// The same of hosts that may be fetched from.
void check_hosts(const std::vector<std::string>& hosts, const config::node& at, const std::string& path, hub::problems& found);

/// A recording that the provider serves at its link; a problem for a reference that is none, and for another host.
hub::result<media_source> linked_recording(const account_context& of, std::string_view reference,
                                           const std::vector<std::string>& hosts);

}  // namespace connectors::telephony
