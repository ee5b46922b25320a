#include "hub/ctl/secrets.hpp"

#include "hub/base/crypto.hpp"
#include "hub/ctl/files.hpp"

#include <sys/stat.h>

#include <cstdlib>

namespace hub::ctl {

namespace {

/// What the programs need and can be made up; a platform's real token is put in its place by the operator.
constexpr const char* names[] = {
    "HUB__PRIVACY__FINGERPRINT_KEY",
    "HUB__PRIVACY__SEAL_KEY",
    "HUB__INTERNAL__TOKEN",
    "HUB__CONNECTORS__VIBER__MAIN__AUTH_TOKEN",
    "HUB__CONNECTORS__ACTIVITY__MAIN__SECRET",
};

constexpr const char* heading =
    "# Made by `hubctl up`. Keep a copy of the two privacy keys: without them every known customer is a stranger.\n"
    "# Replace a connector's token by the one its platform gave you. The environment wins over this file.\n";

bool in_environment(const std::string& name) { return std::getenv(name.c_str()) || std::getenv((name + "_FILE").c_str()); }

}  // namespace

std::string secrets_file(const std::string& home) { return home + "/secrets.env"; }

std::vector<std::string> complete_secrets(const std::string& home) {
  const auto path = secrets_file(home);
  const auto known = read_map(path);
  std::string text = read_file(path);
  std::vector<std::string> made;
  for (const char* name : names) {
    if (known.contains(name) || known.contains(std::string(name) + "_FILE") || in_environment(name)) continue;
    if (text.empty()) text = heading;
    if (text.back() != '\n') text += '\n';
    text += std::string(name) + "=" + random_token() + "\n";
    made.emplace_back(name);
  }
  if (!made.empty()) write_file(path, text, 0600);
  chmod(path.c_str(), 0600);
  return made;
}

}  // namespace hub::ctl
