#include "hub/ctl/staff_rows.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "routing/rules.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace hub::ctl {

std::string make_password() {
  static constexpr std::string_view letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  std::string password;
  while (password.size() < 16)
    for (const char byte : random_bytes(32)) {
      // Bytes beyond the last whole round would make some letters likelier.
      const auto number = static_cast<unsigned char>(byte);
      if (number < 256 / letters.size() * letters.size() && password.size() < 16) password += letters[number % letters.size()];
    }
  return password;
}

bool add_staff(pqxx::transaction_base& in, const std::string& email, const std::string& name, const std::string& role,
               const std::optional<std::string>& password, bool demo) {
  const std::string hash = password ? hash_password(*password) : std::string();
  return in.exec_params("insert into staff (email, name, role, password_hash, demo) values (lower($1), $2, $3::user_role, nullif($4, ''), $5)"
                        " on conflict (email) do nothing",
                        email, name, role, hash, demo).affected_rows() == 1;
}

void join_teams(pqxx::transaction_base& in) {
  in.exec("select pg_advisory_xact_lock(hashtext('leadyard rules'))");
  const auto active = in.exec("select hash, text, author from rule_version where active");
  if (active.empty()) return;
  const auto read = routing::read_rules(active[0][1].as<std::string>(), "rules in force");
  if (!read.rules) throw error(failure::permanent, "rules", "the rules in force cannot be read:\n" + to_text(read.problems));
  boost::json::array teams;
  for (const auto& [name, of] : read.rules->teams) {
    boost::json::array members;
    for (const auto& email : of.members) {
      boost::json::array skills;
      if (const auto known = of.skills.find(email); known != of.skills.end())
        for (const auto& skill : known->second) skills.emplace_back(skill);
      members.push_back(boost::json::object{{"email", email}, {"supervisor", false}, {"skills", std::move(skills)}});
    }
    for (const auto& email : of.supervisors)
      members.push_back(boost::json::object{{"email", email}, {"supervisor", true}, {"skills", boost::json::array()}});
    teams.push_back(boost::json::object{{"name", name}, {"members", std::move(members)}});
  }
  in.exec_params("select activate_rules($1, $2, $3, $4::jsonb)", active[0][0].as<std::string>(), active[0][1].as<std::string>(),
                 active[0][2].as<std::string>(), boost::json::serialize(teams));
}

}  // namespace hub::ctl
