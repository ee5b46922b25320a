#pragma once
// Mail that no person wrote: bounces and delays (RFC 3461-3464), read receipts (RFC 8098), answers out of office (RFC 3834),
// mailing lists (RFC 2919). Looked at before anything else is made of a mail: nothing of it may start work. Pure, any thread.

#include "connectors/email/mime.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace connectors::email {

/// An answer of a program, or a post of a list. Words in a subject count only together with another sign.
bool is_automatic(const headers& head, std::string_view from, std::string_view subject);

enum class fate { failed, delayed, delivered, read, other };

struct report_line {
  std::string recipient;  ///< "nobody@example.com"
  email::fate fate = email::fate::other;
  std::string reason;  ///< "5.1.1 smtp; 550 ...", as the server wrote it
};

/// What a server or a mail program reports about a mail of ours.
struct report {
  std::string message_id;  ///< of our mail, without brackets; empty when the report does not say
  std::vector<report_line> lines;
};

/// Whether the mail is a delivery report or a read receipt.
bool is_report(const part& mail);
/// Also where the report part is missing or cut: then what else of the mail names recipient and message.
report read_report(const part& mail, std::string_view raw);

}  // namespace connectors::email
