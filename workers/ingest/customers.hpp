#pragma once
// Locks the customers of a batch with everybody they are linked with, and links those whom a platform declares to be the
// same (docs/domain.md, "Identities"). Part of load(). Throws db::error; linked_meanwhile when a merge changed a link
// between two statements.

#include "workers/ingest/state.hpp"

#include <pqxx/pqxx>

namespace workers::ingest {

struct linked_meanwhile {};

/// Fills state::customers with locked rows. Pairs of state::declared_same become one step of link, the older one the
/// root, unless a person keeps them apart: those go to state::possibly_same.
void lock_customers(pqxx::work& tx, state& s);

}  // namespace workers::ingest
