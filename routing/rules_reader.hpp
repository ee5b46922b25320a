#pragma once
// What the files of the rules reader ask of each other; read_rules() of rules.hpp is what the rest calls. Any
// thread; complaints go to the yaml_reader, nothing throws.

#include "routing/condition.hpp"
#include "routing/yaml_reader.hpp"

#include <memory>
#include <string>

namespace routing {

/// teams, people and lead_policy of the file.
void read_teams(yaml_reader& yaml, const config::node& root, rule_set& to);

/// The condition under `when`, its phrases in `index`; null when it always holds.
std::shared_ptr<const condition> read_when(yaml_reader& yaml, word_index& index, const config::node& from,
                                           const std::string& what);

}  // namespace routing
