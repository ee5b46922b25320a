#pragma once
// A platform that takes and refuses what the pages of Viber's REST Bot API say: sizes, fields, names, persons, rates. It fetches
// each picture itself and keeps its hash.

#include "hub/message/json.hpp"
#include "tests/integration/send_fixture.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cmath>
#include <set>

namespace connector_tests {

using boost::json::object;

constexpr const char* viber_token = "4f0000000000000a-b100000000000002-c200000000000003";
constexpr const char* viber_olena = "RklYVFVSRVVTRVIwMDAwMQ==";
constexpr const char* viber_gone = "+/+/RklYVFVSRVVTUjAwMg==";

/// send_message of the REST Bot API, as its pages say.
class viber_platform : public http_platform {
 public:
  viber_platform() {
    add_task("POST", "/pa/send_message", [this](request r) { return send_message(this, std::move(r)); });
    start();
  }
  ~viber_platform() override { stop(); }

  struct kept {
    object body;
    std::string media_sha256;  ///< of what it fetched
  };
  std::vector<kept> sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }
  /// How many were taken by this one person without an answer of theirs.
  void forget_taken() {
    const std::lock_guard lock(mutex_);
    unanswered_.clear();
  }

 private:
  static response status(int code, const std::string& words, const std::string& more = {}) {
    return response::json(200, R"({"status":)" + std::to_string(code) + R"(,"status_message":")" + words + "\"" + more + "}");
  }
  static std::string text(const object& in, std::string_view name) {
    const auto* member = in.if_contains(name);
    return member && member->is_string() ? std::string(member->as_string()) : std::string();
  }
  static std::size_t characters(const std::string& utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  }
  static bool has(const object& in, std::initializer_list<std::string_view> names) {
    return std::all_of(names.begin(), names.end(), [&](auto name) { return in.contains(name); });
  }
  static std::int64_t number(const object& in, std::string_view name) {
    const auto* member = in.if_contains(name);
    return member && member->is_int64() ? member->as_int64() : -1;
  }
  /// Empty: nothing is wrong.
  static std::string wrong_with(const object& m) {
    const auto type = text(m, "type"), media = text(m, "media"), caption = text(m, "text");
    const auto ending = media.substr(std::min(media.size(), media.rfind('.') + 1));
    if (text(m, "tracking_data").size() > 4000) return "tracking_data";
    if (type == "text") return caption.empty() || characters(caption) > 7000 ? "text" : "";
    if (type == "picture") {
      if (!std::set<std::string>{"jpg", "jpeg", "png", "gif"}.contains(ending)) return "media";
      return !m.contains("text") || characters(caption) > 768 ? "text" : "";
    }
    if (type == "video")
      return ending != "mp4" || number(m, "size") < 1 || number(m, "size") > 27262976 || number(m, "duration") > 180 ||
                     m.contains("text")
                 ? "video"
                 : "";
    if (type == "file") {
      const auto name = text(m, "file_name");
      const bool program = name.ends_with(".exe") || name.ends_with(".apk") || name.ends_with(".ipa");
      if (name.find('.') == std::string::npos || program) return "file_name";
      return number(m, "size") < 1 || number(m, "size") > 52428800 || characters(name) > 256 || m.contains("text") ? "file" : "";
    }
    if (type == "location") {
      const auto* place = m.if_contains("location");
      if (!place || !has(place->as_object(), {"lat", "lon"})) return "location";
      const auto at = [&](std::string_view name) { return place->as_object().at(name).to_number<double>(); };
      return std::abs(at("lat")) <= 90 && std::abs(at("lon")) <= 180 ? "" : "location";
    }
    if (type == "url") return media.empty() || media.size() > 2000 ? "media" : "";
    return "type";
  }
  static hub::async::task<response> send_message(viber_platform* self, request r) {
    const auto* shown = r.head.find("X-Viber-Auth-Token");
    if (!shown || *shown != viber_token) co_return status(2, "invalidAuthToken");
    if (r.body.size() > 30 * 1024) co_return status(3, "badData: request");
    const auto body = hub::message::parse_json(r.body);
    if (!body || !body->is_object()) co_return status(3, "badData");
    const auto& m = body->as_object();
    const auto* sender = m.if_contains("sender");
    const auto name = sender ? text(sender->as_object(), "name") : std::string();
    if (!has(m, {"receiver", "type"}) || name.empty()) co_return status(4, "missingData");
    if (characters(name) > 28) co_return status(3, "badData: sender.name");
    if (text(m, "receiver") == viber_gone) co_return status(6, "notSubscribed", R"(,"message_token":6214872000000000035)");
    if (text(m, "receiver") != viber_olena) co_return status(5, "receiverNotRegistered");
    if (const auto wrong = wrong_with(m); !wrong.empty()) co_return status(3, "badData: " + wrong);
    if (const auto* keyboard = m.if_contains("keyboard"))
      for (const auto& button : keyboard->as_object().at("Buttons").as_array())
        if (!has(button.as_object(), {"ActionBody", "Text"})) co_return status(3, "badData: keyboard");
    kept made{m, {}};
    const auto type = text(m, "type");
    if (type == "picture" || type == "video" || type == "file") {
      hub::http::outgoing fetch;
      fetch.url = text(m, "media");
      fetch.max_body = hub::byte_count{64 << 20};
      const auto got = co_await self->client_.fetch(std::move(fetch));
      if (got.status != 200) co_return status(3, "badData: media");
      if (type != "picture" && number(m, "size") != static_cast<std::int64_t>(got.body.size()))
        co_return status(3, "badData: size");
      if (type == "picture" && got.body.size() > 3 << 20) co_return status(3, "badData: media");
      made.media_sha256 = hub::to_hex(hub::sha256(got.body));
    }
    const std::lock_guard lock(self->mutex_);
    if (++self->unanswered_[text(m, "receiver")] > 100) co_return status(12, "Too many requests");
    self->sent_.push_back(std::move(made));
    const auto id = std::to_string(6214872000000000026ULL + self->sent_.size());
    co_return status(0, "ok", R"(,"message_token":)" + id + R"(,"billing_status":1)");
  }

  hub::http::client client_{loop_};
  std::map<std::string, int> unanswered_;
  std::vector<kept> sent_;
};

}  // namespace connector_tests
