// hubctl check: everything an operator can have written wrong, in one pass and without touching anything that runs.

#include "config/profile.hpp"
#include "config/settings.hpp"
#include "config/staff.hpp"
#include "hub/ctl/sibling.hpp"
#include "hub/ctl/subcommand.hpp"
#include "routing/rules.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace hub::ctl {

namespace {

// Problems first, then what is only a warning; true when there is no problem.
bool tell(const char* of, const std::string& file, const problems& found, const problems& warnings = {}) {
  for (const auto& p : found) std::cout << to_text(p) << "\n";
  for (const auto& p : warnings) std::cout << to_text(p) << " [warning]\n";
  std::cout << of << " " << file << ": ";
  if (found.empty())
    std::cout << "good";
  else
    std::cout << found.size() << (found.size() == 1 ? " problem" : " problems");
  if (!warnings.empty()) std::cout << ", " << warnings.size() << (warnings.size() == 1 ? " warning" : " warnings");
  std::cout << "\n";
  return found.empty();
}

bool check_rules(const config::loaded& settings) {
  const auto staff_file = config::staff_path(settings);
  const auto staff = config::read_staff_file(staff_file);
  const bool staff_good = tell("staff", staff_file, staff.problems);

  const auto path = config::rules_path(settings);
  std::ifstream file(path, std::ios::binary);
  if (!file) return tell("rules", path, {problem{path, "cannot be read"}});
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto rules = routing::read_rules(text, path);
  auto warnings = rules.warnings;
  // Only a warning: people may have been added since, and the database knows them.
  if (rules.rules && staff_good) {
    std::vector<std::string> emails;
    for (const auto& person : staff.staff) emails.push_back(person.email);
    for (auto& p : routing::unknown_people(*rules.rules, emails)) warnings.push_back(std::move(p));
  }
  return tell("rules", path, rules.problems, warnings) && staff_good;
}

bool check_connectors(const config::loaded& settings) {
  const auto answer = ask_connector({"--check", "--config", settings.file});
  if (!answer.found)
    return tell("connectors", "", {problem{"hub-connector", "is not beside hubctl, so connectors were not checked"}});
  std::cout << answer.output;
  std::cout << "connectors: " << (answer.exit_code == 0 ? "good" : "refused") << "\n";
  return answer.exit_code == 0;
}

}  // namespace

int check(const words& arguments) {
  options::options_description known("Options");
  known.add_options()("config", options::value<std::string>()->default_value(""), "settings file instead of config/hub.yaml");
  const auto given = read_options(arguments, known, {}, "hubctl check [--config FILE]");
  const auto settings = config::load_settings(given["config"].as<std::string>());
  bool well = tell("settings", settings.file, settings.problems);
  well = check_rules(settings) && well;
  // Its settings are the same file: with that refused it would only say the same again.
  if (settings.problems.empty()) well = check_connectors(settings) && well;
  return well ? good : failed;
}

}  // namespace hub::ctl
