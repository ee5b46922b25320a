#include "routing/receipt_words.hpp"

namespace routing {

namespace {

constexpr std::size_t most_named = 3;

std::string how(const receipt& kept, const name_of_person& name) {
  switch (kept.strategy) {
    case strategy::round_robin:
      return kept.cursor_before == 0 ? "first in the ring" : "next in the ring after " + name(kept.cursor_before);
    case strategy::workload: return "fewest open leads (" + kept.tie_break + ")";
    case strategy::manual: return kept.tie_break;
  }
  return kept.tie_break;
}

std::string method_of(strategy s) {
  switch (s) {
    case strategy::round_robin: return " by round robin";
    case strategy::workload: return " by workload";
    case strategy::manual: return "";
  }
  return "";
}

std::string not_eligible(const receipt& kept, const name_of_person& name) {
  if (kept.excluded.empty()) return "";
  std::string list;
  for (std::size_t i = 0; i < kept.excluded.size() && i < most_named; ++i)
    list += (i ? ", " : "") + name(kept.excluded[i].id) + " (" + kept.excluded[i].reason + ")";
  if (kept.excluded.size() > most_named) list += " and " + std::to_string(kept.excluded.size() - most_named) + " more";
  return "; not eligible: " + list;
}

}  // namespace

std::string in_words(const receipt& kept, const name_of_person& name) {
  const auto rule = kept.rule.empty() ? std::string("No rule matched") : "Rule " + kept.rule;
  const auto where = kept.team.empty() ? std::string() : " in " + kept.team;
  if (!kept.winner) {
    if (kept.strategy == strategy::manual)
      return rule + (kept.rule.empty() ? "; it" : ": it") + " waits" + where + " for somebody to claim it.";
    return rule + " found nobody" + method_of(kept.strategy) + where + ": " + kept.reason + not_eligible(kept, name) + ".";
  }
  return rule + (kept.rule.empty() ? "; given to " : " gave it to ") + name(*kept.winner) + method_of(kept.strategy) + where +
         ": " + how(kept, name) + not_eligible(kept, name) + ".";
}

}  // namespace routing
