#include "hub/ctl/subcommand.hpp"

#include <algorithm>

namespace hub::ctl {

// One function per file of the same name.
int up(const words& arguments);
int down(const words& arguments);
int status(const words& arguments);
int rules(const words& arguments);

const std::vector<subcommand>& subcommands() {
  static const std::vector<subcommand> table = {
      {"up", "start the whole system on this machine and watch over it", up},
      {"down", "stop it", down},
      {"status", "say what runs, as key=value lines", status},
      {"rules", "check a rules file, or explain who gets the lead of a message", rules},
  };
  return table;
}

const subcommand* find_subcommand(const std::string& name) {
  const auto& table = subcommands();
  auto found = std::find_if(table.begin(), table.end(), [&](const subcommand& c) { return c.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace hub::ctl
