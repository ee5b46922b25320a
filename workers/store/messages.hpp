#pragma once
// SQL of messages, what is to be fetched for them, and what platforms tell about those we sent. Inside a transaction of
// hub::db; lock order: messages and statuses after people and leads, job rows (media_fetch) last.

#include "hub/db/arrays.hpp"
#include "hub/message/canonical.hpp"

#include <pqxx/pqxx>

#include <string>

namespace workers::store {

struct message_columns {
  hub::db::array lead_id, customer_id, manager_id, channel, direction, type, content, sent_at, event_key, reply_to, account,
      platform_id, details, late_by;
};
/// What most messages change of their lead: only when something happened.
struct lead_times {
  hub::db::array id, last_activity_at, unanswered_since;
};
/// Kept events; their bodies travel as one binary value, unescaped, and are cut apart by the server.
struct kept_events {
  hub::db::array received_at, key, from, size;
  std::string bodies;

  void add(hub::instant received, const std::string& event_key, const std::string& body);
};
struct fetch_columns {
  hub::db::array event_key, part, channel, account, type, reference, file_name, size, seconds, deadline;

  void add(const hub::message::event& of, const hub::message::attachment& what);
};
struct receipt_columns {
  hub::db::array channel, account, platform_id, status, sent_at, delivered_at, read_at, failed_at, reason, outbox_id, attempt;
};

namespace messages {

void prepare(pqxx::connection& c);

/// What nearly every batch writes, in one statement: the messages, the times of their leads, the kept events. A statement
/// each would cost a small batch more than the rows do.
void insert(pqxx::work& tx, const message_columns& rows, const lead_times& leads, const kept_events& kept);
/// One row per attachment, waiting; linked with its message by event key.
void insert_fetches(pqxx::work& tx, const fetch_columns& rows);
/// Upserts what became of sent messages, and shows it on their rows where they exist.
void merge_receipts(pqxx::work& tx, const receipt_columns& rows);

}  // namespace messages
}  // namespace workers::store
