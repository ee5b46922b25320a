// Whose turn it is to be sent, and what a reply becomes on each channel.

#include "connectors/send_turns.hpp"
#include "hub/message/reply.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using connectors::send_pace;
using connectors::send_turns;
using hub::message::content_type;
using hub::message::outgoing_file;

constexpr send_turns::moment begin{1h};

TEST(turns, a_conversation_has_its_burst_and_then_its_rate) {
  send_turns turns;
  const send_pace allowed{{}, {1, 3}};
  for (int n = 0; n < 3; ++n) {
    EXPECT_LE(turns.next("a", "c", allowed, begin), begin) << n;
    turns.take("a", "c", allowed, begin);
  }
  EXPECT_EQ(turns.next("a", "c", allowed, begin), begin + 1s);
  turns.take("a", "c", allowed, begin + 1s);
  EXPECT_EQ(turns.next("a", "c", allowed, begin + 1s), begin + 2s);
  EXPECT_LE(turns.next("a", "other", allowed, begin + 1s), begin + 1s);
}

TEST(turns, an_account_shares_its_rate_between_its_conversations) {
  send_turns turns;
  const send_pace allowed{{10, 1}, {}};
  auto now = begin;
  for (int n = 0; n < 20; ++n) {
    now = std::max(now, turns.next("a", "c" + std::to_string(n), allowed, now));
    turns.take("a", "c" + std::to_string(n), allowed, now);
  }
  EXPECT_EQ(now - begin, 1900ms);
  EXPECT_LE(turns.next("b", "c", allowed, begin), begin) << "another account has its own";
}

TEST(turns, what_the_platform_puts_off_holds_up_nobody_else) {
  send_turns turns;
  const send_pace allowed{};
  turns.put_off("a", "c", 30s, begin);
  EXPECT_EQ(turns.next("a", "c", allowed, begin), begin + 30s);
  EXPECT_LE(turns.next("a", "other", allowed, begin), begin);
  EXPECT_LE(turns.next("a", "c", allowed, begin + 30s), begin + 30s);
}

/// The platform puts off so many, of as many conversations.
void refuse(send_turns& turns, int times, send_turns::moment at) {
  for (int n = 0; n < times; ++n) turns.put_off("a", "c" + std::to_string(n), 1ms, at);
}

TEST(turns, an_account_that_is_often_told_so_slows_down_step_by_step_and_recovers) {
  send_turns turns;
  const send_pace allowed{{10, 1}, {}};
  const auto each = [&](send_turns::moment now) {
    turns.take("a", "x", allowed, now);
    return turns.next("a", "y", allowed, now) - now;
  };
  refuse(turns, 20, begin);
  EXPECT_EQ(each(begin), 150ms) << "once, for all that were under way";
  refuse(turns, 20, begin + 1s);
  EXPECT_EQ(each(begin + 1s), 225ms);
  for (int n = 0; n < 20; ++n) refuse(turns, 2, begin + n * 1s);
  EXPECT_EQ(each(begin + 100s), 3200ms) << "and no slower";
  for (int n = 0; n < 200; ++n) turns.taken("a");
  EXPECT_EQ(each(begin + 200s), 100ms);
}

TEST(turns, an_account_that_is_told_so_now_and_then_keeps_its_pace) {
  send_turns turns;
  const send_pace allowed{{10, 1}, {}};
  for (int n = 0; n < 1000; ++n) {
    if (n % 25 == 0) turns.put_off("a", "c" + std::to_string(n), 1ms, begin + n * 100ms);
    turns.taken("a");
  }
  turns.take("a", "x", allowed, begin + 200s);
  EXPECT_EQ(turns.next("a", "y", allowed, begin + 200s), begin + 200s + 100ms);
}

TEST(turns, whoever_comes_a_little_late_does_not_put_back_all_who_follow) {
  send_turns turns;
  const send_pace allowed{{10, 1}, {}};
  auto now = begin;
  for (int n = 0; n < 100; ++n) {
    now = std::max(now, turns.next("a", "c" + std::to_string(n), allowed, now)) + 7ms;  // a timer that is late
    turns.take("a", "c" + std::to_string(n), allowed, now);
  }
  EXPECT_EQ(now - begin, 9914ms);
  // After a rest nothing is made up for.
  now += 1s;
  for (int n = 0; n < 3; ++n) {
    now = std::max(now, turns.next("a", "d" + std::to_string(n), allowed, now));
    turns.take("a", "d" + std::to_string(n), allowed, now);
  }
  EXPECT_EQ(now - begin, 9914ms + 1s + 200ms);
}

TEST(turns, what_is_held_longest_counts_and_a_shorter_wish_does_not_shorten_it) {
  send_turns turns;
  const send_pace allowed{{}, {1, 1}};
  turns.put_off("a", "c", 30s, begin);
  turns.put_off("a", "c", 1s, begin + 1s);
  EXPECT_EQ(turns.next("a", "c", allowed, begin + 2s), begin + 30s);
}

TEST(turns, what_no_document_limits_is_slowed_down_by_what_the_platform_says_and_freed_again) {
  send_turns turns;
  const send_pace allowed{};
  EXPECT_LE(turns.next("a", "x", allowed, begin), begin);
  refuse(turns, 20, begin);
  turns.take("a", "x", allowed, begin + 1s);
  EXPECT_GE(turns.next("a", "y", allowed, begin + 1s), begin + 1100ms) << "ten a second, and slower";
  for (int n = 0; n < 200; ++n) turns.taken("a");
  turns.take("a", "x", allowed, begin + 20s);
  EXPECT_LE(turns.next("a", "y", allowed, begin + 20s), begin + 20s);
}

TEST(turns, one_conversation_that_is_told_again_and_again_does_not_slow_the_account) {
  send_turns turns;
  const send_pace allowed{{10, 1}, {}};
  for (int n = 0; n < 50; ++n) turns.put_off("a", "c", 1ms, begin);
  turns.take("a", "x", allowed, begin);
  EXPECT_EQ(turns.next("a", "y", allowed, begin), begin + 100ms);
}

TEST(turns, forget_conversations_nobody_asks_for_but_not_those_that_still_wait) {
  send_turns turns;
  const send_pace allowed{{}, {1, 1}};
  for (int n = 0; n < 1000; ++n) turns.take("a", "c" + std::to_string(n), allowed, begin);
  turns.put_off("a", "limited", 1h, begin);
  EXPECT_EQ(turns.size(), 1001u);
  turns.next("a", "new", allowed, begin + 9min);
  EXPECT_EQ(turns.size(), 1002u) << "they may come back";
  turns.next("a", "newer", allowed, begin + 11min);
  EXPECT_EQ(turns.size(), 3u);
  EXPECT_EQ(turns.next("a", "limited", allowed, begin + 11min), begin + 1h);
}

outgoing_file file(const std::string& type, std::uint64_t size) {
  outgoing_file made;
  made.type = type;
  made.size = size;
  return made;
}

TEST(replies, the_text_is_the_caption_where_the_channel_shows_one) {
  hub::message::reply wanted;
  wanted.text = "Ваше авто";
  wanted.files = {file("image/jpeg", 1000), file("application/pdf", 1000)};
  for (const char* channel : {"viber", "telegram", "whatsapp"}) {
    const auto parts = hub::message::parts_of(channel, wanted).value();
    ASSERT_EQ(parts.size(), 2u) << channel;
    EXPECT_EQ(parts[0].type, content_type::photo);
    EXPECT_EQ(parts[0].text, wanted.text);
    EXPECT_EQ(parts[1].text, "");
  }
  const auto mail = hub::message::parts_of("email", wanted).value();
  ASSERT_EQ(mail.size(), 1u);
  EXPECT_EQ(mail[0].files.size(), 2u);
  wanted.files = {file("audio/ogg", 1000)};
  EXPECT_EQ(hub::message::parts_of("telegram", wanted).value().size(), 2u) << "a voice note has no caption";
  wanted.text = std::string(769, 'x');
  wanted.files = {file("image/jpeg", 1000)};
  EXPECT_EQ(hub::message::parts_of("viber", wanted).value().size(), 2u);
}

TEST(replies, pictures_and_videos_that_follow_each_other_are_one_album_where_the_channel_has_albums) {
  hub::message::reply wanted;
  wanted.text = "Ваше авто";
  wanted.files = {file("image/jpeg", 1000),      file("video/mp4", 2000),  file("image/png", 3000),
                  file("application/pdf", 1000), file("image/jpeg", 4000), file("image/jpeg", 12'000'000)};
  const auto parts = hub::message::parts_of("telegram", wanted).value();
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_EQ(parts[0].type, content_type::photo);
  EXPECT_EQ(parts[0].text, wanted.text);
  EXPECT_EQ(parts[0].files, (std::vector(wanted.files.begin(), wanted.files.begin() + 3)));
  EXPECT_EQ(parts[1].type, content_type::file);
  EXPECT_EQ(parts[2].files.size(), 1u) << "one picture is no album";
  EXPECT_EQ(parts[3].type, content_type::file) << "too large for a picture, and papers stand by themselves";
  for (const char* channel : {"viber", "whatsapp"})
    EXPECT_EQ(hub::message::parts_of(channel, wanted).value().size(), 6u) << channel;
}

TEST(replies, albums_are_parted_where_they_grow_too_large_and_keep_their_order) {
  hub::message::reply wanted;
  for (std::uint64_t n = 1; n <= 10; ++n) wanted.files.push_back(file("video/mp4", 9'000'000 + n));
  const auto parts = hub::message::parts_of("telegram", wanted).value();
  ASSERT_EQ(parts.size(), 2u) << "five times 9 MB fit into the 50 MB of one message";
  std::vector<outgoing_file> all;
  for (const auto& part : parts) all.insert(all.end(), part.files.begin(), part.files.end());
  EXPECT_EQ(all, wanted.files);
  wanted.text = std::string(1025, 'x');
  wanted.files = {file("image/jpeg", 1), file("image/jpeg", 2)};
  const auto with_words = hub::message::parts_of("telegram", wanted).value();
  ASSERT_EQ(with_words.size(), 2u);
  EXPECT_EQ(with_words[0].text, wanted.text) << "longer than a caption: before the pictures";
  EXPECT_EQ(with_words[1].files.size(), 2u);
}

TEST(replies, a_picture_that_is_too_large_to_be_shown_goes_as_a_file_and_nothing_beyond_the_channels_limit) {
  EXPECT_EQ(hub::message::sent_as("viber", file("image/jpeg", 4'000'000)), content_type::file);
  EXPECT_EQ(hub::message::sent_as("whatsapp", file("image/jpeg", 4'000'000)), content_type::photo);
  EXPECT_EQ(hub::message::sent_as("whatsapp", file("image/webp", 1000)), content_type::file);
  hub::message::reply wanted;
  wanted.files = {file("video/mp4", 60'000'000)};
  EXPECT_EQ(hub::message::parts_of("telegram", wanted).error().where, "media");
  EXPECT_EQ(hub::message::parts_of("website", wanted).error().where, "channel");
  wanted.files = {file("video/mp4", 12'000'000), file("video/mp4", 12'000'000)};
  EXPECT_EQ(hub::message::parts_of("email", wanted).error().where, "media");
  EXPECT_EQ(hub::message::parts_of("viber", {}).error().where, "text");
}

TEST(replies, lengths_are_counted_as_the_strictest_platform_counts) {
  hub::message::reply wanted;
  std::string emoji;
  for (int n = 0; n < 2048; ++n) emoji += "🚗";
  wanted.text = emoji;
  EXPECT_TRUE(hub::message::parts_of("telegram", wanted).has_value());
  wanted.text += "x";
  EXPECT_EQ(hub::message::parts_of("telegram", wanted).error().where, "text");
}

}  // namespace
