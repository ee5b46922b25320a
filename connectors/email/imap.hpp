#pragma once
// A conversation with an IMAP server (RFC 3501, IDLE of RFC 2177) that changes nothing there: mailboxes are examined, mails
// are peeked at. libcurl makes the connection (TLS, STARTTLS, certificates, sign-in); what is said over it is ours. Blocks:
// one thread at a time, never the loop. Every wait has an end. Failures are hub::error: "sign-in" (permanent) when the server
// refuses user or password, "cancelled" after an interruption, else transient; after any of them the session is of no use.

#include "connectors/email/imap_answer.hpp"
#include "connectors/email/settings.hpp"
#include "hub/base/secret.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace connectors::email {

struct imap_server {
  std::string host;
  std::uint16_t port = 993;
  email::security security = email::security::tls;
  std::string ca_file;  ///< further certificates to believe; empty: the system's
  std::string user;
  hub::secret password;
  std::chrono::milliseconds patience{60'000};  ///< for each answer
};

/// Ends whatever a session waits for, now and from now on. Any thread.
class interruption {
 public:
  interruption();
  ~interruption();
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

  void set() const;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

struct mailbox_state {
  std::uint32_t validity = 0;
  std::uint32_t next_uid = 0;
  std::uint32_t mails = 0;
};

class imap_session {
 public:
  /// Connects and signs in. `interrupted` outlives the session.
  imap_session(imap_server server, const interruption& interrupted);
  ~imap_session();
  imap_session(const imap_session&) = delete;
  imap_session& operator=(const imap_session&) = delete;

  /// Looks at a mailbox from now on; its name in UTF-8.
  mailbox_state examine(std::string_view mailbox);
  /// UIDs: "UID 17:*", "SINCE 18-Nov-2026".
  std::vector<std::uint32_t> search(std::string_view criteria);
  /// UID, size and date of these mails; those that have gone are missing.
  std::vector<imap_mail> facts(const std::vector<std::uint32_t>& uids);
  /// The mail's bytes, or its header block; nothing when it has gone.
  std::optional<std::string> fetch(std::uint32_t uid, bool head_only);

  bool can_idle() const;
  /// Waits until the mailbox has something new, or `longest` has passed; true when there may be.
  bool idle(std::chrono::milliseconds longest);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace connectors::email
