#pragma once
// What the API answers: one described struct per schema of docs/openapi.yaml, under the same name and with the same
// members (a unit test compares them). Every member is always written; what is not known is null. Plain values.

#include "hub/api/policy.hpp"
#include "hub/base/describe.hpp"
#include "hub/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hub::api {

inline constexpr about always{.text = "", .required = true};

struct me_view {
  std::int64_t id = 0;
  std::string name, email;
  api::role role = role::analyst;
  std::string language, zone;
  bool sound = true;  ///< the console makes one when something comes

  bool operator==(const me_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("name", self.name, always);
    on("email", self.email, always);
    on("role", self.role, always);
    on("language", self.language, always);
    on("zone", self.zone, always);
    on("sound", self.sound, always);
  }
};

struct person_view {
  std::int64_t id = 0;
  std::string name;

  bool operator==(const person_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("name", self.name, always);
  }
};

/// What the rules in force say of one way from a first word to a sale.
struct pipeline_view {
  std::string name;
  std::vector<std::string> stages;  ///< open ones, in their order
  bool sells_vehicles = false;
  std::vector<std::string> lost_reasons, sold_reasons;

  bool operator==(const pipeline_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, always);
    on("stages", self.stages, always);
    on("sells_vehicles", self.sells_vehicles, always);
    on("lost_reasons", self.lost_reasons, always);
    on("sold_reasons", self.sold_reasons, always);
  }
};

struct customer_brief {
  std::int64_t id = 0;
  std::string name;    ///< "Viber customer 1042" when nobody told
  bool known = false;  ///< the name is a real one

  bool operator==(const customer_brief&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("name", self.name, always);
    on("known", self.known, always);
  }
};

struct message_brief {
  instant at;
  std::string direction, type, text;

  bool operator==(const message_brief&) const = default;
  static void describe(auto& self, auto& on) {
    on("at", self.at, always);
    on("direction", self.direction, always);
    on("type", self.type, always);
    on("text", self.text, always);
  }
};

struct queue_view {
  instant since;
  std::string reason;

  bool operator==(const queue_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("since", self.since, always);
    on("reason", self.reason, always);
  }
};

/// Why the lead is where it is: what the rules decided, or that a person took it.
struct why_view {
  std::string by;        ///< "rules" or "person"
  std::string rule;      ///< empty: no rule matched
  std::string strategy;  ///< of the rules' decision
  std::string team;
  std::string words;  ///< one plain sentence

  bool operator==(const why_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("by", self.by, always);
    on("rule", self.rule, always);
    on("strategy", self.strategy, always);
    on("team", self.team, always);
    on("words", self.words, always);
  }
};

struct lead_view {
  std::int64_t id = 0;
  std::int32_t version = 0;
  customer_brief customer;
  std::string channel, intent, stage, pipeline;
  std::int32_t priority = 0;
  std::string team;
  std::optional<person_view> owner;
  std::optional<instant> assigned_at;
  std::optional<why_view> why;
  std::optional<message_brief> last_message;
  std::optional<std::int64_t> photo;  ///< media id of the newest picture
  std::optional<instant> unanswered_since;
  std::optional<queue_view> queue;
  std::vector<std::string> tags;
  instant created_at, last_activity_at;
  bool can_claim = false, masked = false;
  std::string status;  ///< the Mini CRM's word: pending, assigned, in_progress, converted, lost
  std::string origin;  ///< the activity a website lead began with
  std::optional<double> estimated_value;
  std::string currency, close_reason;
  std::optional<instant> first_response_due_at, first_response_at;
  std::optional<person_view> first_response_by;
  std::int64_t unread = 0;               ///< messages the person who asks has not seen; 100: as many or more
  std::vector<std::string> next_stages;  ///< where the person who asks may take it

  bool operator==(const lead_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("version", self.version, always);
    on("customer", self.customer, always);
    on("channel", self.channel, always);
    on("intent", self.intent, always);
    on("stage", self.stage, always);
    on("pipeline", self.pipeline, always);
    on("priority", self.priority, always);
    on("team", self.team, always);
    on("owner", self.owner, always);
    on("assigned_at", self.assigned_at, always);
    on("why", self.why, always);
    on("last_message", self.last_message, always);
    on("photo", self.photo, always);
    on("unanswered_since", self.unanswered_since, always);
    on("queue", self.queue, always);
    on("tags", self.tags, always);
    on("created_at", self.created_at, always);
    on("last_activity_at", self.last_activity_at, always);
    on("can_claim", self.can_claim, always);
    on("masked", self.masked, always);
    on("status", self.status, always);
    on("origin", self.origin, always);
    on("estimated_value", self.estimated_value, always);
    on("currency", self.currency, always);
    on("close_reason", self.close_reason, always);
    on("first_response_due_at", self.first_response_due_at, always);
    on("first_response_at", self.first_response_at, always);
    on("first_response_by", self.first_response_by, always);
    on("unread", self.unread, always);
    on("next_stages", self.next_stages, always);
  }
};

struct lead_page {
  std::vector<lead_view> leads;
  std::optional<std::string> next;  ///< what `before` takes for the following page

  bool operator==(const lead_page&) const = default;
  static void describe(auto& self, auto& on) {
    on("leads", self.leads, always);
    on("next", self.next, always);
  }
};

struct ownership_view {
  instant at;
  std::optional<person_view> from, to, by;  ///< by null: the rules
  std::string reason;

  bool operator==(const ownership_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("at", self.at, always);
    on("from", self.from, always);
    on("to", self.to, always);
    on("by", self.by, always);
    on("reason", self.reason, always);
  }
};

struct excluded_view {
  person_view person;
  std::string reason;

  bool operator==(const excluded_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("person", self.person, always);
    on("reason", self.reason, always);
  }
};

struct decision_view {
  instant at;
  std::string rules_hash, rule, strategy, team;
  std::optional<person_view> winner;
  std::vector<person_view> candidates;
  std::vector<excluded_view> excluded;
  std::string reason;  ///< why nobody
  std::string words;

  bool operator==(const decision_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("at", self.at, always);
    on("rules_hash", self.rules_hash, always);
    on("rule", self.rule, always);
    on("strategy", self.strategy, always);
    on("team", self.team, always);
    on("winner", self.winner, always);
    on("candidates", self.candidates, always);
    on("excluded", self.excluded, always);
    on("reason", self.reason, always);
    on("words", self.words, always);
  }
};

struct media_view {
  std::string part, type, state;
  std::optional<std::int64_t> id, size;  ///< once stored
  std::string file_type, name, reason;

  bool operator==(const media_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("part", self.part, always);
    on("type", self.type, always);
    on("state", self.state, always);
    on("id", self.id, always);
    on("size", self.size, always);
    on("file_type", self.file_type, always);
    on("name", self.name, always);
    on("reason", self.reason, always);
  }
};

struct place_view {
  double latitude = 0, longitude = 0;

  bool operator==(const place_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("latitude", self.latitude, always);
    on("longitude", self.longitude, always);
  }
};

struct message_view {
  std::int64_t id = 0;
  instant at;
  std::string channel, direction, type, text, status;
  std::optional<person_view> author;    ///< of an outgoing one
  std::optional<std::int64_t> late_by;  ///< seconds it came after newer ones
  std::optional<place_view> location;
  std::string sticker;
  std::string subject, quoted;  ///< of a mail
  std::string group;            ///< messages with the same one are an album
  std::string writer;           ///< who of them, when the customer is a group
  bool automatic = false;       ///< written by a program
  std::optional<instant> edited_at, deleted_at;
  std::string original;  ///< what was written before it was edited
  std::vector<std::string> reactions;
  std::vector<media_view> media;
  std::optional<std::int64_t> outbox_id;  ///< of one that we send
  std::string reason;                     ///< why it was not sent, or not yet
  bool held = false;                      ///< waits for a person: send again, or let it be

  bool operator==(const message_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("at", self.at, always);
    on("channel", self.channel, always);
    on("direction", self.direction, always);
    on("type", self.type, always);
    on("text", self.text, always);
    on("status", self.status, always);
    on("author", self.author, always);
    on("late_by", self.late_by, always);
    on("location", self.location, always);
    on("sticker", self.sticker, always);
    on("subject", self.subject, always);
    on("quoted", self.quoted, always);
    on("group", self.group, always);
    on("writer", self.writer, always);
    on("automatic", self.automatic, always);
    on("edited_at", self.edited_at, always);
    on("deleted_at", self.deleted_at, always);
    on("original", self.original, always);
    on("reactions", self.reactions, always);
    on("media", self.media, always);
    on("outbox_id", self.outbox_id, always);
    on("reason", self.reason, always);
    on("held", self.held, always);
  }
};

struct call_view {
  std::int64_t id = 0;
  instant at;
  std::optional<instant> answered_at, ended_at;
  std::string direction, status, provider, account;
  std::string line;  ///< our own, by its name
  std::optional<std::int64_t> talk_seconds, wait_seconds;
  std::optional<person_view> manager;
  std::optional<std::int64_t> lead_id;
  std::optional<customer_brief> customer;
  std::optional<media_view> recording;
  std::optional<double> score;  ///< the mean of its reviews, for whoever may see them
  bool masked = false;

  bool operator==(const call_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("at", self.at, always);
    on("answered_at", self.answered_at, always);
    on("ended_at", self.ended_at, always);
    on("direction", self.direction, always);
    on("status", self.status, always);
    on("provider", self.provider, always);
    on("account", self.account, always);
    on("line", self.line, always);
    on("talk_seconds", self.talk_seconds, always);
    on("wait_seconds", self.wait_seconds, always);
    on("manager", self.manager, always);
    on("lead_id", self.lead_id, always);
    on("customer", self.customer, always);
    on("recording", self.recording, always);
    on("score", self.score, always);
    on("masked", self.masked, always);
  }
};

/// What happened to a lead beside the conversation.
struct lead_event {
  std::string kind;  ///< activity, note, action, conversion, stage, owner, call
  std::int64_t id = 0;
  instant at;
  std::optional<person_view> who;
  std::string what, outcome, from, to, text;
  std::optional<double> value;
  std::string currency;
  std::optional<call_view> call;

  bool operator==(const lead_event&) const = default;
  static void describe(auto& self, auto& on) {
    on("kind", self.kind, always);
    on("id", self.id, always);
    on("at", self.at, always);
    on("who", self.who, always);
    on("what", self.what, always);
    on("outcome", self.outcome, always);
    on("from", self.from, always);
    on("to", self.to, always);
    on("text", self.text, always);
    on("value", self.value, always);
    on("currency", self.currency, always);
    on("call", self.call, always);
  }
};

struct timeline_page {
  std::vector<message_view> messages;  ///< oldest first
  std::vector<lead_event> events;      ///< of the same span of time
  std::optional<std::string> earlier;  ///< what `before` takes for the page before this one
  bool masked = false;

  bool operator==(const timeline_page&) const = default;
  static void describe(auto& self, auto& on) {
    on("messages", self.messages, always);
    on("events", self.events, always);
    on("earlier", self.earlier, always);
    on("masked", self.masked, always);
  }
};

/// A lost race: problem+json that says who has the lead and since when.
struct claim_conflict {
  std::string type = "about:blank", title;
  std::int32_t status = 409;
  std::string detail;
  std::optional<person_view> owner;
  std::optional<instant> since;

  bool operator==(const claim_conflict&) const = default;
  static void describe(auto& self, auto& on) {
    on("type", self.type, always);
    on("title", self.title, always);
    on("status", self.status, always);
    on("detail", self.detail, always);
    on("owner", self.owner, always);
    on("since", self.since, always);
  }
};

}  // namespace hub::api
