#pragma once
// A mail server of our own, for the demo and the tests: Dovecot on free loopback ports, with mailboxes as folders of files
// (Maildir), apart from any mail server of the machine. Mails are put into the folders; nothing is ever sent. Otherwise as
// private_servers.hpp says: blocking, one thread, failures are hub::error.

#include "hub/ctl/private_servers.hpp"

namespace hub::ctl {

class private_mail {
 public:
  /// `certificate` and `key` in PEM: with them the server speaks TLS.
  explicit private_mail(server_place place, std::string certificate = {}, std::string key = {});

  /// Whether the machine has Dovecot (Debian's package dovecot-imapd).
  static bool is_installed();

  bool launch();
  void wait_until_ready(std::chrono::milliseconds deadline = std::chrono::seconds(30), const interruption& interrupted = {});
  bool start();
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(10));

  bool running() const { return process().pid > 0; }
  process_id process() const;
  std::uint16_t port() const { return port_of("imap"); }       ///< plain, or STARTTLS where there is a certificate
  std::uint16_t tls_port() const { return port_of("imaps"); }  ///< only with a certificate

  /// Somebody whose mail comes here; again: the password is another one from now on.
  void add_user(const std::string& name, const std::string& password);
  /// Puts a mail into somebody's mailbox, whole or not at all; `folder` as people see it, "INBOX" by default.
  void deliver(const std::string& user, std::string_view mail, const std::string& folder = "INBOX");
  /// Makes the mails of an inbox look as if they had come so long ago.
  void grow_old(const std::string& user, std::chrono::hours by);
  /// Makes all UIDs mean something else from now on; the server is stopped.
  void forget_uids(const std::string& user);

 private:
  std::string maildir(const std::string& user, const std::string& folder) const;
  std::uint16_t port_of(const std::string& name) const;
  void configure() const;

  server_place place_;
  std::string directory_, log_, certificate_, key_;
  std::uint64_t delivered_ = 0;
};

}  // namespace hub::ctl
