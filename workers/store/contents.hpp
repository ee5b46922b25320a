#pragma once
// Which columns hold what an event says, in the words of the canonical event: ingest writes them once, a replay compares them
// with the kept event and mends them. Inside a transaction of hub::db; lock order: messages, then their changes and activities,
// kept events, job rows (media_fetch) last. Failures are pqxx's.

#include "hub/message/canonical.hpp"

#include <pqxx/pqxx>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace workers::store {

// What the content column cannot say: where, which sticker, what our own last message carried, whose words of a group.
// `Message` is const where it is written.
template <class Message>
struct message_details {
  Message& said;

  static void describe(auto& self, auto& on) {
    const hub::about without{.text = ""};
    on("location", self.said.location, without);
    on("sticker", self.said.sticker, without);
    on("tracking", self.said.tracking, without);
    on("group", self.said.group, without);
    on("author", self.said.author, without);
    on("subject", self.said.subject, without);
    on("quoted", self.said.quoted, without);
    on("automatic", self.said.automatic, without);
    on("sealed_id", self.said.sealed_id, without);
  }
};

/// What the database has of an event.
struct stored_content {
  hub::message::event_data said;  ///< the same kind; only what content columns hold
  hub::instant at;
  std::optional<std::int64_t> message;
};

namespace contents {

/// The details column; empty (null) for most messages.
std::string details_of(const hub::message::chat_message& said);

/// By event key, for those events whose content has a row: messages, website activities, and the changes and reactions that
/// are still the newest told. `lock`: those rows, in the order of their keys.
std::map<std::string, stored_content> find(pqxx::work& tx, const std::vector<const hub::message::event*>& events, bool lock);

/// Writes what `now` says over what its row has: content columns only. Attachments that have no row get one that waits to be
/// fetched, as at first; rows of those no longer told stay. Needs messages::prepare(). The row is locked by find().
void update(pqxx::work& tx, const hub::message::event& now);

/// The kept event of this key; true when there is one.
bool keep(pqxx::work& tx, const hub::message::event& now, const std::string& body);

}  // namespace contents
}  // namespace workers::store
