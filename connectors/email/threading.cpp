#include "connectors/email/threading.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace connectors::email {

namespace {

constexpr std::size_t longest_message_id = 998;  // RFC 5322: no line is longer
constexpr std::size_t longest_conversation = 64;
constexpr std::size_t token_size = 16;
constexpr std::size_t most_servers = 50;

std::string base32(std::string_view bytes) {
  constexpr std::string_view digits = "abcdefghijklmnopqrstuvwxyz234567";
  std::string made;
  unsigned bits = 0, held = 0;
  for (const char c : bytes) {
    held = (held << 8) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) made += digits[(held >> (bits - 5)) & 31u];
  }
  return made;
}

bool is_token_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

void hash_parts(const part& from, std::string& to) {
  for (const auto& child : from.children) hash_parts(child, to);
  if (from.children.empty()) to += from.type + " " + hub::to_hex(hub::sha256(decoded_body(from))) + "\n";
}

bool is_in_our_domain(const settings& with, std::string_view domain) {
  return with.addresses.empty() || std::any_of(with.addresses.begin(), with.addresses.end(), [&](const std::string& own) {
           return lower(own).ends_with("@" + std::string(domain));
         });
}

}  // namespace

std::string hash_32(std::string_view bytes) { return hub::to_hex(hub::sha256(bytes)).substr(0, 32); }
std::string hash_16(std::string_view bytes) { return hub::to_hex(hub::sha256(bytes)).substr(0, 16); }

std::string message_id_in(std::string_view value) {
  const auto open = value.find('<');
  auto id = value;
  if (open != std::string_view::npos) {
    const auto close = value.find('>', open);
    id = value.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
  } else if (value.find('@') == std::string_view::npos || hub::trim(value).find(' ') != std::string_view::npos) {
    return {};
  }
  std::string made;
  for (const char c : id.substr(0, 4 * longest_message_id))
    if (static_cast<unsigned char>(c) > 0x20 && c != 0x7F && c != '<') made += c;
  // What is longer stays itself by its hash.
  return made.size() > longest_message_id ? hash_32(made) : made;
}

std::string content_hash(const part& mail) {
  std::string facts;
  for (const auto* name : {"date", "from", "to", "subject"}) facts += std::string(mail.head.first(name)) + "\n";
  hash_parts(mail, facts);
  return hub::to_hex(hub::sha256(facts));
}

std::string platform_id_of(std::string_view message_id) {
  const auto clean = hub::clean_text(message_id);
  return clean.size() <= 512 && !hub::has_number(clean) ? clean : hash_32(message_id);
}

std::string answered_by(const headers& head) {
  auto id = message_id_in(head.first("in-reply-to"));
  if (id.empty()) {
    const auto list = head.first("references");
    const auto last = list.rfind('<');
    if (last != std::string_view::npos) id = message_id_in(list.substr(last));
  }
  return id.empty() ? std::string() : platform_id_of(id);
}

std::string reply_token(const account_context& of, const settings& with, std::string_view conversation) {
  const auto proof =
      hub::hmac_sha256(with.reply_key.reveal(), "reply\n" + of.channel + "\n" + of.account + "\n" + std::string(conversation));
  return base32({reinterpret_cast<const char*>(proof.data()), 10});
}

std::string proven_conversation(const account_context& of, const settings& with, const headers& head) {
  if (with.reply_key.empty()) return {};
  constexpr std::string_view mark = "reply+";
  std::size_t tried = 0;
  for (const auto* name : {"delivered-to", "x-original-to", "envelope-to", "to", "cc"})
    for (const auto value : head.all(name)) {
      const auto text = lower(value);
      for (auto at = text.find(mark); at != std::string::npos && tried < 100; at = text.find(mark, at + 1), ++tried) {
        const auto begin = at + mark.size();
        auto end = begin;
        while (end < text.size() && is_token_letter(text[end])) ++end;
        const auto local = std::string_view(text).substr(begin, end - begin);
        const auto dot = local.rfind('.');
        if (end == text.size() || text[end] != '@' || dot == std::string_view::npos || dot == 0 || dot > longest_conversation)
          continue;
        auto stop = end + 1;
        while (stop < text.size() && is_token_letter(text[stop])) ++stop;
        const auto token = local.substr(dot + 1);
        if (token.size() != token_size || !is_in_our_domain(with, std::string_view(text).substr(end + 1, stop - end - 1)))
          continue;
        const std::string conversation(local.substr(0, dot));
        if (hub::equal_in_constant_time(token, reply_token(of, with, conversation))) return conversation;
      }
    }
  return {};
}

bool is_loop(const headers& head) {
  if (head.has("x-hub-loop") || message_id_in(head.first("message-id")).starts_with("hub.")) return true;
  return head.all("received").size() > most_servers;
}

}  // namespace connectors::email
