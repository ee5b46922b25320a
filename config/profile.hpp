#pragma once
// Which files a profile brings: rules and staff, beside the settings file. Asked by whoever activates rules at first
// start, seeds staff or checks a configuration. Looks at the file system, any thread; nothing fails.

#include "config/settings.hpp"

#include <string>

namespace config {

/// The rules of a first start and of SIGHUP: routing.yaml beside the settings file, else
/// profiles/<profile>/routing.yaml. As shipped the former is a copy of one profile's rules; while it is still an
/// unchanged copy of another profile than the one in force, it says nothing about this one and is passed over.
std::string rules_path(const loaded& settings);

/// profiles/<profile>/staff.yaml
std::string staff_path(const loaded& settings);

}  // namespace config
