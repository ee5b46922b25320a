#include "connectors/telegram/message.hpp"

#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "connectors/telegram/normalize.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace connectors::telegram {

namespace {

using boost::json::object;
using boost::json::value;
using hub::message::chat_message;
using hub::message::content_type;

constexpr std::int64_t largest_id = std::int64_t{1} << 53;  // "at most 52 significant bits"
constexpr std::size_t most_links = 50, longest_link = 2000, longest_connection = 256;
constexpr std::string_view sealed_connection = "business_connection ";

bool is_file_id(std::string_view id) {
  return !id.empty() && id.size() <= 256 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::optional<std::uint64_t> number_if(const object& from, std::string_view name) {
  const auto* member = from.if_contains(name);
  return member ? whole_number(*member) : std::nullopt;
}

/// The byte where the n-th UTF-16 unit begins; the end when there are fewer.
std::size_t byte_of_unit(std::string_view utf8, std::uint64_t units) {
  std::size_t at = 0;
  while (at < utf8.size() && units > 0) {
    const auto lead = static_cast<unsigned char>(utf8[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    const std::uint64_t wide = length == 4 ? 2 : 1;
    if (units < wide) break;
    units -= wide;
    at = std::min(at + length, utf8.size());
  }
  return at;
}

void attach(const account_context& of, const object& file, content_type type, const std::string& path, chat_message& to) {
  const auto id = text_in(file, "file_id", path + ".file_id");
  if (!is_file_id(id)) refuse_body(path + ".file_id", "expected the id of a file");
  hub::message::attachment made;
  made.part = "0";
  made.type = type;
  made.size = number_if(file, "file_size");
  const bool too_large = made.size && *made.size > largest_file;
  // File ids have no end; a reference has.
  const hub::instant never{std::chrono::milliseconds(latest_ms)};
  made.reference = seal_media(of, {(too_large ? "large " : "file ") + std::string(id), never});
  made.file_name = file_name(of, text_if(file, "file_name"));
  if (const auto seconds = number_if(file, "duration"); seconds && *seconds <= 864'000)
    made.seconds = static_cast<std::uint32_t>(*seconds);
  to.type = type;
  to.attachments.push_back(std::move(made));
}

/// Of the sizes of one photo the largest.
void attach_photo(const account_context& of, const boost::json::array& sizes, const std::string& path, chat_message& to) {
  const object* best = nullptr;
  std::uint64_t most = 0;
  for (const auto& each : sizes) {
    const auto* size = each.if_object();
    if (!size) continue;
    const auto area = number_if(*size, "width").value_or(0) % (1 << 20) * (number_if(*size, "height").value_or(0) % (1 << 20));
    if (!best || area > most) {
      best = size;
      most = area;
    }
  }
  if (!best) refuse_body(path, "expected sizes");
  attach(of, *best, content_type::photo, path, to);
}

void read_place(const object& place, const std::string& path, chat_message& to) {
  to.type = content_type::location;
  to.location = hub::message::geo_point{degrees_in(place, "latitude", 90, path + ".latitude"),
                                        degrees_in(place, "longitude", 180, path + ".longitude")};
}

void read_contact(const account_context& of, const object& message, const object& card, chat_message& to) {
  to.type = content_type::contact;
  to.text = scrubbed(std::string(text_if(card, "first_name")) + " " + std::string(text_if(card, "last_name")), 200);
  while (to.text.ends_with(' ')) to.text.pop_back();
  // The number is read only when it is the customer's own, shown by themselves, and leaves as a fingerprint: not that of one
  // of a group, and not that of a colleague who answers from a business account.
  const auto* from = object_if(message, "from");
  const auto* chat = object_if(message, "chat");
  const auto* own = from ? from->if_contains("id") : nullptr;
  const auto* partner = chat ? chat->if_contains("id") : nullptr;
  const auto* whose = card.if_contains("user_id");
  if (!own || !whose || !partner || *own != *whose || *own != *partner) return;
  std::string digits;
  for (const char c : text_if(card, "phone_number"))
    if (c >= '0' && c <= '9') digits += c;
  if (digits.size() < 7 || digits.size() > 15) return;
  to.sender.identities.push_back({"fingerprint", "", hub::fingerprint(of.fingerprint_key, "+" + digits)});
}

/// What has a file; the order matters: an animation has a document besides, a venue a location.
bool read_file(const account_context& of, const object& message, const std::string& path, chat_message& to) {
  static constexpr std::pair<std::string_view, content_type> kinds[]{
      {"animation", content_type::video},  {"video", content_type::video}, {"video_note", content_type::video},
      {"voice", content_type::voice_note}, {"audio", content_type::file},  {"sticker", content_type::sticker},
      {"document", content_type::file},
  };
  if (const auto* sizes = array_if(message, "photo")) {
    attach_photo(of, *sizes, path + ".photo", to);
    return true;
  }
  for (const auto& [name, type] : kinds)
    if (const auto* file = object_if(message, name)) {
      attach(of, *file, type, path + "." + std::string(name), to);
      if (type == content_type::sticker) to.sticker = clean(text_if(*file, "emoji"), 16);
      return true;
    }
  return false;
}

}  // namespace

std::string id_of(const object& from, std::string_view name, const std::string& path) {
  const auto* member = from.if_contains(name);
  if (!member) refuse_body(path, "is missing");
  std::int64_t number = 0;
  if (!hub::message::read_json(*member, number) || number == 0 || number > largest_id || number < -largest_id)
    refuse_body(path, "expected an id");
  return std::to_string(number);
}

std::string name_of_user(const object& user) {
  auto name = std::string(text_if(user, "first_name"));
  if (const auto last = text_if(user, "last_name"); !last.empty()) name += (name.empty() ? "" : " ") + std::string(last);
  return scrubbed(name, 120);
}

hub::message::person partner_in(const account_context& of, const object& chat, const std::string& path) {
  hub::message::person made;
  made.identities.push_back({of.channel, of.account, id_of(chat, "id", path + ".id")});
  made.name = text_if(chat, "type") == "private" ? name_of_user(chat) : scrubbed(text_if(chat, "title"), 120);
  return made;
}

std::string scope_of_connection(std::string_view connection) {
  return connection.empty() ? std::string() : hub::to_hex(hub::sha256(connection)).substr(0, 12) + ":";
}

std::string business_scope(const object& message) { return scope_of_connection(text_if(message, "business_connection_id")); }

std::string reply_address_of(const account_context& of, const object& message) {
  const auto connection = text_if(message, "business_connection_id");
  if (connection.empty() || connection.size() > longest_connection) return {};
  return hub::seal(of.seal_key, std::string(sealed_connection) + std::string(connection));
}

std::string connection_in(const account_context& of, std::string_view reply_address) {
  if (reply_address.empty()) return {};
  const auto opened = hub::unseal(of.seal_key, reply_address);
  return opened && opened->starts_with(sealed_connection) ? opened->substr(sealed_connection.size()) : std::string();
}

std::string platform_id_of(const object& message, const std::string& scope, const std::string& path) {
  return scope + id_of(object_in(message, "chat", path + ".chat"), "id", path + ".chat.id") + ":" +
         id_of(message, "message_id", path + ".message_id");
}

std::string platform_id_of(const object& message, const std::string& path) {
  return platform_id_of(message, business_scope(message), path);
}

std::string text_with_links(const object& message, std::string_view text_member, std::string_view entities_member) {
  std::string text(text_if(message, text_member));
  const auto* entities = array_if(message, entities_member);
  if (!entities || !hub::is_utf8(text)) return text;
  std::vector<std::pair<std::size_t, std::string>> links;
  for (const auto& each : *entities) {
    const auto* entity = each.if_object();
    if (!entity || text_if(*entity, "type") != "text_link" || links.size() == most_links) continue;
    const auto offset = number_if(*entity, "offset"), length = number_if(*entity, "length");
    const auto url = text_if(*entity, "url");
    if (!offset || !length || *offset > 100'000 || *length > 100'000 || url.empty() || url.size() > longest_link) continue;
    links.emplace_back(byte_of_unit(text, *offset + *length), " (" + std::string(url) + ")");
  }
  std::stable_sort(links.begin(), links.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [at, link] : links) text.insert(at, link);
  return text;
}

chat_message said_in(const account_context& of, const object& message, const std::string& path) {
  chat_message said;
  said.platform_id = platform_id_of(message, path);
  said.type = content_type::unsupported;
  if (message.contains("text")) {
    text_in(message, "text", path + ".text");
    said.type = content_type::text;
    said.text = written(of, text_with_links(message, "text", "entities"));
  } else if (const auto* venue = object_if(message, "venue")) {
    read_place(object_in(*venue, "location", path + ".venue.location"), path + ".venue.location", said);
    said.text = scrubbed(std::string(text_if(*venue, "title")) + "\n" + std::string(text_if(*venue, "address")), 800);
  } else if (const auto* place = object_if(message, "location")) {
    read_place(*place, path + ".location", said);
  } else if (const auto* card = object_if(message, "contact")) {
    read_contact(of, message, *card, said);
  } else if (read_file(of, message, path, said)) {
    said.text = written(of, text_with_links(message, "caption", "caption_entities"));
  }
  said.group = clean(text_if(message, "media_group_id"), 60);
  if (const auto* answered = object_if(message, "reply_to_message"))
    if (answered->contains("chat"))
      said.reply_to = platform_id_of(*answered, business_scope(message), path + ".reply_to_message");
  if (const auto* quote = object_if(message, "quote")) said.quoted = written(of, text_if(*quote, "text"));
  return said;
}

}  // namespace connectors::telegram
