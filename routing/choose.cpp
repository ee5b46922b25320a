#include "routing/choose.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

namespace routing {

namespace {

// From what lasts longest to what passes soonest: the first that applies is told.
enum class cause { inactive, skill, absent, off_hours, away, capacity };

struct refusal {
  cause why;
  std::string text;
};

std::optional<refusal> refuse(const candidate& who, const std::vector<std::string>& skills, const terms& asked) {
  if (!who.active) return refusal{cause::inactive, "inactive"};
  for (const auto& skill : skills)
    if (std::find(who.skills.begin(), who.skills.end(), skill) == who.skills.end())
      return refusal{cause::skill, "lacks skill " + skill};
  if (who.absent) return refusal{cause::absent, "absent"};
  if (who.off_hours) return refusal{cause::off_hours, "off hours"};
  if (asked.online_required && !who.available) return refusal{cause::away, "away"};
  if (who.capacity && who.open_leads >= *who.capacity)
    return refusal{cause::capacity,
                   "at capacity " + std::to_string(who.open_leads) + " of " + std::to_string(*who.capacity)};
  return std::nullopt;
}

std::string_view words(cause why) {
  switch (why) {
    case cause::inactive: return "inactive";
    case cause::skill: return "without the skills";
    case cause::absent: return "absent";
    case cause::off_hours: return "off hours";
    case cause::away: return "away";
    case cause::capacity: return "at capacity";
  }
  return "";
}

std::string nobody(const std::map<cause, std::size_t>& counts, const std::vector<std::string>& skills) {
  if (counts.empty()) return "the team is empty";
  std::string text;
  if (counts.size() == 1 && counts.begin()->first == cause::skill) {
    for (const auto& skill : skills) text += (text.empty() ? "" : ", ") + skill;
    return "nobody has the skills " + text;
  }
  if (counts.size() == 1) return "everybody is " + std::string(words(counts.begin()->first));
  for (const auto& [why, n] : counts) text += (text.empty() ? "" : ", ") + std::to_string(n) + " " + std::string(words(why));
  return "nobody is eligible: " + text;
}

candidate* next_in_ring(const std::vector<candidate*>& eligible, std::int64_t last, std::string& how) {
  const auto after = std::find_if(eligible.begin(), eligible.end(), [&](const candidate* c) { return c->id > last; });
  how = last == 0 ? "first in the ring" : "next after " + std::to_string(last) + " in the ring";
  return after == eligible.end() ? eligible.front() : *after;
}

candidate* least_loaded(const std::vector<candidate*>& eligible, std::string& how) {
  const auto load = [](const candidate* c) { return std::tuple(c->open_leads, c->last_assigned, c->id); };
  candidate* best = *std::min_element(eligible.begin(), eligible.end(),
                                      [&](const candidate* a, const candidate* b) { return load(a) < load(b); });
  std::size_t as_few = 0, as_long = 0;
  for (const auto* c : eligible) {
    as_few += c->open_leads == best->open_leads;
    as_long += c->open_leads == best->open_leads && c->last_assigned == best->last_assigned;
  }
  how = std::to_string(best->open_leads) + (best->open_leads == 1 ? " open lead" : " open leads");
  if (as_few > 1) how += as_long > 1 ? ", smallest id" : ", waited longest";
  return best;
}

}  // namespace

std::string cursor_key(const std::string& team, const std::vector<std::string>& skills, strategy how) {
  std::string key = team;
  char separator = '|';
  for (const auto& skill : std::set<std::string>(skills.begin(), skills.end())) {
    key += separator + skill;
    separator = ',';
  }
  if (how != strategy::workload) return key;
  return key + (skills.empty() ? "||" : "|") + "workload";
}
std::string cursor_key(const action& then) {
  return cursor_key(then.team, then.skills, then.strategy.value_or(strategy::manual));
}

choice choose(strategy how, const std::vector<std::string>& skills, std::vector<candidate>& team, cursor& ring,
              std::int64_t now_us, const terms& asked) {
  choice made;
  made.cursor_before = made.cursor_after = ring.last;
  made.in_a_row_before = made.in_a_row_after = ring.in_a_row;
  if (how == strategy::manual) {
    made.reason = "manual";
    return made;
  }

  // The ring is the order of ids, whatever order the rows came in.
  std::vector<candidate*> eligible;
  for (auto& who : team) eligible.push_back(&who);
  std::sort(eligible.begin(), eligible.end(), [](const candidate* a, const candidate* b) { return a->id < b->id; });
  std::map<cause, std::size_t> refused;
  std::erase_if(eligible, [&](const candidate* who) {
    auto why = refuse(*who, skills, asked);
    if (!why) return false;
    made.excluded.push_back({who->id, std::move(why->text)});
    ++refused[why->why];
    return true;
  });
  if (eligible.empty()) {
    made.reason = nobody(refused, skills);
    return made;
  }

  const bool counts = how == strategy::workload && asked.catch_up > 0;
  if (counts && ring.in_a_row >= asked.catch_up && eligible.size() > 1)
    std::erase_if(eligible, [&](const candidate* who) {
      if (who->id != ring.last) return false;
      made.excluded.push_back({who->id, "had " + std::to_string(ring.in_a_row) + " in a row"});
      return true;
    });

  candidate* winner = how == strategy::round_robin ? next_in_ring(eligible, ring.last, made.tie_break)
                                                   : least_loaded(eligible, made.tie_break);
  made.winner = winner->id;
  ++winner->open_leads;
  winner->last_assigned = now_us;
  if (counts) made.in_a_row_after = ring.in_a_row = winner->id == ring.last ? ring.in_a_row + 1 : 1;
  if (counts || how == strategy::round_robin) made.cursor_after = ring.last = winner->id;
  return made;
}

}  // namespace routing
