#pragma once
// What every connector produces and every worker consumes: one canonical event per thing that happened on a
// platform. Declared once; codec, JSON Schemas and the reference pages come from describe(). On the broker an
// event is a CloudEvent 1.0 in structured JSON (see codec.hpp). Plain values, any thread.
//
// Privacy (docs/architecture.md, "Phone numbers do not exist here"): no field ever holds a phone number. Where
// a number identified somebody, an identity of space "fingerprint" stands instead.

#include "hub/message/call.hpp"
#include "hub/message/erp.hpp"
#include "hub/message/parts.hpp"

#include <variant>

namespace hub::message {

enum class direction { incoming, outgoing };
constexpr auto names_of(direction) {
  return std::array{named{"incoming", direction::incoming}, named{"outgoing", direction::outgoing}};
}

/// Fate of something we sent, as the platform tells it.
enum class delivery_state { sent, delivered, read, failed };
constexpr auto names_of(delivery_state) {
  using enum delivery_state;
  return std::array{named{"sent", sent}, named{"delivered", delivered}, named{"read", read}, named{"failed", failed}};
}

/// A message somebody wrote. `text` is the whole human-readable content: the text, a caption, a link, the name on
/// a contact card.
struct chat_message {
  static constexpr std::string_view kind = "message";

  person sender;
  message::direction direction = direction::incoming;
  content_type type = content_type::text;
  std::string platform_id;
  std::string text;
  std::vector<attachment> attachments;
  std::optional<geo_point> location;
  std::string sticker;
  std::string reply_to;
  std::string tracking;
  std::string group;
  std::string author;
  std::string subject;
  std::string quoted;
  bool automatic = false;
  std::string sealed_id;
  std::optional<message::referral> referral;

  bool operator==(const chat_message&) const = default;
  static void describe(auto& self, auto& on) {
    on("sender", self.sender, about{.text = "The customer, also for a message written to them.", .required = true});
    on("direction", self.direction, about{.text = "`outgoing` for an echo of what was sent from a phone app."});
    on("type", self.type, about{.text = "What it is.", .required = true});
    on("platform_id", self.platform_id, about{.text = "The platform's id of the message.", .required = true, .max = 512});
    on("text", self.text, about{.text = "Text, caption, link or the name on a card.", .max = 262144});
    on("attachments", self.attachments, about{.text = "Files to fetch.", .max = 64});
    on("location", self.location, about{.text = "For type location."});
    on("sticker", self.sticker, about{.text = "The platform's id of a sticker.", .max = 128});
    on("reply_to", self.reply_to, about{.text = "Platform id of the message this one answers.", .max = 512});
    on("tracking", self.tracking,
       about{.text = "What our own last message carried, where the platform returns it; unsigned.", .max = 4096});
    on("group", self.group, about{.text = "Messages with the same one belong together: an album.", .max = 128});
    on("author", self.author, about{.text = "Who of them wrote it, where the sender is a group.", .max = 512});
    on("subject", self.subject, about{.text = "Of a mail.", .max = 1024});
    on("quoted", self.quoted, about{.text = "The rest of a mail: what it quotes, and the signature.", .max = 262144});
    on("automatic", self.automatic,
       about{.text = "Written by a program (out of office, a mailing list): makes no customer and no lead."});
    on("sealed_id", self.sealed_id,
       about{.text = "The platform's raw id, sealed, where `platform_id` is a hash of it.", .max = 2048});
    on("referral", self.referral, about{.text = "The ad or post that brought them."});
  }
};

/// What became of something we sent.
struct delivery_status {
  static constexpr std::string_view kind = "status";

  std::vector<identity> recipient;
  std::string platform_id;
  delivery_state state = delivery_state::sent;
  bool up_to = false;
  std::string reason;
  std::uint64_t outbox_id = 0;  ///< 0: none
  std::uint32_t attempt = 0;

  bool operator==(const delivery_status&) const = default;
  static void describe(auto& self, auto& on) {
    on("recipient", self.recipient, about{.text = "Who it was sent to.", .min = 1, .max = 16});
    on("platform_id", self.platform_id, about{.text = "The platform's id of our message.", .required = true, .max = 512});
    on("state", self.state, about{.text = "The newest fact.", .required = true});
    on("up_to", self.up_to, about{.text = "Holds for everything sent to this person up to that message."});
    on("reason", self.reason, about{.text = "The platform's words for a failure.", .max = 4096});
    on("outbox_id", self.outbox_id, about{.text = "Of our own outbox, where the platform returns it."});
    on("attempt", self.attempt, about{.text = "Of our own outbox, where the platform returns it."});
  }
};

/// Somebody opened the chat; they need not have written yet.
struct conversation_opened {
  static constexpr std::string_view kind = "conversation_opened";

  person sender;
  std::string context;
  bool subscribed = false;

  bool operator==(const conversation_opened&) const = default;
  static void describe(auto& self, auto& on) {
    on("sender", self.sender, about{.text = "Who opened it.", .required = true});
    on("context", self.context, about{.text = "What the link that opened the chat carried (a listing, an ad).", .max = 4096});
    on("subscribed", self.subscribed, about{.text = "Whether we may write to them now."});
  }
};

/// Somebody changed what they had written. The event's time is that of the change; the newest holds.
struct message_edited {
  static constexpr std::string_view kind = "message_edited";

  person sender;
  std::string platform_id;
  std::string text;
  std::optional<geo_point> location;

  bool operator==(const message_edited&) const = default;
  static void describe(auto& self, auto& on) {
    on("sender", self.sender, about{.text = "The customer of the conversation.", .required = true});
    on("platform_id", self.platform_id, about{.text = "Of the message that was changed.", .required = true, .max = 512});
    on("text", self.text, about{.text = "What it says now.", .max = 262144});
    on("location", self.location, about{.text = "Where it points now."});
  }
};

/// Somebody took back what they had written. What it said stays; people see that it was taken back.
struct message_deleted {
  static constexpr std::string_view kind = "message_deleted";

  person sender;
  std::string platform_id;

  bool operator==(const message_deleted&) const = default;
  static void describe(auto& self, auto& on) {
    on("sender", self.sender, about{.text = "The customer of the conversation.", .required = true});
    on("platform_id", self.platform_id, about{.text = "Of the message that was deleted.", .required = true, .max = 512});
  }
};

/// An emoji on a message.
struct reaction {
  static constexpr std::string_view kind = "reaction";

  person sender;
  std::string platform_id;
  std::string emoji;
  std::string author;

  bool operator==(const reaction&) const = default;
  static void describe(auto& self, auto& on) {
    on("sender", self.sender, about{.text = "Who reacts.", .required = true});
    on("platform_id", self.platform_id, about{.text = "Of the message it is on.", .required = true, .max = 512});
    on("emoji", self.emoji, about{.text = "Empty: taken away.", .max = 64});
    on("author", self.author, about{.text = "Whose, by id, where the sender is a group.", .max = 128});
  }
};

/// The platform says that somebody is known by another id now: the sender has both, the new one first.
struct identity_changed {
  static constexpr std::string_view kind = "identity_changed";

  person sender;

  bool operator==(const identity_changed&) const = default;
  static void describe(auto& self, auto& on) {
    on("sender", self.sender, about{.text = "With both ids, the new one first.", .required = true});
  }
};

struct subscribed {
  static constexpr std::string_view kind = "subscribed";

  person sender;

  bool operator==(const subscribed&) const = default;
  static void describe(auto& self, auto& on) {
    on("sender", self.sender, about{.text = "Who allowed us to write.", .required = true});
  }
};

struct unsubscribed {
  static constexpr std::string_view kind = "unsubscribed";

  person sender;

  bool operator==(const unsubscribed&) const = default;
  static void describe(auto& self, auto& on) {
    on("sender", self.sender, about{.text = "Who no longer wants messages.", .required = true});
  }
};

/// What a company did on a website: used a free service, began an order.
struct activity {
  static constexpr std::string_view kind = "activity";

  person sender;  ///< identity ("activity", account, company id); the name is the contact's
  std::string activity;
  std::string company_name;
  std::string email;
  std::string url;
  std::string total_cost;
  std::string currency;
  std::string details;

  bool operator==(const message::activity&) const = default;
  static void describe(auto& self, auto& on) {
    on("sender", self.sender, about{.text = "The company, by its id at the site.", .required = true});
    on("activity", self.activity,
       about{.text = "load_plan, quote, location_share, order_attempt, or what the site calls it.",
             .required = true,
             .min = 1,
             .max = 64});
    on("company_name", self.company_name, about{.text = "As the site knows it.", .max = 512});
    on("email", self.email, about{.text = "Contact data; joins nobody.", .max = 320});
    on("url", self.url, about{.text = "The company's page at the site.", .max = 2000});
    on("total_cost", self.total_cost, about{.text = "Decimal number with two decimals, not negative; empty: none.", .max = 20});
    on("currency", self.currency, about{.text = "ISO 4217; empty without a cost.", .max = 3});
    on("details", self.details,
       about{.text = "The site's details without phone numbers, a JSON object as text; empty: none.", .max = 65536});
  }
};

/// An authentic body that the connector's parser refused. It becomes a quarantine entry; a mended parser replays it.
struct unparsed {
  static constexpr std::string_view kind = "unparsed";

  std::string sealed;
  std::string reason;

  bool operator==(const unparsed&) const = default;
  static void describe(auto& self, auto& on) {
    on("sealed", self.sealed, about{.text = "The body, sealed with the connectors' key.", .required = true, .max = 1048576});
    on("reason", self.reason,
       about{.text = "What the parser refused, without any value from the body.", .required = true, .max = 1024});
  }
};

using event_data = std::variant<chat_message, message_edited, message_deleted, reaction, delivery_status, conversation_opened,
                                subscribed, unsubscribed, identity_changed, activity, call_record, customer, exchange, order,
                                order_handed, unparsed, vehicle>;

/// The envelope.
struct event {
  std::string key;           ///< permanent and unique: "viber:main:message:6214870800000000001"
  std::string channel;       ///< the connector's name in the config: "viber"
  std::string account;       ///< "main"
  std::string conversation;  ///< what keeps order: "viber:main:<person>"
  instant time;              ///< when it happened, by the platform's clock
  instant received_at;       ///< when our intake had the whole request
  std::string trace;         ///< W3C traceparent
  event_data data;

  bool operator==(const event&) const = default;
};

/// "message", "status", ...
std::string_view kind_of(const event& e);

/// Who the event is about: the sender, the recipient of a status, the customer of a call; empty for unparsed.
const std::vector<identity>& identities_of(const event& e);

/// What a kind may do to customers, leads and clocks; the table in docs/domain.md is printed from it.
struct kind_policy {
  std::string_view kind;
  bool creates_customer;
  bool creates_lead;
  bool touches_clock;
};
const std::vector<kind_policy>& kind_policies();
const kind_policy& policy_of(const event& e);

}  // namespace hub::message
