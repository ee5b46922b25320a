#pragma once
// <home>/secrets.env: what `hubctl up` makes up so that nobody has to. Mode 0600; an existing value is never changed.

#include <string>
#include <vector>

namespace hub::ctl {

/// Appends what neither the file nor the environment has (NAME or NAME_FILE). Returns the names that were made.
std::vector<std::string> complete_secrets(const std::string& home);
std::string secrets_file(const std::string& home);

}  // namespace hub::ctl
