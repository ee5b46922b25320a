#pragma once
// What the files of the rules reader ask of each other; read_rules() of rules.hpp is what the rest calls. Any
// thread; complaints go to the yaml_reader, nothing throws.

#include "routing/condition.hpp"
#include "routing/yaml_reader.hpp"

#include <memory>
#include <string>

namespace routing {

/// calendars of the file.
void read_calendars(yaml_reader& yaml, const config::node& root, rule_set& to);
/// The name of one of them; empty after a complaint.
std::string read_calendar_name(yaml_reader& yaml, const config::node& from, const std::string& what, const rule_set& of);
/// A time zone's name; empty after a complaint.
std::string read_zone_name(yaml_reader& yaml, const config::node& from, const std::string& what);
/// catch_up and sla of the file.
void read_clocks(yaml_reader& yaml, const config::node& root, rule_set& to);
/// Every calendar in every zone, for rules without a problem.
std::shared_ptr<const working_hours> make_hours(const rule_set& rules);

/// pipelines of the file.
void read_pipelines(yaml_reader& yaml, const config::node& root, rule_set& to);

/// `then` of a rule; `what` names it.
void read_then(yaml_reader& yaml, const config::node& from, const std::string& what, const rule_set& of, action& to);

/// teams, people and lead_policy of the file, after its calendars.
void read_teams(yaml_reader& yaml, const config::node& root, rule_set& to);

/// The condition under `when`, its phrases in `index`; null when it always holds.
std::shared_ptr<const condition> read_when(yaml_reader& yaml, word_index& index, const config::node& from,
                                           const std::string& what);

}  // namespace routing
