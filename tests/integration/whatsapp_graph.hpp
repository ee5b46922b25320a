#pragma once
// A Graph API that takes and refuses what Meta's pages say of WhatsApp: lengths, files, persons, the day that is over, rates.

#include "hub/message/json.hpp"
#include "tests/integration/form_reader.hpp"
#include "tests/integration/send_fixture.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <map>
#include <set>

namespace connector_tests {

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
    static const std::set<std::string> taken{"image/jpeg", "image/png",       "audio/ogg",
                                             "video/mp4",  "application/pdf", "image/webp"};
    const auto type = (*f)["type"].value;
    if (!taken.contains(type) || (*f)["file"].type != type) return refuse(400, 131053, "Media upload error");
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
    // What is too large to be shown goes as a document.
    const std::map<std::string, std::size_t> largest{{"image", 5 << 20}, {"audio", 16 << 20}, {"video", 16 << 20}};
    if (type != "document" && found->second.file.value.size() > largest.at(type)) return "media size";
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
    const auto* product = m.if_contains("messaging_product");
    if (!product || *product != "whatsapp" || !m.contains("type")) return refuse(400, 100, "Invalid parameter");
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

}  // namespace connector_tests
