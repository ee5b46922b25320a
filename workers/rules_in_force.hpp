#pragma once
// The rules in force as the pools of hub-worker decide by them: read again when another version is activated, kept while
// it stays. One per thread. A version this program cannot read leaves the last good one in force.

#include "routing/rules.hpp"

#include <pqxx/pqxx>

#include <memory>
#include <string>

namespace workers {

class rules_in_force {
 public:
  /// The rules of that hash; needs store::rules::prepare(). Throws hub::error (transient) while there are none.
  const routing::rule_set& of(pqxx::work& tx, const std::string& hash);

 private:
  std::shared_ptr<const routing::rule_set> rules_;
};

}  // namespace workers
