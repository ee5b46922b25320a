// hub-connector reads real mailboxes: Dovecot in a home of its own, mails put into its folders as another server would.

#include "connectors/email/normalize.hpp"
#include "hub/ctl/private_mail.hpp"
#include "tests/integration/connector_fixture.hpp"
#include "tests/support/certificate.hpp"

namespace connector_tests {
namespace {

class email_connector : public connector_fixture {
 protected:
  static constexpr const char* user = "sales@avto.example";
  static constexpr const char* password = "a password";

  void SetUp() override { server_.add_user(user, password); }
  void TearDown() override { server_.stop(); }

  std::string accounts(const std::string& more = {}) {
    return "email: {main: {imap_host: 127.0.0.1, imap_port: " + std::to_string(server_.port()) +
           ", imap_security: none, authserv_id: mail.avto.example, addresses: [support@avto.example]" + more + "}}";
  }
  static std::map<std::string, std::string> secrets(const std::string& word = password) {
    return {{"HUB__CONNECTORS__EMAIL__MAIN__IMAP_USER", user}, {"HUB__CONNECTORS__EMAIL__MAIN__IMAP_PASSWORD", word}};
  }
  static std::string mail(int number, const std::string& more = {}, const std::string& body = "Добрий день\r\n") {
    return "From: Olena <olena@example.org>\r\nTo: support@avto.example\r\nSubject: Octavia\r\nMessage-ID: <" +
           std::to_string(number) + "@example.org>\r\n" + more +
           (more.empty() ? "Content-Type: text/plain; charset=utf-8\r\n" : "") + "\r\n" + body;
  }
  static std::string key_of(const std::string& mail) {
    connectors::account_context of;
    of.channel = "email";
    of.account = "main";
    return connectors::email::normalize(of, {}, mail, {}).value().at(0).key;
  }
  static std::set<std::string> keys(int from, int to) {
    std::set<std::string> all;
    for (int i = from; i <= to; ++i) all.insert(key_of(mail(i)));
    return all;
  }
  bool is_well(const connector_process& program) {
    const auto list = connectors_list(program);
    return list.find("\"trouble\":\"\"") != std::string::npos;
  }

  test_support::temp_dir home_;
  hub::ctl::private_mail server_{{.home = home_.path(), .for_tests = true}};
};

TEST_F(email_connector, takes_every_mail_once_and_news_at_once_over_restarts_of_both) {
  server_.start();
  for (int i = 1; i <= 70; ++i) server_.deliver(user, mail(i));
  const auto url = test_support::fresh_vhost();
  connector_process program(url, accounts(), secrets());
  program.start();
  EXPECT_EQ(take(url, keys(1, 70)).size(), 70u) << program.log();
  // Told by the server while it waits: the next look would be in nine minutes.
  server_.deliver(user, mail(71));
  EXPECT_EQ(take(url, keys(71, 71)).size(), 1u) << program.log();
  server_.stop();
  server_.deliver(user, mail(72));
  ASSERT_TRUE(wait_until([&] { return !is_well(program); }, 10s)) << connectors_list(program);
  server_.start();
  EXPECT_EQ(take(url, keys(72, 72)).size(), 1u) << program.log();
  program.process().kill();
  program.process().wait(5s);
  for (int i = 73; i <= 90; ++i) server_.deliver(user, mail(i));
  program.start();
  EXPECT_EQ(take(url, keys(73, 90)).size(), 18u) << program.log();
  program.process().kill(SIGTERM);
  EXPECT_TRUE(program.process().wait(9s)) << "waiting for news does not hold up the end";
}

TEST_F(email_connector, keeps_what_comes_with_a_mail_and_asks_for_it_again_where_it_lies) {
  server_.start();
  const std::string with_file = "Content-Type: multipart/mixed; boundary=x\r\n";
  const std::string body =
      "--x\r\nContent-Type: text/plain\r\n\r\nThe photo\r\n--x\r\nContent-Type: image/png\r\n"
      "Content-Disposition: attachment; filename=car.png\r\nContent-Transfer-Encoding: "
      "base64\r\n\r\naGVsbG8gZmlsZQ==\r\n--x--\r\n";
  const auto sent = mail(1, with_file, body);
  server_.deliver(user, sent);
  const auto url = test_support::fresh_vhost();
  connector_process program(url, accounts(), secrets());
  program.start();
  const auto events = take_events(url, {key_of(sent)});
  ASSERT_EQ(events.size(), 1u) << program.log();
  const auto& message = std::get<hub::message::chat_message>(events[0].data);
  ASSERT_EQ(message.attachments.size(), 1u);
  const auto path = "/internal/media?channel=email&account=main&reference=" + message.attachments[0].reference;
  EXPECT_EQ(inside(program, "GET", path).body, "hello file") << "it was kept when the mail came";
  server_.stop();
  EXPECT_EQ(inside(program, "GET", path).body, "hello file");
  EXPECT_EQ(inside(program, "DELETE", path).status, 204);
  const auto away = inside(program, "GET", path);
  EXPECT_EQ(away.status, 502);
  EXPECT_TRUE(away.head.find("X-Leadyard-Retry")) << "the server may come back";
  server_.start();
  EXPECT_EQ(inside(program, "GET", path).body, "hello file") << "fetched from the mailbox";
  EXPECT_EQ(inside(program, "DELETE", path).status, 204);
  server_.stop();
  server_.forget_uids(user);
  server_.start();
  EXPECT_EQ(inside(program, "GET", path).status, 410) << "the UID means nothing any more";
  EXPECT_EQ(program.log().find(password), std::string::npos);
}

TEST_F(email_connector, takes_nothing_twice_and_loses_nothing_when_the_uids_change) {
  server_.start();
  for (int i = 1; i <= 30; ++i) server_.deliver(user, mail(i));
  const auto url = test_support::fresh_vhost();
  connector_process program(url, accounts(), secrets());
  program.start();
  EXPECT_EQ(take(url, keys(1, 30)).size(), 30u) << program.log();
  server_.stop();
  server_.forget_uids(user);
  for (int i = 31; i <= 40; ++i) server_.deliver(user, mail(i));
  server_.start();
  // What was known comes again under its old keys, which is why it changes nothing.
  const auto got = take(url, keys(31, 40));
  for (const auto& key : got) EXPECT_TRUE(keys(1, 40).contains(key)) << key;
}

TEST_F(email_connector, quarantines_what_it_cannot_read_and_goes_on) {
  server_.start();
  server_.deliver(user, "Subject: from nobody\r\nMessage-ID: <x@example.org>\r\n\r\nHello\r\n");
  // Larger than what can be quarantined whole.
  server_.deliver(user, "Subject: from nobody\r\n\r\n" + std::string(2'000'000, 'x') + "\r\n");
  server_.deliver(user, mail(1));
  const auto url = test_support::fresh_vhost();
  connector_process program(url, accounts(), secrets());
  program.start();
  const auto events = take_events(url, keys(1, 1), 3);
  ASSERT_EQ(events.size(), 3u) << program.log();
  for (const auto& e : events) {
    const auto* refused = std::get_if<hub::message::unparsed>(&e.data);
    if (!refused) continue;
    EXPECT_EQ(refused->reason, "From: names no address");
    const auto body = hub::unseal(hub::secret("seal key of the test"), refused->sealed).value();
    EXPECT_THAT(body, testing::StartsWith("X-Leadyard-Mail: /INBOX;UIDVALIDITY="));
    EXPECT_THAT(body, HasSubstr("Subject: from nobody"));
    EXPECT_EQ(body.size() < 1000, true);
  }
  EXPECT_TRUE(is_well(program));
}

TEST_F(email_connector, tells_of_a_mail_that_is_too_large_without_carrying_it) {
  server_.start();
  const auto head = mail(1, "Content-Type: text/plain\r\n", "");
  server_.deliver(user, head + std::string(26u << 20, 'x') + "\r\n");
  const auto url = test_support::fresh_vhost();
  connector_process program(url, accounts(), secrets());
  program.start();
  const auto events = take_events(url, {key_of(head)});
  ASSERT_EQ(events.size(), 1u) << program.log();
  const auto& message = std::get<hub::message::chat_message>(events[0].data);
  EXPECT_EQ(message.subject, "Octavia");
  ASSERT_EQ(message.attachments.size(), 1u);
  EXPECT_GT(message.attachments[0].size.value_or(0), 26u << 20);
  const auto path = "/internal/media?channel=email&account=main&reference=" + message.attachments[0].reference;
  EXPECT_EQ(inside(program, "GET", path).status, 413);
}

TEST_F(email_connector, reads_several_folders_whatever_their_names) {
  server_.start();
  server_.deliver(user, mail(1), "&BCEEOgQ7BDAENA-");  // Склад, as it lies on the disk
  server_.deliver(user, mail(2));
  const auto url = test_support::fresh_vhost();
  connector_process program(url, accounts(", mailboxes: [INBOX, Склад], look_every: 1s"), secrets());
  program.start();
  EXPECT_EQ(take(url, keys(1, 2)).size(), 2u) << program.log();
  server_.deliver(user, mail(3), "&BCEEOgQ7BDAENA-");
  EXPECT_EQ(take(url, keys(3, 3)).size(), 1u) << program.log();
  const auto told = inside(program, "POST", "/internal/register?channel=email&account=main");
  EXPECT_EQ(told.status, 200) << told.body;
  EXPECT_THAT(told.body, HasSubstr("mailbox Склад: 2 mails"));
}

TEST_F(email_connector, begins_with_the_last_day_only) {
  server_.start();
  server_.deliver(user, mail(1));
  server_.grow_old(user, std::chrono::hours(30));
  server_.deliver(user, mail(2));
  const auto url = test_support::fresh_vhost();
  connector_process program(url, accounts(), secrets());
  program.start();
  EXPECT_EQ(take(url, keys(2, 2)).size(), 1u);
  server_.deliver(user, mail(3));
  EXPECT_EQ(take(url, keys(3, 3)).size(), 1u) << "and nothing of the past comes later";
}

TEST_F(email_connector, says_what_is_wrong_with_the_sign_in_and_does_not_try_again_at_once) {
  server_.start();
  connector_process program(test_support::fresh_vhost(), accounts(), secrets("another password"));
  program.start();
  ASSERT_TRUE(wait_until([&] { return !is_well(program); }, 20s)) << connectors_list(program);
  EXPECT_THAT(connectors_list(program), HasSubstr("refuses imap_user or imap_password"));
  EXPECT_EQ(program.log().find("another password"), std::string::npos);
}

/// Signs in over TLS where the certificate deserves it, and says why it does not.
class email_over_tls : public email_connector {
 protected:
  void SetUp() override {}

  std::string told(const std::string& names, const std::string& security, bool believed) {
    const test_support::temp_dir home, files, other;
    const auto certificate = test_support::make_certificate(files.path(), names);
    hub::ctl::private_mail server({.home = home.path(), .for_tests = true}, certificate.file, certificate.key);
    server.add_user(user, password);
    server.start();
    const auto port = security == "tls" ? server.tls_port() : server.port();
    const auto trusted = believed ? certificate.file : test_support::make_certificate(other.path(), names).file;
    connector_process program(test_support::fresh_vhost(),
                              "email: {main: {imap_host: 127.0.0.1, imap_port: " + std::to_string(port) +
                                  ", imap_security: " + security + ", imap_ca_file: " + trusted + "}}",
                              secrets());
    program.start();
    auto body = inside(program, "POST", "/internal/register?channel=email&account=main").body;
    server.stop();
    return body;
  }
};

TEST_F(email_over_tls, signs_in_where_the_certificate_names_the_host_and_is_believed) {
  EXPECT_THAT(told("IP:127.0.0.1", "tls", true), HasSubstr("127.0.0.1 lets us in"));
  EXPECT_THAT(told("IP:127.0.0.1", "starttls", true), HasSubstr("127.0.0.1 lets us in"));
}

TEST_F(email_over_tls, tells_nobody_else_the_password) {
  for (const auto* security : {"tls", "starttls"}) {
    EXPECT_THAT(told("DNS:mail.example", security, true), HasSubstr("certificate subject name")) << security;
    EXPECT_THAT(told("IP:127.0.0.1", security, false), HasSubstr("self")) << security;
  }
}

TEST_F(email_connector, speaks_no_plain_text_where_starttls_is_wanted) {
  server_.start();
  auto wanted = accounts();
  wanted.replace(wanted.find("imap_security: none"), 19, "imap_security: starttls");
  connector_process program(test_support::fresh_vhost(), wanted, secrets());
  program.start();
  EXPECT_THAT(inside(program, "POST", "/internal/register?channel=email&account=main").body, HasSubstr("STARTTLS"));
}

}  // namespace
}  // namespace connector_tests
