#pragma once
// One of us opens the chat with our bot by the code that the console showed ("/start staff-..."): no customer, but a colleague
// who wants to be told there. Called by load() and process; inside a transaction of ingest.

#include "workers/ingest/state.hpp"

#include <pqxx/pqxx>

namespace workers::ingest {

/// Whether the event is that, whatever the code is worth.
bool is_staff_link(const hub::message::event& e);
/// Links who showed a good code; the others are nobody.
void link_staff(pqxx::work& tx, const state& s, instant now);

}  // namespace workers::ingest
