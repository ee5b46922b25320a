// hubctl reference DIR: the pages and schemas that are printed from declarations. The committed ones under
// docs/reference are compared with them by a unit test.

#include "config/settings.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/sibling.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/message/canonical.hpp"
#include "hub/message/schema.hpp"

#include <iostream>

namespace hub::ctl {

int reference(const words& arguments) {
  options::options_description known("Options");
  known.add_options()("directory", options::value<std::string>()->required(), "");
  options::positional_options_description positional;
  positional.add("directory", 1);
  const auto given = read_options(arguments, known, positional, "hubctl reference DIRECTORY");
  const auto directory = given["directory"].as<std::string>();

  const auto connectors = ask_connector({"--describe-settings"});
  if (!connectors.found || connectors.exit_code != 0)
    throw error(
        failure::permanent, "reference",
        "hub-connector --describe-settings: " + (connectors.found ? connectors.output : "the program is not beside hubctl"));

  make_directory(directory, 0755);
  const auto write = [&](const std::string& name, const std::string& content) {
    write_file(directory + "/" + name, content, 0644);
    std::cout << directory << "/" << name << "\n";
  };
  write("config.md", config::reference_page(connectors.output));
  write("canonical.md", hub::message::canonical_reference());
  for (const auto& policy : hub::message::kind_policies())
    write("leadyard." + std::string(policy.kind) + ".v1.json", hub::message::event_schema(policy.kind));
  return good;
}

}  // namespace hub::ctl
