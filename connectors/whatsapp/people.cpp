#include "connectors/whatsapp/people.hpp"

#include "connectors/body.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"

#include <algorithm>

namespace connectors::whatsapp {

namespace {

constexpr std::size_t longest_user_id = 150;  // country, dot, up to 128 characters, ".ENT."
constexpr std::size_t fewest_digits = 5, most_digits = 15;

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= longest_user_id && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

/// The digits of something written like a number; empty for anything else.
std::string digits_of(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9')
      digits += c;
    else if (std::string_view("+ ()-./").find(c) == std::string_view::npos)
      return {};
  }
  return digits.size() >= fewest_digits && digits.size() <= most_digits ? digits : std::string();
}

void add_identity(hub::message::person& to, hub::message::identity one) {
  if (std::find(to.identities.begin(), to.identities.end(), one) == to.identities.end()) to.identities.push_back(std::move(one));
}

void add_id(const account_context& of, std::string_view id, hub::message::person& to, const std::string& path) {
  if (id.empty()) return;
  // A number in the place of an id would be stored as one.
  if (!is_id(id) || !digits_of(id).empty()) refuse_body(path, "expected a business-scoped user id");
  add_identity(to, {of.channel, of.account, std::string(id)});
}

}  // namespace

std::string hashed_id(std::string_view raw) {
  if (raw.empty()) return {};
  const auto digest = hub::sha256(raw);
  return hub::to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), 16));
}

hub::message::person person_of(const account_context& of, const names& who, const std::string& path) {
  hub::message::person made;
  add_id(of, who.user_id, made, path + "_user_id");
  add_id(of, who.parent_user_id, made, path + "_parent_user_id");
  const auto digits = digits_of(who.number);
  if (!digits.empty()) {
    add_identity(made, {"fingerprint", "", hub::fingerprint(of.fingerprint_key, "+" + digits)});
    made.reply_address = hub::seal(of.seal_key, "+" + digits);
  } else if (!who.number.empty()) {
    // An id may stand where a number stood.
    add_id(of, who.number, made, path);
  }
  if (made.identities.empty()) refuse_body(path, "names nobody");
  return made;
}

void add_number(const account_context& of, std::string_view number, hub::message::person& to) {
  const auto digits = digits_of(number);
  if (digits.empty()) return;
  add_identity(to, {"fingerprint", "", hub::fingerprint(of.fingerprint_key, "+" + digits)});
  if (to.reply_address.empty()) to.reply_address = hub::seal(of.seal_key, "+" + digits);
}

const boost::json::object* contact_of(const boost::json::object& value, const names& who) {
  const auto* list = array_if(value, "contacts");
  if (!list) return nullptr;
  for (const auto& one : *list) {
    const auto* contact = one.if_object();
    if (!contact) continue;
    const auto number = text_if(*contact, "wa_id"), id = text_if(*contact, "user_id");
    if ((!number.empty() && number == who.number) || (!id.empty() && id == who.user_id)) return contact;
  }
  return nullptr;
}

}  // namespace connectors::whatsapp
