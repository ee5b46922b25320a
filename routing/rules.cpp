#include "routing/rules.hpp"

#include "hub/base/text.hpp"

#include <algorithm>
#include <set>

namespace routing {

const lead_policy& rule_set::policy_for(const std::string& channel) const {
  const auto own = lead_policies.find(channel);
  return own != lead_policies.end() ? own->second : lead_policies.at("default");
}

std::optional<std::uint32_t> rule_set::capacity_of(const std::string& email) const {
  if (const auto who = people.find(email); who != people.end() && who->second.capacity) return who->second.capacity;
  std::optional<std::uint32_t> largest;
  for (const auto& [name, team] : teams)
    if (team.capacity && std::find(team.members.begin(), team.members.end(), email) != team.members.end())
      largest = std::max(largest.value_or(0), *team.capacity);
  return largest;
}

hub::problems unknown_people(const rule_set& rules, const std::vector<std::string>& staff_emails) {
  hub::problems found;
  const std::set<std::string> staff(staff_emails.begin(), staff_emails.end());
  std::set<std::string> told;
  const auto check = [&](const std::string& where, const std::string& email) {
    if (staff.contains(email) || !told.insert(email).second) return;
    const auto close = hub::did_you_mean(email, staff_emails);
    found.push_back({where, "is not staff" + (close ? "; did you mean " + *close + "?" : std::string()), email});
  };
  for (const auto& [name, team] : rules.teams) {
    for (const auto& email : team.members) check("teams." + name + ".members", email);
    for (const auto& email : team.supervisors) check("teams." + name + ".supervisors", email);
  }
  for (const auto& [email, who] : rules.people) check("people", email);
  return found;
}

}  // namespace routing
