#pragma once
// What `hubctl rules explain` prints: every rule with the first condition that failed, then every candidate with why
// not, then the outcome. Pure; the roster is handed in. It quotes the rules, never the message.

#include "routing/choose.hpp"

#include <string>
#include <vector>

namespace routing {

/// Who is in the team of the rules file, nobody with any lead: for when no database is reachable. Ids count from 1
/// in the order of the file.
std::vector<candidate> roster_of(const rule_set& rules, const std::string& team);

/// Lines of text. `roster` holds the members of the team the matching rule names; it is not changed.
std::string explain_text(const rule_set& rules, const facts& about, std::vector<candidate> roster, cursor ring);

}  // namespace routing
