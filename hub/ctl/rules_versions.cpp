#include "hub/ctl/rules_versions.hpp"

#include "hub/ctl/database.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"
#include "routing/teams_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

namespace hub::ctl {

namespace {

std::string in_force(pqxx::work& tx) {
  const auto rows = tx.exec("select hash from rule_version where active");
  return rows.empty() ? std::string() : text_or_empty(rows[0][0]);
}

/// Returns the hash that was in force before.
std::string put_in_force(pqxx::work& tx, const routing::rule_set& rules, const std::string& action) {
  // The same lock as hub-worker at its first start and on SIGHUP.
  tx.exec("select pg_advisory_xact_lock(hashtext('leadyard rules'))");
  auto before = in_force(tx);
  if (before == rules.hash) return before;
  tx.exec_params("select activate_rules($1, $2, $3, $4::jsonb)", rules.hash, rules.text, operator_name(),
                 routing::teams_json(rules));
  tx.exec_params0(
      "insert into audit (program, action, subject, details) values ('hubctl', $1, 'rules:' || $2, "
      "jsonb_build_object('by', $3::text, 'before', $4::text))",
      action, rules.hash, operator_name(), before);
  return before;
}

void tell(const routing::rule_set& rules, const std::string& before) {
  if (before == rules.hash) {
    std::cout << "these rules are in force already: " << rules.hash.substr(0, 12) << "\n";
    return;
  }
  std::cout << "in force now: " << rules.hash.substr(0, 12) << ", " << rules.rules.size() << " rules, " << rules.teams.size()
            << " teams\n";
  if (!before.empty())
    std::cout << "before:       " << before.substr(0, 12) << "; to go back: hubctl rules rollback " << before.substr(0, 12)
              << "\n";
}

}  // namespace

int apply_rules(const std::string& text, const std::string& file) {
  auto read = routing::read_rules(text, file);
  if (!read.rules) {
    std::cerr << to_text(read.problems) << read.problems.size() << (read.problems.size() == 1 ? " problem" : " problems")
              << "; the rules in force stay\n";
    return failed;
  }
  auto database = open_database(settings_with_database());
  std::string before;
  std::vector<std::string> staff;
  database.transact([&](pqxx::work& tx) {
    staff.clear();
    for (const auto& row : tx.exec("select email from staff")) staff.push_back(text_or_empty(row[0]));
    before = put_in_force(tx, *read.rules, "rules_applied");
  });
  for (auto& unknown : routing::unknown_people(*read.rules, staff)) {
    unknown.where = file + ": " + unknown.where;
    read.warnings.push_back(std::move(unknown));
  }
  for (const auto& warning : read.warnings) std::cout << "warning: " << to_text(warning) << "\n";
  tell(*read.rules, before);
  return good;
}

int roll_back_rules(const std::string& hash) {
  if (hash.size() < 4 || hash.find_first_not_of("0123456789abcdef") != std::string::npos)
    throw usage_error("rollback takes the hash of a version or its first digits, four or more");
  auto database = open_database(settings_with_database());
  std::vector<std::string> texts, hashes;
  database.transact([&](pqxx::work& tx) {
    texts.clear();
    hashes.clear();
    for (const auto& row : tx.exec_params("select hash, text from rule_version where starts_with(hash, $1)", hash)) {
      hashes.push_back(text_or_empty(row[0]));
      texts.push_back(text_or_empty(row[1]));
    }
  });
  if (texts.size() != 1) {
    std::cerr << "hubctl rules: " << (texts.empty() ? "there is no version " : "several versions begin with ") << hash
              << "; hubctl rules list shows them\n";
    return failed;
  }
  const auto read = routing::read_rules(texts[0], "rules " + hashes[0].substr(0, 12));
  if (!read.rules) {
    // Written for another version of the program.
    std::cerr << to_text(read.problems) << "this program cannot read them; the rules in force stay\n";
    return failed;
  }
  const auto before = database.transact([&](pqxx::work& tx) { return put_in_force(tx, *read.rules, "rules_rolled_back"); });
  tell(*read.rules, before);
  return good;
}

int list_rules(bool json) {
  auto database = open_database(settings_with_database());
  table printed({"", "HASH", "AUTHOR", "FIRST APPLIED (UTC)", "LAST IN FORCE SINCE (UTC)"});
  boost::json::array all;
  database.transact([&](pqxx::work& tx) {
    for (const auto& row : tx.exec("select hash, author, " + utc_of("created_at") + ", " + utc_of("activated_at") +
                                   ", active from rule_version order by activated_at desc nulls last, id desc")) {
      const bool active = row[4].as<bool>();
      printed.add({active ? "*" : "", text_or_empty(row[0]).substr(0, 12), one_line(text_or_empty(row[1]), 40),
                   utc_words(text_or_empty(row[2])).substr(0, 19), utc_words(text_or_empty(row[3])).substr(0, 19)});
      all.push_back(boost::json::object{{"hash", text_or_empty(row[0])},
                                        {"author", text_or_empty(row[1])},
                                        {"created_at", text_or_empty(row[2])},
                                        {"activated_at", text_or_empty(row[3])},
                                        {"active", active}});
    }
  });
  if (json)
    std::cout << boost::json::serialize(all) << "\n";
  else if (printed.empty())
    std::cout << "No rules were ever applied.\n";
  else
    std::cout << printed.text();
  return good;
}

}  // namespace hub::ctl
