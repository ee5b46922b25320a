#pragma once
// Which files a profile brings: rules and staff, beside the settings file. Asked by whoever activates rules at first
// start, seeds staff or checks a configuration. Any thread.

#include "config/settings.hpp"

#include <string>

namespace config {

/// The rules of a first start and of SIGHUP: profiles/<profile>/routing.yaml. config/routing.yaml is a link to that of
/// the default profile.
std::string rules_path(const loaded& settings);

/// profiles/<profile>/staff.yaml
std::string staff_path(const loaded& settings);

}  // namespace config
