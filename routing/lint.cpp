// What is legal in a rules file and still a mistake: rules that never act, teams without people, no fallback.

#include "routing/condition.hpp"
#include "routing/yaml_reader.hpp"

#include <algorithm>
#include <set>

namespace routing {

namespace {

// Comparing rules pair by pair may cost this many steps; a file that needs more is told less.
constexpr int comparisons = 2'000'000;

// Everything that must hold together for `when` to hold.
void conjuncts(const condition& when, std::vector<const condition*>& to) {
  if (when.is != condition::test::all) return to.push_back(&when);
  for (const auto& part : when.parts) conjuncts(part, to);
}

bool disjoint(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::none_of(a.begin(), a.end(), [&](const std::string& one) { return std::binary_search(b.begin(), b.end(), one); });
}

bool exclude(const condition& a, const condition& b, int& budget) {
  using enum condition::test;
  if (--budget < 0) return false;
  if (b.is == negation) return implies(a, b.parts.front(), budget);
  if (a.is == known && b.is == open_lead) return !a.wanted && b.wanted;
  // Only activities have a kind of activity and a value; a text they have not.
  if (a.is == activity || a.is == activity_value) {
    if (b.is == kind) return !std::binary_search(b.values.begin(), b.values.end(), hub::message::activity::kind);
    if (b.is == words) return true;
  }
  if (a.is != b.is) return false;
  switch (a.is) {
    case channel: case account: case kind: case type: case activity: return disjoint(a.values, b.values);
    case known: case open_lead: return a.wanted != b.wanted;
    default: return false;
  }
}

std::string never(const condition& when, int& budget) {
  if (constant(when) == false) return "can never match: an empty `any`, an empty list, or `not` of nothing";
  std::vector<const condition*> parts;
  conjuncts(when, parts);
  for (const auto* a : parts)
    for (const auto* b : parts)
      if (a != b && exclude(*a, *b, budget))
        return "can never match: lines " + std::to_string(std::min(a->at.line, b->at.line)) + " and " +
               std::to_string(std::max(a->at.line, b->at.line)) + " exclude each other";
  return "";
}

bool always(const std::shared_ptr<const condition>& when) { return !when || constant(*when) == true; }

}  // namespace

hub::problems lint(const rule_set& rules, const std::string& file) {
  hub::problems found;
  int budget = comparisons;
  const auto warn = [&](const std::string& where, std::string what, std::string value = {}) {
    found.push_back({where, std::move(what), std::move(value)});
  };

  std::vector<std::string> pipelines;
  for (const auto& [name, of] : rules.pipelines) pipelines.push_back(name);
  const bool described = pipelines.size() > 1 || rules.pipeline_of("sales") != rule_set().pipeline_of("sales");

  bool fallback = false;
  std::vector<const rule*> earlier;
  for (const auto& rule : rules.rules) {
    const std::string at = config::to_text(rule.at);
    const auto nothing = rule.when ? never(*rule.when, budget) : std::string();
    if (!nothing.empty()) {
      warn(at, nothing, rule.name);
      continue;
    }
    const auto covers = [&](const routing::rule* other) {
      if (always(other->when)) return true;
      return rule.when && implies(*rule.when, *other->when, budget);
    };
    const auto shadow = std::find_if(earlier.begin(), earlier.end(), covers);
    if (shadow != earlier.end())
      warn(at, "is never reached: \"" + (*shadow)->name + "\" in line " + std::to_string((*shadow)->at.line) +
                   " takes everything it could match", rule.name);
    else
      earlier.push_back(&rule);
    fallback |= always(rule.when);

    if (described && !rule.then.pipeline.empty() && !rules.pipelines.contains(rule.then.pipeline))
      warn(at, "the pipeline " + rule.then.pipeline + " is not described, so it is like sales" +
                   yaml_reader::meant(rule.then.pipeline, pipelines), rule.name);
    if (rule.then.team.empty()) continue;
    const team& team = rules.teams.at(rule.then.team);
    for (const auto& skill : rule.then.skills)
      if (std::none_of(team.members.begin(), team.members.end(), [&](const std::string& member) {
            const auto own = team.skills.find(member);
            return own != team.skills.end() && std::find(own->second.begin(), own->second.end(), skill) != own->second.end();
          }))
        warn(at, "nobody in the team " + team.name + " has the skill, so nobody will be chosen", skill);
  }
  for (const auto& addition : rules.hot_leads)
    if (addition.when)
      if (const auto nothing = never(*addition.when, budget); !nothing.empty())
        warn(config::to_text(addition.at), "hot_leads: " + nothing);

  std::set<std::string> everybody;
  for (const auto& [name, team] : rules.teams) {
    if (team.members.empty()) warn(file, "teams." + name + ": nobody is in this team", name);
    everybody.insert(team.members.begin(), team.members.end());
    everybody.insert(team.supervisors.begin(), team.supervisors.end());
  }
  for (const auto& [email, who] : rules.people)
    if (!everybody.contains(email)) warn(file, "people: is in no team", email);
  if (!fallback) warn(file, "rules: no fallback; end with a rule that has no `when`, or some leads reach no team");
  return found;
}

}  // namespace routing
