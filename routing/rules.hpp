#pragma once
// config/routing.yaml as the deciders see it: teams, people, lead policy, rules, priority additions. Read with
// every problem in one pass (file:line:column), linted, immutable afterwards, shared between threads.

#include "config/node.hpp"
#include "hub/base/problem.hpp"
#include "hub/message/canonical.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace routing {

/// The words of lead_intent, lead_stage.
enum class intent { buy, sell, service_inquiry, other };
constexpr auto names_of(intent) {
  return std::array{hub::named{"buy", intent::buy}, hub::named{"sell", intent::sell},
                    hub::named{"service_inquiry", intent::service_inquiry}, hub::named{"other", intent::other}};
}
/// In the order of the funnel.
enum class stage { fresh, contacted, qualified, in_negotiation, prepayment, sold, lost };
constexpr auto names_of(stage) {
  using enum stage;
  return std::array{hub::named{"new", fresh}, hub::named{"contacted", contacted}, hub::named{"qualified", qualified},
                    hub::named{"in_negotiation", in_negotiation}, hub::named{"prepayment", prepayment},
                    hub::named{"sold", sold}, hub::named{"lost", lost}};
}
constexpr bool is_open(stage s) { return s != stage::sold && s != stage::lost; }

struct team {
  std::string name;
  std::vector<std::string> members;      ///< staff e-mails, in written order
  std::vector<std::string> supervisors;
  std::map<std::string, std::vector<std::string>> skills;  ///< member -> skills
  std::optional<std::uint32_t> capacity; ///< for members without a capacity of their own
};

struct person {
  std::optional<std::uint32_t> capacity; ///< open leads over all teams; nothing: no limit
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

struct action {
  std::optional<routing::intent> intent;
  std::string pipeline;                  ///< empty: the rules name none
  std::string team;                      ///< empty: none; leads wait for a person with access to all
  std::optional<routing::strategy> strategy;
  std::vector<std::string> skills;
  std::vector<std::string> tags;
  int priority = 0;
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

  const lead_policy& policy_for(const std::string& channel) const;
  /// The person's own capacity, else the largest of their teams'; nothing: no limit.
  std::optional<std::uint32_t> capacity_of(const std::string& email) const;
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
