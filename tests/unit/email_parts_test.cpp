// The pieces of the mail parser by themselves: quotes, HTML, character sets, names of files.

#include "connectors/email/charset.hpp"
#include "connectors/email/content.hpp"
#include "connectors/email/html_text.hpp"
#include "connectors/email/quotes.hpp"

#include <gtest/gtest.h>

namespace {

using namespace connectors;
using hub::message::content_type;

TEST(email_parts, tells_own_words_from_quoted_ones) {
  const auto own = [](std::string_view text) { return email::part_quotes(text).own; };
  EXPECT_EQ(own("Yes\n\nOn Wed, 18 Nov 2026 at 12:05, A <a@example.org> wrote:\n> no"), "Yes");
  EXPECT_EQ(own("Yes\n\nOn Wed, 18 Nov 2026 at 12:05,\nA Very Long Name\n<a@example.org> wrote:\n> no"), "Yes");
  EXPECT_EQ(own("At 18:30 then\nOn 18 Nov 2026 A wrote:\n> no"), "At 18:30 then");
  EXPECT_EQ(own("She wrote:\nbring the papers"), "She wrote:\nbring the papers");
  EXPECT_EQ(own("From: Kyiv\nTo: Lviv\n20 t"), "From: Kyiv\nTo: Lviv\n20 t");
  EXPECT_EQ(own("ok\n\nFrom: A <a@example.org>\nSent: today\nTo: b\nSubject: c\n\nold"), "ok");
  EXPECT_EQ(own("ok\n\n________________________________\nVon: A\nGesendet: heute\nBetreff: c\n\nalt"), "ok");
  EXPECT_EQ(own("> old\nnew\n> older\nnewer"), "new\nnewer");
  EXPECT_EQ(own("> all quoted"), "> all quoted");
  EXPECT_EQ(own("---------- Forwarded message ---------\nFrom: a"), "---------- Forwarded message ---------\nFrom: a");
  EXPECT_EQ(own("See you\n-- \nOlena"), "See you");
  EXPECT_EQ(own("See you\n\nSent from my iPhone"), "See you");
  EXPECT_EQ(own("ok\n##- Please type your reply above this line -##\nold"), "ok");
  EXPECT_EQ(own(""), "");
}

TEST(email_parts, tells_own_words_from_quoted_ones_in_html) {
  const auto own = [](std::string_view html) { return email::part_quotes(email::html_to_text(html)).own; };
  EXPECT_EQ(own("<p>Ok, agreed.</p><div id=\"divRplyFwdMsg\"><hr><b>From:</b> A &lt;a@avto.example&gt;<br><b>Sent:</b> Wed<br>"
                "<b>Subject:</b> x</div><div>old</div>"),
            "Ok, agreed.");
  EXPECT_EQ(
      own("<div>Так</div><div class=\"yahoo_quoted\"><div>On Wed, Nov 18, 2026 at 12:05 A wrote:</div><div>old</div></div>"),
      "Так");
  EXPECT_EQ(own("<div>да</div><div>18.11.2026, 12:05, \"Avto\" &lt;a@avto.example&gt;:</div><blockquote>old</blockquote>"), "да");
  EXPECT_EQ(
      own("<p>Добре</p><div style='border:none'><p><b>Від:</b> A<br><b>Надіслано:</b> 18<br><b>Тема:</b> x</p></div><p>old</p>"),
      "Добре");
}

TEST(email_parts, joins_flowed_lines) {
  EXPECT_EQ(email::unflowed("one \r\ntwo\r\n> a \r\n> b\r\n-- \r\nme", false), "one two\n> a b\n-- \nme");
  EXPECT_EQ(email::unflowed("on \r\ne", true), "one");
}

TEST(email_parts, reads_html_without_what_people_do_not_see) {
  const auto text = [](std::string_view html) { return email::html_to_text(html); };
  EXPECT_EQ(text("<p>a</p><script>x<y</script><style>p{}</style><p>b &amp; &#1102;&#x44E; &unknown; 5 < 6</p>"),
            "a\n\nb & юю &unknown; 5 < 6");
  EXPECT_EQ(text("one<br>two<div>three</div>four"), "one\ntwo\nthree\nfour");
  EXPECT_EQ(text("<div style='display: none'>hidden<div>deep</div></div>seen"), "seen");
  EXPECT_EQ(text("<a href=\"https://avto.example/1\">this</a> <a href='javascript:x'>that</a>"),
            "this (https://avto.example/1) that");
  EXPECT_EQ(text("yes<blockquote>no<blockquote>old</blockquote></blockquote>"), "yes\n> no\n> > old");
  EXPECT_EQ(text("9\xc2\xa0"
                 "500&nbsp;&#160;UAH"),
            "9 500 UAH");
  EXPECT_EQ(text("<head><title>t</title><body>seen"), "seen");
  EXPECT_EQ(text("a<!-- b --><![CDATA[c]]>d<!-- open"), "ad");
  for (const auto* broken : {"<", "<a", "<a href=", "<a href=\"", "&#", "&#99999999999;", "</", "<div ", "&#xD800;"})
    (void)text(broken);
}

TEST(email_parts, reads_every_character_set_that_mail_comes_in) {
  EXPECT_EQ(email::to_utf8("\xcf\xf0\xe8\xe2\xb3\xf2", "windows-1251"), "Привіт");
  EXPECT_EQ(email::to_utf8("\xf0\xd2\xc9\xd7\xa6\xd4", "koi8-u"), "Привіт");
  EXPECT_EQ(email::to_utf8("\xcf\xf0\xe8\xe2\xe5\xf2 \xe2\xf1\xe5\xec", "utf-8"), "Привет всем");
  EXPECT_EQ(email::to_utf8("\xf0\xd2\xc9\xd7\xc5\xd4 \xd7\xd3\xc5\xcd", "no-such-set"), "Привет всем");
  EXPECT_EQ(email::to_utf8("Привіт", "windows-1251x"), "Привіт");
  EXPECT_EQ(email::to_utf8("Добрий день\xff", "utf-8"), "Добрий день\xef\xbf\xbd");
  EXPECT_EQ(email::charset_of_page("<META content='text/html; charset=KOI8-U'>"), "koi8-u");
}

TEST(email_parts, cleans_the_names_of_files) {
  EXPECT_EQ(email::safe_file_name("../../etc/pass\r\nwd. ."), "pass wd");
  EXPECT_EQ(email::safe_file_name("C:\\x\\photo\xe2\x80\xaegpj.exe"), "photogpj.exe");
  EXPECT_EQ(email::type_of_file("application/octet-stream", "A.JPG"), content_type::photo);
  EXPECT_EQ(email::type_of_file("audio/mp4", "Voice 001.m4a"), content_type::voice_note);
  EXPECT_EQ(email::type_of_file("audio/mpeg", "song.mp3"), content_type::file);
  EXPECT_EQ(email::type_of_file("image/svg+xml", "x.svg"), content_type::file);
}

}  // namespace
