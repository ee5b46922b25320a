#pragma once
// Replies as the API takes and shows them: one described struct per schema of docs/openapi.yaml. Plain values.

#include "hub/api/views.hpp"
#include "hub/message/sending.hpp"

namespace hub::api {

struct reply_given {
  std::string text;
  std::vector<std::int64_t> media;
  std::optional<std::int64_t> vehicle_photos;
  std::optional<message::prepared_text> prepared;
  std::optional<std::int64_t> reply_to;
  std::string subject, channel, account;

  bool operator==(const reply_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("text", self.text, about{.text = "What is written, or the caption of the files.", .max = 65536});
    on("media", self.media, about{.text = "Files of the media store, by id.", .max = 10});
    on("vehicle_photos", self.vehicle_photos, about{.text = "The pictures of this vehicle go along.", .min = 1});
    on("template", self.prepared, about{.text = "A text the platform has approved, instead of everything else."});
    on("reply_to", self.reply_to, about{.text = "The message this one answers.", .min = 1});
    on("subject", self.subject, about{.text = "Of a mail; that of the conversation when empty.", .max = 500});
    on("channel", self.channel, about{.text = "The one the customer used last when empty.", .max = 32});
    on("account", self.account, about{.text = "Of the channel; the one the customer used last when empty.", .max = 64});
  }
};

/// One message of a reply.
struct sent_part_view {
  std::int64_t message_id = 0, outbox_id = 0;
  std::string type, text, status;

  bool operator==(const sent_part_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("message_id", self.message_id, always);
    on("outbox_id", self.outbox_id, always);
    on("type", self.type, always);
    on("text", self.text, always);
    on("status", self.status, always);
  }
};

struct reply_view {
  std::string channel, account;
  std::vector<sent_part_view> messages;  ///< in the order in which they go out
  lead_view lead;

  bool operator==(const reply_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("channel", self.channel, always);
    on("account", self.account, always);
    on("messages", self.messages, always);
    on("lead", self.lead, always);
  }
};

/// A message on its way out, or what became of it.
struct outbox_row_view {
  std::int64_t id = 0, lead_id = 0, message_id = 0;
  std::optional<person_view> author;
  std::string channel, account;
  std::string state;   ///< of the work: queued, sending, unknown, sent, failed
  std::string status;  ///< of the message: what the platform told besides
  std::string type, text;
  std::int32_t attempts = 0;
  std::string reason, code;
  instant created_at;
  std::optional<instant> next_attempt_at;
  instant deadline;
  bool held = false, account_paused = false;

  bool operator==(const outbox_row_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("lead_id", self.lead_id, always);
    on("message_id", self.message_id, always);
    on("author", self.author, always);
    on("channel", self.channel, always);
    on("account", self.account, always);
    on("state", self.state, always);
    on("status", self.status, always);
    on("type", self.type, always);
    on("text", self.text, always);
    on("attempts", self.attempts, always);
    on("reason", self.reason, always);
    on("code", self.code, always);
    on("created_at", self.created_at, always);
    on("next_attempt_at", self.next_attempt_at, always);
    on("deadline", self.deadline, always);
    on("held", self.held, always);
    on("account_paused", self.account_paused, always);
  }
};

struct outbox_page {
  std::vector<outbox_row_view> rows;
  std::optional<std::string> next;

  bool operator==(const outbox_page&) const = default;
  static void describe(auto& self, auto& on) {
    on("rows", self.rows, always);
    on("next", self.next, always);
  }
};

}  // namespace hub::api
