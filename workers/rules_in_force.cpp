#include "workers/rules_in_force.hpp"

#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "workers/store/rules.hpp"

namespace workers {

const routing::rule_set& rules_in_force::of(pqxx::work& tx, const std::string& hash) {
  if (hash.empty()) throw hub::error(hub::failure::transient, "no rules", "no rules are in force yet");
  if (rules_ && rules_->hash == hash) return *rules_;
  auto read = routing::read_rules(store::rules::text_of(tx, hash), "rules " + hash.substr(0, 12));
  if (!read.rules) {
    // Only a version this program cannot read any more; what was in force before goes on.
    hub::log::error("the rules in force cannot be read", {{"hash", hash}, {"problem", hub::to_text(read.problems)}});
    if (rules_) return *rules_;
    throw hub::error(hub::failure::transient, "rules", "the rules in force cannot be read");
  }
  rules_ = read.rules;
  hub::log::info("rules in force", {{"hash", rules_->hash}});
  return *rules_;
}

}  // namespace workers
