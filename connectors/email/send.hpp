#pragma once
// A part of a reply as a mail (RFC 5322, MIME by GMime), and what the server's last word means (RFC 5321, enhanced codes of RFC
// 3463). Pure, any thread.

#include "connectors/account.hpp"
#include "connectors/email/settings.hpp"
#include "connectors/email/smtp.hpp"
#include "hub/base/problem.hpp"
#include "hub/message/sending.hpp"

#include <string>
#include <vector>

namespace connectors::email {

/// With the encoding, which makes a third more of files: what most providers still take.
inline constexpr std::size_t largest_outgoing = 35u << 20;

/// The mail; `bytes` are those of the part's files, in their order. The same part and attempt have the same Message-ID. A
/// problem, its place the code, where something would end a header's line, or no mail takes the part.
hub::result<outgoing_mail> mail_for(const account_context& of, const settings& with, const hub::message::send_asked& what,
                                    const std::vector<std::string>& bytes, hub::instant now);

/// What came of it.
hub::message::send_told told_by_smtp(const account_context& of, const smtp_end& end, const std::string& message_id);

}  // namespace connectors::email
