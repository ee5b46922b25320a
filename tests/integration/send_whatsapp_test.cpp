// WhatsApp's sender against a Graph API that refuses what Meta's pages say it refuses: lengths, files, persons, the day that is
// over, rates. Numbers and raw ids go there and nowhere else.

#include "connectors/whatsapp/people.hpp"
#include "hub/message/tracking.hpp"
#include "tests/integration/whatsapp_graph.hpp"

#include <boost/json/array.hpp>

namespace {

using namespace connector_tests;

class sending_by_whatsapp : public send_fixture {
 protected:
  std::unique_ptr<connectors::connector> account(const std::string& token = "access") {
    return make("whatsapp", "{app_secret: x, verify_token: y, access_token: " + token + ", phone_number_id: \"" +
                                phone_number_id + "\", api_base: \"" + platform.base() + "\"}");
  }
  static send_asked text(const std::string& said, const std::string& id = shy) { return text_to("whatsapp", id, said); }
  send_asked with(content_type type, outgoing_file one) { return file_to("whatsapp", shy, type, std::move(one)); }
  object sent(send_asked what) {
    auto by = account();
    const auto got = send(*by, std::move(what));
    EXPECT_EQ(state_of(got), "sent") << got.told.reason;
    return got.told.state == send_state::sent ? platform.last() : object();
  }
  void expect_kept_back(send_asked what, const std::string& code) {
    auto by = account();
    const auto before = platform.times_asked();
    EXPECT_EQ(state_of(send(*by, std::move(what))), "failed " + code);
    EXPECT_EQ(platform.times_asked(), before) << "what is known to be refused is not asked for";
  }

  graph platform;
};

TEST_F(sending_by_whatsapp, opens_number_and_quoted_id_for_meta_alone) {
  auto by = account();
  const auto of = context("whatsapp");
  auto what = text("Так, продається.", "UA.9900112233445566778");
  what.reply_address = hub::seal(of.seal_key, number);
  what.sealed_reply_to = hub::seal(of.seal_key, answered);
  what.attempt = 2;
  const auto got = send(*by, what);
  ASSERT_EQ(state_of(got), "sent") << got.told.reason;
  const auto said = platform.last();
  EXPECT_EQ(said.at("to").as_string(), number);
  EXPECT_FALSE(said.contains("recipient"));
  EXPECT_EQ(said.at("context").at("message_id").as_string(), answered);
  EXPECT_EQ(hub::message::read_tracking(said.at("biz_opaque_callback_data").as_string()), (hub::message::tracked{1200, 2}));
  const std::string raw = "wamid.HRgMMzgw1001";
  EXPECT_EQ(got.told.platform_ids, std::vector<std::string>{connectors::whatsapp::hashed(raw)});
  EXPECT_EQ(hub::unseal(of.seal_key, got.told.sealed_id).value(), raw);
}

TEST_F(sending_by_whatsapp, reaches_who_shows_no_number_by_their_user_id) {
  auto what = text("Yes, winter tyres are included.");
  what.recipient.insert(what.recipient.begin(), {"whatsapp", "main", "UA.ENT.7700112233445566"});
  what.recipient.insert(what.recipient.begin(), {"fingerprint", "", "fp:00000000:00"});
  EXPECT_EQ(sent(what).at("recipient").as_string(), shy);
}

TEST_F(sending_by_whatsapp, keeps_back_who_cannot_be_reached_by_what_is_known) {
  expect_kept_back(text("x", "04dbd7c644a84297caa59eb3e0a7a5a6"), "recipient");
  auto what = text("x");
  what.reply_address = "not sealed by us";
  expect_kept_back(what, "recipient");
}

TEST_F(sending_by_whatsapp, uploads_a_file_and_sends_it_by_its_id) {
  const std::string bytes = "\r\n--leadyard\r\n" + std::string("\0\xFF", 2) + std::string(50'000, 'j');
  auto photo = with(content_type::photo, file(bytes, "image/jpeg", "салон.jpg"));
  photo.text = "Салон";
  const auto said = sent(photo);
  EXPECT_EQ(said.at("type").as_string(), "image");
  EXPECT_EQ(said.at("image").at("caption").as_string(), "Салон");
  const auto kept = platform.uploaded(std::string(said.at("image").at("id").as_string()));
  EXPECT_EQ(kept.file.value, bytes);
  EXPECT_EQ(kept.file.file_name, "салон.jpg");
}

TEST_F(sending_by_whatsapp, picks_the_kind_that_takes_the_file) {
  EXPECT_EQ(sent(with(content_type::video, file("mp4", "video/mp4", "a.mp4"))).at("type").as_string(), "video");
  auto voice = sent(with(content_type::voice_note, file("ogg", "audio/ogg", "")));
  EXPECT_TRUE(voice.at("audio").at("voice").as_bool());
  auto paper = sent(with(content_type::file, file("pdf", "application/pdf", "Звіт №7.pdf")));
  EXPECT_EQ(paper.at("document").at("filename").as_string(), "Звіт №7.pdf");
  EXPECT_EQ(sent(with(content_type::photo, file("webp", "image/webp", "a.webp"))).at("type").as_string(), "document");
  const auto large = file(std::string((5 << 20) + 1, 'p'), "image/png", "a.png");
  EXPECT_EQ(sent(with(content_type::photo, large)).at("type").as_string(), "document") << "a photo of over 5 MB";
}

TEST_F(sending_by_whatsapp, repeats_an_upload_that_broke_and_sends_once) {
  auto by = account();
  platform.break_uploads(1);
  const auto photo = with(content_type::photo, file("jpeg", "image/jpeg", "a.jpg"));
  EXPECT_EQ(state_of(send(*by, photo)), "sent");
  EXPECT_EQ(platform.times_asked(), 3u);
  platform.break_uploads(2);
  const auto got = send(*by, photo);
  EXPECT_EQ(state_of(got), "deferred http 502") << "nobody was sent anything";
  EXPECT_TRUE(got.told.counts);
  EXPECT_EQ(platform.times_asked(), 5u);
}

TEST_F(sending_by_whatsapp, offers_answers_as_buttons_or_as_a_list) {
  auto what = text("Коли вам зручно?");
  what.choices = {"Сьогодні", "Завтра 18:30"};
  auto said = sent(what).at("interactive").as_object();
  EXPECT_EQ(said.at("type").as_string(), "button");
  EXPECT_EQ(said.at("action").at("buttons").as_array()[1].at("reply").at("title").as_string(), "Завтра 18:30");
  what.choices = {"1", "2", "3", "4"};
  said = sent(what).at("interactive").as_object();
  EXPECT_EQ(said.at("type").as_string(), "list");
  EXPECT_EQ(said.at("action").at("button").as_string(), "Обрати");
  EXPECT_EQ(said.at("action").at("sections").as_array()[0].at("rows").as_array().size(), 4u);
  what.choices = {"двадцять одна літера!"};
  EXPECT_EQ(sent(what).at("interactive").at("type").as_string(), "list") << "too long for a button";
  what.choices = {"двадцять п'ять літер разом"};
  expect_kept_back(what, "too_long");
  what.choices = std::vector<std::string>(11, "x");
  expect_kept_back(what, "choices");
  what.choices = {"Так"};
  what.text = std::string(1025, 'x');
  expect_kept_back(what, "too_long");
}

TEST_F(sending_by_whatsapp, sends_a_place) {
  auto place = text("");
  place.type = content_type::location;
  place.location = hub::message::geo_point{49.83826, 24.02324};
  EXPECT_EQ(sent(place).at("location").at("latitude").as_double(), 49.83826);
}

TEST_F(sending_by_whatsapp, sends_only_a_template_when_the_day_is_over) {
  auto by = account();
  auto what = text("Вітаю!", silent);
  auto got = send(*by, what);
  EXPECT_EQ(state_of(got), "failed 131047");
  EXPECT_THAT(got.told.reason, HasSubstr("template"));
  what.prepared = hub::message::prepared_text{"viewing_reminder", "uk", {"19.11 о 18:30"}};
  got = send(*by, what);
  EXPECT_EQ(state_of(got), "sent") << got.told.reason;
}

TEST_F(sending_by_whatsapp, keeps_back_a_text_of_over_4096_characters) {
  std::string longest;
  for (int n = 0; n < 4096; ++n) longest += "ї";
  EXPECT_EQ(sent(text(longest)).at("type").as_string(), "text");
  expect_kept_back(text(longest + "!"), "too_long");
  expect_kept_back(text(""), "empty");
}

TEST_F(sending_by_whatsapp, keeps_back_captions_that_are_too_long_or_that_nobody_would_see) {
  auto photo = with(content_type::photo, file("jpeg", "image/jpeg", "a.jpg"));
  photo.text = std::string(1025, 'x');
  expect_kept_back(photo, "too_long");
  auto voice = with(content_type::voice_note, file("ogg", "audio/ogg", ""));
  voice.text = "Послухайте";
  expect_kept_back(voice, "caption");
  photo.text.clear();
  photo.choices = {"Так"};
  expect_kept_back(photo, "choices");
}

TEST_F(sending_by_whatsapp, keeps_back_over_100_megabytes_and_what_changed_in_the_store) {
  expect_kept_back(with(content_type::file, file_of((100 << 20) + 1, "application/pdf", "a.pdf")), "too_large");
  expect_kept_back(with(content_type::file, file_of(1'000, "application/pdf", "b.pdf")), "file");
}

TEST_F(sending_by_whatsapp, is_told_of_a_file_that_meta_does_not_take) {
  auto by = account();
  const auto got = send(*by, with(content_type::file, file("MZ", "application/x-msdownload", "a.exe")));
  EXPECT_EQ(state_of(got), "failed 131053");
  EXPECT_EQ(platform.times_asked(), 1u) << "there is nothing to send";
}

TEST_F(sending_by_whatsapp, shows_no_number_in_a_reason) {
  auto by = account();
  auto what = text("x");
  what.reply_address = hub::seal(context("whatsapp").seal_key, "+380000000099");
  const auto got = send(*by, what);
  EXPECT_EQ(state_of(got), "failed 131026");
  EXPECT_EQ(got.told.reason.find("380000000099"), std::string::npos) << got.told.reason;
}

TEST_F(sending_by_whatsapp, waits_longer_each_time_for_one_person) {
  platform.allow_to_one(0);
  auto by = account();
  auto what = text("x");
  for (const auto& [attempt, wait] : {std::pair{1u, 1'000u}, {2u, 4'000u}, {4u, 64'000u}, {30u, 4'096'000u}}) {
    what.attempt = attempt;
    const auto got = send(*by, what);
    EXPECT_EQ(state_of(got), "deferred 131056");
    EXPECT_EQ(got.told.retry_after_ms, wait);
    EXPECT_FALSE(got.told.counts);
  }
}

TEST_F(sending_by_whatsapp, stops_the_account_whose_token_has_expired) {
  auto by = account("another");
  const auto got = send(*by, with(content_type::photo, file("jpeg", "image/jpeg", "a.jpg")));
  EXPECT_EQ(state_of(got), "deferred 190");
  EXPECT_TRUE(got.told.pause_account);
}

TEST_F(sending_by_whatsapp, begins_nothing_after_its_time) {
  auto by = account();
  auto late = with(content_type::photo, file("jpeg", "image/jpeg", "a.jpg"));
  late.not_after = hub::instant{};
  EXPECT_EQ(state_of(send(*by, late)), "deferred late");
  EXPECT_EQ(platform.times_asked(), 0u);
}

}  // namespace
