#pragma once
// SQL of what became of attempts to send. The sender pool hears it in hub-connector's answer, ingest in its event; whichever
// comes first settles the row. Inside a transaction of hub::db; locks receipts, the message and the outbox row, in this order
// (settle_send() in 0008_replies.sql). Failures are pqxx's.

#include "hub/message/sending.hpp"

#include <pqxx/pqxx>

namespace workers::store::outbox {

/// False when nobody knows the attempt: a row of a database that was restored since.
bool settle(pqxx::work& tx, std::uint64_t outbox_id, std::uint32_t attempt, const hub::message::send_told& told, hub::instant at);

}  // namespace workers::store::outbox
