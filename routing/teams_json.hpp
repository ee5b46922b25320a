#pragma once
// The teams of a rule set as the SQL function activate_rules() takes them. For whoever puts rules in force: hub-worker at
// its first start and on SIGHUP, hubctl. Pure, any thread.

#include "hub/base/describe.hpp"
#include "hub/message/json.hpp"
#include "routing/rules.hpp"

#include <string>
#include <vector>

namespace routing {

struct team_member_row {
  std::string email;
  bool supervisor = false;
  std::vector<std::string> skills;

  bool operator==(const team_member_row&) const = default;
  static void describe(auto& self, auto& on) {
    on("email", self.email, hub::about{.text = "Of a person who is or will be staff.", .required = true});
    on("supervisor", self.supervisor, hub::about{.text = "Supervises the team."});
    on("skills", self.skills, hub::about{.text = "What the person can do.", .required = true});
  }
};

struct team_row {
  std::string name;
  std::vector<team_member_row> members;

  bool operator==(const team_row&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, hub::about{.text = "Unique.", .required = true});
    on("members", self.members, hub::about{.text = "In the order in which they are written.", .required = true});
  }
};

inline std::string teams_json(const rule_set& rules) {
  std::vector<team_row> teams;
  for (const auto& [name, of] : rules.teams) {
    team_row t{name, {}};
    for (const auto& email : of.members) {
      const auto skills = of.skills.find(email);
      t.members.push_back({email, false, skills == of.skills.end() ? std::vector<std::string>{} : skills->second});
    }
    for (const auto& email : of.supervisors) t.members.push_back({email, true, {}});
    teams.push_back(std::move(t));
  }
  return hub::message::to_json(teams);
}

}  // namespace routing
