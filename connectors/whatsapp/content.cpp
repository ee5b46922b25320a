// What messages of each type say. Meta: the webhook reference page of each type, "Media" for attachments.

#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "connectors/whatsapp/events.hpp"
#include "connectors/whatsapp/media.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace connectors::whatsapp {

using boost::json::object;
using boost::json::value;
using hub::message::chat_message;
using hub::message::content_type;

namespace {

constexpr std::size_t longest_text = 50'000;  ///< WhatsApp's own limit is 4096; canonical texts hold 262144 bytes
constexpr std::size_t most_lines = 100;       ///< of an order, a form, a list of cards

std::string said(const account_context& of, std::string_view text) {
  return written(of, hub::shorten(hub::clean_text(text), longest_text));
}

void add_line(std::string& to, const std::string& line) {
  if (line.empty() || to.size() + line.size() > 4 * longest_text) return;
  if (!to.empty()) to += '\n';
  to += line;
}

hub::message::attachment attachment_in(const account_context& of, const object& media, content_type type, const std::string& path,
                                       hub::instant sent) {
  media_place place{std::string(text_in(media, "id", path + ".id")), {}, sent};
  if (place.id.empty()) refuse_body(path + ".id", "is missing");
  if (!is_media_id(place.id)) refuse_body(path + ".id", "expected letters and digits");
  // An address that cannot be used is no loss: the id finds another.
  const auto url = text_if(media, "url");
  if (url.size() + place.id.size() < longest_media_url &&
      std::none_of(url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }))
    place.url = url;
  hub::message::attachment made;
  made.part = "0";
  made.type = type;
  made.reference = seal_place(of, place);
  made.expires_at = sent + media_life;
  made.file_name = plain(file_name(of, text_if(media, "filename")), 200);
  return made;
}

/// A number or text of an order, short enough to be one.
std::string amount_in(const object& item, std::string_view name) {
  const auto* member = item.if_contains(name);
  if (!member) return {};
  if (const auto number = whole_number(*member)) return plain(std::to_string(*number), 20);
  double number = 0;
  if (!hub::message::read_json(*member, number)) return plain(text_if(item, name), 20);
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return plain({digits, static_cast<std::size_t>(end - digits)}, 32);
}

void read_order(const account_context& of, const object& order, chat_message& to) {
  add_line(to.text, said(of, text_in(order, "text", "order.text")));
  const auto* items = array_if(order, "product_items");
  if (!items) return;
  std::size_t lines = 0;
  for (const auto& one : *items) {
    const auto* item = one.if_object();
    if (!item) continue;
    if (++lines > most_lines) break;
    auto line = plain(text_if(*item, "product_retailer_id"), 100);
    if (const auto quantity = amount_in(*item, "quantity"); !quantity.empty()) line += " × " + quantity;
    if (const auto price = amount_in(*item, "item_price"); !price.empty())
      line += " – " + price + " " + word_in(*item, "currency", 3);
    add_line(to.text, line);
  }
}

/// The answers of a form, whose fields may ask for anything, a number too: "name: value" lines, or the text as it came where it
/// is no object.
std::string form_lines(std::string_view json) {
  const auto parsed = hub::message::parse_json(json, {.bytes = 1 << 16, .depth = 8});
  const auto* answers = parsed ? parsed->if_object() : nullptr;
  if (!answers) return plain(json, 4000);
  std::string lines;
  std::size_t count = 0;
  for (const auto& answer : *answers) {
    // What Meta adds to find the form again.
    if (answer.key() == "flow_token") continue;
    if (++count > most_lines) break;
    std::string text;
    if (const auto* words = answer.value().if_string())
      text = plain({words->data(), words->size()}, 2000);
    else
      text = plain(boost::json::serialize(answer.value()), 2000);
    add_line(lines, plain({answer.key().data(), answer.key().size()}, 100) + ": " + text);
  }
  return lines;
}

void read_interactive(const object& element, chat_message& to) {
  const auto* interactive = object_if(element, "interactive");
  to.type = content_type::unsupported;
  if (!interactive) return;
  for (const auto* name : {"button_reply", "list_reply"})
    if (const auto* reply = object_if(*interactive, name)) {
      to.type = content_type::text;
      to.text = plain(text_if(*reply, "title"), 1000);
      to.tracking = tracking_of(text_if(*reply, "id"));
      return;
    }
  if (const auto* form = object_if(*interactive, "nfm_reply")) {
    to.type = content_type::text;
    add_line(to.text, plain(text_if(*form, "body"), 1000));
    add_line(to.text, form_lines(text_if(*form, "response_json")));
  }
}

void read_cards(const object& element, chat_message& to) {
  const auto* cards = array_if(element, "contacts");
  if (!cards) refuse_body("contacts", "expected a list");
  std::size_t lines = 0;
  for (const auto& one : *cards) {
    // Numbers, mails and the vCard are not even read.
    const auto* name = one.is_object() ? object_if(one.get_object(), "name") : nullptr;
    if (!name) continue;
    if (++lines > most_lines) break;
    auto shown = plain(text_if(*name, "formatted_name"), 120);
    if (shown.empty())
      shown = plain(std::string(text_if(*name, "first_name")) + " " + std::string(text_if(*name, "last_name")), 120);
    add_line(to.text, std::string(hub::trim(shown)));
  }
}

}  // namespace

void read_content(const account_context& of, const object& element, hub::instant sent, chat_message& to) {
  const std::string type(text_in(element, "type", "type"));
  if (type.empty()) refuse_body("type", "is missing");
  const auto take_file = [&](content_type as, content_type file) {
    const object& media = object_in(element, type, type);
    to.type = as;
    to.text = said(of, text_in(media, "caption", type + ".caption"));
    to.attachments.push_back(attachment_in(of, media, file, type, sent));
  };
  if (type == "text") {
    const object& text = object_in(element, "text", "text");
    if (!text.contains("body")) refuse_body("text.body", "is missing");
    to.type = content_type::text;
    to.text = said(of, text_in(text, "body", "text.body"));
  } else if (type == "image") {
    take_file(content_type::photo, content_type::photo);
  } else if (type == "video") {
    take_file(content_type::video, content_type::video);
  } else if (type == "document") {
    take_file(content_type::file, content_type::file);
  } else if (type == "audio" || type == "voice") {
    const auto* media = object_if(element, type);
    const auto* flag = media ? media->if_contains("voice") : nullptr;
    const bool voice = type == "voice" || (flag && flag->is_bool() && flag->get_bool());
    const auto as = voice ? content_type::voice_note : content_type::file;
    take_file(as, as);
  } else if (type == "sticker") {
    take_file(content_type::sticker, content_type::photo);
  } else if (type == "location") {
    const object& location = object_in(element, "location", "location");
    to.type = content_type::location;
    to.location = hub::message::geo_point{degrees_in(location, "latitude", 90, "location.latitude"),
                                          degrees_in(location, "longitude", 180, "location.longitude")};
    add_line(to.text, plain(text_if(location, "name"), 1000));
    add_line(to.text, plain(text_if(location, "address"), 1000));
  } else if (type == "contacts") {
    to.type = content_type::contact;
    read_cards(element, to);
  } else if (type == "interactive") {
    read_interactive(element, to);
  } else if (type == "button") {
    const object& button = object_in(element, "button", "button");
    to.type = content_type::text;
    to.text = plain(text_in(button, "text", "button.text"), 1000);
    to.tracking = tracking_of(text_if(button, "payload"));
  } else if (type == "order") {
    to.type = content_type::text;
    read_order(of, object_in(element, "order", "order"), to);
  } else {
    // Also the placeholder that stands before the photos of an album.
    to.type = content_type::unsupported;
  }
}

void read_edited(const account_context& of, const object& edited, hub::message::message_edited& to) {
  const std::string type(text_in(edited, "type", "edit.message.type"));
  const object& content = object_in(edited, type, "edit.message." + clean(plain(type, 40), 40));
  if (type == "location")
    to.location = hub::message::geo_point{degrees_in(content, "latitude", 90, "edit.message.location.latitude"),
                                          degrees_in(content, "longitude", 180, "edit.message.location.longitude")};
  else
    to.text = said(of, text_in(content, type == "text" ? "body" : "caption", "edit.message"));
}

}  // namespace connectors::whatsapp
