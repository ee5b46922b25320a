#pragma once
// SQL of messages, what is to be fetched for them, and what platforms tell about those we sent. Inside a transaction of
// hub::db; lock order: messages and statuses after people and leads, job rows (media_fetch) last.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

namespace workers::store {

struct message_columns {
  hub::db::array lead_id, customer_id, manager_id, channel, direction, type, content, sent_at, event_key, reply_to, account,
      platform_id, details, late_by;
};
struct fetch_columns {
  hub::db::array event_key, part, channel, account, type, reference, file_name, size, seconds, deadline;
};
struct receipt_columns {
  hub::db::array channel, account, platform_id, status, sent_at, delivered_at, read_at, failed_at, reason;
};

namespace messages {

void prepare(pqxx::connection& c);

void insert(pqxx::work& tx, const message_columns& rows);
/// One row per attachment, waiting; linked with its message by event key.
void insert_fetches(pqxx::work& tx, const fetch_columns& rows);
/// Upserts what became of sent messages, and shows it on their rows where they exist.
void merge_receipts(pqxx::work& tx, const receipt_columns& rows);

}  // namespace messages
}  // namespace workers::store
