// Telegram's sender against a Bot API that refuses what the Bot API refuses: lengths, sizes, albums, persons, groups that moved,
// rates.

#include "connectors/multipart.hpp"
#include "hub/message/json.hpp"
#include "tests/integration/form_reader.hpp"
#include "tests/integration/send_fixture.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <set>

namespace {

using namespace connector_tests;
using boost::json::object;

constexpr const char* person = "7000000001";
constexpr const char* blocker = "7000000002";
constexpr const char* stranger = "7000000003";
constexpr const char* old_group = "-4999000001";
constexpr const char* new_group = "-1002999000001";

/// The methods that send, as the documentation says.
class bot_api : public http_platform {
 public:
  bot_api() {
    add("POST", "/{bot}/{method}", [this](const request& r) { return answer(r); });
    start();
  }
  ~bot_api() override { stop(); }

  struct call {
    std::string method;
    form fields;
  };
  std::vector<call> taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  /// From the next call on.
  void allow(int more) {
    const std::lock_guard lock(mutex_);
    allowed_ = more;
  }

 private:
  static response refuse(int code, const std::string& words, const std::string& more = "") {
    return response::json(
        code, R"({"ok":false,"error_code":)" + std::to_string(code) + R"(,"description":")" + words + "\"" + more + "}");
  }
  static std::size_t units(const std::string& utf8) {
    std::size_t n = 0;
    for (const char c : utf8) n += (c & 0xC0) == 0x80 ? 0 : static_cast<unsigned char>(c) >= 0xF0 ? 2 : 1;
    return n;
  }
  /// Fields of a JSON body as a form's: nested values as their text.
  static std::optional<form> fields_of(const request& r) {
    if (const auto* type = r.head.find("Content-Type"); !type || *type != "application/json") return read_form(r);
    const auto parsed = hub::message::parse_json(r.body);
    if (!parsed || !parsed->is_object()) return std::nullopt;
    form made;
    for (const auto& [name, value] : parsed->as_object()) {
      const auto* text = value.if_string();
      made[name].value = text ? std::string(*text) : boost::json::serialize(value);
    }
    return made;
  }
  /// Empty: nothing is wrong.
  static std::string wrong_with(const std::string& method, form& f) {
    static const std::map<std::string, std::string> files{
        {"sendPhoto", "photo"}, {"sendVideo", "video"}, {"sendVoice", "voice"}, {"sendDocument", "document"}};
    if (units(f["caption"].value) > 1024) return "message caption is too long";
    if (method == "sendMessage") {
      if (f["text"].value.empty()) return "message text is empty";
      return units(f["text"].value) > 4096 ? "message is too long" : "";
    }
    if (method == "sendLocation") return f["latitude"].value.empty() || f["longitude"].value.empty() ? "bad location" : "";
    if (method == "sendMediaGroup") {
      const auto media = hub::message::parse_json(f["media"].value);
      if (!media || !media->is_array()) return "can't parse media";
      const auto& list = media->as_array();
      if (list.size() < 2 || list.size() > 10) return "wrong number of items in the album";
      std::set<std::string> kinds;
      for (const auto& each : list) {
        const auto& one = each.as_object();
        const std::string address(one.at("media").as_string());
        if (!address.starts_with("attach://") || f[address.substr(9)].value.empty()) return "wrong file";
        const std::string kind(one.at("type").as_string());
        kinds.insert(kind == "video" ? "photo" : kind);
      }
      return kinds.size() > 1 ? "document can't be mixed with other media types" : "";
    }
    const auto wanted = files.find(method);
    if (wanted == files.end()) return "method";
    const auto& file = f[wanted->second];
    if (file.value.empty() || file.file_name.empty()) return "there is no " + wanted->second + " in the request";
    return file.value.size() > (method == "sendPhoto" ? 10U << 20 : 50U << 20) ? "file is too big" : "";
  }
  response answer(const request& r) {
    const auto method = r.params.at("method");
    if (r.params.at("bot") != "bot8100000001:TOKEN") return refuse(401, "Unauthorized");
    auto f = fields_of(r);
    if (!f) return refuse(400, "Bad Request: can't parse the request");
    const auto chat = (*f)["chat_id"].value;
    if (chat == blocker) return refuse(403, "Forbidden: bot was blocked by the user");
    if (chat == old_group)
      return refuse(400, "Bad Request: group chat was upgraded to a supergroup chat",
                    std::string(R"(,"parameters":{"migrate_to_chat_id":)") + new_group + "}");
    if (chat != person && chat != new_group) return refuse(400, "Bad Request: chat not found");
    if (const auto wrong = wrong_with(method, *f); !wrong.empty()) return refuse(400, "Bad Request: " + wrong);
    const std::lock_guard lock(mutex_);
    if (allowed_-- <= 0) return refuse(429, "Too Many Requests: retry after 14", R"(,"parameters":{"retry_after":14})");
    taken_.push_back({method, *f});
    std::string list;
    const auto media = hub::message::parse_json((*f)["media"].value);
    const auto several = media && media->is_array() ? media->as_array().size() : std::size_t{1};
    for (std::size_t n = 0; n < several; ++n)
      list += (list.empty() ? "" : ",") + (R"({"message_id":)" + std::to_string(++newest_)) + R"(,"chat":{"id":)" + chat +
              R"(,"type":"private"},"date":1795005660})";
    return response::json(200, R"({"ok":true,"result":)" + (several > 1 ? "[" + list + "]" : list) + "}");
  }

  std::vector<call> taken_;
  int allowed_ = 1000;
  int newest_ = 140;
};

class sending_by_telegram : public send_fixture {
 protected:
  std::unique_ptr<connectors::connector> account(const std::string& token = "8100000001:TOKEN") {
    return make("telegram", "{bot_token: \"" + token + "\", secret_token: shown, api_base: \"" + platform.base() + "\"}");
  }
  static send_asked text(const std::string& said, const std::string& chat = person) { return text_to("telegram", chat, said); }
  send_asked with(content_type type, outgoing_file one) { return file_to("telegram", person, type, std::move(one)); }
  bot_api::call sent(send_asked what) {
    auto by = account();
    const auto got = send(*by, std::move(what));
    EXPECT_EQ(state_of(got), "sent") << got.told.reason;
    return got.told.state == send_state::sent ? platform.taken().back() : bot_api::call{};
  }
  void expect_kept_back(send_asked what, const std::string& code) {
    auto by = account();
    const auto before = platform.times_asked();
    EXPECT_EQ(state_of(send(*by, std::move(what))), "failed " + code);
    EXPECT_EQ(platform.times_asked(), before) << "what is known to be refused is not asked for";
  }

  bot_api platform;
};

// ---- the platform itself: right calls, spoiled in one thing ----------------------------------------------------------

struct refused_call {
  std::string what;
  int status;
  std::string method;
  std::function<void(std::vector<connectors::form_part>&)> spoil;
};
connectors::form_part& part(std::vector<connectors::form_part>& of, std::string_view name) {
  return *std::find_if(of.begin(), of.end(), [&](const auto& one) { return one.name == name; });
}

class the_simulated_bot_api : public sending_by_telegram, public testing::WithParamInterface<refused_call> {
 protected:
  int answer_to(const std::vector<connectors::form_part>& parts, const std::string& bot = "bot8100000001:TOKEN") {
    const auto form = connectors::make_form(parts, "border");
    return post(platform.base() + "/" + bot + "/" + GetParam().method, form.bytes, {{"Content-Type", form.content_type}}).status;
  }
};

TEST_P(the_simulated_bot_api, refuses) {
  std::vector<connectors::form_part> parts{
      {"chat_id", person}, {"text", "x"}, {"caption", "x"}, {"latitude", "48"}, {"longitude", "35"}};
  for (const std::string name : {"photo", "document", "a", "b"}) parts.push_back({name, "bytes", name + ".jpg", "image/jpeg"});
  parts.push_back({"media", R"([{"type":"photo","media":"attach://a"},{"type":"photo","media":"attach://b"}])"});
  EXPECT_EQ(answer_to(parts), 200);
  EXPECT_EQ(answer_to(parts, "bot8100000001:REVOKED"), 401);
  GetParam().spoil(parts);
  EXPECT_EQ(answer_to(parts), GetParam().status);
  EXPECT_EQ(platform.taken().size(), 1u);
  platform.allow(0);
  part(parts, "chat_id").value = person;
  EXPECT_NE(answer_to(parts), 200) << "over its limit";
}

using call_parts = std::vector<connectors::form_part>;
INSTANTIATE_TEST_SUITE_P(
    , the_simulated_bot_api,
    testing::Values(
        refused_call{"an_empty_text", 400, "sendMessage", [](call_parts& p) { part(p, "text").value = ""; }},
        refused_call{"a_long_text", 400, "sendMessage", [](call_parts& p) { part(p, "text").value = std::string(4097, 'x'); }},
        refused_call{"a_stranger", 400, "sendMessage", [](call_parts& p) { part(p, "chat_id").value = stranger; }},
        refused_call{"who_blocked_it", 403, "sendMessage", [](call_parts& p) { part(p, "chat_id").value = blocker; }},
        refused_call{"a_group_that_moved", 400, "sendMessage", [](call_parts& p) { part(p, "chat_id").value = old_group; }},
        refused_call{"a_place_without_latitude", 400, "sendLocation", [](call_parts& p) { part(p, "latitude").value = ""; }},
        refused_call{"a_long_caption", 400, "sendPhoto",
                     [](call_parts& p) { part(p, "caption").value = std::string(1025, 'x'); }},
        refused_call{"no_photo", 400, "sendPhoto", [](call_parts& p) { part(p, "photo").name = "document2"; }},
        refused_call{"a_large_photo", 400, "sendPhoto", [](call_parts& p) { part(p, "photo").value.resize((10 << 20) + 1); }},
        refused_call{"a_large_file", 400, "sendDocument",
                     [](call_parts& p) { part(p, "document").value.resize((50 << 20) + 1); }},
        refused_call{"an_album_of_one", 400, "sendMediaGroup",
                     [](call_parts& p) { part(p, "media").value = R"([{"type":"photo","media":"attach://a"}])"; }},
        refused_call{"an_album_of_all_sorts", 400, "sendMediaGroup",
                     [](call_parts& p) {
                       part(p, "media").value =
                           R"([{"type":"photo","media":"attach://a"},{"type":"document","media":"attach://b"}])";
                     }},
        refused_call{"an_album_without_its_files", 400, "sendMediaGroup", [](call_parts& p) { part(p, "b").name = "c"; }}),
    [](const auto& one) { return one.param.what; });

// ---- our sender --------------------------------------------------------------------------------------------------------

TEST_F(sending_by_telegram, says_what_is_said_as_it_was_written) {
  auto by = account();
  auto what = text("Ціна *14 900 $*, <b>торг</b> _доречний_");
  what.reply_to = "7000000001:101";
  const auto got = send(*by, what);
  EXPECT_EQ(state_of(got), "sent") << got.told.reason;
  EXPECT_EQ(got.told.platform_ids, std::vector<std::string>{"7000000001:141"}) << "as what comes in names messages";
  auto call = platform.taken().back();
  EXPECT_EQ(call.method, "sendMessage");
  EXPECT_EQ(call.fields["text"].value, what.text);
  EXPECT_FALSE(call.fields.contains("parse_mode")) << "nothing in it is markup";
  EXPECT_THAT(call.fields["reply_parameters"].value, HasSubstr(R"("message_id":101)"));
  EXPECT_THAT(call.fields["reply_parameters"].value, HasSubstr(R"("allow_sending_without_reply":true)"));
}

TEST_F(sending_by_telegram, quotes_no_message_of_another_chat) {
  auto what = text("x");
  what.reply_to = "7000000002:101";
  EXPECT_FALSE(sent(what).fields.contains("reply_parameters"));
  what.reply_to = "callback:3000000000000000001";
  EXPECT_FALSE(sent(what).fields.contains("reply_parameters"));
}

TEST_F(sending_by_telegram, answers_a_business_account_s_customers_in_its_name) {
  const auto update =
      R"({"update_id":1,"business_message":{"message_id":501,"from":{"id":7000000001},"chat":{"id":7000000001,"type":"private"},)"
      R"("date":1795005060,"business_connection_id":"FixtureBusinessConnection01","text":"x"}})";
  const auto by = account();
  const auto came = by->normalize(update, hub::real_clock().now()).value().at(0);
  const auto& said = std::get<hub::message::chat_message>(came.data);
  auto what = text("Доброго дня");
  what.reply_address = said.sender.reply_address;
  EXPECT_EQ(sent(what).fields["business_connection_id"].value, "FixtureBusinessConnection01");
  what.reply_to = said.platform_id;
  auto call = sent(what);
  EXPECT_EQ(call.fields["business_connection_id"].value, "FixtureBusinessConnection01");
  EXPECT_THAT(call.fields["reply_parameters"].value, HasSubstr(R"("message_id":501)"));
  what.reply_to = "7000000001:101";
  EXPECT_FALSE(sent(what).fields.contains("business_connection_id")) << "that was said to the bot";
  what.reply_to.clear();
  what.choices = {"Так"};
  expect_kept_back(what, "choices");
}

TEST_F(sending_by_telegram, uploads_each_kind_of_file_by_its_method) {
  const std::string bytes = "\r\n--leadyard\r\n" + std::string("\0\xFF", 2) + std::string(50'000, 'j');
  auto photo = with(content_type::photo, file(bytes, "image/jpeg", "салон \"1\".jpg"));
  photo.text = "Фото салону";
  auto call = sent(photo);
  EXPECT_EQ(call.method, "sendPhoto");
  EXPECT_EQ(call.fields["photo"].value, bytes);
  EXPECT_EQ(call.fields["photo"].type, "image/jpeg");
  EXPECT_EQ(call.fields["photo"].file_name, "салон %221%22.jpg");
  EXPECT_EQ(call.fields["caption"].value, "Фото салону");
  EXPECT_EQ(call.fields["chat_id"].value, person);

  auto video = file("mp4", "video/mp4", "огляд.mp4");
  video.seconds = 21;
  call = sent(with(content_type::video, video));
  EXPECT_EQ(call.method, "sendVideo");
  EXPECT_EQ(call.fields["duration"].value, "21");
  EXPECT_EQ(sent(with(content_type::voice_note, file("ogg", "audio/ogg", ""))).method, "sendVoice");
  EXPECT_EQ(sent(with(content_type::voice_note, file("amr", "audio/AMR", ""))).method, "sendDocument");
  EXPECT_EQ(sent(with(content_type::file, file("pdf", "application/pdf", "a.pdf"))).method, "sendDocument");
  EXPECT_EQ(sent(with(content_type::photo, file("heic", "image/heic", "a.heic"))).method, "sendDocument");
  EXPECT_EQ(sent(with(content_type::photo, file(std::string((10 << 20) + 1, 'p'), "image/png", "a.png"))).method, "sendDocument")
      << "a photo of over 10 MB";
}

TEST_F(sending_by_telegram, sends_a_place_and_answers_to_tap) {
  auto place = text("");
  place.type = content_type::location;
  place.location = hub::message::geo_point{48.464717, 35.046183};
  auto call = sent(place);
  EXPECT_EQ(call.method, "sendLocation");
  EXPECT_EQ(std::stod(call.fields["latitude"].value), 48.464717);
  auto what = text("Коли вам зручно?");
  what.choices = {"Сьогодні", "Завтра"};
  call = sent(what);
  EXPECT_EQ(call.fields["reply_markup"].value,
            R"({"keyboard":[[{"text":"Сьогодні"}],[{"text":"Завтра"}]],"one_time_keyboard":true,"resize_keyboard":true})");
}

TEST_F(sending_by_telegram, makes_one_album_of_several_files) {
  auto by = account();
  auto what = with(content_type::photo, file("first", "image/jpeg", "1.jpg"));
  what.files.push_back(file("second", "video/mp4", "2.mp4"));
  what.files.push_back(file("third", "image/png", "3.png"));
  what.text = "Перед, зад, салон";
  auto got = send(*by, what);
  ASSERT_EQ(state_of(got), "sent") << got.told.reason;
  EXPECT_EQ(got.told.platform_ids, (std::vector<std::string>{"7000000001:141", "7000000001:142", "7000000001:143"}));
  auto call = platform.taken().back();
  EXPECT_EQ(call.method, "sendMediaGroup");
  EXPECT_EQ(call.fields["file1"].value, "second");
  EXPECT_EQ(call.fields["media"].value,
            R"([{"type":"photo","media":"attach://file0","caption":"Перед, зад, салон"},)"
            R"({"type":"video","media":"attach://file1"},{"type":"photo","media":"attach://file2"}])");
  what.files.push_back(file("pdf", "application/pdf", "4.pdf"));
  call = sent(what);
  EXPECT_THAT(call.fields["media"].value, testing::Not(HasSubstr("photo"))) << "papers stand beside papers only";
}

TEST_F(sending_by_telegram, keeps_back_what_an_album_cannot_be) {
  auto what = with(content_type::photo, file("jpeg", "image/jpeg", "a.jpg"));
  for (int n = 0; n < 10; ++n) what.files.push_back(what.files.front());
  expect_kept_back(what, "files");
  what.files.resize(2);
  what.choices = {"Так"};
  expect_kept_back(what, "choices");
}

TEST_F(sending_by_telegram, keeps_back_a_text_of_over_4096_units) {
  std::string cars;
  for (int n = 0; n < 2048; ++n) cars += "🚗";
  EXPECT_EQ(sent(text(cars)).method, "sendMessage");
  expect_kept_back(text(cars + "!"), "too_long");
  expect_kept_back(text(""), "empty");
}

TEST_F(sending_by_telegram, keeps_back_a_caption_of_over_1024_units) {
  auto what = with(content_type::photo, file("jpeg", "image/jpeg", "a.jpg"));
  what.text = std::string(1025, 'x');
  expect_kept_back(what, "too_long");
}

TEST_F(sending_by_telegram, keeps_back_over_50_megabytes_and_what_changed_in_the_store) {
  expect_kept_back(with(content_type::file, file_of((50 << 20) + 1, "application/pdf", "a.pdf")), "too_large");
  expect_kept_back(with(content_type::file, file_of(1'000, "application/pdf", "b.pdf")), "file");
}

TEST_F(sending_by_telegram, follows_a_group_that_moved_at_once) {
  auto by = account();
  const auto got = send(*by, text("Вітаю всіх", old_group));
  EXPECT_EQ(state_of(got), "sent") << got.told.reason;
  EXPECT_EQ(got.told.platform_ids, std::vector<std::string>{"-1002999000001:141"});
  EXPECT_EQ(platform.times_asked(), 2u) << "the first was certainly refused";
  ASSERT_EQ(got.events.size(), 1u);
  const auto& moved = got.events.front();
  EXPECT_EQ(hub::message::kind_of(moved), "identity_changed");
  EXPECT_EQ(moved.key, "telegram:main:migrated:-4999000001") << "as the groups' own messages have it";
  EXPECT_EQ(moved.conversation, "telegram:main:-1002999000001");
  EXPECT_EQ(hub::message::identities_of(moved).front().id, new_group);
  EXPECT_EQ(hub::message::identities_of(moved).back().id, old_group);
}

TEST_F(sending_by_telegram, tells_that_somebody_blocked_the_bot) {
  auto by = account();
  const auto got = send(*by, text("x", blocker));
  EXPECT_EQ(state_of(got), "failed 403");
  ASSERT_EQ(got.events.size(), 1u);
  EXPECT_EQ(hub::message::kind_of(got.events.front()), "unsubscribed");
  EXPECT_EQ(state_of(send(*by, text("x", stranger))), "failed 400") << "a bot cannot write first";
}

TEST_F(sending_by_telegram, waits_as_long_as_it_is_told) {
  platform.allow(1);
  auto by = account();
  EXPECT_EQ(state_of(send(*by, text("x"))), "sent");
  const auto got = send(*by, text("x"));
  EXPECT_EQ(state_of(got), "deferred 429");
  EXPECT_EQ(got.told.retry_after_ms, 14'000u);
  EXPECT_FALSE(got.told.counts);
}

TEST_F(sending_by_telegram, stops_the_bot_whose_token_is_not_valid) {
  auto by = account("8100000001:REVOKED");
  const auto got = send(*by, text("x"));
  EXPECT_EQ(state_of(got), "deferred 401");
  EXPECT_TRUE(got.told.pause_account);
  EXPECT_EQ(got.told.reason.find("REVOKED"), std::string::npos);
}

TEST_F(sending_by_telegram, knows_groups_from_persons_by_their_pace) {
  const auto by = account();
  EXPECT_EQ(by->pace_of(text("x")).conversation.per_second, 1);
  EXPECT_NEAR(by->pace_of(text("x", new_group)).conversation.per_second * 60, 20, 0.001);
  EXPECT_EQ(by->pace_of(text("x")).account.per_second, 30);
}

TEST_F(sending_by_telegram, is_told_nothing_by_whoever_cannot_be_reached) {
  auto by = make("telegram", "{bot_token: \"1:T\", secret_token: shown, api_base: \"http://127.0.0.1:1\"}");
  EXPECT_EQ(state_of(send(*by, text("x"))), "deferred connect");
  auto late = text("x");
  late.not_after = hub::instant{};
  EXPECT_EQ(state_of(send(*by, late)), "deferred late");
}

}  // namespace
