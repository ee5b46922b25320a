// The mail parser: who is believed, what is hostile, what may not leave. What it makes of whole mails is recorded in
// tests/contract/email.

#include "connectors/email/normalize.hpp"
#include "connectors/email/sender.hpp"
#include "connectors/email/threading.hpp"
#include "connectors/sealed.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"
#include "tests/support/recorded_cases.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace {

using namespace connectors;
using namespace test_support;
using hub::message::chat_message;
using hub::message::content_type;
using testing::HasSubstr;
using testing::Not;

const auto internal_date = hub::parse_rfc3339("2026-11-18T15:00:00Z").value();

account_context context() {
  hub::crypto_start();
  account_context c;
  c.channel = "email";
  c.account = "main";
  c.seal_key = hub::secret("seal key of the mail cases");
  c.fingerprint_key = hub::secret("fingerprint key of the mail cases");
  return c;
}

email::settings settings() {
  email::settings s;
  s.authserv_id = "mail.avto.example";
  s.addresses = {"support@avto.example", "sales@avto.example"};
  s.reply_key = hub::secret("reply key of the mail cases");
  return s;
}

hub::result<std::vector<hub::message::event>> parse(std::string_view raw) {
  return email::normalize(context(), settings(), raw, internal_date);
}

chat_message message_of(std::string_view raw) {
  const auto events = parse(raw);
  if (!events) ADD_FAILURE() << hub::to_text(events.error());
  if (!events || events->size() != 1 || !std::holds_alternative<chat_message>((*events)[0].data)) return {};
  return std::get<chat_message>((*events)[0].data);
}

/// A mail of one text part.
std::string mail(const std::string& more_headers, const std::string& text = "Good morning") {
  std::string made = more_headers;
  if (more_headers.find("From:") == std::string::npos) made += "From: Olena <olena@example.org>\r\n";
  if (more_headers.find("Message-ID:") == std::string::npos) made += "Message-ID: <one@example.org>\r\n";
  if (more_headers.find("Content-Type:") == std::string::npos) made += "Content-Type: text/plain; charset=utf-8\r\n";
  return made + "To: support@avto.example\r\n\r\n" + text + "\r\n";
}

TEST(email, cannot_be_suppressed_by_whoever_sends_its_id_first) {
  const auto first = parse(mail("", "Spam")), second = parse(mail("", "The real one"));
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->front().key, second->front().key);
  EXPECT_EQ(message_of(mail("", "Spam")).platform_id, message_of(mail("", "The real one")).platform_id);
}

const std::string results = "Authentication-Results: mail.avto.example; ";

email::authentication checked(const std::string& header) {
  std::string_view body;
  return email::authentication_of(settings(), email::read_headers(header + "\r\n\r\n", body), "example.org");
}

TEST(email, believes_a_sender_only_by_the_word_of_our_own_server) {
  EXPECT_TRUE(checked(results + "dmarc=pass header.from=example.org").proven);
  EXPECT_TRUE(
      checked("Authentication-Results: MAIL.avto.example 1; dmarc=pass (p=none; dis=none) header.from=Example.org").proven);
  EXPECT_TRUE(checked(results + "spf=pass smtp.mailfrom=olena@example.org").proven);
  EXPECT_TRUE(checked(results + "dkim=pass header.d=example.org header.s=one").proven);
  EXPECT_FALSE(checked("Authentication-Results: other.example; dmarc=pass header.from=example.org").proven);
  EXPECT_FALSE(checked(results + "dmarc=pass header.from=bad.example").proven);
  EXPECT_FALSE(checked(results + "spf=pass smtp.mailfrom=sub.example.org").proven);
  EXPECT_FALSE(checked(results + "dkim=pass header.d=org").proven);
  EXPECT_FALSE(checked(results + "dkim=pass").proven);
  EXPECT_FALSE(checked(results + "dmarc=fail; spf=pass smtp.mailfrom=example.org").proven);
  EXPECT_TRUE(checked(results + "dmarc=fail; spf=pass smtp.mailfrom=example.org").failed);
  EXPECT_FALSE(checked(results + "none").proven);
  EXPECT_FALSE(checked("X-Nothing: here").proven);
}

TEST(email, is_not_fooled_by_what_a_stranger_put_into_the_results) {
  EXPECT_FALSE(checked(results + "spf=fail smtp.mailfrom=\"x; dmarc=pass header.from=example.org\"").proven);
  EXPECT_FALSE(checked(results + "spf=fail (; dmarc=pass header.from=example.org)").proven);
  EXPECT_FALSE(checked(results + "spf=fail smtp.mailfrom=\"x dkim=pass header.d=example.org\"").proven);
  EXPECT_FALSE(checked(results + "spf=fail\r\n" + results + "dmarc=pass header.from=example.org").proven)
      << "only the topmost one of ours counts";
  const auto twice =
      message_of(mail(results + "dmarc=pass header.from=example.org\r\nFrom: a@example.org\r\nFrom: b@example.org\r\n"));
  EXPECT_EQ(twice.sender.identities.front().space, "email_unproven");
  const auto two = message_of(mail(results + "dmarc=pass header.from=example.org\r\nFrom: a@example.org, b@example.org\r\n"));
  EXPECT_EQ(two.sender.identities.front().space, "email_unproven");
}

TEST(email, proves_nobody_while_the_receiving_server_has_no_name) {
  auto with = settings();
  with.authserv_id.clear();
  const auto events = email::normalize(context(), with, mail("Authentication-Results: ; dmarc=pass\r\n"), internal_date);
  ASSERT_TRUE(events && events->size() == 1);
  EXPECT_EQ(identities_of(events->front()).front().space, "email_unproven");
}

TEST(email, takes_a_conversation_from_a_reply_address_only_with_its_token) {
  const auto of = context();
  const auto with = settings();
  const auto token = email::reply_token(of, with, "c-000512");
  EXPECT_EQ(token.size(), 16u);
  const auto to = [&](const std::string& address) { return parse(mail("Delivered-To: " + address + "\r\n")).value().front(); };
  const auto good = to("reply+c-000512." + token + "@avto.example");
  EXPECT_EQ(good.conversation, "email:main:c-000512");
  EXPECT_EQ(std::get<chat_message>(good.data).tracking, "hub:c-000512");
  std::string shouted = "REPLY+C-000512." + token + "@AVTO.EXAMPLE";
  for (char& c : shouted) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(to(shouted).conversation, "email:main:c-000512") << "some systems fold case";

  const auto plain = parse(mail("")).value().front().conversation;
  for (const auto& bad :
       {"reply+c-000513." + token + "@avto.example", "reply+c-000512." + token + "@bad.example",
        "reply+c-000512." + token.substr(1) + "@avto.example", "reply+." + token + "@avto.example",
        std::string("reply+c-000512.@avto.example"), "reply+c-000512." + token + "x@avto.example", std::string("reply+")}) {
    EXPECT_EQ(to(bad).conversation, plain) << bad;
    EXPECT_EQ(std::get<chat_message>(to(bad).data).tracking, "") << bad;
  }
  auto other = of;
  other.account = "other";
  EXPECT_NE(email::reply_token(other, with, "c-000512"), token);
}

TEST(email, ignores_a_valid_token_when_the_sender_is_a_proven_pretender) {
  const auto token = email::reply_token(context(), settings(), "c-000512");
  const auto got =
      parse(mail(results + "dmarc=fail header.from=example.org\r\nDelivered-To: reply+c-000512." + token + "@avto.example\r\n"));
  EXPECT_EQ(std::get<chat_message>(got->front().data).tracking, "");
  EXPECT_NE(got->front().conversation, "email:main:c-000512");
}

TEST(email, gives_copies_by_an_alias_the_same_key) {
  const auto first = parse(bytes_of(cases_of("email") / "01_plain_text_uk.eml")),
             second = parse(bytes_of(cases_of("email") / "02_plain_text_uk_duplicate_via_alias.eml"));
  EXPECT_EQ(first->front().key, second->front().key);
  const std::string nameless = "From: a@example.org\r\nTo: support@avto.example\r\nSubject: x\r\n\r\nbody\r\n";
  EXPECT_EQ(parse("Delivered-To: a@avto.example\r\nReceived: x\r\n" + nameless)->front().key,
            parse("Delivered-To: b@avto.example\r\nBcc: c@example.org\r\n" + nameless)->front().key);
  EXPECT_NE(parse(nameless)->front().key, parse(nameless + "more")->front().key);
}

TEST(email, keeps_numbers_out_of_ids_names_and_addresses) {
  const auto of = context();
  const auto got =
      parse(mail("From: \"Olena +12025550143\" <12025550143@example.org>\r\nMessage-ID: <380000000001.7@example.org>\r\n"
                 "In-Reply-To: <380000000002@example.org>\r\n",
                 "call +12025550143"));
  ASSERT_TRUE(got && got->size() == 1);
  const auto& m = std::get<chat_message>(got->front().data);
  EXPECT_EQ(m.sender.identities.front().id.size(), 32u);
  EXPECT_EQ(hub::unseal(of.seal_key, m.sender.reply_address).value(), "12025550143@example.org");
  EXPECT_EQ(m.platform_id.size(), 32u);
  EXPECT_EQ(hub::unseal(of.seal_key, m.sealed_id).value(), "380000000001.7@example.org");
  EXPECT_EQ(m.text, "call +12025550143") << "what a customer wrote is content";
  auto plain = *got;
  std::get<chat_message>(plain[0].data).text.clear();
  const auto encoded = hub::message::encode(plain[0]);
  EXPECT_THAT(encoded, Not(HasSubstr("2025550143")));
  EXPECT_THAT(encoded, Not(HasSubstr("38000000000")));
}

TEST(email, masks_what_customers_write_where_the_settings_say_so) {
  auto of = context();
  of.mask_text = true;
  const auto got = email::normalize(of, settings(), mail("Subject: +12025550143\r\n", "call +12025550143\r\n> or +12025550144"),
                                    internal_date);
  const auto& m = std::get<chat_message>(got->front().data);
  EXPECT_EQ(m.subject, "[number]");
  EXPECT_EQ(m.text, "call [number]");
  EXPECT_EQ(m.quoted, "> or [number]");
}

TEST(email, takes_what_we_send_from_our_own_address_for_outgoing) {
  const std::string sent = "From: support@avto.example\r\nTo: olena@example.org\r\nMessage-ID: <x@avto.example>\r\n\r\nHello\r\n";
  const auto proven = message_of(results + "dmarc=pass header.from=avto.example\r\n" + sent);
  EXPECT_EQ(proven.direction, hub::message::direction::outgoing);
  EXPECT_EQ(proven.sender.identities.front().id, "olena@example.org");
  EXPECT_EQ(message_of(sent).direction, hub::message::direction::incoming) << "anybody can write our address";
}

TEST(email, makes_nothing_of_its_own_mails) {
  EXPECT_TRUE(parse(mail("Message-ID: <hub.o-1@hub.avto.example>\r\n"))->empty());
  EXPECT_TRUE(parse(mail("X-Hub-Loop: one\r\n"))->empty());
  std::string long_way;
  for (int i = 0; i < 51; ++i) long_way += "Received: by x\r\n";
  EXPECT_TRUE(parse(mail(long_way))->empty());
}

TEST(email, knows_what_programs_write) {
  for (const auto* header : {"Auto-Submitted: auto-generated", "List-Id: <x.example>", "Precedence: bulk", "Return-Path: <>",
                             "X-Autoreply: yes", "From: no-reply@example.org"})
    EXPECT_TRUE(message_of(mail(std::string(header) + "\r\n")).automatic) << header;
  EXPECT_TRUE(message_of(mail("Subject: Automatic reply: x\r\nIn-Reply-To: <a@b.example>\r\n")).automatic);
  EXPECT_FALSE(message_of(mail("Subject: Automatic reply: x\r\n")).automatic);
  EXPECT_FALSE(message_of(mail("Auto-Submitted: no\r\n")).automatic);
}

TEST(email, reads_a_bounce_that_lost_its_report) {
  const std::string cut =
      "From: MAILER-DAEMON@mx.example.net\r\nMessage-ID: <b@mx.example.net>\r\nX-Failed-Recipients: nobody@example.com\r\n"
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nwas "
      "<hub.o-9@hub.avto.example>\r\n";
  const auto events = parse(cut);
  ASSERT_TRUE(events && events->size() == 1);
  const auto& status = std::get<hub::message::delivery_status>(events->front().data);
  EXPECT_EQ(status.platform_id, "hub.o-9@hub.avto.example");
  EXPECT_EQ(status.state, hub::message::delivery_state::failed);
  const auto silent = message_of(
      "From: MAILER-DAEMON@mx.example.net\r\nContent-Type: multipart/report; report-type=delivery-status; "
      "boundary=b\r\n\r\n--b\r\n\r\nsorry\r\n--b--\r\n");
  EXPECT_TRUE(silent.automatic);
  EXPECT_EQ(silent.text, "sorry");
}

TEST(email, takes_an_absurd_date_for_none) {
  for (const auto* date :
       {"Date: Thu, 01 Jan 1970 00:00:00 +0000", "Date: Wed, 18 Nov 2099 09:00:00 +0000", "Date: soon", "Date: "})
    EXPECT_EQ(parse(mail(std::string(date) + "\r\n"))->front().time, internal_date) << date;
  EXPECT_EQ(hub::to_rfc3339(parse(mail("Date: Wed, 18 Nov 26 11:00 EST\r\n"))->front().time), "2026-11-18T16:00:00.000Z");
}

TEST(email, reads_what_claims_parts_and_has_none) {
  for (const auto* type : {"multipart/mixed; boundary=never", "multipart/mixed", "nonsense", ";;", "text"})
    EXPECT_EQ(message_of(mail("Content-Type: " + std::string(type) + "\r\n")).text, "Good morning") << type;
}

TEST(email, refuses_what_is_over_a_limit_and_names_the_place) {
  EXPECT_EQ(parse(std::string((25u << 20) + 1, 'x')).error().where, "mail");
  EXPECT_EQ(parse("X: " + std::string(300u << 10, 'x') + "\r\nY: z\r\n\r\n").error().where, "headers");
  EXPECT_EQ(parse("").error().where, "From");
  EXPECT_EQ(parse("From: undisclosed-recipients:;\r\n\r\nx").error().where, "From");

  std::string many = "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 201; ++i) many += "--b\r\n\r\nx\r\n";
  EXPECT_EQ(parse(many).error().where, "parts");

  std::string deep = "From: a@example.org\r\n";
  for (int i = 0; i < 50; ++i)
    deep += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "x\r\n\r\n--b" + std::to_string(i) + "x\r\n";
  EXPECT_EQ(parse(deep + "\r\nx").error().where, "parts");

  std::string flood = "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";
  for (int i = 0; i < 200'000; ++i) flood += "a:\r\n";
  EXPECT_EQ(parse(flood + "\r\nx").error().where, "headers");
}

TEST(email, survives_mails_that_are_cut_anywhere) {
  for (const auto& name : recorded_cases("email")) {
    const auto whole = bytes_of(cases_of("email") / name);
    for (std::size_t size = 0; size < whole.size(); size += 7) (void)parse(std::string_view(whole).substr(0, size));
  }
}

TEST(email, survives_nested_groups_and_endless_headers) {
  std::string groups;
  for (int i = 0; i < 50'000; ++i) groups += "a:";
  (void)parse("From: " + groups + "\r\n\r\nx");
  std::string brackets(100'000, '(');
  (void)parse("From: " + brackets + " a@example.org\r\nSubject: " + std::string(200'000, '?') + "\r\n\r\nx");
  (void)parse("From: a@example.org\r\nContent-Type: text/plain; " + std::string(100'000, ';') + "\r\n\r\nx");
  const auto m = message_of(mail("Subject: =?UTF-8?B?AA0KQmNjOiB4?=\r\n", std::string("a\0b", 3)));
  EXPECT_THAT(m.subject, Not(HasSubstr("\n")));
  EXPECT_EQ(m.text,
            "a\xef\xbf\xbd"
            "b");
}

TEST(email, names_parts_as_mail_servers_count_them) {
  const auto m = message_of(
      "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/related; "
      "boundary=b\r\n\r\n"
      "--b\r\nContent-Type: text/html\r\n\r\n<p>hi</p>\r\n--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n--a\r\n"
      "Content-Type: application/pdf; name=a.pdf\r\n\r\nyy\r\n--a--\r\n");
  ASSERT_EQ(m.attachments.size(), 2u);
  EXPECT_EQ(m.text, "hi");
  EXPECT_EQ(m.attachments[0].part, "1.2");
  EXPECT_EQ(m.attachments[0].type, content_type::photo);
  EXPECT_EQ(m.attachments[1].part, "2");
  EXPECT_EQ(m.attachments[1].size, 2u);
  EXPECT_EQ(open_sealed_media(context(), m.attachments[1].reference)->url, "//;SECTION=2");
  EXPECT_FALSE(m.attachments[1].expires_at);
}

}  // namespace
