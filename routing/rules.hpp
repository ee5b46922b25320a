#pragma once
// config/routing.yaml as the deciders see it: teams, people, lead policy, rules, priority additions. Read with
// every problem in one pass (file:line:column), linted, immutable afterwards, shared between threads.

#include "config/node.hpp"
#include "hub/base/problem.hpp"
#include "hub/message/canonical.hpp"
#include "routing/calendar.hpp"
#include "routing/lifecycle.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace routing {

struct team {
  std::string name;
  std::vector<std::string> members;      ///< staff e-mails, in written order
  std::vector<std::string> supervisors;
  std::map<std::string, std::vector<std::string>> skills;  ///< member -> skills
  std::optional<std::uint32_t> capacity; ///< for members without a capacity of their own
  std::string calendar;                  ///< empty: always at work
  /// What who writes while the calendar is closed is told: language and text, as written; the first for whoever speaks none
  /// of them. Empty: nothing.
  std::vector<std::pair<std::string, std::string>> out_of_hours;
};

struct person {
  std::optional<std::uint32_t> capacity; ///< open leads over all teams; nothing: no limit
  std::string zone;                      ///< empty: the rules' time zone
  std::string calendar;                  ///< empty: the calendar of the lead's team
};

enum class strategy { round_robin, workload, manual };
constexpr auto names_of(strategy) {
  return std::array{hub::named{"round_robin", strategy::round_robin}, hub::named{"workload", strategy::workload},
                    hub::named{"manual", strategy::manual}};
}

/// A test on the facts of one event; `all`, `any`, `not` combine (routing/condition.hpp).
struct condition;
/// The words of all conditions (routing/words.hpp), so that a text is looked through once.
class word_index;

/// What a lead is worth: a field of the activity, a fixed sum, or the average of past conversions of leads that began
/// with the same activity.
struct value_rule {
  enum class source { fixed, total_cost, average_of_conversions };
  source from = source::fixed;
  double fixed = 0;                      ///< also what the average is while there are no conversions
  std::chrono::milliseconds over{};      ///< how far back the average looks
};

/// A task for whoever owns the lead, due `due` after the event.
struct task_rule {
  std::string title;
  std::chrono::milliseconds due{};
};

struct action {
  std::optional<routing::intent> intent;
  std::string pipeline;                  ///< empty: the rules name none
  std::string team;                      ///< empty: none; leads wait for a person with access to all
  std::optional<routing::strategy> strategy;
  std::vector<std::string> skills;
  std::vector<std::string> tags;
  int priority = 0;
  bool online_required = false;          ///< `online: required`: only people whose presence says available
  std::optional<value_rule> estimated_value;
  std::optional<task_rule> task;
};

struct rule {
  std::string name;
  std::shared_ptr<const condition> when;  ///< null: always
  action then;
  config::place at;
};

/// When a message joins a lead and when it opens one (docs/domain.md, "Lead policy").
struct lead_policy {
  std::vector<stage> attach_while;                            ///< empty: every open stage
  std::optional<std::chrono::milliseconds> window;            ///< nothing: unlimited
  std::optional<std::chrono::milliseconds> reopen_within;     ///< nothing: a closed lead is never reopened
};

struct priority_addition {
  std::shared_ptr<const condition> when;
  int add = 0;
  config::place at;
};

/// sla.first_response. Calendar: "owner" (the person's, else the team's; the team's while nobody owns the lead), "team",
/// or a calendar's name.
struct first_response {
  std::optional<std::chrono::milliseconds> within;   ///< nothing: no clock
  std::string calendar = "owner";
};

/// Every calendar in every zone somebody works in, ready to be asked: by the calendar's name, then the zone's.
using working_hours = std::map<std::string, std::map<std::string, working_time>>;

struct rule_set {
  std::string hash;      ///< SHA-256 of the text, hex: names this version for ever
  std::string text;      ///< the YAML itself
  std::string timezone = "UTC";
  std::map<std::string, team> teams;
  std::map<std::string, person> people;
  std::map<std::string, lead_policy> lead_policies;  ///< by channel; "default" is always there
  std::vector<rule> rules;
  std::vector<priority_addition> hot_leads;
  std::shared_ptr<const word_index> words;
  std::map<std::string, calendar> calendars;
  std::map<std::string, pipeline> pipelines;         ///< "sales" is always there
  int catch_up = 0;                                  ///< most leads in a row to one person while others are eligible; 0: no limit
  first_response first_response_due;
  std::shared_ptr<const working_hours> hours;        ///< made when the rules are read

  const lead_policy& policy_for(const std::string& channel) const;
  /// Whether a lead in that stage takes messages and activities: `while` of the channel that opened it. `source` is a
  /// word of lead_source.
  bool takes_in(const std::string& source, stage at) const;
  /// The person's own capacity, else the largest of their teams'; nothing: no limit.
  std::optional<std::uint32_t> capacity_of(const std::string& email) const;
  /// The pipeline of that name; one that is not described is like "sales".
  const pipeline& pipeline_of(const std::string& name) const;
  /// When a person works for a team: their own calendar, else the team's, in their own zone, else the rules'. Null:
  /// always. `email` empty: the team's own. Ready-made when the rules were read; lives as long as they do.
  const working_time* working_time_of(const std::string& email, const std::string& team) const;
  /// When the house as a whole works, in the rules' zone: the calendar that sla.first_response names, else the one with the
  /// most hours a week. Null: always.
  const working_time* opening_hours() const;
  /// Whether any team says something out of hours.
  bool speaks_out_of_hours() const;
  /// What somebody who speaks `language` ("uk-UA"; empty: nobody knows) is told by a team that is not at work; empty: nothing.
  const std::string& said_out_of_hours(const std::string& team, std::string_view language) const;
  /// Until when the first response to a message of `since` is due; nothing while there is no such clock. `owner` is the
  /// owner's e-mail, empty while nobody owns the lead.
  std::optional<hub::instant> first_response_until(hub::instant since, const std::string& owner, const std::string& team) const;
};

struct rules_read {
  std::shared_ptr<const rule_set> rules;  ///< null when there are problems
  hub::problems problems;
  hub::problems warnings;                 ///< lint: a rule that never matches, nobody in a team, no fallback
};
rules_read read_rules(std::string_view yaml, const std::string& file);
/// What is legal and still a mistake; read_rules() has called it.
hub::problems lint(const rule_set& rules, const std::string& file);
/// People named in the rules who are not staff.
hub::problems unknown_people(const rule_set& rules, const std::vector<std::string>& staff_emails);

}  // namespace routing
