#include "connectors/whatsapp/events.hpp"

#include "connectors/body.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"
#include "hub/message/tracking.hpp"

#include <algorithm>
#include <array>

namespace connectors::whatsapp {

using boost::json::object;
using hub::message::chat_message;
using hub::message::content_type;
using hub::message::event;

namespace {

constexpr std::size_t longest_url = 2000;  ///< of a referral, in bytes

/// The raw id of a message: hashed wherever it is kept.
std::string message_id_in(const object& from, std::string_view name, const std::string& path) { return id_in(from, name, path); }

std::optional<hub::message::referral> referral_in(const object& element) {
  const auto* from = object_if(element, "referral");
  if (!from) return std::nullopt;
  hub::message::referral made;
  made.source = word_in(*from, "source_type", 60);
  made.id = plain(text_if(*from, "source_id"), 100);
  // A cut address leads nowhere.
  if (const auto url = text_if(*from, "source_url"); url.size() <= longest_url / 4) made.url = plain(url, longest_url / 4);
  made.headline = plain(text_if(*from, "headline"), 250);
  made.text = plain(text_if(*from, "body"), 1000);
  return made;
}

chat_message chat_message_in(const surroundings& in, const object& element, const known_person& who, hub::instant time,
                             message_source from) {
  const auto id = message_id_in(element, "id", "id");
  chat_message made;
  made.sender = to_person(in.of, who);
  made.direction = from == message_source::customer ? hub::message::direction::incoming : hub::message::direction::outgoing;
  made.platform_id = hashed(id);
  made.sealed_id = hub::seal(in.of.seal_key, id);
  read_content(in.of, element, time, made);
  if (const auto* context = object_if(element, "context"))
    // What is only forwarded answers nothing, and has no id.
    if (const auto answered = text_if(*context, "id"); !answered.empty()) made.reply_to = hashed(answered);
  made.referral = referral_in(element);
  return made;
}

/// Both ids, the new one first: what the platform says now, then what the sender had before.
std::optional<hub::message::identity_changed> change_in(const surroundings& in, const object& element, const known_person& old,
                                                        known_person& now) {
  const object& system = object_in(element, "system", "system");
  const auto type = text_in(system, "type", "system.type");
  if (type != "user_changed_number" && type != "user_changed_user_id" && type != "customer_identity_changed") return std::nullopt;
  for (const std::string name : {"user_id", "parent_user_id", "wa_id"}) {
    const auto id = text_in(system, name, "system." + name);
    if (id.size() > 512) refuse_body("system." + name, "is too long");
    now.learn(id);
  }
  now.name = old.name;
  hub::message::identity_changed made;
  made.sender = to_person(in.of, now);
  for (const auto& before : identities_of(in.of, old))
    if (std::find(made.sender.identities.begin(), made.sender.identities.end(), before) == made.sender.identities.end())
      made.sender.identities.push_back(before);
  // Only the other side of the change is named: the number that stays is where an answer goes.
  if (made.sender.reply_address.empty()) made.sender.reply_address = to_person(in.of, old).reply_address;
  return made;
}

event system_event(const surroundings& in, const object& element, const known_person& who, hub::instant time,
                   const std::string& id) {
  known_person now;
  if (auto changed = change_in(in, element, who, now)) {
    const bool named = !now.user.empty() || !now.number.empty() || !now.opaque.empty();
    return event_about(in, named ? now : who, time, "identity_changed:" + hashed(id), std::move(*changed));
  }
  // A notice of another kind: shown, and work for nobody.
  chat_message notice;
  notice.sender = to_person(in.of, who);
  notice.platform_id = hashed(id);
  notice.sealed_id = hub::seal(in.of.seal_key, id);
  notice.type = content_type::system;
  notice.automatic = true;
  notice.text = plain(text_in(object_in(element, "system", "system"), "body", "system.body"), 1000);
  return event_about(in, who, time, "message:" + hashed(id), std::move(notice));
}

struct known_state {
  std::string_view word;
  hub::message::delivery_state state;
};
// "played": a voice message was listened to.
constexpr std::array states{
    known_state{"sent", hub::message::delivery_state::sent}, known_state{"delivered", hub::message::delivery_state::delivered},
    known_state{"read", hub::message::delivery_state::read}, known_state{"played", hub::message::delivery_state::read},
    known_state{"failed", hub::message::delivery_state::failed}};

/// "code: title; details" of the first error.
std::string failure_in(const object& element) {
  const auto* errors = array_if(element, "errors");
  const auto* first = errors && !errors->empty() ? errors->front().if_object() : nullptr;
  if (!first) return {};
  std::string words;
  if (const auto* code = first->if_contains("code"))
    if (const auto number = whole_number(*code)) words = std::to_string(*number);
  const auto title = text_if(*first, "title");
  if (!title.empty()) words += (words.empty() ? "" : ": ") + std::string(title);
  const auto* data = object_if(*first, "error_data");
  if (const auto details = data ? text_if(*data, "details") : std::string_view(); !details.empty())
    words += (words.empty() ? "" : "; ") + std::string(details);
  return plain(words, 1000);
}

}  // namespace

event event_about(const surroundings& in, const known_person& who, hub::instant time, const std::string& rest,
                  hub::message::event_data data) {
  event made;
  made.channel = in.of.channel;
  made.account = in.of.account;
  made.received_at = in.received_at;
  made.time = time;
  made.data = std::move(data);
  const std::string scope = in.of.channel + ":" + in.of.account + ":";
  made.key = scope + rest;
  made.conversation = scope + identities_of(in.of, who).front().id;
  return made;
}

std::optional<event> message_event(const surroundings& in, const object& element, message_source from) {
  const bool echo = from == message_source::phone_app;
  const std::vector<std::string> names = echo ? std::vector<std::string>{"to_user_id", "to_parent_user_id", "to"}
                                              : std::vector<std::string>{"from_user_id", "from_parent_user_id", "from"};
  const auto who = person_in(element, names, in.contacts);
  const auto time = seconds_in(element, "timestamp", "timestamp");
  const auto id = message_id_in(element, "id", "id");
  const auto type = text_in(element, "type", "type");
  if (type == "reaction") {
    // Whoever reacts is a customer in canonical events; an employee's emoji in the phone app says nothing about one.
    if (echo) return std::nullopt;
    const object& from_body = object_in(element, "reaction", "reaction");
    hub::message::reaction made;
    made.sender = to_person(in.of, who);
    made.platform_id = hashed(message_id_in(from_body, "message_id", "reaction.message_id"));
    made.emoji = plain(text_in(from_body, "emoji", "reaction.emoji"), 15);
    return event_about(in, who, time, "reaction:" + hashed(id), std::move(made));
  }
  if (type == "edit") {
    const object& edit = object_in(element, "edit", "edit");
    hub::message::message_edited made;
    made.sender = to_person(in.of, who);
    made.platform_id = hashed(message_id_in(edit, "original_message_id", "edit.original_message_id"));
    read_edited(in.of, object_in(edit, "message", "edit.message"), made);
    return event_about(in, who, time, "edit:" + hashed(id), std::move(made));
  }
  if (type == "revoke") {
    hub::message::message_deleted made;
    made.sender = to_person(in.of, who);
    made.platform_id =
        hashed(message_id_in(object_in(element, "revoke", "revoke"), "original_message_id", "revoke.original_message_id"));
    return event_about(in, who, time, "revoke:" + hashed(id), std::move(made));
  }
  if (type == "request_welcome") {
    hub::message::conversation_opened made;
    made.sender = to_person(in.of, who);
    made.subscribed = true;
    return event_about(in, who, time, "request_welcome:" + hashed(id), std::move(made));
  }
  if (type == "system") return system_event(in, element, who, time, id);
  return event_about(in, who, time, "message:" + hashed(id), chat_message_in(in, element, who, time, from));
}

std::optional<event> status_event(const surroundings& in, const object& element) {
  const auto word = text_in(element, "status", "status");
  if (word.empty()) refuse_body("status", "is missing");
  const auto known = std::find_if(states.begin(), states.end(), [&](const known_state& s) { return s.word == word; });
  if (known == states.end()) return std::nullopt;
  const auto who = person_in(element, {"recipient_user_id", "recipient_parent_user_id", "recipient_id"}, in.contacts);
  const auto id = message_id_in(element, "id", "id");
  hub::message::delivery_status made;
  made.recipient = identities_of(in.of, who);
  made.platform_id = hashed(id);
  made.state = known->state;
  if (made.state == hub::message::delivery_state::failed) made.reason = failure_in(element);
  if (const auto ours = hub::message::read_tracking(text_if(element, "biz_opaque_callback_data"))) {
    made.outbox_id = ours->outbox_id;
    made.attempt = ours->attempt;
  }
  return event_about(in, who, seconds_in(element, "timestamp", "timestamp"),
                     "status:" + hashed(id) + ":" + std::string(known->word), std::move(made));
}

std::optional<event> user_id_event(const surroundings& in, const object& element) {
  const object& ids = object_in(element, "user_id", "user_id");
  const auto current = id_in(ids, "current", "user_id.current");
  const auto previous = text_in(ids, "previous", "user_id.previous");
  const auto number = text_in(element, "wa_id", "wa_id");
  if (previous.size() > 512) refuse_body("user_id.previous", "is too long");
  if (number.size() > 512) refuse_body("wa_id", "is too long");
  const auto time = seconds_in(element, "timestamp", "timestamp");
  known_person now, before;
  now.learn(current);
  if (const auto* parents = object_if(element, "parent_user_id")) {
    if (const auto id = text_if(*parents, "current"); id.size() <= 512) now.learn(id);
    if (const auto id = text_if(*parents, "previous"); id.size() <= 512) before.learn(id);
  }
  now.learn(number);
  before.learn(previous);
  if (const auto* contact = contact_of(in.contacts, {std::string(number), current, std::string(previous)}))
    if (const auto* profile = object_if(*contact, "profile")) now.name = plain(text_if(*profile, "name"), 120);
  hub::message::identity_changed made;
  made.sender = to_person(in.of, now);
  for (const auto& id : identities_of(in.of, before))
    if (std::find(made.sender.identities.begin(), made.sender.identities.end(), id) == made.sender.identities.end())
      made.sender.identities.push_back(id);
  // The update has no id of its own; what changed, and when, is one.
  const auto rest = "user_id_update:" + hashed(std::string(previous) + "\n" + current + "\n" + hub::to_rfc3339(time));
  return event_about(in, now, time, rest, std::move(made));
}

}  // namespace connectors::whatsapp
