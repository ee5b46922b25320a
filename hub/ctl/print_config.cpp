// hubctl print-config: the settings in force, where each came from, secrets hidden.

#include "config/settings.hpp"
#include "hub/ctl/subcommand.hpp"

#include <iostream>

namespace hub::ctl {

int print_config(const words& arguments) {
  options::options_description known("Options");
  known.add_options()("config", options::value<std::string>()->default_value(""), "settings file instead of config/hub.yaml");
  const auto given = read_options(arguments, known, {}, "hubctl print-config [--config FILE]");
  const auto settings = config::load_settings(given["config"].as<std::string>());
  std::cout << config::print_settings(settings);
  // To the other stream, so that the YAML stays readable for a program.
  std::cerr << to_text(settings.problems);
  return settings.problems.empty() ? good : failed;
}

}  // namespace hub::ctl
