// The mail sender against two servers that know nothing of it: one for submission with TLS, STARTTLS and sign-in (aiosmtpd), and
// Dovecot, from whose mailbox our own IMAP half reads back what was taken, and Python's IMAP client and parser of mails.

#include "connectors/email/imap.hpp"
#include "connectors/email/mime.hpp"
#include "connectors/email/threading.hpp"
#include "hub/ctl/private_mail.hpp"
#include "tests/integration/send_fixture.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/process.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace {

using namespace connector_tests;

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class submission_server {
 public:
  explicit submission_server(const std::string& security) : security_(security) {
    const auto certificate = test_support::make_certificate(home_.path(), "IP:127.0.0.1");
    ca_file = certificate.file;
    test_support::process::options how;
    how.arguments = {LEADYARD_SOURCE_DIR "/tests/support/smtp_server.py", home_.path(), security, certificate.file,
                     certificate.key};
    how.output = home_ / "log";
    process_.emplace("/usr/bin/python3", how);
    EXPECT_TRUE(test_support::wait_until([&] { return std::filesystem::exists(home_ / "port"); }, 20s))
        << contents(home_ / "log");
    port = contents(home_ / "port");
  }
  std::string mail(int number) const { return contents(home_ / (std::to_string(number) + ".eml")); }
  /// "<who we said we are> <from> <to>".
  std::string envelope(int number) const { return contents(home_ / (std::to_string(number) + ".to")); }
  std::string settings() const {
    return ", smtp_host: 127.0.0.1, smtp_port: " + port + ", smtp_security: " + security_ + ", smtp_ca_file: \"" + ca_file + "\"";
  }

  std::string port, ca_file;

 private:
  std::string security_;
  test_support::temp_dir home_;
  std::optional<test_support::process> process_;
};

class sending_by_mail : public send_fixture {
 protected:
  std::unique_ptr<connectors::connector> account(const std::string& smtp, const std::string& word = "a password") {
    return make("email",
                "{imap_host: 127.0.0.1, imap_security: none, imap_user: x, imap_password: x, from_address: "
                "sales@avto.example, from_name: Авто Приклад, reply_key: k, smtp_user: sales@avto.example, "
                "smtp_password: " +
                    word + smtp + "}");
  }
  static send_asked mail_to(const std::string& address, const std::string& text = "Так, авто доступне.\n.\nЧекаємо о 18:30.") {
    auto made = text_to("email", "04dbd7c644a84297", text);
    made.recipient = {{"email", "", address}};
    made.subject = "Octavia";
    return made;
  }
};

TEST_F(sending_by_mail, hands_over_the_very_bytes_whichever_way_the_connection_is_made_safe) {
  for (const std::string security : {"tls", "starttls", "none"}) {
    SCOPED_TRACE(security);
    submission_server server(security);
    auto by = account(server.settings());
    auto what = mail_to("olena@example.org");
    const std::string photo = "\x89PNG\r\n.\r\n" + std::string(100'000, '\xFF');
    what.type = content_type::photo;
    what.files.push_back(file(photo, "image/png", "салон.png"));
    const auto got = send(*by, what);
    ASSERT_EQ(state_of(got), "sent") << got.told.reason;
    EXPECT_EQ(got.told.platform_ids, std::vector<std::string>{"hub.1200.1@avto.example"});
    EXPECT_EQ(server.envelope(1), "avto.example sales@avto.example olena@example.org");
    const auto raw = server.mail(1);
    const auto read = connectors::email::read_mime(raw);
    ASSERT_EQ(read.children.size(), 2u);
    EXPECT_EQ(connectors::email::decoded_body(read.children[0]), "Так, авто доступне.\r\n.\r\nЧекаємо о 18:30.");
    EXPECT_EQ(connectors::email::decoded_body(read.children[1]), photo);
  }
}

TEST_F(sending_by_mail, is_read_back_from_a_mailbox_as_it_was_sent) {
  submission_server server("starttls");
  auto by = account(server.settings());
  auto what = mail_to("olena@example.org", "Yes.\n.\n..\nSee you at 18:30.");
  what.reply_to = "fix-0099@mail.example.org";
  ASSERT_EQ(state_of(send(*by, what)), "sent");

  test_support::temp_dir home;
  hub::ctl::private_mail mailbox{{.home = home.path(), .for_tests = true}};
  mailbox.add_user("olena", "hers");
  mailbox.start();
  mailbox.deliver("olena", server.mail(1));
  connectors::email::imap_server where;
  where.host = "127.0.0.1";
  where.port = mailbox.port();
  where.security = connectors::email::security::none;
  where.user = "olena";
  where.password = hub::secret("hers");
  const connectors::email::interruption never;
  connectors::email::imap_session session(where, never);
  ASSERT_EQ(session.examine("INBOX").mails, 1u);
  const auto raw = session.fetch(session.search("HEADER Message-ID hub.1200.1@avto.example").at(0), false).value();
  mailbox.stop();
  const auto read = connectors::email::read_mime(raw);
  EXPECT_EQ(connectors::email::decoded_text(read.head.first("from")), "Авто Приклад <sales@avto.example>");
  EXPECT_EQ(read.head.first("in-reply-to"), "<fix-0099@mail.example.org>");
  EXPECT_EQ(connectors::email::decoded_body(read), "Yes.\r\n.\r\n..\r\nSee you at 18:30.\r\n") << "a mail ends with a line";
}

TEST_F(sending_by_mail, is_read_by_another_reader_of_mail_with_its_thread_its_words_and_every_file) {
  submission_server server("starttls");
  auto by = account(server.settings());
  auto what = mail_to("olena@example.org",
                      "Доброго дня!\n\nТак, авто доступне 🚗\n.\n..\n-- \nЧекаємо о 18:30, " + std::string(1500, 'x') + " кінець");
  what.subject = "Škoda Octavia 2021: огляд, тест-драйв і документи, щоб заголовок не вмістився в один рядок";
  what.thread = {"fix-0001@mail.example.org", "fix-0050@mail.example.org"};
  what.reply_to = "fix-0099@mail.example.org";
  what.type = content_type::photo;
  std::string every_byte;
  for (int n = 0; n < 70'000; ++n) every_byte += static_cast<char>(n % 256);
  const std::vector<outgoing_file> files{file("\x89PNG\r\n.\r\n" + every_byte, "image/png", "салон.png"),
                                         file("%PDF-1.7\n.\nFrom here\r" + every_byte, "application/pdf",
                                              "Договір купівлі-продажу №7 (чернетка для підпису, з додатками).pdf"),
                                         file(".", "text/plain", "a \"b\"; c=d.txt")};
  what.files = files;
  const auto sent = send(*by, what);
  ASSERT_EQ(state_of(sent), "sent") << sent.told.reason;

  test_support::temp_dir home;
  hub::ctl::private_mail mailbox{{.home = home.path(), .for_tests = true}};
  mailbox.add_user("olena", "hers");
  mailbox.start();
  mailbox.deliver("olena", server.mail(1));
  const auto read = test_support::run("/usr/bin/python3", {.arguments = {LEADYARD_SOURCE_DIR "/tests/support/read_mail.py",
                                                                         std::to_string(mailbox.port()), "olena", "hers"}});
  mailbox.stop();
  ASSERT_EQ(read.exit_code, 0) << read.output;
  const auto mail = boost::json::parse(read.output).as_object();
  const auto head = [&](std::string_view name) {
    const auto* found = mail.at("head").as_object().if_contains(name);
    EXPECT_TRUE(found && found->as_array().size() == 1) << name;
    return found ? std::string(found->as_array().at(0).as_string()) : std::string();
  };
  EXPECT_EQ(head("from"), "Авто Приклад <sales@avto.example>");
  EXPECT_EQ(head("to"), "olena@example.org");
  EXPECT_EQ(head("subject"), "Re: " + what.subject);
  EXPECT_EQ(head("message-id"), "<" + sent.told.platform_ids.at(0) + ">");
  EXPECT_EQ(head("in-reply-to"), "<fix-0099@mail.example.org>");
  EXPECT_EQ(head("references"), "<fix-0001@mail.example.org> <fix-0050@mail.example.org> <fix-0099@mail.example.org>");
  connectors::email::settings with;
  with.reply_key = hub::secret("k");
  EXPECT_EQ(head("reply-to"), "Авто Приклад <reply+04dbd7c644a84297." +
                                  connectors::email::reply_token(context("email"), with, "04dbd7c644a84297") + "@avto.example>");
  EXPECT_EQ(mail.at("text").as_string(), what.text);
  const auto& got = mail.at("files").as_array();
  ASSERT_EQ(got.size(), files.size());
  for (std::size_t n = 0; n < files.size(); ++n) {
    EXPECT_EQ(got[n].at("name").as_string(), files[n].file_name);
    EXPECT_EQ(got[n].at("type").as_string(), files[n].type);
    EXPECT_EQ(got[n].at("size").as_int64(), static_cast<std::int64_t>(files[n].size));
    EXPECT_EQ(got[n].at("sha256").as_string(), files[n].sha256);
  }
}

TEST_F(sending_by_mail, tells_each_refusal_by_what_may_be_done_about_it) {
  submission_server server("tls");
  auto by = account(server.settings());
  auto got = send(*by, mail_to("unknown@example.org"));
  EXPECT_EQ(state_of(got), "failed 550 5.1.1");
  EXPECT_THAT(got.told.reason, HasSubstr("User unknown"));
  got = send(*by, mail_to("greylisted@example.org"));
  EXPECT_EQ(state_of(got), "deferred 450 4.7.1");
  EXPECT_EQ(got.told.retry_after_ms, 300'000u);
  EXPECT_FALSE(got.told.counts);
  got = send(*by, mail_to("full@example.org"));
  EXPECT_EQ(state_of(got), "deferred 452 4.2.2");
  EXPECT_EQ(got.told.retry_after_ms, 3'600'000u);
  EXPECT_EQ(state_of(send(*by, mail_to("spam@example.org"))), "failed 554 5.7.1")
      << "refused after the whole mail: it is certain";
  EXPECT_EQ(state_of(send(*by, mail_to("late@example.org"))), "deferred 451 4.3.0");
}

TEST_F(sending_by_mail, knows_whether_the_end_of_the_mail_was_sent) {
  submission_server server("starttls");
  auto by = account(server.settings());
  auto got = send(*by, mail_to("cut@example.org"));
  EXPECT_EQ(state_of(got), "unknown smtp") << got.told.reason;
  EXPECT_FALSE(server.mail(1).empty()) << "it was taken, and nobody said so";
  auto large = mail_to("gone@example.org");
  large.type = content_type::file;
  large.files.push_back(file(std::string(12 << 20, 'x'), "application/pdf", "a.pdf"));
  got = send(*by, large);
  EXPECT_EQ(state_of(got), "deferred smtp") << got.told.reason;
  EXPECT_TRUE(got.told.counts);
}

TEST_F(sending_by_mail, stops_the_account_whose_sign_in_is_refused) {
  submission_server server("starttls");
  auto by = account(server.settings(), "another password");
  const auto got = send(*by, mail_to("olena@example.org"));
  EXPECT_EQ(got.told.state, send_state::deferred);
  EXPECT_TRUE(got.told.pause_account);
  EXPECT_EQ(got.told.code, "535 5.7.8");
  EXPECT_EQ(got.told.reason.find("another password"), std::string::npos);
}

TEST_F(sending_by_mail, shows_nothing_to_a_server_that_is_not_believed) {
  submission_server server("tls"), other("tls");
  auto by = account(", smtp_host: 127.0.0.1, smtp_port: " + server.port + ", smtp_security: tls, smtp_ca_file: \"" +
                    other.ca_file + "\"");
  auto got = send(*by, mail_to("olena@example.org"));
  EXPECT_EQ(state_of(got), "deferred tls") << got.told.reason;
  EXPECT_TRUE(got.told.pause_account);

  submission_server plain("none");
  by = account(", smtp_host: 127.0.0.1, smtp_port: " + plain.port + ", smtp_security: starttls");
  got = send(*by, mail_to("olena@example.org"));
  EXPECT_EQ(state_of(got), "deferred tls") << "no STARTTLS, no password";
  EXPECT_TRUE(plain.mail(1).empty());
}

TEST_F(sending_by_mail, is_deferred_where_nobody_listens) {
  auto by = account(", smtp_host: 127.0.0.1, smtp_port: 1, smtp_security: none");
  const auto got = send(*by, mail_to("olena@example.org"));
  EXPECT_EQ(state_of(got), "deferred smtp");
  EXPECT_FALSE(got.told.pause_account);
  auto late = mail_to("olena@example.org");
  late.not_after = hub::instant{};
  EXPECT_EQ(state_of(send(*by, late)), "deferred late");
}

TEST_F(sending_by_mail, says_what_is_missing_in_the_settings) {
  auto by = account("");
  EXPECT_EQ(state_of(send(*by, mail_to("olena@example.org"))), "failed no smtp_host");
  EXPECT_THROW(account(", smtp_host: mail.avto.example, smtp_security: none"), std::runtime_error);
  EXPECT_THROW(make("email", "{imap_host: 127.0.0.1, imap_security: none, imap_user: x, imap_password: x, smtp_host: 127.0.0.1}"),
               std::runtime_error);
}

}  // namespace
