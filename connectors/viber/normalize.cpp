#include "connectors/viber/normalize.hpp"

#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <charconv>

namespace connectors::viber {

namespace {

using boost::json::object;
using boost::json::value;
using hub::message::content_type;
using hub::message::event;

constexpr hub::message::json_limits body_limits{.bytes = 1 << 20, .depth = 32};
constexpr std::chrono::hours media_life{1};  // REST page, "message.media"
std::string token_of(const object& body) {
  const auto* member = body.if_contains("message_token");
  if (!member) refuse_body("message_token", "is missing");
  const auto number = whole_number(*member);
  if (!number) refuse_body("message_token", "expected a whole number of 64 bits");
  return std::to_string(*number);
}

hub::instant time_of(const object& body) {
  const auto* member = body.if_contains("timestamp");
  if (!member) refuse_body("timestamp", "is missing");
  const auto number = whole_number(*member);
  if (!number || *number < static_cast<std::uint64_t>(earliest_ms) || *number > static_cast<std::uint64_t>(latest_ms))
    refuse_body("timestamp", "expected milliseconds since 1970, between the years 2000 and 2100");
  return hub::instant(std::chrono::milliseconds(static_cast<std::int64_t>(*number)));
}

std::vector<hub::message::identity> known_by(const account_context& of, std::string id) {
  std::vector<hub::message::identity> list;
  list.push_back({of.channel, of.account, std::move(id)});
  return list;
}

hub::message::person person_in(const account_context& of, const object& from, const std::string& path) {
  hub::message::person who;
  who.identities = known_by(of, id_in(from, "id", path + ".id"));
  const auto name = text_in(from, "name", path + ".name");
  // What Viber puts where the person does not allow their name to be used.
  if (name != "Subscriber") who.name = scrubbed(name, 120);
  who.language = word_in(from, "language", 35);
  who.country = word_in(from, "country", 2);
  return who;
}

/// The `Expires` of a signed link is the platform's word for how long it lives.
hub::instant expiry_of(std::string_view url, hub::instant sent) {
  const auto question = url.find('?');
  auto query = question == std::string_view::npos ? std::string_view() : url.substr(question + 1);
  while (!query.empty()) {
    const auto ampersand = query.find('&');
    const auto pair = query.substr(0, ampersand);
    query = ampersand == std::string_view::npos ? std::string_view() : query.substr(ampersand + 1);
    constexpr std::string_view name = "Expires=";
    if (!pair.starts_with(name)) continue;
    std::int64_t seconds = 0;
    const auto [end, failed] = std::from_chars(pair.data() + name.size(), pair.data() + pair.size(), seconds);
    if (failed == std::errc{} && end == pair.data() + pair.size() && seconds >= earliest_ms / 1000 && seconds <= latest_ms / 1000)
      return hub::instant(std::chrono::seconds(seconds));
  }
  return sent + media_life;
}

std::optional<std::uint64_t> size_in(const object& message) {
  for (const auto name : {"size", "file_size"})
    if (const auto* member = message.if_contains(name))
      if (const auto number = whole_number(*member); number && *number <= (std::uint64_t{1} << 53)) return number;
  return std::nullopt;
}

hub::message::attachment attachment_in(const account_context& of, const object& message, content_type type, hub::instant sent) {
  const auto url = text_in(message, "media", "message.media");
  if (url.empty()) refuse_body("message.media", "is missing");
  if (url.size() > longest_media_url) refuse_body("message.media", "is too long");
  hub::message::attachment made;
  made.part = "0";
  made.type = type;
  const media_reference media{hub::clean_text(url), expiry_of(url, sent)};
  made.reference = seal_media(of, media);
  made.expires_at = media.expires_at;
  made.file_name = file_name(of, text_in(message, "file_name", "message.file_name"));
  made.size = size_in(message);
  if (const auto* member = message.if_contains("duration"))
    if (const auto seconds = whole_number(*member); seconds && *seconds <= 86'400)
      made.seconds = static_cast<std::uint32_t>(*seconds);
  return made;
}

std::string sticker_in(const object& message) {
  const auto* member = message.if_contains("sticker_id");
  if (!member) refuse_body("message.sticker_id", "is missing");
  std::string id;
  if (const auto number = whole_number(*member))
    id = std::to_string(*number);
  else if (const auto* text = member->if_string())
    id = clean({text->data(), text->size()}, 30);
  else
    refuse_body("message.sticker_id", "expected a number or text");
  return hub::scrub_numbers(id);
}

hub::message::chat_message message_in(const account_context& of, const object& body, hub::instant sent) {
  const object& message = object_in(body, "message", "message");
  hub::message::chat_message made;
  made.sender = person_in(of, object_in(body, "sender", "sender"), "sender");
  made.platform_id = token_of(body);
  made.text = written(of, text_in(message, "text", "message.text"));
  made.tracking = tracking_of(text_in(message, "tracking_data", "message.tracking_data"));

  const auto type = text_in(message, "type", "message.type");
  if (type.empty()) refuse_body("message.type", "is missing");
  if (type == "text") {
    if (!message.contains("text")) refuse_body("message.text", "is missing");
    made.type = content_type::text;
  } else if (type == "picture" || type == "video" || type == "file") {
    made.type = type == "picture" ? content_type::photo : type == "video" ? content_type::video : content_type::file;
    made.attachments.push_back(attachment_in(of, message, made.type, sent));
  } else if (type == "contact") {
    made.type = content_type::contact;
    // The card's number is not even read.
    made.text = scrubbed(text_in(object_in(message, "contact", "message.contact"), "name", "message.contact.name"), 120);
  } else if (type == "location") {
    made.type = content_type::location;
    const object& location = object_in(message, "location", "message.location");
    made.location = hub::message::geo_point{degrees_in(location, "lat", 90, "message.location.lat"),
                                            degrees_in(location, "lon", 180, "message.location.lon")};
  } else if (type == "sticker") {
    made.type = content_type::sticker;
    made.sticker = sticker_in(message);
  } else if (type == "url") {
    made.type = content_type::text;
    const auto link = written(of, text_in(message, "media", "message.media"));
    if (link.empty()) refuse_body("message.media", "is missing");
    made.text += made.text.empty() ? link : "\n" + link;
  } else {
    made.type = content_type::unsupported;
  }
  return made;
}

hub::message::delivery_status status_in(const account_context& of, const object& body, hub::message::delivery_state state) {
  hub::message::delivery_status made;
  made.recipient = known_by(of, id_in(body, "user_id", "user_id"));
  made.platform_id = token_of(body);
  made.state = state;
  // "Sent once when the user reads the unread messages, whatever their number."
  made.up_to = state == hub::message::delivery_state::read;
  if (state == hub::message::delivery_state::failed) made.reason = scrubbed(text_in(body, "desc", "desc"), 1000);
  return made;
}

std::optional<event> event_in(const account_context& of, const object& body, hub::instant received_at) {
  const auto name = text_in(body, "event", "event");
  if (name.empty()) refuse_body("event", "is missing");
  // Answered, and nothing follows: the probe of set_webhook, payment buttons, and what was only ever observed.
  if (name == "webhook" || name == "client_status" || name == "action") return std::nullopt;

  event made;
  made.channel = of.channel;
  made.account = of.account;
  made.received_at = received_at;
  const std::string scope = of.channel + ":" + of.account + ":";
  const auto finish = [&](hub::message::event_data data, const std::string& person_in_key) {
    made.time = time_of(body);
    made.data = std::move(data);
    made.conversation = scope + hub::message::identities_of(made).front().id;
    made.key = scope + std::string(name) + ":" + token_of(body) + person_in_key;
  };

  using hub::message::delivery_state;
  if (name == "message") {
    finish(message_in(of, body, time_of(body)), "");
  } else if (name == "conversation_started") {
    hub::message::conversation_opened opened;
    opened.sender = person_in(of, object_in(body, "user", "user"), "user");
    opened.context = scrubbed(text_in(body, "context", "context"), 1000);
    if (const auto* member = body.if_contains("subscribed"); member && member->is_bool()) opened.subscribed = member->get_bool();
    finish(std::move(opened), "");
  } else if (name == "subscribed") {
    finish(hub::message::subscribed{person_in(of, object_in(body, "user", "user"), "user")}, "");
  } else if (name == "unsubscribed") {
    hub::message::unsubscribed gone;
    gone.sender.identities = known_by(of, id_in(body, "user_id", "user_id"));
    finish(std::move(gone), "");
  } else if (name == "delivered" || name == "seen") {
    // One callback per device: the person in the key makes the later ones no-ops.
    finish(status_in(of, body, name == "seen" ? delivery_state::read : delivery_state::delivered),
           ":" + id_in(body, "user_id", "user_id"));
  } else if (name == "failed") {
    finish(status_in(of, body, delivery_state::failed), "");
  } else {
    refuse_body("event", "unknown event " + scrubbed(name, 40));
  }
  return made;
}

}  // namespace

hub::result<std::vector<event>> normalize(const account_context& of, std::string_view body, hub::instant received_at) {
  unsigned char first_block[8192];
  boost::json::monotonic_resource memory(first_block, sizeof first_block);
  const auto parsed = hub::message::parse_json(body, body_limits, &memory);
  if (!parsed) return hub::problem{parsed.error().where, parsed.error().what};
  const auto* root = parsed->if_object();
  if (!root) return hub::problem{"", "expected an object"};
  try {
    std::vector<event> events;
    if (auto made = event_in(of, *root, received_at)) events.push_back(std::move(*made));
    return events;
  } catch (const refused_body& r) {
    return r.why;
  }
}

}  // namespace connectors::viber
