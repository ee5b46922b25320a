#pragma once
// One part of a reply on its way out: what the sender pool asks hub-connector for, and what came of it. It goes between these
// two only, over POST /internal/send, and holds no number: where the address of somebody is one, it is sealed, and only the
// connector opens it. Plain values, any thread.

#include "hub/message/parts.hpp"

#include <array>

namespace hub::message {

/// A file of the media store that goes along; the connector reads the bytes from the store by their hash.
struct outgoing_file {
  std::string sha256;
  std::string type;       ///< what the bytes are, "image/jpeg"
  std::string file_name;  ///< as the receiver shall see it
  std::uint64_t size = 0;
  std::optional<std::uint32_t> seconds;

  bool operator==(const outgoing_file&) const = default;
  static void describe(auto& self, auto& on) {
    on("sha256", self.sha256,
       about{.text = "Hash of the bytes, in hex: their name in the media store.", .required = true, .min = 64, .max = 64});
    on("type", self.type, about{.text = "What the bytes really are, a media type.", .required = true, .max = 255});
    on("file_name", self.file_name, about{.text = "Its name for whoever receives it.", .max = 255});
    on("size", self.size, about{.text = "In bytes.", .required = true});
    on("seconds", self.seconds, about{.text = "Length of a video or voice note, where it is known."});
  }
};

/// A text that the platform has approved beforehand, with what goes into its gaps.
struct prepared_text {
  std::string name;
  std::string language;
  std::vector<std::string> values;

  bool operator==(const prepared_text&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, about{.text = "As the platform knows it.", .required = true, .min = 1, .max = 512});
    on("language", self.language, about{.text = "As the platform writes it: `uk`, `en_US`.", .required = true, .max = 16});
    on("values", self.values, about{.text = "For its gaps, in their order.", .max = 32});
  }
};

/// One message of the platform. A reply that no platform takes in one message is several parts, each with a row of its own.
struct send_asked {
  std::uint64_t outbox_id = 0;
  std::uint32_t attempt = 0;
  instant not_after;
  std::string conversation;
  std::vector<identity> recipient;
  std::string reply_address;
  content_type type = content_type::text;
  std::string text;
  std::vector<outgoing_file> files;
  std::optional<geo_point> location;
  std::optional<prepared_text> prepared;
  std::vector<std::string> choices;
  std::string reply_to;
  std::string sealed_reply_to;
  std::string subject;
  std::vector<std::string> thread;
  std::string sender_name;
  bool automatic = false;

  bool operator==(const send_asked&) const = default;
  static void describe(auto& self, auto& on) {
    on("outbox_id", self.outbox_id, about{.text = "Of the outbox row.", .required = true});
    on("attempt", self.attempt, about{.text = "Which attempt of it: each goes out at most once.", .required = true, .min = 1});
    on("not_after", self.not_after,
       about{.text = "Nothing leaves after this moment: the attempt ends as deferred.", .required = true});
    on("conversation", self.conversation,
       about{.text = "Where it belongs, as in canonical events.", .required = true, .max = 512});
    on("recipient", self.recipient,
       about{.text = "Who it is for, on this channel and account.", .required = true, .min = 1, .max = 16});
    on("reply_address", self.reply_address,
       about{.text = "Where the identity does not say it: sealed by the connector.", .max = 2048});
    on("type", self.type, about{.text = "text, photo, file, video, voice_note, location.", .required = true});
    on("text", self.text, about{.text = "The text, or the caption of files.", .max = 65536});
    on("files", self.files,
       about{.text = "What goes along; more than one only where the platform makes one message of them.", .max = 10});
    on("location", self.location, about{.text = "For type location."});
    on("prepared", self.prepared, about{.text = "Sent instead of text, where the platform wants it so."});
    on("choices", self.choices, about{.text = "Answers to tap, where the platform has them.", .max = 10});
    on("reply_to", self.reply_to, about{.text = "Platform id of the message it answers.", .max = 512});
    on("sealed_reply_to", self.sealed_reply_to,
       about{.text = "The same where only the connector may know it: sealed.", .max = 2048});
    on("subject", self.subject, about{.text = "Of a mail.", .max = 1024});
    on("thread", self.thread, about{.text = "Platform ids of the conversation, oldest first: a mail's References.", .max = 32});
    on("sender_name", self.sender_name, about{.text = "Who it is from, where the platform shows a name.", .max = 255});
    on("automatic", self.automatic, about{.text = "Written by a program: a mail says so, and no program answers it."});
  }
};

enum class send_state {
  sent,      ///< the platform has it
  deferred,  ///< it certainly did not leave: to be tried again
  failed,    ///< refused for good: trying again changes nothing
  unknown,   ///< bytes left and no answer came: nobody may send it again by themselves
};
constexpr auto names_of(send_state) {
  using enum send_state;
  return std::array{named{"sent", sent}, named{"deferred", deferred}, named{"failed", failed}, named{"unknown", unknown}};
}

struct send_told {
  send_state state = send_state::unknown;
  std::vector<std::string> platform_ids;
  std::string sealed_id;
  std::string code;
  std::string reason;
  std::optional<std::uint32_t> retry_after_ms;
  bool counts = true;
  bool pause_account = false;

  bool operator==(const send_told&) const = default;
  static void describe(auto& self, auto& on) {
    on("state", self.state, about{.text = "sent, deferred, failed or unknown.", .required = true});
    on("platform_ids", self.platform_ids,
       about{.text = "The platform's ids of what was made of it, the first one first.", .max = 10});
    on("sealed_id", self.sealed_id, about{.text = "The raw id, sealed, where the ids here are hashes.", .max = 2048});
    on("code", self.code, about{.text = "The platform's own code of a refusal.", .max = 64});
    on("reason", self.reason, about{.text = "Why not, in plain words without a number.", .max = 1000});
    on("retry_after_ms", self.retry_after_ms,
       about{.text = "Not before this time has passed, in milliseconds: the platform's wish."});
    on("counts", self.counts,
       about{.text = "Whether the attempt counts against the limit of tries: not for a limit of the platform.",
             .required = true});
    on("pause_account", self.pause_account, about{.text = "Nothing of this account can be sent until a person mends it."});
  }
};

/// What came of an attempt, as an event: published besides the answer, so that it is not lost with whoever asked.
struct send_outcome {
  static constexpr std::string_view kind = "send_outcome";

  std::uint64_t outbox_id = 0;
  std::uint32_t attempt = 0;
  send_told told;

  bool operator==(const send_outcome&) const = default;
  static void describe(auto& self, auto& on) {
    on("outbox_id", self.outbox_id, about{.text = "Of the outbox row.", .required = true});
    on("attempt", self.attempt, about{.text = "Which attempt of it.", .required = true, .min = 1});
    on("told", self.told, about{.text = "What hub-connector answered.", .required = true});
  }
};

}  // namespace hub::message
