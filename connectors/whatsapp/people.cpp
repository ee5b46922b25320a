#include "connectors/whatsapp/people.hpp"

#include "connectors/body.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"

#include <algorithm>

namespace connectors::whatsapp {

using boost::json::object;

namespace {

constexpr std::size_t longest_id = 512;
constexpr std::string_view message_id = "wamid.";

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

/// "<country>.<up to 128 letters and digits>", "<country>.ENT.<the same>" (Meta, "Business-scoped user IDs").
bool is_scoped(std::string_view id, std::string_view after_country) {
  if (id.size() < 3 || !is_capital(id[0]) || !is_capital(id[1]) || !id.substr(2).starts_with(after_country)) return false;
  id.remove_prefix(2 + after_country.size());
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), is_letter_or_digit);
}

/// The digits of an international number, however it is written; empty: it is none. E.164: at most 15.
std::string digits_of(std::string_view written) {
  std::string digits;
  for (const char c : written) {
    if (c >= '0' && c <= '9')
      digits += c;
    else if (std::string_view("+ -().\t").find(c) == std::string_view::npos)
      return {};
  }
  if (digits.starts_with("00")) digits.erase(0, 2);
  return digits.size() >= 5 && digits.size() <= 15 ? digits : std::string();
}

std::string id_text(const object& from, const std::string& name) {
  const auto id = text_in(from, name, name);
  if (id.size() > longest_id) refuse_body(name, "is too long");
  return std::string(id);
}

}  // namespace

std::string hashed(std::string_view raw) { return hub::to_hex(hub::sha256(raw)).substr(0, 32); }

std::string plain(std::string_view text, std::size_t characters) {
  std::string left(text);
  for (std::size_t at = 0; (at = left.find(message_id, at)) != std::string::npos;) {
    auto end = at + message_id.size();
    while (end < left.size() &&
           (is_letter_or_digit(left[end]) || std::string_view("+/=-_").find(left[end]) != std::string_view::npos))
      ++end;
    left.replace(at, end - at, "[id]");
  }
  return scrubbed(left, characters);
}

void known_person::learn(std::string_view id) {
  if (id.empty()) return;
  const auto digits = digits_of(id);
  std::string& place = is_scoped(id, ".") ? user : is_scoped(id, ".ENT.") ? parent : !digits.empty() ? number : opaque;
  if (place.empty()) place = digits.empty() ? std::string(id) : digits;
}

void known_person::learn(const known_person& other) {
  const auto take = [](std::string& mine, const std::string& theirs) {
    if (mine.empty()) mine = theirs;
  };
  take(user, other.user);
  take(parent, other.parent);
  take(number, other.number);
  take(opaque, other.opaque);
  take(name, other.name);
}

contact_index contacts_in(const object& value) {
  contact_index made;
  const auto* list = array_if(value, "contacts");
  if (!list) return made;
  for (const auto& one : *list) {
    const auto* contact = one.if_object();
    if (!contact) continue;
    for (const auto* name : {"wa_id", "user_id"})
      if (const auto id = text_if(*contact, name); !id.empty()) made.emplace(id, contact);
  }
  return made;
}

const object* contact_of(const contact_index& contacts, const std::vector<std::string>& ids) {
  for (const auto& id : ids)
    if (const auto found = contacts.find(id); found != contacts.end()) return found->second;
  return nullptr;
}

known_person person_in(const object& element, const std::vector<std::string>& names, const contact_index& contacts) {
  known_person who;
  std::vector<std::string> ids;
  for (const auto& name : names)
    if (auto id = id_text(element, name); !id.empty()) {
      who.learn(id);
      ids.push_back(std::move(id));
    }
  if (ids.empty()) refuse_body(names.front(), "is missing, and no other id is there");
  const auto* contact = contact_of(contacts, ids);
  if (!contact) return who;
  known_person there;
  for (const auto* name : {"user_id", "parent_user_id", "wa_id"})
    if (const auto id = text_if(*contact, name); id.size() <= longest_id) there.learn(id);
  // A card that contradicts the element is somebody else's.
  const auto differs = [](const std::string& a, const std::string& b) { return !a.empty() && !b.empty() && a != b; };
  if (differs(who.user, there.user) || differs(who.number, there.number)) return who;
  if (const auto* profile = object_if(*contact, "profile")) there.name = plain(text_if(*profile, "name"), 120);
  who.learn(there);
  return who;
}

std::vector<hub::message::identity> identities_of(const account_context& of, const known_person& who) {
  std::vector<hub::message::identity> list;
  if (!who.user.empty()) list.push_back({of.channel, of.account, who.user});
  if (!who.number.empty()) list.push_back({"fingerprint", "", hub::fingerprint(of.fingerprint_key, "+" + who.number)});
  // Nobody knows what an id of another form is made of: a number in it could be found by trying them all, but for the key.
  if (!who.opaque.empty()) {
    const auto digest = hub::hmac_sha256(of.fingerprint_key.reveal(), "whatsapp id " + who.opaque);
    list.push_back({of.channel, of.account, hub::to_hex(digest).substr(0, 32)});
  }
  if (!who.parent.empty()) list.push_back({of.channel, of.account, who.parent});
  return list;
}

hub::message::person to_person(const account_context& of, const known_person& who) {
  hub::message::person made;
  made.identities = identities_of(of, who);
  made.name = who.name;
  if (!who.number.empty())
    made.reply_address = hub::seal(of.seal_key, "+" + who.number);
  else if (who.user.empty() && !who.opaque.empty())
    made.reply_address = hub::seal(of.seal_key, who.opaque);
  return made;
}

}  // namespace connectors::whatsapp
