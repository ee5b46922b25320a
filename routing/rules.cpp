#include "routing/rules.hpp"

#include "hub/base/text.hpp"

#include <algorithm>
#include <set>

namespace routing {

const lead_policy& rule_set::policy_for(const std::string& channel) const {
  const auto own = lead_policies.find(channel);
  return own != lead_policies.end() ? own->second : lead_policies.at("default");
}

bool rule_set::takes_in(const std::string& source, stage at) const {
  const auto& list = policy_for(source == "website" ? "activity" : source).attach_while;
  return is_open(at) && (list.empty() || std::find(list.begin(), list.end(), at) != list.end());
}

std::optional<std::uint32_t> rule_set::capacity_of(const std::string& email) const {
  if (const auto who = people.find(email); who != people.end() && who->second.capacity) return who->second.capacity;
  std::optional<std::uint32_t> largest;
  for (const auto& [name, team] : teams)
    if (team.capacity && std::find(team.members.begin(), team.members.end(), email) != team.members.end())
      largest = std::max(largest.value_or(0), *team.capacity);
  return largest;
}

const pipeline& rule_set::pipeline_of(const std::string& name) const {
  static const pipeline standard{"sales"};
  if (const auto own = pipelines.find(name); own != pipelines.end()) return own->second;
  const auto sales = pipelines.find("sales");
  return sales != pipelines.end() ? sales->second : standard;
}

namespace {

const working_time* hours_of(const rule_set& rules, const std::string& calendar, const std::string& zone) {
  if (!rules.hours || calendar.empty()) return nullptr;
  const auto zones = rules.hours->find(calendar);
  if (zones == rules.hours->end()) return nullptr;
  const auto ready = zones->second.find(zone);
  return ready == zones->second.end() ? nullptr : &ready->second;
}

}  // namespace

const working_time* rule_set::working_time_of(const std::string& email, const std::string& team) const {
  const auto who = email.empty() ? people.end() : people.find(email);
  const auto& zone = who == people.end() || who->second.zone.empty() ? timezone : who->second.zone;
  if (who != people.end() && !who->second.calendar.empty()) return hours_of(*this, who->second.calendar, zone);
  const auto of = teams.find(team);
  return of == teams.end() ? nullptr : hours_of(*this, of->second.calendar, zone);
}

const working_time* rule_set::opening_hours() const {
  if (const auto* named = hours_of(*this, first_response_due.calendar, timezone)) return named;
  std::string longest;
  int most = 0;
  for (const auto& [name, of] : calendars) {
    int minutes = 0;
    for (const auto& day : of.week)
      for (const auto& one : day) minutes += one.to - one.from + (one.to < one.from ? 24 * 60 : 0);
    if (minutes > most) {
      most = minutes;
      longest = name;
    }
  }
  return hours_of(*this, longest, timezone);
}

bool rule_set::speaks_out_of_hours() const {
  return std::any_of(teams.begin(), teams.end(), [](const auto& one) { return !one.second.out_of_hours.empty(); });
}

const std::string& rule_set::said_out_of_hours(const std::string& team, std::string_view language) const {
  static const std::string nothing;
  const auto of = teams.find(team);
  if (of == teams.end() || of->second.out_of_hours.empty()) return nothing;
  const auto& texts = of->second.out_of_hours;
  const auto spoken = language.substr(0, language.find_first_of("-_"));
  const auto own = std::find_if(texts.begin(), texts.end(), [&](const auto& one) { return one.first == spoken; });
  return own == texts.end() ? texts.front().second : own->second;
}

std::optional<hub::instant> rule_set::first_response_until(hub::instant since, const std::string& owner,
                                                           const std::string& team) const {
  const auto& [within, calendar] = first_response_due;
  if (!within) return std::nullopt;
  const auto* hours = calendar == "owner"  ? working_time_of(owner, team)
                      : calendar == "team" ? working_time_of("", team)
                                           : hours_of(*this, calendar, timezone);
  return hours ? hours->after(since, *within) : since + *within;
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
