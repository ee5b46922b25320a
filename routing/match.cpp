#include "routing/match.hpp"

#include "routing/condition.hpp"

#include <algorithm>

namespace routing {

matched match(const rule_set& rules, const facts& about) {
  matched result;
  looked_at facts(rules, about);
  for (const auto& rule : rules.rules) {
    if (rule.when && !holds(*rule.when, facts, result.because)) continue;
    result.rule = rule.name;
    result.then = rule.then;
    break;
  }
  int priority = result.then.priority;
  const auto part = [&](const std::string& from, int n) {
    result.parts.push_back(from + (n < 0 ? " " : " +") + std::to_string(n));
  };
  if (priority != 0) part("rule", priority);
  for (const auto& addition : rules.hot_leads) {
    if (addition.when && !holds(*addition.when, facts, result.because)) continue;
    priority += addition.add;
    part("line " + std::to_string(addition.at.line), addition.add);
  }
  result.priority = std::clamp(priority, 0, 100);
  return result;
}

std::vector<rule_verdict> explain(const rule_set& rules, const facts& about) {
  std::vector<rule_verdict> verdicts;
  looked_at facts(rules, about);
  bool decided = false;
  for (const auto& rule : rules.rules) {
    std::vector<evidence> because;
    rule_verdict verdict{rule.name, !rule.when || holds(*rule.when, facts, because), {}};
    if (!verdict.matched) {
      verdict.why = why_not(*rule.when, facts);
    } else {
      for (const auto& one : because)
        verdict.why += (verdict.why.empty() ? "" : ", ") + one.what + " at bytes " + std::to_string(one.from) + " to " +
                       std::to_string(one.to);
      if (verdict.why.empty()) verdict.why = rule.when ? "every condition holds" : "no condition";
      if (decided) verdict.why += "; an earlier rule decided";
      decided = true;
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

}  // namespace routing
