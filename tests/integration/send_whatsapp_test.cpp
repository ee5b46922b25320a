// WhatsApp's sender against a Graph API that refuses what Meta's pages say it refuses: lengths, files, persons, the day that is
// over, rates. Numbers and raw ids go there and nowhere else.

#include "connectors/whatsapp/people.hpp"
#include "hub/message/json.hpp"
#include "hub/message/tracking.hpp"
#include "tests/integration/form_reader.hpp"
#include "tests/integration/send_fixture.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace {

using namespace connector_tests;
using boost::json::object;

constexpr const char* phone_number_id = "108888000000001";
constexpr const char* shy = "UA.8811223344556677001";     // shows no number
constexpr const char* silent = "UA.9900112233445566700";  // wrote long ago
constexpr const char* number = "+380000000001";
constexpr const char* answered = "wamid.HRgMMzgwMDAwMDAwMDAxFQIAEhgUMDAzQTAwMDAwMEYxQzAwMDAwMDEA";

class graph : public http_platform {
 public:
  graph() {
    add("POST", "/v26.0/{number}/messages", [this](const request& r) { return take_message(r); });
    add("POST", "/v26.0/{number}/media", [this](const request& r) { return take_media(r); });
    start();
  }
  ~graph() override { stop(); }

  struct upload {
    form_field file;
    std::string type;
  };
  object last() const {
    const std::lock_guard lock(mutex_);
    return taken_.back();
  }
  upload uploaded(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    return media_.at(id);
  }
  std::size_t uploads() const {
    const std::lock_guard lock(mutex_);
    return media_.size();
  }
  void break_uploads(int times) {
    const std::lock_guard lock(mutex_);
    broken_ = times;
  }
  void allow_to_one(int messages) {
    const std::lock_guard lock(mutex_);
    to_one_ = messages;
  }

 private:
  static response refuse(int status, int code, const std::string& details) {
    return response::json(status, R"({"error":{"message":"refused","type":"OAuthException","code":)" + std::to_string(code) +
                                      R"(,"error_data":{"messaging_product":"whatsapp","details":")" + details + R"("}}})");
  }
  static std::optional<response> keeps_out(const request& r) {
    const auto* shown = r.head.find("Authorization");
    if (!shown || *shown != "Bearer access") return refuse(401, 190, "Session has expired");
    if (r.params.at("number") != phone_number_id) return refuse(400, 100, "Unsupported post request");
    return std::nullopt;
  }
  static std::size_t characters(const boost::json::string& utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  }
  static bool within(const object& in, std::string_view name, std::size_t least, std::size_t most) {
    const auto* member = in.if_contains(name);
    if (!member) return least == 0;
    const auto n = characters(member->as_string());
    return n >= least && n <= most;
  }

  response take_media(const request& r) {
    if (auto refused = keeps_out(r)) return *refused;
    auto f = read_form(r);
    if (!f || (*f)["messaging_product"].value != "whatsapp" || (*f)["file"].file_name.empty())
      return refuse(400, 131008, "Required parameter is missing");
    static const std::map<std::string, std::size_t> largest{{"image/jpeg", 5 << 20},        {"image/png", 5 << 20},
                                                            {"audio/ogg", 16 << 20},        {"video/mp4", 16 << 20},
                                                            {"application/pdf", 100 << 20}, {"image/webp", 100 << 20}};
    const auto type = (*f)["type"].value;
    if (!largest.contains(type) || (*f)["file"].type != type) return refuse(400, 131053, "Media upload error");
    const std::lock_guard lock(mutex_);
    if (broken_-- > 0) return response::text(502, "Bad Gateway");
    const auto id = "18000000000000" + std::to_string(10 + media_.size());
    media_[id] = {(*f)["file"], type};
    return response::json(200, R"({"id":")" + id + "\"}");
  }

  /// Empty: nothing is wrong.
  std::string wrong_with(const object& m) {
    const std::string type(m.at("type").as_string());
    const auto* part = m.if_contains(type);
    if (!part || !part->is_object()) return "parameter " + type;
    const auto& p = part->as_object();
    if (type == "text") return within(p, "body", 1, 4096) ? "" : "text.body";
    if (type == "location") return p.contains("latitude") && p.contains("longitude") ? "" : "location";
    if (type == "template") return p.contains("name") && p.at("language").as_object().contains("code") ? "" : "template";
    if (type == "interactive") return wrong_with_choices(p);
    const auto* id = p.if_contains("id");
    const auto found = id ? media_.find(std::string(id->as_string())) : media_.end();
    if (found == media_.end()) return "media id";
    const auto kind = found->second.type.substr(0, found->second.type.find('/'));
    if (type == "audio") return kind == "audio" && !p.contains("caption") ? "" : "audio";
    if (type != "document" && type != kind) return "media type";
    return within(p, "caption", 0, 1024) ? "" : "caption";
  }
  static std::string wrong_with_choices(const object& p) {
    if (!within(p.at("body").as_object(), "text", 1, 1024)) return "interactive.body";
    const auto& action = p.at("action").as_object();
    if (p.at("type").as_string() == "button") {
      const auto& buttons = action.at("buttons").as_array();
      for (const auto& each : buttons)
        if (!within(each.at("reply").as_object(), "title", 1, 20)) return "button";
      return buttons.empty() || buttons.size() > 3 ? "buttons" : "";
    }
    if (!within(action, "button", 1, 20)) return "list button";
    const auto& rows = action.at("sections").as_array().at(0).at("rows").as_array();
    for (const auto& each : rows)
      if (!within(each.as_object(), "title", 1, 24)) return "row";
    return rows.empty() || rows.size() > 10 ? "rows" : "";
  }
  response take_message(const request& r) {
    if (auto refused = keeps_out(r)) return *refused;
    const auto body = hub::message::parse_json(r.body);
    if (!body || !body->is_object()) return refuse(400, 100, "Invalid JSON");
    const auto& m = body->as_object();
    const auto* to = m.if_contains("to");
    const auto* recipient = m.if_contains("recipient");
    if (to && to->as_string() != number) return refuse(400, 131026, "Message undeliverable to 380000000099");
    if (!to && !recipient) return refuse(400, 131008, "to");
    if (recipient && recipient->as_string() == silent && m.at("type").as_string() != "template")
      return refuse(400, 131047, "More than 24 hours have passed");
    const std::lock_guard lock(mutex_);
    if (const auto wrong = wrong_with(m); !wrong.empty()) return refuse(400, 100, "Invalid parameter " + wrong);
    if (const auto* data = m.if_contains("biz_opaque_callback_data"); data && data->as_string().size() > 512)
      return refuse(400, 100, "biz_opaque_callback_data");
    if (to_one_-- <= 0) return refuse(400, 131056, "Too many messages");
    taken_.push_back(m);
    return response::json(200, R"({"messaging_product":"whatsapp","messages":[{"id":"wamid.HRgMMzgw)" +
                                   std::to_string(1000 + taken_.size()) + R"("}]})");
  }

  std::vector<object> taken_;
  std::map<std::string, upload> media_;
  int broken_ = 0, to_one_ = 1000;
};

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
