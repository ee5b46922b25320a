// hubctl: the operator's tool. The subcommands are in subcommands.cpp; exit codes in subcommand.hpp.

#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/ctl/subcommand.hpp"

#include <algorithm>
#include <iomanip>
#include <iostream>

namespace {

using namespace hub::ctl;

int help(std::ostream& out) {
  std::size_t width = 0;
  for (const auto& command : subcommands()) width = std::max(width, std::string(command.name).size());
  out << "Usage: hubctl COMMAND [OPTIONS]      hubctl COMMAND --help\n\n";
  for (const auto& command : subcommands())
    out << "  " << std::left << std::setw(static_cast<int>(width) + 2) << command.name << command.help << "\n";
  out << "\nThe system is found by LEADYARD_HOME, else in ./var.\n"
         "Exit codes: 0 good, 1 not found or failed, 2 wrong usage, 3 the system does not run or does not answer.\n";
  return good;
}

int unknown(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& command : subcommands()) names.emplace_back(command.name);
  std::cerr << "hubctl: there is no command " << name;
  if (auto close = hub::did_you_mean(name, names)) std::cerr << "; did you mean " << *close << "?";
  std::cerr << "\n";
  return wrong_usage;
}

/// One of the three places that catch.
int run(const subcommand& command, const words& arguments) {
  try {
    return command.run(arguments);
  } catch (const help_shown&) {
    return good;
  } catch (const usage_error& e) {
    std::cerr << "hubctl " << command.name << ": " << e.what() << "\n";
    return wrong_usage;
  } catch (...) {
    const auto why = hub::classify(std::current_exception());
    std::cerr << "hubctl " << command.name << ": " << why.what << "\n";
    return why.kind == hub::failure::transient ? unreachable : failed;
  }
}

}  // namespace

int main(int count, char** arguments) {
  hub::crypto_start();
  const words all(arguments + 1, arguments + count);
  if (all.empty()) return help(std::cerr), wrong_usage;
  if (all[0] == "help" || all[0] == "--help" || all[0] == "-h") return help(std::cout);
  if (const auto* command = find_subcommand(all[0])) return run(*command, words(all.begin() + 1, all.end()));
  return unknown(all[0]);
}
