#pragma once
// connectors.email.<account> in config/hub.yaml. Declared once: reader, reference page and redacted dump come
// from describe().

#include "hub/base/describe.hpp"
#include "hub/base/secret.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace connectors::email {

using hub::about;

/// How the connection to a mail server is made safe.
enum class security { tls, starttls, none };
constexpr auto names_of(security) {
  return std::array{hub::named{"tls", security::tls}, hub::named{"starttls", security::starttls},
                    hub::named{"none", security::none}};
}

struct settings {
  std::string imap_host;
  std::uint16_t imap_port = 993;
  security imap_security = security::tls;
  std::string imap_ca_file;
  hub::secret imap_user;
  hub::secret imap_password;
  std::vector<std::string> mailboxes{"INBOX"};
  std::chrono::milliseconds look_back = std::chrono::hours(24);
  std::chrono::milliseconds look_every = std::chrono::minutes(1);
  std::string authserv_id;
  std::vector<std::string> addresses;
  hub::secret reply_key;
  std::string smtp_host;
  std::uint16_t smtp_port = 465;
  security smtp_security = security::tls;
  std::string smtp_ca_file;
  hub::secret smtp_user;
  hub::secret smtp_password;
  std::string from_address;
  std::string from_name;

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("imap_host", self.imap_host,
       about{.text = "The server whose mailboxes are read.", .required = true, .max = 255, .example = "mail.avto.example"});
    on("imap_port", self.imap_port, about{.text = "993 with `tls`, 143 with `starttls`."});
    on("imap_security", self.imap_security,
       about{.text = "`tls` from the first byte, `starttls` before anything is said, or `none`, for this machine only."});
    on("imap_ca_file", self.imap_ca_file,
       about{.text = "Certificates to believe instead of the system's, in PEM: for a server of your own.", .max = 4096});
    on("imap_user", self.imap_user, about{.text = "Who signs in.", .required = true, .secret = true});
    on("imap_password", self.imap_password,
       about{.text = "Large providers want one made for programs (an app password).", .required = true, .secret = true});
    on("mailboxes", self.mailboxes,
       about{.text = "Folders to read, each with its name as people see it. News of the first come at once."});
    on("look_back", self.look_back, about{.text = "Of a folder met for the first time, mails of this age are still taken in."});
    on("look_every", self.look_every,
       about{.text = "How often the other folders are looked at, and the first where the server does not tell of news (IDLE)."});
    on("authserv_id", self.authserv_id,
       about{.text = "How our own receiving server names itself in Authentication-Results; empty: no sender is proven.",
             .max = 255,
             .example = "mail.avto.example"});
    on("addresses", self.addresses,
       about{.text = "Our own addresses: what they send is outgoing, and reply addresses are believed in their domains only."});
    on("reply_key", self.reply_key,
       about{.text = "Signs the reply addresses that bring an answer back to its conversation.", .secret = true});
    on("smtp_host", self.smtp_host,
       about{.text = "The server that takes our mails for sending; empty: nothing is sent.",
             .max = 255,
             .example = "mail.avto.example"});
    on("smtp_port", self.smtp_port, about{.text = "465 with `tls`, 587 with `starttls`."});
    on("smtp_security", self.smtp_security,
       about{.text = "`tls` from the first byte, `starttls` before anything is said, or `none`, for this machine only."});
    on("smtp_ca_file", self.smtp_ca_file,
       about{.text = "Certificates to believe instead of the system's, in PEM: for a server of your own.", .max = 4096});
    on("smtp_user", self.smtp_user, about{.text = "Who signs in; empty: the server wants nobody to.", .secret = true});
    on("smtp_password", self.smtp_password, about{.text = "Their password.", .secret = true});
    on("from_address", self.from_address,
       about{.text = "The address that our mails come from; its domain stands in their ids and reply addresses.",
             .max = 320,
             .example = "sales@avto.example"});
    on("from_name", self.from_name, about{.text = "The name beside it, where an answer has none of its own.", .max = 255});
  }
};

}  // namespace connectors::email
