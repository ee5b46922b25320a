#include "hub/ctl/messenger_players.hpp"

#include "hub/base/crypto.hpp"
#include "hub/ctl/playing.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace hub::ctl {

namespace {

using boost::json::array;
using boost::json::object;

/// The same person has the same number on every platform, of a range that belongs to nobody.
std::uint64_t number_of(const viber_person& who) {
  const auto digest = sha256(who.id);
  std::uint64_t number = 0;
  for (int i = 0; i < 6; ++i) number = number << 8 | digest[static_cast<std::size_t>(i)];
  return number;
}

std::int64_t seconds_of(instant t) { return t.time_since_epoch().count() / 1000; }

/// Of "http://host/media/<id>.png?..." the id with its kind: what a platform calls the file (see simulated_viber.hpp).
std::string file_of(const std::string& media) {
  const auto slash = media.rfind('/', media.find('?'));
  auto name = media.substr(slash + 1, media.find('?') - slash - 1);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

object whatsapp_content(const viber_content& said) {
  if (said.type == "picture" || said.type == "video" || said.type == "file") {
    const char* type = said.type == "picture" ? "image" : said.type == "video" ? "video" : "document";
    object media{{"id", file_of(said.media)}, {"mime_type", "application/octet-stream"}, {"url", said.media}};
    if (!said.text.empty()) media["caption"] = said.text;
    if (!said.file_name.empty()) media["filename"] = said.file_name;
    return {{"type", type}, {type, std::move(media)}};
  }
  if (said.type == "location")
    return {{"type", "location"}, {"location", object{{"latitude", said.latitude}, {"longitude", said.longitude}}}};
  if (said.type == "contact")
    return {{"type", "contacts"},
            {"contacts", array{object{{"name", object{{"formatted_name", said.contact_name}}},
                                      {"phones", array{object{{"phone", said.contact_number}}}}}}}};
  if (said.type == "sticker") return {{"type", "text"}, {"text", object{{"body", "👍"}}}};
  return {{"type", "text"}, {"text", object{{"body", said.type == "url" ? said.media : said.text}}}};
}

object telegram_content(const viber_content& said) {
  if (said.type == "picture")
    return {{"photo", array{object{{"file_id", file_of(said.media)}, {"width", 1280}, {"height", 960}}}}, {"caption", said.text}};
  if (said.type == "video" || said.type == "file") {
    object file{{"file_id", file_of(said.media)}};
    if (!said.file_name.empty()) file["file_name"] = said.file_name;
    return {{said.type == "video" ? "video" : "document", std::move(file)}, {"caption", said.text}};
  }
  if (said.type == "location") return {{"location", object{{"latitude", said.latitude}, {"longitude", said.longitude}}}};
  if (said.type == "contact")
    return {{"contact", object{{"phone_number", said.contact_number}, {"first_name", said.contact_name}}}};
  if (said.type == "sticker") return {{"text", "👍"}};
  return {{"text", said.type == "url" ? said.media : said.text}};
}

}  // namespace

std::string demo_secret(std::string_view channel, std::string_view internal_token) {
  return to_hex(hmac_sha256(internal_token, "demo " + std::string(channel)));
}

std::string demo_number(const viber_person& who) { return "38000" + digits(number_of(who) % 10'000'000, 7); }

std::string whatsapp_body(const viber_event& event, std::string_view phone_number_id) {
  if (event.event != "message") return {};
  const auto user = std::string(demo_whatsapp_prefix) + digits(number_of(event.who), 15);
  const auto number = demo_number(event.who);
  auto message = whatsapp_content(event.content);
  message["from"] = number;
  message["from_user_id"] = user;
  message["id"] = "wamid.DEMO" + std::to_string(event.token);
  message["timestamp"] = std::to_string(seconds_of(event.time));
  const object contact{{"profile", object{{"name", event.who.name}}}, {"wa_id", number}, {"user_id", user}};
  const object value{{"messaging_product", "whatsapp"},
                     {"metadata", object{{"display_phone_number", "380000000100"}, {"phone_number_id", phone_number_id}}},
                     {"contacts", array{contact}},
                     {"messages", array{std::move(message)}}};
  const object entry{{"id", "104999000000001"}, {"changes", array{object{{"value", value}, {"field", "messages"}}}}};
  return boost::json::serialize(object{{"object", "whatsapp_business_account"}, {"entry", array{entry}}});
}

std::string telegram_body(const viber_event& event) {
  // Thirteen digits: no real person's.
  const auto id = std::stoll(std::string(demo_telegram_prefix) + digits(number_of(event.who) % 100'000'000, 8));
  const auto blank = event.who.name.find(' ');
  object user{{"id", id},
              {"is_bot", false},
              {"first_name", event.who.name.substr(0, blank)},
              {"last_name", blank == std::string::npos ? "" : event.who.name.substr(blank + 1)},
              {"language_code", event.who.language.substr(0, 2)}};
  object chat = user;
  chat["type"] = "private";
  object update{{"update_id", event.token % 1'000'000'000'000}};
  const auto date = seconds_of(event.time);
  if (event.event == "message" || event.event == "conversation_started") {
    auto message = event.event == "message" ? telegram_content(event.content)
                                            : object{{"text", event.context.empty() ? "/start" : "/start " + event.context}};
    message["message_id"] = event.token % 1'000'000'000'000;
    message["from"] = user;
    message["chat"] = chat;
    message["date"] = date;
    update["message"] = std::move(message);
  } else if (event.event == "subscribed" || event.event == "unsubscribed") {
    update["my_chat_member"] = object{{"chat", chat},
                                      {"from", user},
                                      {"date", date},
                                      {"new_chat_member", object{{"status", event.event == "subscribed" ? "member" : "kicked"}}}};
  } else {
    return {};
  }
  return boost::json::serialize(update);
}

}  // namespace hub::ctl
