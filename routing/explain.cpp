#include "routing/explain.hpp"

#include "hub/base/text.hpp"
#include "routing/condition.hpp"

#include <algorithm>

namespace routing {

namespace {

std::string in_words(const value_rule& value) {
  switch (value.from) {
    case value_rule::source::fixed: return amount_text(value.fixed);
    case value_rule::source::total_cost: return "its total cost";
    case value_rule::source::average_of_conversions:
      return "the average of conversions of the same activity over " + hub::to_text(value.over) + ", else " +
             amount_text(value.fixed);
  }
  return "";
}

std::string describe(const matched& by) {
  std::string text;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) text += (text.empty() ? "" : ", ") + name + " " + value;
  };
  if (by.then.intent) add("intent", std::string(hub::name_of(*by.then.intent)));
  add("pipeline", by.then.pipeline);
  add("team", by.then.team);
  if (by.then.strategy) add("strategy", std::string(hub::name_of(*by.then.strategy)));
  add("skills", hub::join(by.then.skills, ", "));
  if (by.then.online_required) add("online", "required");
  add("tags", hub::join(by.then.tags, ", "));
  if (by.then.estimated_value) add("estimated value", in_words(*by.then.estimated_value));
  if (by.then.task) add("task", "\"" + by.then.task->title + "\" due in " + hub::to_text(by.then.task->due));
  return text.empty() ? "nothing" : text;
}

std::string who(const candidate& one) {
  return one.email.empty() ? "staff " + std::to_string(one.id) : one.email + " (" + std::to_string(one.id) + ")";
}

}  // namespace

std::vector<candidate> roster_of(const rule_set& rules, const std::string& name) {
  std::vector<candidate> roster;
  const auto team = rules.teams.find(name);
  if (team == rules.teams.end()) return roster;
  for (const auto& email : team->second.members) {
    candidate one;
    one.id = static_cast<std::int64_t>(roster.size()) + 1;
    one.email = email;
    one.capacity = rules.capacity_of(email);
    if (const auto own = team->second.skills.find(email); own != team->second.skills.end()) one.skills = own->second;
    roster.push_back(std::move(one));
  }
  return roster;
}

std::string explain_text(const rule_set& rules, const facts& about, std::vector<candidate> roster, cursor ring) {
  std::string out = "rules\n";
  for (const auto& verdict : explain(rules, about))
    out += (verdict.matched ? "  yes  " : "  no   ") + verdict.rule + ": " + verdict.why + "\n";

  const matched by = match(rules, about);
  out += "outcome\n  " + (by.rule.empty() ? std::string("no rule matched") : by.rule + ": " + describe(by)) + "\n";
  out += "  priority " + std::to_string(by.priority) + (by.parts.empty() ? "" : " (" + hub::join(by.parts, ", ") + ")") + "\n";

  const auto how = by.then.strategy.value_or(strategy::manual);
  if (how == strategy::manual) {
    out += by.then.team.empty() ? "nobody is chosen: the lead waits for a person with access to all teams\n"
                                : "nobody is chosen: the lead waits in the queue of the team " + by.then.team + "\n";
    return out;
  }
  std::sort(roster.begin(), roster.end(), [](const candidate& a, const candidate& b) { return a.id < b.id; });
  const auto before = roster;
  const choice made = choose(how, by.then.skills, roster, ring, 0, {by.then.online_required, rules.catch_up});
  out += "candidates\n";
  if (before.empty()) out += "  none\n";
  for (const auto& one : before) {
    const auto refused =
        std::find_if(made.excluded.begin(), made.excluded.end(), [&](const exclusion& e) { return e.id == one.id; });
    out += refused == made.excluded.end() ? "  yes  " : "  no   ";
    out += who(one) + ": " + std::to_string(one.open_leads) + (one.capacity ? " of " + std::to_string(*one.capacity) : "") +
           (one.open_leads == 1 && !one.capacity ? " open lead" : " open leads");
    if (refused != made.excluded.end()) out += ", " + refused->reason;
    out += "\n";
  }
  if (made.winner) {
    const auto winner = std::find_if(before.begin(), before.end(), [&](const candidate& c) { return c.id == *made.winner; });
    out += "chosen\n  " + who(*winner) + ": " + made.tie_break + "\n";
  } else {
    out += "nobody is chosen: " + made.reason + "\n";
  }
  return out;
}

}  // namespace routing
