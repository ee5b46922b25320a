#pragma once
// What is told of a telephone call: one row each from whatever was told of it in whatever order (hub/message/call_merge.hpp),
// and what follows for the lead. A call that came in and is over, or was answered, joins or opens a lead; one that we made
// joins only. A missed one starts the clock of the first response and asks for a call back, one in which people talked
// answers. Called by load(), fold() and write().

#include "workers/ingest/state.hpp"

#include <pqxx/pqxx>

namespace workers::ingest {

platform_key key_of_call(const hub::message::event& e, const hub::message::call_record& told);

/// Reads what is known of the calls of this batch.
void read_calls(pqxx::work& tx, state& s);

/// `customer`: whom this event names; nobody for a hidden number, or where the event does not say.
void fold_call(const routing::rule_set& rules, state& s, std::optional<id_type> customer, const hub::message::event& e,
               const hub::message::call_record& told);

/// After leads and messages. Throws hub::error (transient) when somebody else changed one of the calls meanwhile.
void write_calls(pqxx::work& tx, const routing::rule_set& rules, const state& s);

}  // namespace workers::ingest
