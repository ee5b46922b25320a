#pragma once
// SQL of rule versions: which one is in force, its text, and putting another one in force. Used by ingest in each
// transaction and by whoever activates (first start, SIGHUP, hubctl, the console).

#include "routing/rules.hpp"

#include <pqxx/pqxx>

#include <optional>
#include <string>

namespace workers::store::rules {

void prepare(pqxx::connection& c);

/// The hash in force; nothing when no version was ever activated.
std::optional<std::string> active_hash(pqxx::work& tx);
/// The YAML of a version.
std::string text_of(pqxx::work& tx, const std::string& hash);
/// Puts `rules` in force and writes its teams, through the SQL function activate_rules. Needs no prepare().
void activate(pqxx::work& tx, const routing::rule_set& rules, const std::string& author);

}  // namespace workers::store::rules
