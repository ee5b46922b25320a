#include "connectors/email/email.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/email/mailbox.hpp"
#include "connectors/email/mime.hpp"
#include "connectors/email/normalize.hpp"
#include "connectors/email/send.hpp"
#include "connectors/sealed.hpp"
#include "connectors/sender.hpp"
#include "hub/async/within.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/text.hpp"

#include <boost/asio/thread_pool.hpp>

#include <algorithm>

namespace connectors::email {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_at_once = 50;
constexpr std::size_t longest_mailbox = 250;
constexpr std::size_t most_senders = 2;
// Servers may hang up after half an hour of silence, and addresses are translated for less (RFC 2177).
constexpr auto longest_idle = 9min;
// Signing in again and again with a wrong password gets an account locked.
constexpr auto after_a_refusal = 5min;

class email_connector final : public connector {
 public:
  email_connector(account_context context, settings with) : context_(std::move(context)), settings_(std::move(with)) {}
  ~email_connector() override { interrupted_.set(); }

  const account_context& context() const override { return context_; }
  std::vector<webhook> webhooks() const override { return {}; }
  reception receive(const hub::http::request&, hub::instant) override { return forged_reception(); }

  hub::result<std::vector<hub::message::event>> normalize(std::string_view body, hub::instant received_at) override {
    return email::normalize(context_, settings_, body, received_at);
  }

  hub::result<media_source> open_media(std::string_view reference) override {
    auto opened = open_sealed_media(context_, reference);
    if (!opened) return opened.error();
    media_source source;
    source.url = opened->url;
    source.read = [this, url = opened->url] { return read_file(settings_, url, interrupted_); };
    return source;
  }

  hub::async::task<> run(intake_port port) override {
    while (true) {
      std::string refused;
      try {
        co_await watch(port);
      } catch (const hub::error& e) {
        if (e.code() != "sign-in") throw;
        refused = e.what();
      }
      port.trouble(refused);
      co_await hub::async::sleep_for(after_a_refusal);
    }
  }

  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client&) override {
    const auto look = [this] {
      imap_session session(server_of(settings_), interrupted_);
      std::vector<std::string> lines{
          settings_.imap_host + " lets us in; " +
          (session.can_idle() ? "it tells of new mails at once (IDLE)" : "it is asked for new mails now and then (no IDLE)")};
      for (const auto& mailbox : settings_.mailboxes)
        lines.push_back("mailbox " + mailbox + ": " + std::to_string(session.examine(mailbox).mails) + " mails");
      lines.emplace_back("nothing has to be registered there, and nothing is changed");
      return lines;
    };
    auto lines = co_await hub::async::on_thread(threads_, look);
    co_return lines;
  }

  hub::async::task<sending> send(send_port port, send_asked what) override {
    sending made;
    if (settings_.smtp_host.empty()) {
      made.told = told_failed("no smtp_host", "no server takes our mails: smtp_host of the account is not set");
      co_return made;
    }
    std::vector<std::string> bytes;
    for (const auto& file : what.files) {
      if (file.size > largest_outgoing) {
        made.told = told_failed("too_large", "a mail has 35 MB at most");
        co_return made;
      }
      auto got = co_await files_.read(port.file(file.sha256), file.size);
      if (!got) {
        made.told = told_refused(got.error());
        co_return made;
      }
      bytes.push_back(std::move(*got));
    }
    const auto mail = mail_for(context_, settings_, what, bytes, context_.clock->now());
    if (!mail) {
      made.told = told_refused(mail.error());
      co_return made;
    }
    const auto hand_over = [this, &what, &mail]() -> send_told {
      // The thread may have been busy.
      if (const auto late = too_late(context_, what)) return *late;
      return told_by_smtp(context_, submit(server_for_mails(), *mail, interrupted_), mail->message_id);
    };
    made.told = co_await hub::async::on_thread(senders_, hand_over);
    co_return made;
  }

 private:
  smtp_server server_for_mails() const {
    smtp_server made;
    made.host = settings_.smtp_host;
    made.port = settings_.smtp_port;
    made.security = settings_.smtp_security;
    made.ca_file = settings_.smtp_ca_file;
    made.user = settings_.smtp_user.reveal();
    made.password = settings_.smtp_password;
    made.name = settings_.from_address.substr(settings_.from_address.find('@') + 1);
    return made;
  }

  /// Ends by an exception only.
  hub::async::task<> watch(intake_port& port) {
    const auto stop = [this] { interrupted_.set(); };
    const auto connect = [this] { return std::make_unique<imap_session>(server_of(settings_), interrupted_); };
    const auto session = co_await hub::async::on_thread(threads_, connect, stop);
    while (true) {
      bool more = false;
      // The first folder is the one whose news are waited for: it is looked at last.
      for (auto mailbox = settings_.mailboxes.rbegin(); mailbox != settings_.mailboxes.rend(); ++mailbox) {
        const bool all = co_await take_news(port, *session, *mailbox);
        more = more || !all;
      }
      port.trouble("");
      if (!more) co_await wait(*session);
    }
  }

  hub::async::task<> wait(imap_session& session) {
    if (!session.can_idle()) {
      co_await hub::async::sleep_for(settings_.look_every);
      co_return;
    }
    const auto longest = settings_.mailboxes.size() == 1 ? std::chrono::milliseconds(longest_idle) : settings_.look_every;
    const auto stop = [this] { interrupted_.set(); };
    const auto idle = [&session, longest] { session.idle(longest); };
    co_await hub::async::on_thread(threads_, idle, stop);
  }

  /// Whether everything that is there was taken.
  hub::async::task<bool> take_news(intake_port& port, imap_session& session, std::string mailbox) {
    auto position = mailbox_position::read(port.position(mailbox));
    const auto look = [this, &session, &mailbox, &position] {
      const auto state = session.examine(mailbox);
      return news(session, state, settings_, context_.clock->now(), most_at_once, position);
    };
    const auto stop = [this] { interrupted_.set(); };
    const auto mails = co_await hub::async::on_thread(threads_, look, stop);
    port.keep_position(mailbox, position.to_text());
    for (const auto& mail : mails) {
      const auto fetch = [&] { return take(session, context_, settings_, mailbox, position.validity, mail); };
      auto got = co_await hub::async::on_thread(threads_, fetch, stop);
      for (const auto& [reference, bytes] : got.files) port.keep_media(reference, bytes);
      bool safe = true;
      if (!got.refused.empty())
        safe = co_await port.quarantine(std::move(got.kept), std::move(got.refused));
      else if (!got.events.empty())
        safe = co_await port.accept(std::move(got.events));
      if (!safe) throw hub::error(hub::failure::transient, "intake", "mails cannot be kept: neither broker nor spool takes them");
      position.took(got.uid, got.internal_date);
      port.keep_position(mailbox, position.to_text());
    }
    co_return mails.size() < most_at_once;
  }

  account_context context_;
  settings settings_;
  interruption interrupted_;
  boost::asio::thread_pool threads_{2};  ///< one waits for news; the other answers who registers or asks for a file
  boost::asio::thread_pool senders_{most_senders};
  file_reader files_;
};

bool is_this_machine(const std::string& host) { return host == "localhost" || host == "127.0.0.1" || host == "::1"; }

std::unique_ptr<connector> make(const account_context& context, const config::node& from, hub::problems& found) {
  settings read;
  const auto before = found.size();
  const std::string path = "connectors." + context.channel + "." + context.account;
  config::read(from, read, found, path);
  const auto refuse = [&](const std::string& what) { found.push_back({config::to_text(from.at), path + what}); };
  if (found.size() == before) {
    if (read.imap_host.find_first_of(" /:@") != std::string::npos) refuse(".imap_host: is no host name");
    if (read.imap_security == security::none && !is_this_machine(read.imap_host))
      refuse(".imap_security: none would show the password to everybody on the way; it is for a server on this machine only");
    if (read.smtp_host.find_first_of(" /:@") != std::string::npos) refuse(".smtp_host: is no host name");
    if (!read.smtp_host.empty() && read.smtp_security == security::none && !is_this_machine(read.smtp_host))
      refuse(".smtp_security: none would show the password to everybody on the way; it is for a server on this machine only");
    if (!read.smtp_host.empty() && mailbox(read.from_address).empty())
      refuse(".from_address: smtp_host needs the address that our mails come from");
    if (read.from_name.find_first_of("\r\n") != std::string::npos) refuse(".from_name: expected one line");
    if (read.mailboxes.empty()) refuse(".mailboxes: expected at least one");
    for (const auto& mailbox : read.mailboxes)
      if (mailbox.empty() || mailbox.size() > longest_mailbox || hub::clean_text(mailbox) != mailbox ||
          mailbox.find_first_of("\r\n") != std::string::npos)
        refuse(".mailboxes: a folder's name is 1 to 250 bytes on one line");
    if (read.look_back < 0s || read.look_back > 24h * 365) refuse(".look_back: expected 0 s to 365 d");
    if (read.look_every < 1s || read.look_every > 25min) refuse(".look_every: expected 1 s to 25 min");
  }
  if (found.size() != before) return nullptr;
  return std::make_unique<email_connector>(context, std::move(read));
}

std::string describe_settings() { return config::reference_of<settings>("connectors.email.main"); }

}  // namespace

connector_kind kind() { return {"email", make, describe_settings}; }

}  // namespace connectors::email
