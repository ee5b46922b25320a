#pragma once
// What is done with one mail of a mailbox, and with the mails that are new: everything that blocks, on a thread of the
// connector's. Failures as imap.hpp says.

#include "connectors/account.hpp"
#include "connectors/email/imap.hpp"
#include "connectors/email/position.hpp"
#include "connectors/email/settings.hpp"
#include "hub/message/canonical.hpp"

#include <string>
#include <utility>
#include <vector>

namespace connectors::email {

/// A mail on its way in.
struct arrived {
  std::uint32_t uid = 0;
  hub::instant internal_date{};
  std::vector<hub::message::event> events;
  std::vector<std::pair<std::string, std::string>> files;  ///< reference and bytes of what came with it
  std::string refused;  ///< why the parser does not take it; then `kept` is what goes to quarantine
  std::string kept;
};

imap_server server_of(const settings& with);

/// The mails to take from an examined mailbox, ascending; moves the position on. At most `most` at a time.
std::vector<imap_mail> news(imap_session& session, const mailbox_state& state, const settings& with, hub::instant now,
                            std::size_t most, mailbox_position& position);

/// Fetches one of them and reads it. Without events and reason, there is nothing to keep of it.
arrived take(imap_session& session, const account_context& of, const settings& with, const std::string& mailbox,
             std::uint32_t validity, const imap_mail& mail);

/// The bytes that a reference of this account names, asked for in a session of its own.
hub::result<std::string> read_file(const settings& with, const std::string& url, const interruption& interrupted);

}  // namespace connectors::email
