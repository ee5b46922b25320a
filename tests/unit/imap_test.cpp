// What an IMAP server says as words, how far a mailbox was taken in, and how a mail is kept with its place.

#include "connectors/email/content.hpp"
#include "connectors/email/imap_answer.hpp"
#include "connectors/email/kept_mail.hpp"
#include "connectors/email/normalize.hpp"
#include "connectors/email/position.hpp"
#include "connectors/sealed.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace {

using namespace connectors::email;
using testing::ElementsAre;
using testing::IsEmpty;
using uids = std::vector<std::uint32_t>;

/// Everything a server says, told in pieces of this size.
std::vector<imap_answer> answers_in(std::string_view bytes, std::size_t piece) {
  imap_reader reader(1000);
  std::vector<imap_answer> found;
  for (std::size_t i = 0; i < bytes.size(); i += piece) {
    reader.put(bytes.substr(i, piece));
    while (auto one = reader.next()) found.push_back(std::move(*one));
  }
  return found;
}

TEST(imap_reader, reads_answers_with_literals_however_they_are_cut) {
  const std::string said =
      "* 2 FETCH (UID 17 FLAGS (\\Seen $Label) INTERNALDATE \" 7-Nov-2026 12:05:00 +0200\" RFC822.SIZE 9 BODY[] {9}\r\n"
      "a\r\n) (\"b\n)\r\n"
      "* SEARCH 2 84 882\r\n* OK [UIDVALIDITY 3857529045] (unbalanced \"words\r\n+ idling\r\nL7 NO [OVERQUOTA] Too (much\r\n";
  for (const std::size_t piece : {1u, 2u, 7u, 1000u}) {
    auto got = answers_in(said, piece);
    ASSERT_EQ(got.size(), 5u) << piece;
    EXPECT_EQ(code_in(got[2], "uidvalidity"), 3857529045u);
    EXPECT_FALSE(code_in(got[2], "UIDNEXT"));
    EXPECT_THAT(got[1].words, ElementsAre("*", "SEARCH", "2", "84", "882"));
    EXPECT_TRUE(got[3].is(0, "+"));
    EXPECT_THAT(got[4].words, ElementsAre("L7", "NO", "[OVERQUOTA]", "Too (much"));
    const auto mail = mail_in(std::move(got[0]));
    ASSERT_TRUE(mail);
    EXPECT_EQ(mail->uid, 17u);
    EXPECT_EQ(mail->size, 9u);
    EXPECT_EQ(mail->body, "a\r\n) (\"b\n");
    EXPECT_EQ(hub::to_rfc3339(mail->internal_date.value()), "2026-11-07T10:05:00.000Z");
  }
}

TEST(imap_reader, takes_quoted_texts_and_nothing_for_a_body) {
  auto got = answers_in("* 1 FETCH (BODY[HEADER] \"a \\\"b\\\\\" UID 3)\r\n* 1 FETCH (UID 4 BODY[] NIL)\r\n* 5 EXISTS\r\n", 3);
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(mail_in(std::move(got[0]))->body, "a \"b\\");
  EXPECT_EQ(mail_in(std::move(got[1]))->body, "");
  EXPECT_FALSE(mail_in(std::move(got[2])));
}

TEST(imap_reader, refuses_what_has_no_end) {
  imap_reader reader(10);
  reader.put("* 1 FETCH (BODY[] {11}\r\n");
  EXPECT_THROW((void)reader.next(), hub::error);
  imap_reader endless(10);
  endless.put(std::string(longest_imap_line + 1, 'x'));
  EXPECT_THROW((void)endless.next(), hub::error);
  imap_reader open(10);
  open.put("* 1 \"x\r\n");
  EXPECT_THROW((void)open.next(), hub::error);
}

TEST(imap_reader, survives_anything) {
  std::mt19937_64 random(7);
  const std::string letters = "* 1FETCHUID()[]{}\"\\3+~\r\n\n ";
  for (int round = 0; round < 20'000; ++round) {
    std::string said;
    for (std::size_t i = 0; i < 40; ++i) said += letters[random() % letters.size()];
    try {
      for (auto& one : answers_in(said, 1 + random() % 10)) {
        (void)code_in(one, "UIDNEXT");
        (void)mail_in(std::move(one));
      }
    } catch (const hub::error&) {
    }
  }
}

TEST(mailbox_position, keeps_what_it_is_and_begins_where_it_cannot_be_read) {
  mailbox_position one;
  one.begin(17, 101, {90, 91, 99});
  one.took(91, hub::instant(std::chrono::milliseconds(1'795'003'200'000)));
  const auto same = mailbox_position::read(one.to_text());
  EXPECT_EQ(same.to_text(), one.to_text());
  EXPECT_EQ(same.to_text(), "17 100 1795003200000 90,99");
  for (const auto* wrong : {"", "17", "17 100 x -", "17 100 0 5:3", "17 100 0 1,", "17 100 0 1:99999999"})
    EXPECT_EQ(mailbox_position::read(wrong).validity, 0u) << wrong;
  EXPECT_EQ(uid_set({1, 2, 3, 7, 9, 10}), "1:3,7,9:10");
}

TEST(mailbox_position, takes_what_is_new_once_and_what_shows_late) {
  mailbox_position at;
  at.begin(1, 11, {});
  EXPECT_THAT(at.to_search(), ElementsAre("11:*"));
  EXPECT_THAT(at.saw({10}), IsEmpty()) << "n:* names the last mail even where it is below n";
  EXPECT_EQ(at.saw({14, 12}), (uids{12, 14}));
  at.took(12, {});
  at.took(14, {});
  EXPECT_THAT(at.to_search(), ElementsAre("11,13,15:*"));
  EXPECT_EQ(at.saw({11, 14}), (uids{11}));
  at.took(11, {});
  EXPECT_THAT(at.saw({14}), IsEmpty());
  // Far below the highest nothing shows any more.
  EXPECT_EQ(at.saw({200}), (uids{200}));
  EXPECT_EQ(*at.open.begin(), 101u);
}

TEST(mailbox_position, forgets_no_mail_whatever_the_order_and_wherever_it_is_cut) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    std::set<std::uint32_t> there, taken;
    std::vector<std::uint32_t> to_come;
    for (std::uint32_t uid = 1; uid <= 300; ++uid)
      if (random() % 3 != 0) to_come.push_back(uid);
    // Somewhat out of order, as servers that deliver at once show them.
    for (std::size_t i = 0; i + 40 < to_come.size(); i += 40)
      std::shuffle(to_come.begin() + static_cast<std::ptrdiff_t>(i), to_come.begin() + static_cast<std::ptrdiff_t>(i + 40),
                   random);
    mailbox_position at;
    at.begin(1, 1, {});
    const auto look = [&] {
      for (const auto& uid : at.saw({there.begin(), there.end()})) {
        // The program may end before a mail is safe; what was kept is all that is left.
        if (random() % 4 == 0) {
          at = mailbox_position::read(at.to_text());
          return;
        }
        EXPECT_TRUE(taken.insert(uid).second) << "taken twice: " << uid;
        at.took(uid, {});
      }
    };
    for (const auto uid : to_come) {
      there.insert(uid);
      if (random() % 3 == 0) look();
    }
    for (int i = 0; i < 400 && taken.size() < there.size(); ++i) look();
    EXPECT_EQ(taken, there);
  }
}

TEST(mailbox_position, searches_in_commands_that_servers_take) {
  mailbox_position at;
  uids many;
  for (std::uint32_t uid = 1; uid < 20'000; uid += 2) many.push_back(1'000'000'000 + uid);
  at.begin(1, 2'000'000'000, many);
  std::size_t named = 0;
  for (const auto& set : at.to_search()) {
    EXPECT_LT(set.size(), 8000u);
    named += static_cast<std::size_t>(std::count(set.begin(), set.end(), ',')) + 1;
  }
  EXPECT_EQ(named, many.size() + 1);
}

TEST(kept_mail, knows_its_place_again) {
  const mail_place place{"Вхідні/a;b c", 7, 19, "1.2"};
  EXPECT_EQ(place_in(to_url(place)).value(), place);
  EXPECT_EQ(place_in("//;SECTION=2").value(), (mail_place{"", 0, 0, "2"}));
  for (const auto* wrong : {"", "INBOX", "/INBOX", "/INBOX;UIDVALIDITY=x/;UID=1", "/%zz;UIDVALIDITY=1/;UID=1"})
    EXPECT_FALSE(place_in(wrong)) << wrong;
  kept_mail mail{{"Вхідні", 7, 19, ""}, hub::parse_rfc3339("2026-11-18T15:00:00Z").value(), 123, true, "Subject: x\r\n\r\n"};
  const auto text = to_text(mail);
  const auto again = read_kept(text);
  EXPECT_EQ(again.place, mail.place);
  EXPECT_EQ(again.internal_date, mail.internal_date);
  EXPECT_EQ(again.size, 123u);
  EXPECT_TRUE(again.head_only);
  EXPECT_EQ(again.raw, mail.raw);
  const auto bare = read_kept("Subject: x\r\nX-Leadyard-Mail: /INBOX;UIDVALIDITY=1/;UID=1\r\n\r\n");
  EXPECT_EQ(bare.place, mail_place{}) << "only before everything else it is ours";
}

TEST(kept_mail, without_its_body_is_a_message_with_the_mail_as_its_file) {
  hub::crypto_start();
  connectors::account_context of;
  of.channel = "email";
  of.account = "main";
  of.seal_key = hub::secret("seal");
  kept_mail mail{{"INBOX", 7, 19, ""},
                 hub::parse_rfc3339("2026-11-18T15:00:00Z").value(),
                 40'000'000,
                 true,
                 "From: Olena <olena@example.org>\r\nSubject: Photos\r\nMessage-ID: <a@b>\r\n"
                 "Content-Type: multipart/mixed; boundary=x\r\n\r\n"};
  const auto events = normalize(of, {}, to_text(mail), {});
  ASSERT_TRUE(events && events->size() == 1) << hub::to_text(events.error());
  const auto& message = std::get<hub::message::chat_message>((*events)[0].data);
  EXPECT_EQ(message.subject, "Photos");
  EXPECT_EQ(message.type, hub::message::content_type::file);
  ASSERT_EQ(message.attachments.size(), 1u);
  EXPECT_EQ(message.attachments[0].size, 40'000'000u);
  EXPECT_EQ(connectors::open_sealed_media(of, message.attachments[0].reference)->url, "/INBOX;UIDVALIDITY=7/;UID=19");
  EXPECT_EQ((*events)[0].time, mail.internal_date);
}

}  // namespace
