#include "hub/ctl/subcommand.hpp"

#include <algorithm>

namespace hub::ctl {

// One function per file of the same name (import is a word of C++).
int up(const words& arguments);
int down(const words& arguments);
int status(const words& arguments);
int doctor(const words& arguments);
int leads(const words& arguments);
int rules(const words& arguments);
int seed(const words& arguments);
int user(const words& arguments);
int import_sheet(const words& arguments);
int erase(const words& arguments);
int erp(const words& arguments);
int simulate(const words& arguments);
int connectors(const words& arguments);
int outbox(const words& arguments);
int intake(const words& arguments);
int trace(const words& arguments);
int quarantine(const words& arguments);
int replay(const words& arguments);
int migrate(const words& arguments);
int check(const words& arguments);
int print_config(const words& arguments);
int reference(const words& arguments);

const std::vector<subcommand>& subcommands() {
  static const std::vector<subcommand> table = {
      {"up", "start the whole system on this machine and watch over it", up},
      {"down", "stop it", down},
      {"status", "say what runs, as key=value lines", status},
      {"doctor", "look at everything here and say what is wrong and what to do", doctor},
      {"leads", "list leads with owner and reason, or show one with its conversation", leads},
      {"seed", "add the profile's staff, with --demo vehicles; --remove takes the demo away again", seed},
      {"user", "add, list or deactivate people who sign in, or give them a new password", user},
      {"import", "take in customers, leads or vehicles of another CRM or a sheet", import_sheet},
      {"erase", "forget a customer for good: names, addresses, texts and files", erase},
      {"erp", "say what a file of an ERP, or its last exchange, would change among the vehicles", erp},
      {"simulate", "let invented customers write through the real webhooks", simulate},
      {"rules", "check, apply and roll back the rules, or explain who gets the lead of a message", rules},
      {"trace", "follow an event from the platform to the last row, by any id of it", trace},
      {"quarantine", "list what could not be processed and why; replay it when the cause is mended", quarantine},
      {"outbox", "list what waits to be sent or for a person; send again, let be, resume an account", outbox},
      {"replay", "run kept events through again: show what would change, then apply it", replay},
      {"connectors", "list the platforms' accounts and how they are, or register our webhook", connectors},
      {"intake", "judge again what was refused while a secret was wrong", intake},
      {"migrate", "bring the database to the schema this build needs", migrate},
      {"check", "check settings, rules, staff and connectors without starting anything", check},
      {"print-config", "print the settings in force and where each came from; secrets are hidden", print_config},
      {"reference", "write the reference pages and JSON Schemas into a directory", reference},
  };
  return table;
}

const subcommand* find_subcommand(const std::string& name) {
  const auto& table = subcommands();
  auto found = std::find_if(table.begin(), table.end(), [&](const subcommand& c) { return c.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace hub::ctl
