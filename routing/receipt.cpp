#include "routing/receipt.hpp"

#include "hub/message/json.hpp"

#include <algorithm>

namespace routing {

receipt decide(const rule_set& rules, const matched& by, std::vector<candidate>& team, cursor& ring, std::int64_t now_us) {
  receipt kept;
  kept.rules_hash = rules.hash;
  kept.rule = by.rule;
  kept.strategy = by.then.strategy.value_or(strategy::manual);
  kept.team = by.then.team;
  kept.skills = by.then.skills;
  if (kept.strategy != strategy::manual) kept.online_required = by.then.online_required;
  if (kept.strategy == strategy::workload) kept.catch_up = rules.catch_up;
  kept.priority = by.priority;
  kept.priority_parts = by.parts;
  kept.decided_at = hub::instant(std::chrono::floor<std::chrono::milliseconds>(std::chrono::microseconds(now_us)));
  for (const auto& one : by.because) kept.evidence.push_back({one.what.substr(0, one.what.find(':')), one.from, one.to});

  if (kept.strategy != strategy::manual) {
    for (const auto& who : team) {
      receipt_candidate seen{who.id,     !who.active,   {}, who.open_leads, who.capacity, who.last_assigned,
                             who.absent, who.off_hours, kept.online_required && !who.available};
      for (const auto& skill : kept.skills)
        if (std::find(who.skills.begin(), who.skills.end(), skill) != who.skills.end()) seen.skills.push_back(skill);
      kept.candidates.push_back(std::move(seen));
    }
    std::sort(kept.candidates.begin(), kept.candidates.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  }
  if (kept.strategy == strategy::round_robin || kept.catch_up > 0) kept.cursor = ring.key;

  choice made = choose(kept.strategy, kept.skills, team, ring, now_us, {kept.online_required, kept.catch_up});
  for (auto& one : made.excluded) kept.excluded.push_back({one.id, std::move(one.reason)});
  kept.tie_break = std::move(made.tie_break);
  kept.reason = std::move(made.reason);
  kept.winner = made.winner;
  kept.cursor_before = made.cursor_before;
  kept.cursor_after = made.cursor_after;
  kept.in_a_row_before = made.in_a_row_before;
  kept.in_a_row_after = made.in_a_row_after;
  return kept;
}

choice re_evaluate(const receipt& kept) {
  std::vector<candidate> team;
  for (const auto& seen : kept.candidates) {
    candidate who;
    who.id = seen.id;
    who.active = !seen.inactive;
    who.skills = seen.skills;
    who.capacity = seen.capacity;
    who.open_leads = seen.open_leads;
    who.last_assigned = seen.last_assigned;
    who.absent = seen.absent;
    who.off_hours = seen.off_hours;
    who.available = !seen.away;
    team.push_back(std::move(who));
  }
  cursor ring{kept.cursor, kept.cursor_before, kept.in_a_row_before};
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(kept.decided_at.time_since_epoch()).count();
  return choose(kept.strategy, kept.skills, team, ring, now, {kept.online_required, kept.catch_up});
}

std::string to_json(const receipt& kept) { return hub::message::to_json(kept); }

hub::result<receipt> receipt_from_json(std::string_view json) {
  const auto value = hub::message::parse_json(json);
  if (!value) return value.error();
  return hub::message::from_json<receipt>(*value);
}

}  // namespace routing
