#include "connectors/email/normalize.hpp"

#include "connectors/body.hpp"
#include "connectors/email/automatic.hpp"
#include "connectors/email/content.hpp"
#include "connectors/email/kept_mail.hpp"
#include "connectors/email/mime.hpp"
#include "connectors/email/quotes.hpp"
#include "connectors/email/sender.hpp"
#include "connectors/email/threading.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <optional>

namespace connectors::email {

namespace {

using hub::message::content_type;
using hub::message::event;

constexpr std::size_t longest_text = 65'000;  // characters; the canonical event holds 262144 bytes
constexpr std::size_t longest_subject = 250;
constexpr std::size_t most_attachments = 64;
constexpr std::size_t most_recipients = 100;
constexpr std::chrono::hours clocks_differ{24};

class normalizer {
 public:
  normalizer(const account_context& of, const settings& with, std::string_view kept, hub::instant received_at)
      : of_(of),
        with_(with),
        kept_(read_kept(kept)),
        internal_date_(kept_.internal_date.value_or(received_at)),
        mail_(read_mime(kept_.raw)) {}

  std::vector<event> events() {
    if (is_loop(mail_.head)) return {};
    const auto content = content_hash(mail_);
    id_ = message_id_in(mail_.head.first("message-id"));
    // Anybody can send an id that somebody else will use: with its content it is this mail's alone.
    key_ = hub::to_hex(hub::sha256(id_ + "\n" + content));
    if (id_.empty()) id_ = content;
    if (is_report(mail_)) {
      const auto told = read_report(mail_, kept_.raw);
      // A report that does not say what it is about is still a mail, by a program.
      if (!told.message_id.empty() && !told.lines.empty()) return statuses(told);
    }
    return message();
  }

 private:
  std::string scope() const { return of_.channel + ":" + of_.account + ":"; }

  event envelope(std::string key) const {
    event made;
    made.key = scope() + std::move(key);
    made.channel = of_.channel;
    made.account = of_.account;
    made.received_at = internal_date_;
    const auto sent = date_in(mail_.head.first("date"));
    made.time = sent && *sent <= internal_date_ + clocks_differ ? *sent : internal_date_;
    return made;
  }

  std::vector<event> statuses(const report& told) const {
    std::vector<event> list;
    std::size_t index = 0;
    for (const auto& line : told.lines) {
      ++index;
      if (line.fate == fate::delayed || line.fate == fate::other) continue;
      hub::message::delivery_status status;
      const auto recipient = address_id(of_, line.recipient);
      status.recipient.push_back({"email", "", recipient});
      status.platform_id = platform_id_of(told.message_id);
      status.state = line.fate == fate::failed ? hub::message::delivery_state::failed
                     : line.fate == fate::read ? hub::message::delivery_state::read
                                               : hub::message::delivery_state::delivered;
      if (line.fate == fate::failed) status.reason = scrubbed(on_one_line(line.reason), 1000);
      auto made = envelope("status:" + key_ + ":" + std::to_string(index));
      made.conversation = scope() + hash_16(recipient);
      made.data = std::move(status);
      list.push_back(std::move(made));
    }
    return list;
  }

  std::vector<event> message() const {
    const auto who = author_of(with_, mail_.head);
    hub::message::chat_message made;
    made.sender = person_at(of_, who.who, who.proof.proven);
    if (who.proof.proven && is_ours(who.who.mail)) {
      const auto customer = recipient();
      if (!customer) return {};
      made.sender = person_at(of_, *customer, true);
      made.direction = hub::message::direction::outgoing;
    }

    // Somebody who only pretends to be the sender may have seen the reply address.
    const auto proven = who.proof.failed ? std::string() : proven_conversation(of_, with_, mail_.head);
    if (!proven.empty()) made.tracking = "hub:" + proven;
    made.platform_id = platform_id_of(id_);
    if (made.platform_id != id_) made.sealed_id = hub::seal(of_.seal_key, id_);
    made.reply_to = answered_by(mail_.head);
    const auto subject = decoded_text(mail_.head.first("subject"));
    made.subject = written(of_, hub::shorten(subject, longest_subject));
    made.automatic = is_report(mail_) || is_automatic(mail_.head, who.who.mail, subject);

    if (kept_.head_only) {
      made.attachments.push_back(whole_mail(of_, kept_));
    } else {
      const auto found = content_of(mail_);
      const auto text = part_quotes(found.text);
      made.text = written(of_, hub::shorten(text.own, longest_text));
      made.quoted = written(of_, hub::shorten(text.quoted, longest_text));
      const auto count = std::min(found.files.size(), most_attachments);
      for (std::size_t i = 0; i < count; ++i) made.attachments.push_back(attachment_of(of_, kept_.place, *found.files[i], i));
    }
    made.type = made.text.empty() && !made.attachments.empty() ? made.attachments.front().type : content_type::text;

    auto e = envelope("message:" + key_);
    e.conversation = scope() + (proven.empty() ? hash_16(made.sender.identities.front().id) : proven);
    e.data = std::move(made);
    std::vector<event> list;
    list.push_back(std::move(e));
    return list;
  }

  bool is_ours(std::string_view mail) const {
    return std::any_of(with_.addresses.begin(), with_.addresses.end(),
                       [&](const std::string& own) { return lower(own) == mail; });
  }

  std::optional<address> recipient() const {
    for (const auto* name : {"to", "cc"})
      for (auto& who : addresses_in(mail_.head.first(name), most_recipients))
        if (!is_ours(who.mail)) return who;
    return std::nullopt;
  }

  const account_context& of_;
  const settings& with_;
  kept_mail kept_;
  hub::instant internal_date_;
  part mail_;
  std::string id_, key_;
};

}  // namespace

hub::result<std::vector<event>> normalize(const account_context& of, const settings& with, std::string_view kept,
                                          hub::instant received_at) {
  try {
    return normalizer(of, with, kept, received_at).events();
  } catch (const refused_body& r) {
    return r.why;
  }
}

}  // namespace connectors::email
