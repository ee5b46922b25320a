#pragma once
// How the workers' statements are planned: all of them find their rows by index, whatever was in the tables when the plan
// was made; a plan made on empty tables would read them whole for as long as the connection lives. Called once a
// connection, before prepare().

#include <pqxx/pqxx>

namespace workers::store {

inline void plan_by_index(pqxx::connection& c) {
  pqxx::nontransaction tx(c);
  tx.exec0("set enable_seqscan = off");
  tx.exec0("set enable_hashjoin = off");
  tx.exec0("set enable_mergejoin = off");
  tx.exec0("set jit = off");
}

}  // namespace workers::store
