#pragma once
// A mail as it is handed to the parser and kept for another try: its bytes, and before them one header of our own that says
// where it lies and when our server had it. Pure, any thread.

#include "hub/base/problem.hpp"
#include "hub/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace connectors::email {

/// A mail, or one part of it, in a mailbox that we can ask.
struct mail_place {
  std::string mailbox;         ///< as the settings name it; empty: nobody knows where it lies
  std::uint32_t validity = 0;  ///< UIDVALIDITY that the UID belongs to
  std::uint32_t uid = 0;
  std::string part{};  ///< "2.1" as IMAP counts; empty: the whole mail

  bool operator==(const mail_place&) const = default;
};

/// "/INBOX;UIDVALIDITY=17/;UID=20/;SECTION=1.2": an IMAP URL without its server (RFC 5092).
std::string to_url(const mail_place& place);
hub::result<mail_place> place_in(std::string_view url);

struct kept_mail {
  mail_place place;
  std::optional<hub::instant> internal_date;
  std::uint64_t size = 0;  ///< of the whole mail
  bool head_only = false;  ///< it is too large to be carried: `raw` ends with the header
  std::string_view raw;    ///< a view into what was read
};

/// `raw` with our header before it.
std::string to_text(const kept_mail& mail);
/// Bytes without our header are a whole mail whose place nobody knows.
kept_mail read_kept(std::string_view text);

/// Where the header block ends: behind its empty line, or the end.
std::size_t end_of_head(std::string_view raw);

}  // namespace connectors::email
