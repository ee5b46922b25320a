#pragma once
// Queues what teams say out of hours, through the outbox as every reply: hub-worker's senders look once more whether it may go.
// The last part of an ingest transaction, by the lock order of docs/architecture.md. Throws db::error.

#include "workers/ingest/state.hpp"

#include <pqxx/pqxx>

namespace workers::ingest {

void write_answers(pqxx::work& tx, const state& s, instant now);

}  // namespace workers::ingest
