#include "connectors/telegram/normalize.hpp"

#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "connectors/telegram/message.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace connectors::telegram {

namespace {

using boost::json::object;
using hub::message::event;

constexpr hub::message::json_limits body_limits{.bytes = longest_body, .depth = 32};
constexpr std::size_t most_deleted = 1000;

class reader {
 public:
  reader(const account_context& of, hub::instant received_at)
      : of_(of), received_at_(received_at), scope_(of.channel + ":" + of.account + ":") {}

  std::vector<event> read(const object& update) {
    const auto* number = update.if_contains("update_id");
    if (!number || !whole_number(*number)) refuse_body("update_id", number ? "expected a whole number" : "is missing");
    for (const std::string name : {"message", "business_message"})
      if (const auto* message = object_if(update, name)) read_message(*message, name);
    for (const std::string name : {"edited_message", "edited_business_message"})
      if (const auto* message = object_if(update, name)) read_edit(*message, name);
    if (const auto* pressed = object_if(update, "callback_query")) read_callback(*pressed);
    if (const auto* member = object_if(update, "my_chat_member")) read_member(*member);
    if (const auto* gone = object_if(update, "deleted_business_messages")) read_deleted(*gone);
    if (const auto* reaction = object_if(update, "message_reaction")) read_reaction(*reaction);
    return std::move(events_);
  }

 private:
  void read_message(const object& message, const std::string& path) {
    const auto at = seconds_in(message, "date", path + ".date");
    const auto& chat = object_in(message, "chat", path + ".chat");
    if (text_if(chat, "type") == "channel") return;
    if (message.contains("migrate_to_chat_id") || message.contains("migrate_from_chat_id"))
      return read_migration(message, chat, at, path);
    auto said = said_in(of_, message, path);
    auto more = std::move(said.sender.identities);
    said.sender = partner_in(of_, chat, path + ".chat");
    said.sender.reply_address = reply_address_of(of_, message);
    for (auto& one : more) said.sender.identities.push_back(std::move(one));
    const auto* from = object_if(message, "from");
    const bool by_partner = from && id_of(*from, "id", path + ".from.id") == said.sender.identities.front().id;
    if (by_partner) said.sender.language = word_in(*from, "language_code", 35);
    if (text_if(chat, "type") != "private") {
      const auto* as_chat = object_if(message, "sender_chat");
      said.author = as_chat ? scrubbed(text_if(*as_chat, "title"), 120) : from ? name_of_user(*from) : std::string();
    } else if (from && !by_partner) {
      // A business account's own words, or those of a bot that answers for it.
      said.direction = hub::message::direction::outgoing;
      said.automatic = message.contains("sender_business_bot");
    }
    if (said.type == hub::message::content_type::unsupported && is_service(message)) return;
    if (read_start(message, said, at)) return;
    const auto key = "message:" + said.platform_id;
    add(key, at, std::move(said));
  }

  /// "/start listing-48213": the chat was opened through a link of ours.
  bool read_start(const object& message, const hub::message::chat_message& said, hub::instant at) {
    const auto text = text_if(message, "text");
    if (text != "/start" && !text.starts_with("/start ")) return false;
    hub::message::conversation_opened opened;
    opened.sender = said.sender;
    opened.context = scrubbed(hub::trim(text.substr(6)), 64);
    opened.subscribed = true;
    add("start:" + said.platform_id, at, std::move(opened));
    return true;
  }

  /// "X joined", "a message was pinned": nothing that anybody said.
  static bool is_service(const object& message) {
    static constexpr std::string_view names[]{
        "new_chat_members",        "left_chat_member",   "new_chat_title",
        "new_chat_photo",          "delete_chat_photo",  "group_chat_created",
        "supergroup_chat_created", "pinned_message",     "message_auto_delete_timer_changed",
        "forum_topic_created",     "forum_topic_edited", "forum_topic_closed",
        "forum_topic_reopened",    "video_chat_started", "video_chat_ended",
        "write_access_allowed",    "boost_added",        "chat_background_set"};
    return std::any_of(std::begin(names), std::end(names), [&](auto name) { return message.contains(name); });
  }

  /// Both groups tell of it, in the same words: the new id first.
  void read_migration(const object& message, const object& chat, hub::instant at, const std::string& path) {
    const bool leaves = message.contains("migrate_to_chat_id");
    const auto here = id_of(chat, "id", path + ".chat.id");
    const auto there = id_of(message, leaves ? "migrate_to_chat_id" : "migrate_from_chat_id", path + ".migrate_to_chat_id");
    hub::message::identity_changed made;
    made.sender.name = scrubbed(text_if(chat, "title"), 120);
    for (const auto& id : {leaves ? there : here, leaves ? here : there})
      made.sender.identities.push_back({of_.channel, of_.account, id});
    add("migrated:" + (leaves ? here : there), at, std::move(made));
  }

  void read_edit(const object& message, const std::string& path) {
    const auto& chat = object_in(message, "chat", path + ".chat");
    const auto at = seconds_in(message, "edit_date", path + ".edit_date");
    auto said = said_in(of_, message, path);
    hub::message::message_edited made;
    made.sender = partner_in(of_, chat, path + ".chat");
    made.platform_id = said.platform_id;
    made.text = said.text;
    made.location = said.location;
    // Several edits fit into one second.
    const auto said_now = hub::to_hex(hub::sha256(hub::message::to_json(made.text) + hub::message::to_json(made.location)));
    const auto key =
        "edit:" + made.platform_id + ":" + std::to_string(at.time_since_epoch().count() / 1000) + ":" + said_now.substr(0, 16);
    add(key, at, std::move(made));
  }

  void read_callback(const object& pressed) {
    const auto id = id_in(pressed, "id", "callback_query.id");
    const auto& from = object_in(pressed, "from", "callback_query.from");
    hub::message::chat_message said;
    const auto* message = object_if(pressed, "message");
    const auto* chat = message ? object_if(*message, "chat") : nullptr;
    said.sender = partner_in(of_, chat ? *chat : from, "callback_query.message.chat");
    if (!chat || text_if(*chat, "type") == "private")
      said.sender.name = name_of_user(from);
    else
      said.author = name_of_user(from);
    said.sender.language = word_in(from, "language_code", 35);
    said.platform_id = "callback:" + id;
    const auto data = text_if(pressed, "data");
    said.tracking = tracking_of(data);
    said.text = written(of_, label_of(message, data));
    if (message) said.reply_to = platform_id_of(*message, "callback_query.message");
    // The update carries no time of its own.
    add("callback:" + id, received_at_, std::move(said));
  }

  /// What stands on the button that was pressed; what it carries where the message is gone.
  static std::string label_of(const object* message, std::string_view data) {
    const auto* markup = message ? object_if(*message, "reply_markup") : nullptr;
    const auto* rows = markup ? array_if(*markup, "inline_keyboard") : nullptr;
    if (rows)
      for (const auto& row : *rows) {
        const auto* buttons = row.if_array();
        if (!buttons) continue;
        for (const auto& each : *buttons) {
          const auto* button = each.if_object();
          if (button && !data.empty() && text_if(*button, "callback_data") == data) return std::string(text_if(*button, "text"));
        }
      }
    return std::string(data);
  }

  /// In private chats only: the person blocks the bot, or takes it back.
  void read_member(const object& member) {
    const auto& chat = object_in(member, "chat", "my_chat_member.chat");
    if (text_if(chat, "type") != "private") return;
    const auto at = seconds_in(member, "date", "my_chat_member.date");
    auto who = partner_in(of_, chat, "my_chat_member.chat");
    const auto status = text_in(object_in(member, "new_chat_member", "my_chat_member.new_chat_member"), "status",
                                "my_chat_member.new_chat_member.status");
    const auto key = "member:" + who.identities.front().id + ":" + std::to_string(at.time_since_epoch().count() / 1000) + ":" +
                     clean(status, 20);
    if (status == "kicked" || status == "left")
      add(key, at, hub::message::unsubscribed{std::move(who)});
    else
      add(key, at, hub::message::subscribed{std::move(who)});
  }

  void read_deleted(const object& gone) {
    const auto& chat = object_in(gone, "chat", "deleted_business_messages.chat");
    const auto who = partner_in(of_, chat, "deleted_business_messages.chat");
    const auto* ids = array_if(gone, "message_ids");
    if (!ids || ids->size() > most_deleted) refuse_body("deleted_business_messages.message_ids", "expected up to 1000 ids");
    for (const auto& each : *ids) {
      const object one{{"message_id", each}};
      const auto id = business_scope(gone) + who.identities.front().id + ":" +
                      id_of(one, "message_id", "deleted_business_messages.message_ids");
      // Nor does this one carry a time.
      add("deleted:" + id, received_at_, hub::message::message_deleted{who, id});
    }
  }

  void read_reaction(const object& told) {
    const auto at = seconds_in(told, "date", "message_reaction.date");
    const auto& chat = object_in(told, "chat", "message_reaction.chat");
    hub::message::reaction made;
    made.sender = partner_in(of_, chat, "message_reaction.chat");
    made.platform_id = platform_id_of(told, "message_reaction");
    if (const auto* now = array_if(told, "new_reaction"))
      for (std::size_t n = 0; n < std::min<std::size_t>(now->size(), 3); ++n) {
        const auto* one = (*now)[n].if_object();
        if (!one) continue;
        // One of somebody's own making has no character.
        const auto emoji = text_if(*one, "emoji");
        made.emoji += (made.emoji.empty() ? "" : " ") + (emoji.empty() ? std::string("\u2B50") : clean(emoji, 8));
      }
    const auto* user = object_if(told, "user");
    const auto* as_chat = object_if(told, "actor_chat");
    const auto by = user      ? id_of(*user, "id", "message_reaction.user.id")
                    : as_chat ? id_of(*as_chat, "id", "message_reaction.actor_chat.id")
                              : std::string("somebody");
    if (text_if(chat, "type") != "private") made.author = by;
    const auto key = "reaction:" + made.platform_id + ":" + by + ":" + std::to_string(at.time_since_epoch().count() / 1000) +
                     ":" + hub::to_hex(hub::sha256(made.emoji)).substr(0, 8);
    add(key, at, std::move(made));
  }

  void add(const std::string& key, hub::instant time, hub::message::event_data data) {
    event made;
    made.channel = of_.channel;
    made.account = of_.account;
    made.key = scope_ + key;
    made.time = time;
    made.received_at = received_at_;
    made.data = std::move(data);
    made.conversation = scope_ + hub::message::identities_of(made).front().id;
    events_.push_back(std::move(made));
  }

  const account_context& of_;
  hub::instant received_at_;
  std::string scope_;
  std::vector<event> events_;
};

}  // namespace

hub::result<std::vector<event>> normalize(const account_context& of, std::string_view body, hub::instant received_at) {
  const auto parsed = hub::message::parse_json(body, body_limits);
  if (!parsed) return hub::problem{parsed.error().where, parsed.error().what};
  const auto* update = parsed->if_object();
  if (!update) return hub::problem{"", "expected an object"};
  try {
    return reader(of, received_at).read(*update);
  } catch (const refused_body& refused) {
    return refused.why;
  }
}

hub::result<file_place> open_file(const account_context& of, std::string_view reference) {
  const auto opened = open_sealed_media(of, reference);
  if (!opened) return opened.error();
  const auto blank = opened->url.find(' ');
  if (blank == std::string::npos) return hub::problem{"reference", "names no file"};
  return file_place{opened->url.substr(blank + 1), opened->url.substr(0, blank) == "large"};
}

}  // namespace connectors::telegram
