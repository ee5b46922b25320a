// What a replay takes for another content, and what it only tells.

#include "hub/ctl/replay_differences.hpp"
#include "tests/support/events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using hub::ctl::content_difference;
using hub::message::chat_message;
using testing::ElementsAre;
using testing::IsEmpty;

/// column, was, now; "!" before the column of what stays.
std::vector<std::string> words(const chat_message& was, const hub::message::event& now) {
  std::vector<std::string> made;
  for (const auto& d : hub::ctl::differences({was, now.time, 1}, now))
    made.push_back((d.stays ? "!" : "") + d.column + ": " + d.was + " -> " + d.now);
  return made;
}

struct two {
  hub::message::event now = test_support::photo_from(1, 1);
  chat_message& said = std::get<chat_message>(now.data);
  chat_message was = said;
};

TEST(replay_differences, are_none_between_a_message_and_its_rows) {
  two t;
  // What no column holds, or what is sealed anew, is no difference.
  t.was.attachments[0].reference = "sealed with another nonce";
  t.was.sender = {};
  t.said.sealed_id = "one", t.was.sealed_id = "another";
  EXPECT_THAT(words(t.was, t.now), IsEmpty());
}

TEST(replay_differences, name_every_column_that_a_person_sees) {
  two t;
  t.said.text = "now", t.was.text = "was";
  t.said.subject = "subject";
  t.said.automatic = true;
  t.was.sticker = "40100";
  t.was.type = hub::message::content_type::unsupported;
  t.said.location = hub::message::geo_point{50.5, 30};
  EXPECT_THAT(words(t.was, t.now),
              ElementsAre("type: unsupported -> photo", "text: was -> now", "sticker: 40100 -> ", "automatic:  -> true",
                          R"(location:  -> {"latitude":50.5,"longitude":30})", "subject:  -> subject"));
}

TEST(replay_differences, tell_new_files_from_those_that_are_told_no_more) {
  two t;
  t.said.attachments[0].file_name = "лист.pdf";
  t.said.attachments.push_back(t.said.attachments[0]);
  t.said.attachments[1].part = "1";
  t.said.attachments[1].size = 5;
  auto gone = t.was.attachments[0];
  gone.part = "9";
  t.was.attachments.push_back(gone);
  const auto found = hub::ctl::differences({t.was, t.now.time, 1}, t.now);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].column, "attachment 0");
  EXPECT_FALSE(found[0].stays);
  EXPECT_EQ(found[1].column, "attachment 9");
  EXPECT_TRUE(found[1].stays) << "the file stays where it is";
  EXPECT_EQ(found[2].column, "attachment 1");
  EXPECT_FALSE(found[2].stays);
}

TEST(replay_differences, leave_time_direction_and_platform_id) {
  two t;
  t.was.direction = hub::message::direction::outgoing;
  t.was.platform_id = "7";
  const auto found = hub::ctl::differences({t.was, t.now.time + std::chrono::seconds(1), 1}, t.now);
  ASSERT_EQ(found.size(), 3u);
  for (const auto& d : found) EXPECT_TRUE(d.stays) << d.column;
}

TEST(replay_differences, keep_apart_two_edits_of_one_instant) {
  auto kept = test_support::message_from(1, 1);
  const auto edit = [](const std::string& text) {
    hub::message::message_edited made;
    made.platform_id = "7";
    made.text = text;
    return made;
  };
  kept.data = edit("a 380");
  auto now = kept;
  const auto row = [&](const std::string& text) { return workers::store::stored_content{edit(text), kept.time, {}}; };
  EXPECT_TRUE(hub::ctl::is_of_another(row("b"), kept, now)) << "the greater text of another event holds";
  EXPECT_FALSE(hub::ctl::is_of_another(row("a"), kept, now)) << "a lesser one would not have stayed";
  EXPECT_FALSE(hub::ctl::is_of_another(row("a 380"), kept, now));
  // What the settings mask is this event's own, even where it becomes less.
  now.data = edit("a");
  EXPECT_FALSE(hub::ctl::is_of_another(row("a 380"), kept, now));
  EXPECT_THAT(hub::ctl::differences(row("a 380"), now), testing::SizeIs(1));
  EXPECT_FALSE(hub::ctl::is_of_another({test_support::message_from(1, 1).data, kept.time, 1}, test_support::message_from(1, 1),
                                       test_support::message_from(1, 1)));
}

}  // namespace
