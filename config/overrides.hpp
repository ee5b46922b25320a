#pragma once
// HUB__SECTION__KEY: the environment's and the secrets file's say in the settings. Only load_settings() uses it.

#include "config/node.hpp"

#include <map>
#include <string>

namespace config {

/// One variable and how a problem names it: "HUB__BROKER__URL" or "HUB__BROKER__URL (/srv/leadyard/secrets.env:3)".
struct override_value {
  std::string text;
  std::string where;
};
using overrides = std::map<std::string, override_value>;

/// KEY=VALUE lines; comments with #, blanks and surrounding quotes are allowed. A file that is not there is empty.
overrides read_environment_file(const std::string& path, hub::problems& found);

/// Puts what `given` says into the tree. A variable nobody declares is a problem; those of connectors are left to
/// the connectors. Values never appear in problems: most are secrets.
void apply_overrides(node& tree, const overrides& given, hub::problems& found);

}  // namespace config
