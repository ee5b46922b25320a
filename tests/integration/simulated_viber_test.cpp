// The simulated Viber itself: it refuses what Viber refuses, one test a refusal, and takes the same message without that one
// thing. Our sender keeps such messages back, so that nothing else would notice a platform that takes anything.

#include "tests/integration/viber_platform.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace {

using namespace connector_tests;

/// A message that is right but for one thing.
struct refused_by_viber {
  std::string what;
  int status;
  std::string type;
  std::function<void(object&)> spoil;
};

class the_simulated_viber : public send_fixture, public testing::WithParamInterface<refused_by_viber> {
 protected:
  the_simulated_viber() {
    links_.put("small", "jpeg");
    links_.put("large", std::string((3 << 20) + 1, 'p'));
  }
  static object right(const std::string& type) {
    object made{{"receiver", viber_olena}, {"type", type}, {"sender", object{{"name", "Авто Приклад"}}}};
    if (type == "text" || type == "picture") made["text"] = "x";
    if (type == "picture") made["media"] = "/media/small.jpg";
    if (type == "video") made["media"] = "/media/small.mp4";
    if (type == "file") made["media"] = "/media/small.pdf", made["file_name"] = "a.pdf";
    if (type == "video" || type == "file") made["size"] = 4;
    if (type == "url") made["media"] = "https://avto.example/";
    if (type == "location") made["location"] = object{{"lat", 50.45}, {"lon", 30.52}};
    return made;
  }
  std::int64_t answer_to(object message, const std::string& shown = viber_token) {
    if (auto* media = message.if_contains("media"); media && media->as_string().starts_with("/"))
      *media = links_.base() + std::string(media->as_string());
    return answer_to_text(boost::json::serialize(message), shown);
  }
  std::int64_t answer_to_text(std::string body, const std::string& shown = viber_token) {
    const auto got = post(platform.base() + "/pa/send_message", std::move(body), {{"X-Viber-Auth-Token", shown}});
    return boost::json::parse(got.body).at("status").as_int64();
  }

  viber_platform platform;
};

TEST_P(the_simulated_viber, refuses) {
  auto message = right(GetParam().type);
  EXPECT_EQ(answer_to(message), 0);
  GetParam().spoil(message);
  EXPECT_EQ(answer_to(message), GetParam().status);
  EXPECT_EQ(platform.sent().size(), 1u);
}

std::string letters(std::size_t count) {
  std::string made;
  for (std::size_t n = 0; n < count; ++n) made += "ї";
  return made;
}

INSTANTIATE_TEST_SUITE_P(
    , the_simulated_viber,
    testing::Values(
        refused_by_viber{"no_receiver", 4, "text", [](object& m) { m.erase("receiver"); }},
        refused_by_viber{"no_type", 4, "text", [](object& m) { m.erase("type"); }},
        refused_by_viber{"no_sender_name", 4, "text", [](object& m) { m.erase("sender"); }},
        refused_by_viber{"a_long_sender_name", 3, "text",
                         [](object& m) {
                           m["sender"] = object{{"name", letters(29)}};
                         }},
        refused_by_viber{"nobody_registered", 5, "text", [](object& m) { m["receiver"] = "Tm9ib2R5"; }},
        refused_by_viber{"nobody_subscribed", 6, "text", [](object& m) { m["receiver"] = viber_gone; }},
        refused_by_viber{"an_unknown_type", 3, "text", [](object& m) { m["type"] = "voice"; }},
        refused_by_viber{"an_empty_text", 3, "text", [](object& m) { m["text"] = ""; }},
        refused_by_viber{"a_long_text", 3, "text", [](object& m) { m["text"] = letters(7001); }},
        refused_by_viber{"a_large_request", 3, "text", [](object& m) { m["unknown"] = std::string(30 * 1024, 'x'); }},
        refused_by_viber{"long_tracking_data", 3, "text", [](object& m) { m["tracking_data"] = std::string(4001, 'x'); }},
        refused_by_viber{"a_button_without_a_body", 3, "text",
                         [](object& m) {
                           m["keyboard"] = object{{"Buttons", boost::json::array{object{{"Text", "Так"}}}}};
                         }},
        refused_by_viber{"a_picture_without_text", 3, "picture", [](object& m) { m.erase("text"); }},
        refused_by_viber{"a_long_caption", 3, "picture", [](object& m) { m["text"] = letters(769); }},
        refused_by_viber{"a_picture_of_another_kind", 3, "picture", [](object& m) { m["media"] = "/media/small.webp"; }},
        refused_by_viber{"a_large_picture", 3, "picture", [](object& m) { m["media"] = "/media/large.jpg"; }},
        refused_by_viber{"a_picture_that_is_not_there", 3, "picture", [](object& m) { m["media"] = "/media/none.jpg"; }},
        refused_by_viber{"a_video_of_another_kind", 3, "video", [](object& m) { m["media"] = "/media/small.mov"; }},
        refused_by_viber{"a_video_without_size", 3, "video", [](object& m) { m.erase("size"); }},
        refused_by_viber{"a_large_video", 3, "video", [](object& m) { m["size"] = 27262977; }},
        refused_by_viber{"a_long_video", 3, "video", [](object& m) { m["duration"] = 181; }},
        refused_by_viber{"a_video_of_another_size", 3, "video", [](object& m) { m["size"] = 5; }},
        refused_by_viber{"a_file_without_size", 3, "file", [](object& m) { m.erase("size"); }},
        refused_by_viber{"a_large_file", 3, "file", [](object& m) { m["size"] = 52428801; }},
        refused_by_viber{"a_file_of_another_size", 3, "file", [](object& m) { m["size"] = 3; }},
        refused_by_viber{"a_file_name_without_ending", 3, "file", [](object& m) { m["file_name"] = "a"; }},
        refused_by_viber{"a_long_file_name", 3, "file", [](object& m) { m["file_name"] = letters(253) + ".pdf"; }},
        refused_by_viber{"a_program", 3, "file", [](object& m) { m["file_name"] = "a.exe"; }},
        refused_by_viber{"a_program_for_phones", 3, "file", [](object& m) { m["file_name"] = "a.apk"; }},
        refused_by_viber{"another_program_for_phones", 3, "file", [](object& m) { m["file_name"] = "a.ipa"; }},
        refused_by_viber{"a_long_address", 3, "url", [](object& m) { m["media"] = "https://avto.example/" + letters(1000); }},
        refused_by_viber{"a_place_without_longitude", 3, "location",
                         [](object& m) {
                           m["location"] = object{{"lat", 50}};
                         }},
        refused_by_viber{"a_place_beyond_the_pole", 3, "location",
                         [](object& m) { m["location"] = object{{"lat", 91}, {"lon", 30}}; }}),
    [](const auto& one) { return one.param.what; });

TEST_F(the_simulated_viber, refuses_another_token_what_is_no_json_and_the_hundred_and_first) {
  EXPECT_EQ(answer_to(right("text"), "another"), 2);
  EXPECT_EQ(answer_to_text("{\"receiver\":"), 3);
  for (int n = 0; n < 100; ++n) ASSERT_EQ(answer_to(right("text")), 0);
  EXPECT_EQ(answer_to(right("text")), 12);
}

TEST_F(the_simulated_viber, fetches_a_picture_and_keeps_its_hash) {
  EXPECT_EQ(answer_to(right("picture")), 0);
  EXPECT_EQ(platform.sent().back().media_sha256, hub::to_hex(hub::sha256("jpeg")));
}

}  // namespace
