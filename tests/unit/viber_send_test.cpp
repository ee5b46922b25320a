// What goes to Viber's send_message, against the recorded requests.

#include "connectors/sender.hpp"
#include "connectors/viber/send.hpp"
#include "hub/message/json.hpp"
#include "hub/message/tracking.hpp"
#include "tests/support/recorded_cases.hpp"

#include <gtest/gtest.h>
#include <boost/json/object.hpp>

namespace {

using namespace connectors;
using boost::json::object;
using hub::message::content_type;

viber::settings account() {
  viber::settings made;
  made.sender_name = "Авто Приклад";
  made.sender_avatar = "https://hub.avto.example/avatar.jpg";
  return made;
}

send_asked text(const std::string& said) {
  send_asked made;
  made.outbox_id = 985;
  made.attempt = 1;
  made.text = said;
  return made;
}

/// A recorded request as this hub writes it: its own tracking data.
object recorded(const std::string& name) {
  auto made =
      hub::message::parse_json(test_support::bytes_of(test_support::cases_of("viber") / "api" / name)).value().as_object();
  made["tracking_data"] = "hub:out=985;attempt=1";
  return made;
}

object body(const viber::settings& with, const send_asked& what, const std::string& link = "") {
  return hub::message::parse_json(viber::send_message_request(with, what, "RklYVFVSRVVTRVIwMDAwMQ==", link).value())
      .value()
      .as_object();
}

TEST(viber_requests, equal_the_recorded_text) {
  EXPECT_EQ(body(account(), text("Так, авто доступне. Чекаємо о 18:30.")), recorded("request_send_text.json"));
}

TEST(viber_requests, equal_the_recorded_picture_but_for_its_thumbnail) {
  auto with = account();
  with.sender_avatar.clear();
  auto what = text("Фото салону");
  what.type = content_type::photo;
  hub::message::outgoing_file one;
  one.type = "image/jpeg";
  one.size = 1000;
  what.files.push_back(one);
  auto wanted = recorded("request_send_picture.json");
  wanted.erase("thumbnail");
  EXPECT_EQ(body(with, what, "https://media.avto.example/p/48213/interior.jpeg"), wanted);
}

TEST(viber_requests, say_what_a_video_and_a_file_are) {
  auto what = text("");
  what.type = content_type::video;
  hub::message::outgoing_file one;
  one.type = "video/mp4";
  one.size = 3'861'139;
  one.seconds = 14;
  what.files.push_back(one);
  const auto video = body(account(), what, "https://hub.avto.example/media/v.mp4");
  EXPECT_EQ(video.at("size").as_int64(), 3'861'139);
  EXPECT_EQ(video.at("duration").as_int64(), 14);
  what.files.front().seconds = 181;
  const auto longer = body(account(), what, "https://hub.avto.example/media/v.mp4");
  EXPECT_EQ(longer.at("type").as_string(), "file") << "a video of over three minutes";
  EXPECT_EQ(longer.at("file_name").as_string(), "file.mp4");
}

TEST(viber_requests, want_a_sender_s_name) {
  auto with = account();
  with.sender_name.clear();
  const auto made = viber::send_message_request(with, text("x"), "id", "");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().where, "sender_name");
}

TEST(sender_s_texts, are_counted_and_cut_as_people_see_them) {
  EXPECT_EQ(text_units("їжак"), 4u);
  EXPECT_EQ(text_units("🚗"), 2u);
  EXPECT_EQ(cut_text("їжак", 4), "їжак");
  EXPECT_EQ(cut_text("e\u0301te", 1), "") << "a letter and its accent are one";
  EXPECT_EQ(cut_text("авто 🚗", 6), "авто");
  EXPECT_EQ(cut_text("🇺🇦x", 4), "🇺🇦");
  EXPECT_EQ(cut_text("🇺🇦x", 3), "");
}

TEST(sender_s_texts, name_files_without_their_places) {
  hub::message::outgoing_file file;
  file.type = "image/jpeg";
  EXPECT_EQ(outgoing_name(file), "file.jpg");
  file.file_name = "C:\\Users\\x\\фото\r\n 1.jpg";
  EXPECT_EQ(outgoing_name(file), "фото 1.jpg");
  EXPECT_EQ(extension_of_name("Договір.PDF"), "pdf");
  EXPECT_EQ(extension_of_name("a.b/../c"), "");
}

TEST(tracking, is_read_back_as_it_was_written_and_nothing_else_is) {
  using hub::message::read_tracking;
  const hub::message::tracked what{18'446'744'073'709'551'615ULL, 7};
  EXPECT_EQ(read_tracking(hub::message::tracking_text(what)), what);
  for (const auto* other :
       {"", "hub:welcome", "hub:out=o-001200", "hub:out=1", "hub:out=1;attempt=", "hub:out=0;attempt=1", "hub:out=1;attempt=0",
        "hub:out=1;attempt=1 ", "hub:out=-1;attempt=1", "hub:conv=c-1;out=1;attempt=1"})
    EXPECT_FALSE(read_tracking(other)) << other;
}

}  // namespace
