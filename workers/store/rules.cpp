#include "workers/store/rules.hpp"

#include "routing/teams_json.hpp"

namespace workers::store::rules {

void prepare(pqxx::connection& c) {
  c.prepare("rule_version.active",
            "select (select hash from rule_version where active), exists (select from quarantine where state = 'open')");
  c.prepare("rule_version.text", "select text from rule_version where hash = $1");
}

in_force active(pqxx::work& tx) {
  const auto row = tx.exec_prepared1("rule_version.active");
  return {row[0].as<std::string>(""), row[1].as<bool>()};
}

std::string text_of(pqxx::work& tx, const std::string& hash) {
  return tx.exec_prepared1("rule_version.text", hash)[0].as<std::string>();
}

void activate(pqxx::work& tx, const routing::rule_set& rules, const std::string& author) {
  tx.exec_params("select activate_rules($1, $2, $3, $4::jsonb)", rules.hash, rules.text, author, routing::teams_json(rules));
}

}  // namespace workers::store::rules
