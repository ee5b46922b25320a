#include "connectors/whatsapp/message.hpp"

#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "connectors/whatsapp/normalize.hpp"
#include "connectors/whatsapp/people.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace connectors::whatsapp {

namespace {

using boost::json::object;
using hub::message::chat_message;
using hub::message::content_type;

constexpr std::size_t most_names = 20, most_items = 100;

bool is_media_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

void attach(const account_context& of, const object& message, std::string_view member, content_type type, hub::instant sent_at,
            const std::string& path, chat_message& to) {
  const auto place = path + "." + std::string(member);
  const auto& media = object_in(message, member, place);
  const auto id = text_in(media, "id", place + ".id");
  if (!is_media_id(id)) refuse_body(place + ".id", "expected the id of a media");
  auto url = text_if(media, "url");
  if (url.size() > longest_media_url - 200 || url.find_first_of(" \n\r\t") != std::string_view::npos) url = {};
  hub::message::attachment made;
  made.part = "0";
  made.type = type;
  made.expires_at = sent_at + media_life;
  made.reference = seal_media(of, {std::string(id) + " " + std::string(url), *made.expires_at});
  made.file_name = file_name(of, text_if(media, "filename"));
  to.type = type;
  to.text = written(of, text_if(media, "caption"));
  to.attachments.push_back(std::move(made));
}

void add_line(std::string& to, const std::string& line) {
  if (line.empty()) return;
  to += to.empty() ? line : "\n" + line;
}

void read_location(const object& message, const std::string& path, chat_message& to) {
  const auto& at = object_in(message, "location", path + ".location");
  to.type = content_type::location;
  to.location = hub::message::geo_point{degrees_in(at, "latitude", 90, path + ".location.latitude"),
                                        degrees_in(at, "longitude", 180, path + ".location.longitude")};
  add_line(to.text, scrubbed(text_if(at, "name"), 300));
  add_line(to.text, scrubbed(text_if(at, "address"), 500));
}

void read_contacts(const account_context& of, const object& message, chat_message& to) {
  to.type = content_type::contact;
  const auto* cards = array_if(message, "contacts");
  if (!cards) return;
  // Cards keep the names; numbers are not even read, but the sender's own, which they were asked for.
  const bool asked = text_if(message, "origin").starts_with("contact_request");
  for (const auto& each : *cards) {
    const auto* card = each.if_object();
    if (!card || std::count(to.text.begin(), to.text.end(), '\n') >= static_cast<long>(most_names)) continue;
    if (const auto* name = object_if(*card, "name")) add_line(to.text, scrubbed(text_if(*name, "formatted_name"), 200));
    const auto* phones = array_if(*card, "phones");
    if (!asked || cards->size() != 1 || !phones || phones->size() != 1 || !phones->at(0).is_object()) continue;
    add_number(of, text_if(phones->at(0).get_object(), "phone"), to.sender);
  }
}

// Comes without its payload when something went wrong at the platform.
void read_interactive(const account_context& of, const object& message, chat_message& to) {
  static const object nothing;
  const auto* given = object_if(message, "interactive");
  const auto& chosen = given ? *given : nothing;
  for (const std::string_view kind : {"button_reply", "list_reply"})
    if (const auto* reply = object_if(chosen, kind)) {
      add_line(to.text, written(of, text_if(*reply, "title")));
      add_line(to.text, written(of, text_if(*reply, "description")));
      to.tracking = tracking_of(text_if(*reply, "id"));
    }
  // A form: what was filled in is a JSON text inside of a text, or anything else.
  if (const auto* form = object_if(chosen, "nfm_reply")) {
    add_line(to.text, written(of, text_if(*form, "body")));
    add_line(to.text, written(of, text_if(*form, "response_json").substr(0, 16384)));
  }
  if (to.text.empty()) to.type = content_type::unsupported;
}

void read_order(const account_context& of, const object& message, const std::string& path, chat_message& to) {
  const auto& order = object_in(message, "order", path + ".order");
  add_line(to.text, written(of, text_if(order, "text")));
  const auto* items = array_if(order, "product_items");
  if (!items) return;
  for (std::size_t i = 0; i < std::min(items->size(), most_items); ++i) {
    const auto* item = (*items)[i].if_object();
    if (!item) continue;
    const auto* count = item->if_contains("quantity");
    const auto* price = item->if_contains("item_price");
    std::string line;
    if (count && count->is_number()) line = boost::json::serialize(*count) + " x ";
    line += clean(text_if(*item, "product_retailer_id"), 200);
    double amount = 0;
    if (price && hub::message::read_json(*price, amount)) {
      char text[48];
      std::snprintf(text, sizeof text, ", %.2f ", amount);
      line += text + clean(text_if(*item, "currency"), 3);
    }
    add_line(to.text, scrubbed(line, 400));
  }
}

std::optional<hub::message::referral> referral_in(const object& message) {
  const auto* from = object_if(message, "referral");
  if (!from) return std::nullopt;
  hub::message::referral made;
  made.source = scrubbed(text_if(*from, "source_type"), 60);
  made.id = clean(text_if(*from, "source_id"), 120);
  const auto url = clean(text_if(*from, "source_url"), 1900);
  if (url.starts_with("https://") || url.starts_with("http://")) made.url = url;
  made.headline = scrubbed(text_if(*from, "headline"), 250);
  made.text = scrubbed(text_if(*from, "body"), 1000);
  return made;
}

void read_content(const account_context& of, const object& message, std::string_view type, hub::instant sent_at,
                  const std::string& path, chat_message& to) {
  if (type == "text") {
    to.text = written(of, text_in(object_in(message, "text", path + ".text"), "body", path + ".text.body"));
  } else if (type == "image") {
    attach(of, message, "image", content_type::photo, sent_at, path, to);
  } else if (type == "video") {
    attach(of, message, "video", content_type::video, sent_at, path, to);
  } else if (type == "document") {
    attach(of, message, "document", content_type::file, sent_at, path, to);
  } else if (type == "sticker") {
    attach(of, message, "sticker", content_type::sticker, sent_at, path, to);
  } else if (type == "voice") {
    attach(of, message, "voice", content_type::voice_note, sent_at, path, to);
  } else if (type == "audio") {
    const auto* audio = object_if(message, "audio");
    const auto* spoken = audio ? audio->if_contains("voice") : nullptr;
    const bool voice = spoken && spoken->is_bool() && spoken->get_bool();
    attach(of, message, "audio", voice ? content_type::voice_note : content_type::file, sent_at, path, to);
  } else if (type == "location") {
    read_location(message, path, to);
  } else if (type == "contacts") {
    read_contacts(of, message, to);
  } else if (type == "interactive") {
    read_interactive(of, message, to);
  } else if (type == "button") {
    const auto& button = object_in(message, "button", path + ".button");
    to.text = written(of, text_if(button, "text"));
    to.tracking = tracking_of(text_if(button, "payload"));
  } else if (type == "order") {
    read_order(of, message, path, to);
  } else {
    to.type = content_type::unsupported;
  }
}

hub::message::event_data changed(const account_context& of, const object& message, std::string_view type,
                                 hub::message::person sender, hub::instant sent_at, const std::string& path) {
  const auto& about = object_in(message, type, path + "." + std::string(type));
  const auto original = text_in(about, "original_message_id", path + "." + std::string(type) + ".original_message_id");
  if (original.empty()) refuse_body(path + "." + std::string(type) + ".original_message_id", "is missing");
  if (type == "revoke") return hub::message::message_deleted{std::move(sender), hashed_id(original)};
  const auto inside = path + ".edit.message";
  const auto& now = object_in(about, "message", inside);
  chat_message said;
  read_content(of, now, text_in(now, "type", inside + ".type"), sent_at, inside, said);
  return hub::message::message_edited{std::move(sender), hashed_id(original), std::move(said.text), said.location};
}

/// The customer has another number or id now: both are named, the new one first.
hub::message::event_data renamed(const account_context& of, const object& message, hub::message::person before,
                                 const std::string& path) {
  const auto& system = object_in(message, "system", path + ".system");
  const names now{text_if(system, "wa_id"), text_if(system, "user_id"), text_if(system, "parent_user_id")};
  const auto kind = text_if(system, "type");
  const bool moved = kind == "user_changed_number" || kind == "user_changed_user_id";
  if (moved && !(now.number.empty() && now.user_id.empty())) {
    auto both = person_of(of, now, path + ".system.wa_id");
    for (auto& id : before.identities)
      if (std::find(both.identities.begin(), both.identities.end(), id) == both.identities.end())
        both.identities.push_back(std::move(id));
    return hub::message::identity_changed{std::move(both)};
  }
  chat_message said;
  said.sender = std::move(before);
  said.type = content_type::system;
  said.automatic = true;
  said.text = scrubbed(text_if(system, "body"), 1000);
  return said;
}

}  // namespace

hub::message::event_data data_of(const account_context& of, const object& message, hub::message::person sender,
                                 hub::message::direction direction, hub::instant sent_at, const std::string& path) {
  const auto type = text_in(message, "type", path + ".type");
  if (type.empty()) refuse_body(path + ".type", "is missing");
  if (type == "edit" || type == "revoke") return changed(of, message, type, std::move(sender), sent_at, path);
  if (type == "system") {
    auto data = renamed(of, message, std::move(sender), path);
    if (auto* said = std::get_if<chat_message>(&data)) said->platform_id = hashed_id(text_if(message, "id"));
    return data;
  }
  if (type == "reaction") {
    const auto& reaction = object_in(message, "reaction", path + ".reaction");
    const auto to = text_in(reaction, "message_id", path + ".reaction.message_id");
    if (to.empty()) refuse_body(path + ".reaction.message_id", "is missing");
    return hub::message::reaction{std::move(sender), hashed_id(to), clean(text_if(reaction, "emoji"), 16)};
  }
  if (type == "request_welcome") return hub::message::conversation_opened{std::move(sender), "", true};

  chat_message said;
  said.sender = std::move(sender);
  said.direction = direction;
  const auto id = text_in(message, "id", path + ".id");
  said.platform_id = hashed_id(id);
  said.sealed_id = hub::seal(of.seal_key, id);
  read_content(of, message, type, sent_at, path, said);
  if (const auto* context = object_if(message, "context")) said.reply_to = hashed_id(text_if(*context, "id"));
  said.referral = referral_in(message);
  return said;
}

}  // namespace connectors::whatsapp
