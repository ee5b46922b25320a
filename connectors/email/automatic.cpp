#include "connectors/email/automatic.hpp"

#include "connectors/email/threading.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <array>

namespace connectors::email {

namespace {

constexpr std::size_t longest_report = 64u << 10;
constexpr std::size_t most_lines = 20;

const part* find_part(const part& in, std::initializer_list<std::string_view> types) {
  if (hub::is_one_of(in.type, types)) return &in;
  for (const auto& child : in.children)
    if (const auto* found = find_part(child, types)) return found;
  return nullptr;
}

std::string_view first_word(std::string_view value) {
  const auto end = value.find_first_of(" ;\t(");
  return value.substr(0, end);
}

/// "rfc822; nobody@example.com"
std::string address_after_type(std::string_view value) {
  const auto semicolon = value.find(';');
  auto text = hub::trim(semicolon == std::string_view::npos ? value : value.substr(semicolon + 1));
  if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
  return mailbox(text);
}

fate fate_of(std::string_view action) {
  if (action == "failed") return fate::failed;
  if (action == "delayed") return fate::delayed;
  if (action == "delivered") return fate::delivered;
  return fate::other;
}

void read_groups(const part& status, report& to) {
  const auto text = decoded_body(status).substr(0, longest_report);
  std::string_view rest = text;
  while (!rest.empty() && to.lines.size() < most_lines) {
    std::string_view behind;
    const auto group = read_headers(rest, behind);
    rest = behind;
    auto recipient = address_after_type(group.first("final-recipient"));
    if (recipient.empty()) recipient = address_after_type(group.first("original-recipient"));
    const auto action = group.first("action");
    if (recipient.empty() || action.empty()) continue;
    std::string reason(hub::trim(group.first("status")));
    if (const auto words = group.first("diagnostic-code"); !words.empty())
      reason += (reason.empty() ? "" : " ") + std::string(words);
    to.lines.push_back({std::move(recipient), fate_of(lower(first_word(action))), std::move(reason)});
  }
}

void read_receipt(const part& receipt, report& to) {
  const auto text = decoded_body(receipt).substr(0, longest_report);
  std::string_view behind;
  const auto facts = read_headers(text, behind);
  to.message_id = message_id_in(facts.first("original-message-id"));
  const bool shown = lower(facts.first("disposition")).find("displayed") != std::string::npos;
  auto recipient = address_after_type(facts.first("final-recipient"));
  if (!recipient.empty()) to.lines.push_back({std::move(recipient), shown ? fate::read : fate::other, ""});
}

}  // namespace

bool is_automatic(const headers& head, std::string_view from, std::string_view subject) {
  const auto submitted = lower(first_word(head.first("auto-submitted")));
  if (!submitted.empty() && submitted != "no") return true;
  for (const auto* name : {"x-autoreply", "x-autorespond", "x-autoresponder", "x-vacation", "x-auto-response-suppress", "list-id",
                           "list-unsubscribe", "list-post", "feedback-id"})
    if (head.has(name)) return true;
  if (hub::is_one_of(lower(first_word(head.first("precedence"))), {"bulk", "junk", "list", "auto_reply"})) return true;
  const auto path = lower(head.first("return-path"));
  if (path == "<>" || path == "<mailer-daemon>") return true;
  const auto local = from.substr(0, from.find('@'));
  if (hub::is_one_of(local, {"mailer-daemon", "postmaster", "no-reply", "noreply", "bounce", "do-not-reply", "donotreply"}))
    return true;

  static constexpr std::array<std::string_view, 8> words{
      "automatic reply:",     "out of office",         "Автоматична відповідь", "Автоответ",
      "Автоматический ответ", "автоматична відповідь", "автоматический ответ",  "auto reply:"};
  const auto small = lower(subject);
  const bool says_so = std::any_of(words.begin(), words.end(), [&](auto word) { return small.starts_with(word); });
  return says_so && head.has("in-reply-to");
}

bool is_report(const part& mail) { return hub::is_one_of(mail.report_type, {"delivery-status", "disposition-notification"}); }

report read_report(const part& mail, std::string_view raw) {
  report made;
  if (mail.report_type == "disposition-notification") {
    if (const auto* receipt = find_part(mail, {"message/disposition-notification"})) read_receipt(*receipt, made);
    if (made.message_id.empty()) made.message_id = message_id_in(mail.head.first("in-reply-to"));
    return made;
  }
  if (const auto* status = find_part(mail, {"message/delivery-status"})) read_groups(*status, made);
  if (made.lines.empty())
    for (auto& who : addresses_in(mail.head.first("x-failed-recipients"), most_lines))
      made.lines.push_back({std::move(who.mail), fate::failed, ""});
  if (const auto* original = find_part(mail, {"message/rfc822", "text/rfc822-headers"})) {
    const auto text = decoded_body(*original).substr(0, longest_report);
    std::string_view behind;
    made.message_id = message_id_in(read_headers(text, behind).first("message-id"));
  }
  if (made.message_id.empty()) {
    const auto near = raw.substr(0, 4 * longest_report);
    const auto at = near.find("<hub.");
    if (at != std::string_view::npos && near.substr(at, 300).find('>') != std::string_view::npos)
      made.message_id = message_id_in(near.substr(at, 300));
  }
  return made;
}

}  // namespace connectors::email
