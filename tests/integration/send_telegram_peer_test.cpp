// Telegram's sender against a Bot API that strangers emulate (tests/peers/telegram.mjs): what the emulated user gets is read back
// from there.

#include "hub/message/json.hpp"
#include "tests/integration/send_fixture.hpp"
#include "tests/support/process.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace {

using namespace connector_tests;
using boost::json::array;
using boost::json::object;

constexpr const char* token = "8100000001:TOKEN";
constexpr const char* person = "7000000001";

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class sending_to_a_stranger_s_telegram : public send_fixture {
 protected:
  sending_to_a_stranger_s_telegram() {
    test_support::process::options how;
    how.arguments = {LEADYARD_SOURCE_DIR "/tests/peers/telegram.mjs", home_.path()};
    how.directory = LEADYARD_BUILD_DIR "/peers";
    how.output = home_ / "log";
    emulator_.emplace(LEADYARD_NODE, how);
    EXPECT_TRUE(test_support::wait_until([&] { return std::filesystem::exists(home_ / "port"); }, 60s))
        << contents(home_ / "log");
    base_ = "http://127.0.0.1:" + contents(home_ / "port");
    account_ = make("telegram", std::string("{bot_token: \"") + token + "\", secret_token: shown, api_base: \"" + base_ + "\"}");
  }

  static send_asked text(const std::string& said) { return text_to("telegram", person, said); }
  /// What the user has got since they looked last.
  array got_by(const std::string& chat) {
    const auto answer = post(base_ + "/getUpdates", std::string(R"({"token":")") + token + R"(","chatId":")" + chat + "\"}",
                             {{"Content-Type", "application/json"}});
    return boost::json::parse(answer.body).as_object().at("result").as_array();
  }
  /// Sends it, and returns what the user got of it.
  object received(send_asked what) {
    const auto sent = send(*account_, std::move(what));
    EXPECT_EQ(state_of(sent), "sent") << sent.told.reason << contents(home_ / "log");
    const auto list = got_by(person);
    EXPECT_EQ(list.size(), 1u);
    if (list.size() != 1) return {};
    const auto& update = list[0].as_object();
    EXPECT_EQ(sent.told.platform_ids,
              std::vector<std::string>{std::string(person) + ":" + std::to_string(update.at("messageId").as_int64())});
    return update.at("message").as_object();
  }
  void expect_file(content_type type, outgoing_file what, const std::string& method, const std::string& field) {
    SCOPED_TRACE(method);
    auto asked = file_to("telegram", person, type, what);
    asked.text = type == content_type::photo ? "Салон: \"як новий\" & <чистий>" : "";
    const auto message = received(asked);
    ASSERT_TRUE(message.contains("files"));
    EXPECT_EQ(message.at("method").as_string(), method);
    if (!asked.text.empty()) {
      EXPECT_EQ(message.at("caption").as_string(), asked.text);
    }
    const auto& files = message.at("files").as_array();
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(files[0].at("field").as_string(), field);
    EXPECT_EQ(files[0].at("name").as_string(), what.file_name);
    EXPECT_EQ(files[0].at("type").as_string(), what.type);
    EXPECT_EQ(files[0].at("size").as_int64(), static_cast<std::int64_t>(what.size));
    EXPECT_EQ(files[0].at("sha256").as_string(), what.sha256);
  }

  test_support::temp_dir home_;
  std::optional<test_support::process> emulator_;
  std::string base_;
  std::unique_ptr<connectors::connector> account_;
};

TEST_F(sending_to_a_stranger_s_telegram, what_is_said_is_read_as_it_was_written) {
  const std::string said = "Ціна *14 900 $*, <b>торг</b> _доречний_ 🚗\n\"Дякую\" & до зустрічі \\ о 18:30";
  const auto message = received(text(said));
  EXPECT_EQ(message.at("text").as_string(), said);
  EXPECT_FALSE(message.contains("parse_mode"));
  std::string longest;
  for (int n = 0; n < 4096; ++n) longest += "ї";
  EXPECT_EQ(received(text(longest)).at("text").as_string(), longest);
}

TEST_F(sending_to_a_stranger_s_telegram, everybody_gets_what_is_theirs_in_its_order) {
  for (int n = 0; n < 20; ++n) {
    auto what = text_to("telegram", n % 2 ? "7000000002" : person, "m" + std::to_string(n));
    ASSERT_EQ(state_of(send(*account_, what)), "sent");
  }
  for (const int first : {0, 1}) {
    const auto list = got_by(first ? "7000000002" : person);
    ASSERT_EQ(list.size(), 10u);
    for (int n = 0; n < 10; ++n)
      EXPECT_EQ(list[static_cast<std::size_t>(n)].at("message").at("text").as_string(), "m" + std::to_string(2 * n + first));
  }
}

TEST_F(sending_to_a_stranger_s_telegram, answers_to_tap_are_a_keyboard) {
  auto what = text("Коли вам зручно?");
  what.choices = {"Сьогодні", "Завтра"};
  const auto message = received(what);
  const auto& rows = message.at("reply_markup").at("keyboard").as_array();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].as_array().at(0).at("text").as_string(), "Завтра");
}

TEST_F(sending_to_a_stranger_s_telegram, files_arrive_byte_for_byte_by_the_field_of_their_kind) {
  // What a careless reader of forms takes for a border.
  const std::string bytes = "\r\n--leadyard\r\n\r\n--\r\n" + std::string("\0\xFF", 2) + std::string(300'000, 'j') + "\r\n--";
  expect_file(content_type::photo, file(bytes, "image/jpeg", "салон.jpg"), "sendPhoto", "photo");
  expect_file(content_type::video, file(bytes, "video/mp4", "огляд авто.mp4"), "sendVideo", "video");
  expect_file(content_type::voice_note, file("OggS" + bytes, "audio/ogg", "голос.ogg"), "sendVoice", "voice");
  expect_file(content_type::file, file("%PDF-1.7" + bytes, "application/pdf", "Договір №7.pdf"), "sendDocument", "document");
}

TEST_F(sending_to_a_stranger_s_telegram, a_method_it_does_not_have_leaves_nobody_with_anything) {
  auto place = text("");
  place.type = content_type::location;
  place.location = hub::message::geo_point{48.464717, 35.046183};
  EXPECT_EQ(state_of(send(*account_, place)), "unknown http 500") << "it had the request, and failed";
  EXPECT_TRUE(got_by(person).empty());
}

}  // namespace
