#pragma once
// SQL of who waits for an answer, counted again from what was said: after a reply failed for good, or arrived after all. Inside
// a transaction of the clock pool; locks leads, then timers. Failures are pqxx's.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

namespace workers::store::responses {

void prepare(pqxx::connection& c);
/// Locks the next leads of which a timer asks for it, in order of id, and settles their timers. Empty: there are none.
hub::db::array take(pqxx::work& tx, hub::instant now);
/// Writes who waits and who was answered first. (id, since when in ms, owner's e-mail, team) of those who wait; without an
/// owner or a team these are empty.
pqxx::result recount(pqxx::work& tx, const hub::db::array& leads);

}  // namespace workers::store::responses
