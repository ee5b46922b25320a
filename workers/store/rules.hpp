#pragma once
// SQL of rule versions: which one is in force, its text, and putting another one in force. Used by ingest in each
// transaction and by whoever activates (first start, SIGHUP, hubctl, the console).

#include "routing/rules.hpp"

#include <pqxx/pqxx>

#include <string>

namespace workers::store::rules {

void prepare(pqxx::connection& c);

struct in_force {
  std::string hash;              ///< empty when no version was ever activated
  bool quarantine_open = false;  ///< some event waits in quarantine: asked along, because both are asked by every transaction
};
in_force active(pqxx::work& tx);
/// The YAML of a version.
std::string text_of(pqxx::work& tx, const std::string& hash);
/// Puts `rules` in force and writes its teams, through the SQL function activate_rules. Needs no prepare().
void activate(pqxx::work& tx, const routing::rule_set& rules, const std::string& author);

}  // namespace workers::store::rules
