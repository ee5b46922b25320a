#include "connectors/email/sender.hpp"

#include "connectors/body.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"

#include <vector>

namespace connectors::email {

namespace {

constexpr std::size_t longest_results = 8192;

/// Comments taken out, split at semicolons that stand outside of quotes.
std::vector<std::string> statements_in(std::string_view value) {
  std::vector<std::string> found(1);
  std::size_t comments = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == '\\' && (quoted || comments > 0)) {
      ++i;
      continue;
    }
    if (comments == 0 && c == '"') {
      quoted = !quoted;
      found.back() += c;
    } else if (!quoted && c == '(') {
      ++comments;
    } else if (!quoted && c == ')' && comments > 0) {
      --comments;
    } else if (comments > 0) {
      continue;
    } else if (!quoted && c == ';') {
      found.emplace_back();
    } else {
      found.back() += static_cast<unsigned char>(c) <= 0x20 ? ' ' : c;
    }
  }
  return found;
}

/// The blank-separated words of a statement, in lower case; nothing inside quotes can become a word of its own.
std::vector<std::string> words_in(const std::string& statement) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  for (const char c : lower(statement)) {
    if (c == '"') quoted = !quoted;
    if (c == ' ' && !quoted) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else if (c != '"') {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string_view property(const std::vector<std::string>& words, std::string_view name) {
  for (std::size_t i = 1; i < words.size(); ++i)
    if (words[i].starts_with(name) && words[i].size() > name.size() && words[i][name.size()] == '=')
      return std::string_view(words[i]).substr(name.size() + 1);
  return {};
}

/// "x@example.org", "@example.org" and "example.org" name the same domain.
bool is_of(std::string_view value, std::string_view domain) {
  const auto at = value.rfind('@');
  return !value.empty() && (at == std::string_view::npos ? value : value.substr(at + 1)) == domain;
}

}  // namespace

authentication authentication_of(const settings& with, const headers& head, std::string_view domain) {
  if (with.authserv_id.empty()) return {};
  const auto ours = lower(with.authserv_id);
  for (const auto value : head.all("authentication-results")) {
    const auto statements = statements_in(value.substr(0, longest_results));
    const auto server = words_in(statements[0]);
    if (server.empty() || server[0] != ours) continue;
    bool passed = false, dmarc_passed = false, dmarc_failed = false;
    for (std::size_t i = 1; i < statements.size(); ++i) {
      const auto words = words_in(statements[i]);
      if (words.empty()) continue;
      const auto& verdict = words[0];
      if (verdict == "dmarc=pass") {
        const auto from = property(words, "header.from");
        dmarc_passed = dmarc_passed || from.empty() || is_of(from, domain);
      } else if (verdict == "dmarc=fail") {
        dmarc_failed = true;
      } else if (verdict == "spf=pass") {
        passed = passed || is_of(property(words, "smtp.mailfrom"), domain);
      } else if (verdict == "dkim=pass") {
        passed = passed || is_of(property(words, "header.d"), domain);
      }
    }
    return {!dmarc_failed && (dmarc_passed || passed), dmarc_failed};
  }
  return {};
}

author author_of(const settings& with, const headers& head) {
  const auto fields = head.all("from");
  auto list = fields.empty() ? std::vector<address>() : addresses_in(fields.front(), 2);
  const bool one = fields.size() == 1 && list.size() == 1;
  if (list.empty()) list = addresses_in(head.first("sender"), 1);
  if (list.empty()) refuse_body("From", "names no address");
  author made{list.front(), {}};
  made.proof = authentication_of(with, head, std::string_view(made.who.mail).substr(made.who.mail.find('@') + 1));
  // Which of several the server checked is not known.
  made.proof.proven = made.proof.proven && one;
  return made;
}

std::string address_id(const account_context& of, std::string_view mail) {
  if (!hub::has_number(mail)) return std::string(mail);
  return hub::to_hex(hub::hmac_sha256(of.fingerprint_key.reveal(), "email\n" + std::string(mail))).substr(0, 32);
}

hub::message::person person_at(const account_context& of, const address& who, bool proven) {
  hub::message::person made;
  auto id = address_id(of, who.mail);
  if (id != who.mail) made.reply_address = hub::seal(of.seal_key, who.mail);
  if (proven)
    made.identities.push_back({"email", "", std::move(id)});
  else
    made.identities.push_back({"email_unproven", of.account, std::move(id)});
  if (lower(who.name) != who.mail) made.name = scrubbed(who.name, 120);
  return made;
}

}  // namespace connectors::email
