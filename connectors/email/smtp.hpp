#pragma once
// Hands one mail to a server for submission (RFC 6409) over libcurl: TLS or STARTTLS with verified certificates, sign-in, one
// recipient. Blocks, on a thread of the connector's, and ends within half a minute. Throws nothing: how far it came is told.

#include "connectors/email/imap.hpp"
#include "connectors/email/settings.hpp"
#include "hub/base/secret.hpp"

#include <cstdint>
#include <string>

namespace connectors::email {

struct smtp_server {
  std::string host;
  std::uint16_t port = 465;
  email::security security = email::security::tls;
  std::string ca_file;  ///< certificates to believe instead of the system's; empty: the system's
  std::string user;     ///< empty: nobody signs in
  hub::secret password;
  std::string name;  ///< how we introduce ourselves
};

/// A mail and its envelope.
struct outgoing_mail {
  std::string from;
  std::string to;
  std::string message_id;  ///< without brackets
  std::string bytes;       ///< CRLF, seven bits
};

/// How a submission ended.
struct smtp_end {
  enum class place {
    done,     ///< the server has taken it
    unsafe,   ///< the connection cannot be made safe: no STARTTLS, a certificate that is not believed
    sign_in,  ///< user or password are refused
    before,   ///< it broke off while the end of the mail had certainly not been sent
    after,    ///< it broke off after that: the mail may be on its way
  };
  place at = place::before;
  std::string reply;  ///< the server's last, "550 5.1.1 no such user"
  std::string why;    ///< libcurl's words
};

smtp_end submit(const smtp_server& server, const outgoing_mail& mail, const interruption& interrupted);

}  // namespace connectors::email
