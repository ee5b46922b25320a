#pragma once
// What the inbox shows beside its leads: counts, what somebody was told, what a search found. One described struct per
// schema of docs/openapi.yaml.

#include "hub/api/views.hpp"

namespace hub::api {

struct inbox_part_view {
  std::int64_t open = 0, waiting = 0;  ///< waiting: the customer wrote last

  bool operator==(const inbox_part_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("open", self.open, always);
    on("waiting", self.waiting, always);
  }
};

struct inbox_counts_view {
  inbox_part_view mine, unassigned, team;
  std::int64_t unread = 0;         ///< of one's own leads, those with unread messages
  std::int64_t notifications = 0;  ///< not seen
  std::int64_t tasks_due = 0;

  bool operator==(const inbox_counts_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("mine", self.mine, always);
    on("unassigned", self.unassigned, always);
    on("team", self.team, always);
    on("unread", self.unread, always);
    on("notifications", self.notifications, always);
    on("tasks_due", self.tasks_due, always);
  }
};

struct seen_view {
  std::int64_t lead_id = 0, unread = 0;

  bool operator==(const seen_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("lead_id", self.lead_id, always);
    on("unread", self.unread, always);
  }
};

struct notification_view {
  std::int64_t id = 0;
  instant at;
  std::string kind, text;
  std::optional<std::int64_t> lead_id, call_id;
  std::optional<instant> seen_at;

  bool operator==(const notification_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("at", self.at, always);
    on("kind", self.kind, always);
    on("text", self.text, always);
    on("lead_id", self.lead_id, always);
    on("call_id", self.call_id, always);
    on("seen_at", self.seen_at, always);
  }
};

struct notification_page {
  std::vector<notification_view> notifications;  ///< newest first
  std::int64_t unseen = 0;
  std::optional<std::string> next;

  bool operator==(const notification_page&) const = default;
  static void describe(auto& self, auto& on) {
    on("notifications", self.notifications, always);
    on("unseen", self.unseen, always);
    on("next", self.next, always);
  }
};

enum class notice_kind { lead_new, task_due, first_response_missed, call_reviewed, review_answered };
constexpr auto names_of(notice_kind) {
  using enum notice_kind;
  return std::array{named{"lead_new", lead_new}, named{"task_due", task_due},
                    named{"first_response_missed", first_response_missed}, named{"call_reviewed", call_reviewed},
                    named{"review_answered", review_answered}};
}
enum class notice_way { live, email, telegram };
constexpr auto names_of(notice_way) {
  using enum notice_way;
  return std::array{named{"live", live}, named{"email", email}, named{"telegram", telegram}};
}

struct notice_choice_view {
  notice_kind kind = notice_kind::task_due;
  notice_way way = notice_way::live;

  bool operator==(const notice_choice_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("kind", self.kind, always);
    on("way", self.way, always);
  }
};

/// How somebody is told outside the console.
struct ways_view {
  bool email = false, telegram = false;  ///< whether this hub can
  std::optional<instant> telegram_linked_at;
  std::vector<notice_choice_view> choices;  ///< one of each kind

  bool operator==(const ways_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("email", self.email, always);
    on("telegram", self.telegram, always);
    on("telegram_linked_at", self.telegram_linked_at, always);
    on("choices", self.choices, always);
  }
};

/// Only the answer to its making shows a code.
struct telegram_code_view {
  std::string text;  ///< what to write to the bot
  std::string link;  ///< opens the chat and writes it; empty while the bot's name is not set
  instant expires_at;

  bool operator==(const telegram_code_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("text", self.text, always);
    on("link", self.link, always);
    on("expires_at", self.expires_at, always);
  }
};

struct password_help_view {
  bool by_mail = false;

  bool operator==(const password_help_view&) const = default;
  static void describe(auto& self, auto& on) { on("by_mail", self.by_mail, always); }
};

/// Why the lead is whose it is.
struct lead_decision_view {
  std::int64_t lead_id = 0;
  std::optional<person_view> owner;
  bool mine = false;
  std::string words;
  std::optional<why_view> why;
  std::optional<decision_view> decision;  ///< the newest of the rules

  bool operator==(const lead_decision_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("lead_id", self.lead_id, always);
    on("owner", self.owner, always);
    on("mine", self.mine, always);
    on("words", self.words, always);
    on("why", self.why, always);
    on("decision", self.decision, always);
  }
};

struct found_customer {
  customer_brief customer;
  std::int64_t lead_id = 0;  ///< the most recent one that may be seen
  std::string stage;
  instant last_activity_at;

  bool operator==(const found_customer&) const = default;
  static void describe(auto& self, auto& on) {
    on("customer", self.customer, always);
    on("lead_id", self.lead_id, always);
    on("stage", self.stage, always);
    on("last_activity_at", self.last_activity_at, always);
  }
};

struct found_message {
  std::int64_t id = 0, lead_id = 0;
  instant at;
  std::string channel, direction, text;
  customer_brief customer;

  bool operator==(const found_message&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("lead_id", self.lead_id, always);
    on("at", self.at, always);
    on("channel", self.channel, always);
    on("direction", self.direction, always);
    on("text", self.text, always);
    on("customer", self.customer, always);
  }
};

struct found_vehicle {
  std::int64_t id = 0;
  std::string make, model, vin, plate, status;
  std::optional<std::int32_t> year;

  bool operator==(const found_vehicle&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("make", self.make, always);
    on("model", self.model, always);
    on("vin", self.vin, always);
    on("plate", self.plate, always);
    on("status", self.status, always);
    on("year", self.year, always);
  }
};

struct search_view {
  std::vector<found_customer> customers;
  std::vector<found_message> messages;  ///< newest first
  std::vector<found_vehicle> vehicles;
  bool more_messages = false;  ///< so many hold the words that older ones were not looked at

  bool operator==(const search_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("customers", self.customers, always);
    on("messages", self.messages, always);
    on("vehicles", self.vehicles, always);
    on("more_messages", self.more_messages, always);
  }
};

}  // namespace hub::api
