// Viber's sender against a platform that refuses what Viber refuses: sizes, fields, names, persons, rates. The platform fetches
// each picture itself and compares its bytes.

#include "hub/message/tracking.hpp"
#include "tests/integration/viber_platform.hpp"

#include <boost/json/array.hpp>

namespace {

using namespace connector_tests;

constexpr const char* token = viber_token;
constexpr const char* olena = viber_olena;
constexpr const char* gone = viber_gone;

class sending_by_viber : public send_fixture {
 protected:
  std::unique_ptr<connectors::connector> account(const std::string& shown = token, const std::string& more = "") {
    return make("viber",
                "{auth_token: " + shown + ", sender_name: Авто Приклад, api_base: \"" + platform.base() + "/pa\"" + more + "}");
  }
  static send_asked text(const std::string& said) { return text_to("viber", olena, said); }
  send_asked with(content_type type, outgoing_file one) { return file_to("viber", olena, type, std::move(one)); }
  /// Refused before anybody was asked.
  void expect_kept_back(send_asked what, const std::string& code) {
    auto by = account();
    const auto before = platform.times_asked();
    const auto got = send(*by, std::move(what));
    EXPECT_EQ(state_of(got), "failed " + code);
    EXPECT_FALSE(got.told.reason.empty());
    EXPECT_EQ(platform.times_asked(), before) << "what is known to be refused is not asked for";
  }
  void expect_sent(send_asked what, const std::string& type) {
    auto by = account();
    const auto got = send(*by, std::move(what));
    ASSERT_EQ(state_of(got), "sent") << got.told.reason;
    EXPECT_EQ(last().at("type").as_string(), type);
  }
  object last() const { return platform.sent().back().body; }

  viber_platform platform;
};

TEST_F(sending_by_viber, says_what_is_said_and_names_the_attempt) {
  auto by = account();
  auto what = text("Так, авто доступне. Чекаємо о 18:30.");
  what.attempt = 3;
  const auto got = send(*by, what);
  EXPECT_EQ(state_of(got), "sent") << got.told.reason;
  EXPECT_EQ(got.told.platform_ids, std::vector<std::string>{"6214872000000000027"}) << "64 bits, exactly";
  EXPECT_TRUE(got.events.empty());
  EXPECT_EQ(last().at("text").as_string(), what.text);
  EXPECT_EQ(last().at("sender").at("name").as_string(), "Авто Приклад");
  EXPECT_EQ(hub::message::read_tracking(last().at("tracking_data").as_string()), (hub::message::tracked{1200, 3}));
}

TEST_F(sending_by_viber, lets_the_platform_fetch_the_very_picture) {
  auto by = account();
  const std::string bytes = "\xFF\xD8\xFF the bytes of a saloon " + std::string(50'000, '\x7F');
  auto what = with(content_type::photo, file(bytes, "image/jpeg", "салон.JPG"));
  what.text = "Фото салону";
  const auto got = send(*by, what);
  ASSERT_EQ(state_of(got), "sent") << got.told.reason;
  EXPECT_EQ(platform.sent().back().media_sha256, hub::to_hex(hub::sha256(bytes)));
  EXPECT_EQ(last().at("type").as_string(), "picture");
  EXPECT_EQ(last().at("text").as_string(), "Фото салону");
}

TEST_F(sending_by_viber, sends_everything_else_by_the_type_that_takes_it) {
  const std::string bytes(2'000, 'v');
  expect_sent(with(content_type::video, file(bytes, "video/mp4", "огляд.mp4")), "video");
  expect_sent(with(content_type::video, file(bytes, "video/quicktime", "огляд.mov")), "file");
  expect_sent(with(content_type::voice_note, file(bytes, "audio/ogg", "")), "file");
  EXPECT_EQ(last().at("file_name").as_string(), "file.ogg");
  expect_sent(with(content_type::file, file(bytes, "application/pdf", "../Договір №7.pdf")), "file");
  EXPECT_EQ(last().at("file_name").as_string(), "Договір №7.pdf");
  expect_sent(with(content_type::photo, file(std::string(1'100'000, 'p'), "image/png", "велике.png")), "file");
  auto with_words = with(content_type::photo, file(std::string(3 << 20, 'p'), "image/png", "велике.png"));
  with_words.text = "Фото салону";
  expect_sent(with_words, "picture");
  expect_sent(with(content_type::photo, file(bytes, "image/webp", "a.webp")), "file");
  expect_sent(text("https://avto.example/listing/48213?utm_source=viber"), "url");
  expect_sent(text("https://avto.example/listing/48213 ось"), "text");
  auto place = text("");
  place.type = content_type::location;
  place.location = hub::message::geo_point{50.450001, 30.523333};
  expect_sent(place, "location");
  EXPECT_EQ(last().at("location").at("lat").as_double(), 50.450001);
}

TEST_F(sending_by_viber, offers_answers_to_tap) {
  auto by = account();
  auto what = text("Коли вам зручно?");
  what.choices = {"Сьогодні", "Завтра"};
  EXPECT_EQ(state_of(send(*by, what)), "sent");
  const auto said = last();
  const auto& buttons = said.at("keyboard").at("Buttons").as_array();
  ASSERT_EQ(buttons.size(), 2u);
  EXPECT_EQ(buttons[1].at("ActionBody").as_string(), "Завтра");
}

TEST_F(sending_by_viber, cuts_a_sender_s_name_where_a_character_ends) {
  auto by = account();
  auto what = text("x");
  const std::string family = "👨‍👩‍👧";  // one character for whoever reads it, eight units
  what.sender_name = "Олена, Авто Приклад, Київ" + family;
  EXPECT_EQ(state_of(send(*by, what)), "sent");
  EXPECT_EQ(last().at("sender").at("name").as_string(), "Олена, Авто Приклад, Київ");
}

TEST_F(sending_by_viber, keeps_back_a_text_of_over_7000_characters) {
  std::string longest;
  for (int n = 0; n < 7000; ++n) longest += "ї";
  expect_sent(text(longest), "text");
  expect_kept_back(text(longest + "!"), "too_long");
}

TEST_F(sending_by_viber, keeps_back_a_request_of_over_30_kilobytes) {
  std::string lines;
  for (int n = 0; n < 7000; ++n) lines += "\x01";  // six bytes each, as JSON
  expect_kept_back(text(lines), "too_large");
}

TEST_F(sending_by_viber, keeps_back_a_caption_of_over_768_characters) {
  auto what = with(content_type::photo, file("jpeg", "image/jpeg", "a.jpg"));
  what.text = std::string(769, 'x');
  expect_kept_back(what, "too_long");
}

TEST_F(sending_by_viber, keeps_back_a_caption_that_nobody_would_see) {
  auto paper = with(content_type::file, file("pdf", "application/pdf", "a.pdf"));
  paper.text = "Ось договір";
  expect_kept_back(paper, "caption");
  auto large = with(content_type::photo, file(std::string((3 << 20) + 1, 'p'), "image/jpeg", "a.jpg"));
  large.text = "Фото";
  expect_kept_back(large, "caption");
}

TEST_F(sending_by_viber, keeps_back_what_is_too_large) {
  expect_kept_back(with(content_type::file, file_of(52'428'801, "application/pdf", "a.pdf")), "too_large");
}

TEST_F(sending_by_viber, keeps_back_programs_and_files_without_an_ending) {
  expect_kept_back(with(content_type::file, file("MZ", "application/octet-stream", "ціна.EXE")), "file_type");
  expect_kept_back(with(content_type::file, file("x", "application/octet-stream", "ціна")), "file_name");
  expect_kept_back(with(content_type::file, file("x", "text/plain", std::string(260, 'a') + ".txt")), "too_long");
}

TEST_F(sending_by_viber, says_that_pictures_need_a_public_url) {
  public_url_is_set = false;
  auto by = account();
  const auto got = send(*by, with(content_type::photo, file("jpeg", "image/jpeg", "a.jpg")));
  EXPECT_EQ(state_of(got), "failed no public url");
  EXPECT_THAT(got.told.reason, HasSubstr("intake.public_url"));
}

TEST_F(sending_by_viber, keeps_back_a_file_that_is_not_in_the_store) {
  outgoing_file lost;
  lost.sha256 = std::string(64, '0');
  lost.type = "image/png";
  lost.size = 10;
  expect_kept_back(with(content_type::photo, lost), "file");
}

TEST_F(sending_by_viber, keeps_back_who_is_nobody_here) {
  auto what = text("x");
  what.recipient = {{"viber", "another", olena}, {"telegram", "main", "7"}};
  expect_kept_back(what, "recipient");
}

TEST_F(sending_by_viber, tells_that_somebody_takes_no_messages) {
  auto by = account();
  const auto got = send(*by, text_to("viber", gone, "x"));
  EXPECT_EQ(state_of(got), "failed 6");
  ASSERT_EQ(got.events.size(), 1u);
  const auto& event = got.events.front();
  EXPECT_EQ(hub::message::kind_of(event), "unsubscribed");
  EXPECT_EQ(event.key, "viber:main:unsubscribed:send:1200:1");
  EXPECT_EQ(event.conversation, std::string("viber:main:") + gone);
  EXPECT_EQ(hub::message::identities_of(event).front().id, gone);
  EXPECT_EQ(state_of(send(*by, text_to("viber", "Tm9ib2R5", "x"))), "failed 5");
}

TEST_F(sending_by_viber, stops_the_account_whose_token_is_not_valid) {
  auto by = account("4f0000000000000a-b100000000000002-c2000000000000ff");
  const auto got = send(*by, text("x"));
  EXPECT_EQ(state_of(got), "deferred 2");
  EXPECT_TRUE(got.told.pause_account);
  EXPECT_FALSE(got.told.counts);
}

TEST_F(sending_by_viber, waits_an_hour_when_a_person_was_written_to_a_hundred_times) {
  auto by = account();
  for (int n = 0; n < 100; ++n) ASSERT_EQ(state_of(send(*by, text("x"))), "sent");
  const auto got = send(*by, text("x"));
  EXPECT_EQ(state_of(got), "deferred 12");
  EXPECT_EQ(got.told.retry_after_ms, 3'600'000u);
  EXPECT_FALSE(got.told.counts) << "a limit of the platform uses no try up";
  platform.forget_taken();
  EXPECT_EQ(state_of(send(*by, text("x"))), "sent");
}

TEST_F(sending_by_viber, keeps_within_that_hundred_by_its_own_pace) {
  const auto pace = account()->pace_of(text("x")).conversation;
  EXPECT_LE(pace.burst + pace.per_second * 3600, 100);
}

TEST_F(sending_by_viber, is_told_nothing_by_whoever_cannot_be_reached) {
  auto by = make("viber", std::string("{auth_token: ") + token + ", sender_name: A, api_base: \"http://127.0.0.1:1/pa\"}");
  const auto got = send(*by, text("x"));
  EXPECT_EQ(state_of(got), "deferred connect");
  EXPECT_TRUE(got.told.counts);
  EXPECT_FALSE(got.told.pause_account);
}

TEST_F(sending_by_viber, begins_nothing_after_its_time) {
  auto by = account();
  auto what = text("x");
  what.not_after = hub::instant{};
  const auto got = send(*by, what);
  EXPECT_EQ(state_of(got), "deferred late");
  EXPECT_EQ(platform.times_asked(), 0u);
}

}  // namespace
