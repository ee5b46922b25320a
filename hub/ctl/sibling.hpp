#pragma once
// The hub-connector beside hubctl, asked for what only connectors know: hubctl itself knows no platform.

#include <string>
#include <vector>

namespace hub::ctl {

struct sibling_answer {
  bool found = false;   ///< whether the program is there
  int exit_code = 0;
  std::string output;   ///< both streams
};

/// Runs `hub-connector` with these arguments in the caller's environment and working directory. Throws hub::error
/// (transient) when it does not end within half a minute.
sibling_answer ask_connector(const std::vector<std::string>& arguments);

}  // namespace hub::ctl
