// hubctl status: key=value lines for scripts; the keys are a contract (docs/operations.md).

#include "hub/ctl/home.hpp"
#include "hub/ctl/subcommand.hpp"

#include <boost/json.hpp>

#include <iostream>

namespace hub::ctl {

int status(const words& arguments) {
  bool json = false;
  options::options_description known;
  known.add_options()("json", options::bool_switch(&json), "one JSON object");
  read_options(arguments, known, {}, "hubctl status [--json]");

  auto lines = read_status(home_directory());
  if (lines.empty()) lines["state"] = "stopped";
  if (json) {
    boost::json::object all;
    for (const auto& [key, value] : lines) all[key] = value;
    std::cout << boost::json::serialize(all) << "\n";
  } else {
    for (const auto& [key, value] : lines) std::cout << key << "=" << value << "\n";
  }
  return lines["state"] == "stopped" ? unreachable : good;
}

}  // namespace hub::ctl
