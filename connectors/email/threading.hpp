#pragma once
// Which mail this is and which conversation it belongs to: Message-IDs, the signed reply address
// ("reply+<conversation>.<token>@domain", sub-addressing of RFC 5233), what it answers. Pure, any thread.

#include "connectors/account.hpp"
#include "connectors/email/mime.hpp"
#include "connectors/email/settings.hpp"

#include <string>
#include <string_view>

namespace connectors::email {

/// The first id in a header, without brackets, blanks and folding; empty when there is none.
std::string message_id_in(std::string_view value);

/// What every copy of this mail has: Date, From, To, Subject and the parts. Nothing that a server adds on the way is in it.
std::string content_hash(const part& mail);

/// How other messages refer to an id: itself, or a hash of it where it holds a number.
std::string platform_id_of(std::string_view message_id);

/// The platform id of what this mail answers: In-Reply-To, else the last of References.
std::string answered_by(const headers& head);

/// The token for one conversation: 80 bits of HMAC-SHA-256 in base32, lower case, since some systems fold case.
std::string reply_token(const account_context& of, const settings& with, std::string_view conversation);

/// The conversation that a recipient header names with a token of ours; empty when none does.
std::string proven_conversation(const account_context& of, const settings& with, const headers& head);

/// Whether we wrote this mail: our form of Message-ID, the mark on what we send, or too many servers on the way.
bool is_loop(const headers& head);

/// 128 or 64 bits of SHA-256 in hex.
std::string hash_32(std::string_view bytes);
std::string hash_16(std::string_view bytes);

}  // namespace connectors::email
