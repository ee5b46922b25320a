#include "workers/store/rules.hpp"

#include "hub/message/json.hpp"

namespace workers::store::rules {

namespace {

using hub::about;

/// What activate_rules() takes.
struct member {
  std::string email;
  bool supervisor = false;
  std::vector<std::string> skills;

  bool operator==(const member&) const = default;
  static void describe(auto& self, auto& on) {
    on("email", self.email, about{.text = "", .required = true});
    on("supervisor", self.supervisor, about{.text = ""});
    on("skills", self.skills, about{.text = "", .required = true});
  }
};
struct team {
  std::string name;
  std::vector<member> members;

  bool operator==(const team&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, about{.text = "", .required = true});
    on("members", self.members, about{.text = "", .required = true});
  }
};

}  // namespace

void prepare(pqxx::connection& c) {
  c.prepare("rule_version.active", "select hash from rule_version where active");
  c.prepare("rule_version.text", "select text from rule_version where hash = $1");
}

std::optional<std::string> active_hash(pqxx::work& tx) {
  const auto rows = tx.exec_prepared("rule_version.active");
  if (rows.empty()) return std::nullopt;
  return rows[0][0].as<std::string>();
}

std::string text_of(pqxx::work& tx, const std::string& hash) {
  return tx.exec_prepared1("rule_version.text", hash)[0].as<std::string>();
}

void activate(pqxx::work& tx, const routing::rule_set& rules, const std::string& author) {
  std::vector<team> teams;
  for (const auto& [name, of] : rules.teams) {
    team t{name, {}};
    for (const auto& email : of.members) {
      const auto skills = of.skills.find(email);
      t.members.push_back({email, false, skills == of.skills.end() ? std::vector<std::string>{} : skills->second});
    }
    for (const auto& email : of.supervisors) t.members.push_back({email, true, {}});
    teams.push_back(std::move(t));
  }
  tx.exec_params("select activate_rules($1, $2, $3, $4::jsonb)", rules.hash, rules.text, author, hub::message::to_json(teams));
}

}  // namespace workers::store::rules
