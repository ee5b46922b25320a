#pragma once
// SQL of what a team says by itself: who it would go to, and the message with its outbox row, at most one for a conversation
// and span of closed hours whoever writes at once (the table automatic_answer). Inside the ingest transaction, which holds the
// leads; failures are pqxx's.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

namespace workers::store {

/// Of each answer: where it goes.
struct answer_places {
  hub::db::array lead_id, customer_id, channel, account;
};
/// Of each answer that may go: what is written. `conversation` in ascending order.
struct answer_columns {
  hub::db::array conversation, closed_until, message_id, lead_id, customer_id, channel, account, content, reply_to, details,
      payload;
};

namespace automatic_answers {

void prepare(pqxx::connection& c);
/// A row for each place that may be written to: n from 0 on, an id for its message, first_name, vehicle, manager.
pqxx::result fillings(pqxx::work& tx, const answer_places& to);
/// The ids of each place: n from 0 on, space, account, external_id, reply_address; the first one first.
pqxx::result recipients(pqxx::work& tx, const answer_places& to);
void write(pqxx::work& tx, const answer_columns& rows, hub::instant now);

}  // namespace automatic_answers
}  // namespace workers::store
