#pragma once
// One of us in the chat with our bot is no customer: opens it by the code that the console showed ("/start staff-...") to be told
// there, and may answer what was told. Called by load() and process; inside a transaction of ingest.

#include "workers/ingest/state.hpp"

#include <pqxx/pqxx>

namespace workers::ingest {

/// Moves what colleagues did from `items` to `of_colleagues`: shown codes, whatever they are worth, and what comes from a linked
/// chat.
void set_colleagues_aside(pqxx::work& tx, state& s);
/// Links who showed a good code, the others are nobody; tells who wrote that customers are answered elsewhere, once an hour.
void hear_colleagues(pqxx::work& tx, const state& s, instant now);

}  // namespace workers::ingest
