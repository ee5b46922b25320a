// Mails as they go out, read by the half that reads what comes in; hostile fields; the words of mail servers.

#include "connectors/email/automatic.hpp"
#include "connectors/email/normalize.hpp"
#include "connectors/email/send.hpp"
#include "connectors/email/threading.hpp"
#include "connectors/sender.hpp"
#include "hub/base/crypto.hpp"
#include "tests/support/recorded_cases.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace connectors;
using namespace connectors::email;
using hub::message::content_type;
using hub::message::outgoing_file;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr hub::instant now{std::chrono::milliseconds(1'795'003'200'000)};

account_context context() { return test_support::recorded_context("email"); }

settings account() {
  settings made;
  made.from_address = "sales@avto.example";
  made.from_name = "Авто Приклад";
  made.reply_key = hub::secret("a reply key");
  return made;
}

send_asked answer(const std::string& text = "Так, авто доступне.\nЧекаємо о 18:30.") {
  send_asked made;
  made.outbox_id = 1200;
  made.attempt = 2;
  made.conversation = "email:main:04dbd7c644a84297";
  made.recipient.push_back({"email", "", "olena@example.org"});
  made.subject = "Octavia";
  made.text = text;
  return made;
}

outgoing_mail made(const send_asked& what, const std::vector<std::string>& bytes = {}) {
  return mail_for(context(), account(), what, bytes, now).value();
}
std::string refused(const send_asked& what, const std::vector<std::string>& bytes = {}) {
  const auto got = mail_for(context(), account(), what, bytes, now);
  return got ? "taken" : got.error().where;
}
std::string head_of(const outgoing_mail& mail, std::string_view name) {
  return decoded_text(read_mime(mail.bytes).head.first(name));
}

TEST(outgoing_mails, say_what_was_said_and_to_whom) {
  const auto mail = made(answer());
  EXPECT_EQ(mail.from, "sales@avto.example");
  EXPECT_EQ(mail.to, "olena@example.org");
  EXPECT_EQ(mail.message_id, "hub.1200.2@avto.example");
  const auto read = read_mime(mail.bytes);
  EXPECT_EQ(message_id_in(read.head.first("message-id")), mail.message_id);
  const auto from = addresses_in(read.head.first("from"), 2);
  ASSERT_EQ(from.size(), 1u);
  EXPECT_EQ(from[0].mail, "sales@avto.example");
  EXPECT_EQ(from[0].name, "Авто Приклад");
  EXPECT_EQ(addresses_in(read.head.first("to"), 2)[0].mail, "olena@example.org");
  EXPECT_EQ(head_of(mail, "subject"), "Octavia");
  EXPECT_EQ(date_in(read.head.first("date")), now);
  EXPECT_EQ(read.type, "text/plain");
  EXPECT_EQ(read.charset, "utf-8");
  EXPECT_EQ(decoded_body(read), "Так, авто доступне.\r\nЧекаємо о 18:30.");
  EXPECT_TRUE(is_loop(read.head)) << "what comes back of it is no customer's";
}

TEST(outgoing_mails, of_programs_say_so_that_no_program_answers_them) {
  auto what = answer();
  EXPECT_FALSE(read_mime(made(what).bytes).head.has("auto-submitted"));
  what.automatic = true;
  EXPECT_EQ(head_of(made(what), "auto-submitted"), "auto-generated");
  what.reply_to = "a1@mail.example";
  const auto mail = made(what);
  EXPECT_EQ(head_of(mail, "auto-submitted"), "auto-replied");
  EXPECT_TRUE(is_automatic(read_mime(mail.bytes).head, mail.from, what.subject)) << "nor does another hub";
}

TEST(outgoing_mails, are_the_same_bytes_for_the_same_attempt) {
  EXPECT_EQ(made(answer()).bytes, made(answer()).bytes);
  auto again = answer();
  again.attempt = 3;
  EXPECT_EQ(made(again).message_id, "hub.1200.3@avto.example");
}

TEST(outgoing_mails, bring_the_answer_back_to_its_conversation) {
  const auto mail = made(answer());
  auto back = read_mime(mail.bytes).head;
  const auto reply_to = addresses_in(back.first("reply-to"), 1)[0].mail;
  EXPECT_THAT(reply_to, StartsWith("reply+04dbd7c644a84297."));
  headers came;
  came.list.push_back({"to", reply_to});
  auto with = account();
  with.addresses = {"sales@avto.example"};
  EXPECT_EQ(proven_conversation(context(), with, came), "04dbd7c644a84297");
  with.reply_key = hub::secret();
  const auto plain = mail_for(context(), with, answer(), {}, now).value();
  EXPECT_FALSE(read_mime(plain.bytes).head.has("reply-to"));
}

TEST(outgoing_mails, name_what_they_answer_and_everything_before_it) {
  auto what = answer();
  what.thread = {"fix-0001@example.org", "hub.1100.1@avto.example", "0123456789abcdef0123456789abcdef"};
  what.reply_to = "fix-0099@mail.example.org";
  auto mail = made(what);
  EXPECT_EQ(head_of(mail, "in-reply-to"), "<fix-0099@mail.example.org>");
  EXPECT_EQ(head_of(mail, "references"), "<fix-0001@example.org> <hub.1100.1@avto.example> <fix-0099@mail.example.org>");
  EXPECT_EQ(head_of(mail, "subject"), "Re: Octavia");
  what.subject = "RE: Octavia";
  what.reply_to.clear();
  mail = made(what);
  EXPECT_EQ(head_of(mail, "in-reply-to"), "<hub.1100.1@avto.example>") << "the last whose id is known";
  EXPECT_EQ(head_of(mail, "subject"), "RE: Octavia");
}

TEST(outgoing_mails, open_a_sealed_address_and_a_sealed_id) {
  auto what = answer();
  what.recipient = {{"email", "", "0123456789abcdef0123456789abcdef"}};
  what.reply_address = hub::seal(context().seal_key, "380000000001@example.org");
  what.reply_to = "fedcba9876543210fedcba9876543210";
  what.sealed_reply_to = hub::seal(context().seal_key, "380000000001.7@example.org");
  const auto mail = made(what);
  EXPECT_EQ(mail.to, "380000000001@example.org");
  EXPECT_EQ(head_of(mail, "in-reply-to"), "<380000000001.7@example.org>");
  what.recipient.insert(what.recipient.begin(), {"email", "", "olena@example.org"});
  EXPECT_EQ(made(what).to, "olena@example.org") << "the newest id is another address";
  what.recipient.erase(what.recipient.begin());
  what.reply_address.clear();
  EXPECT_EQ(refused(what), "recipient") << "a hash is no address";
}

TEST(outgoing_mails, keep_the_first_and_the_last_of_a_long_thread) {
  auto what = answer();
  for (int n = 0; n < 32; ++n) what.thread.push_back("m" + std::to_string(n) + "@example.org");
  const auto references = head_of(made(what), "references");
  EXPECT_EQ(std::count(references.begin(), references.end(), '@'), 20);
  EXPECT_THAT(references, StartsWith("<m0@example.org> <m13@example.org>"));
  EXPECT_TRUE(references.ends_with("<m31@example.org>"));
}

TEST(outgoing_mails, carry_files_byte_for_byte) {
  auto what = answer("Ось договір і фото");
  std::string bytes;
  for (int n = 0; n < 5'000; ++n) bytes += static_cast<char>(n * 7);
  const std::string photo = "\r\n.\r\nQUIT\r\n";
  outgoing_file paper;
  paper.type = "application/pdf";
  paper.file_name = "Договір купівлі-продажу №7, дуже довга назва файлу для перевірки.pdf";
  outgoing_file picture;
  picture.type = "image/jpeg";
  what.type = content_type::file;
  what.files = {paper, picture};
  const auto mail = made(what, {bytes, photo});
  const auto read = read_mime(mail.bytes);
  EXPECT_EQ(read.type, "multipart/mixed");
  ASSERT_EQ(read.children.size(), 3u);
  EXPECT_EQ(decoded_body(read.children[0]), "Ось договір і фото");
  EXPECT_EQ(decoded_body(read.children[1]), bytes);
  EXPECT_EQ(read.children[1].file_name, paper.file_name);
  EXPECT_EQ(read.children[1].disposition, "attachment");
  EXPECT_EQ(decoded_body(read.children[2]), photo);
  EXPECT_EQ(read.children[2].file_name, "file.jpg");
  EXPECT_EQ(read.children[2].disposition, "inline");
}

TEST(outgoing_mails, have_no_line_that_smtp_does_not_take) {
  auto what = answer("one\rtwo\nthree\r\n.\r\n" + std::string(3'000, 'x') + "\n" + std::string("\xD1\x97", 2));
  what.subject = std::string(600, 'w') + " їжак";
  const auto mail = made(what);
  std::size_t line = 0;
  for (std::size_t n = 0; n < mail.bytes.size(); ++n) {
    const auto c = static_cast<unsigned char>(mail.bytes[n]);
    ASSERT_TRUE(c < 0x80 && c != 0) << "seven bits";
    if (c == '\n') {
      ASSERT_TRUE(n > 0 && mail.bytes[n - 1] == '\r') << "a bare line feed at " << n;
      line = 0;
      continue;
    }
    if (c == '\r') {
      ASSERT_EQ(mail.bytes[n + 1], '\n') << "a bare carriage return at " << n;
      continue;
    }
    ASSERT_LE(++line, 998u);
  }
}

TEST(outgoing_mails, let_nobody_write_a_header) {
  for (const auto& end : {std::string("\r\n"), std::string("\n"), std::string("\r"), std::string(1, '\0')}) {
    const auto evil = "x" + end + "Bcc: everybody@example.org";
    auto what = answer();
    what.subject = evil;
    EXPECT_EQ(refused(what), "header");
    what = answer();
    what.sender_name = evil;
    EXPECT_EQ(refused(what), "header");
    what = answer();
    what.reply_to = evil + "@x";
    EXPECT_EQ(refused(what), "header");
    what = answer();
    what.thread = {"a@b", evil + "@x"};
    EXPECT_EQ(refused(what), "header");
    what = answer();
    what.recipient[0].id = "olena@example.org" + end + "RCPT TO:<everybody@example.org>";
    EXPECT_EQ(refused(what), "header");
    what = answer();
    what.recipient[0].id = "0123456789abcdef0123456789abcdef";
    what.reply_address = hub::seal(context().seal_key, "olena@example.org" + end + "DATA");
    EXPECT_EQ(refused(what), "header");
    what = answer();
    what.files.emplace_back();
    what.files[0].file_name = evil;
    EXPECT_EQ(refused(what, {"x"}), "header");
    what.files[0].file_name = "a.pdf";
    what.files[0].type = "application/pdf" + end + "X: y";
    EXPECT_EQ(refused(what, {"x"}), "header");
  }
  auto what = answer();
  what.reply_to = "a>\tb@x";
  EXPECT_THAT(made(what).bytes, Not(HasSubstr("In-Reply-To"))) << "no id has brackets in it";
}

TEST(outgoing_mails, are_not_made_of_what_no_mail_holds) {
  auto what = answer("");
  EXPECT_EQ(refused(what), "empty");
  what = answer();
  what.choices = {"Так"};
  EXPECT_EQ(refused(what), "choices");
  what = answer();
  what.type = content_type::location;
  EXPECT_EQ(refused(what), "unsupported");
  what = answer();
  what.recipient[0].id = "олена@example.org";
  EXPECT_EQ(refused(what), "recipient");
  what = answer();
  what.files.emplace_back();
  what.files[0].type = "video/mp4";
  EXPECT_EQ(refused(what, {std::string(26 << 20, 'x')}), "too_large");
  EXPECT_EQ(refused(what, {std::string(20 << 20, 'x')}), "taken");
}

}  // namespace
