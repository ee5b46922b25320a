#include "config/profile.hpp"

#include <filesystem>

namespace config {

namespace {

std::string in_profile(const loaded& settings, const char* file) {
  return (std::filesystem::path(settings.file).parent_path() / "profiles" / settings.value.profile / file).string();
}

}  // namespace

std::string rules_path(const loaded& settings) { return in_profile(settings, "routing.yaml"); }
std::string staff_path(const loaded& settings) { return in_profile(settings, "staff.yaml"); }

}  // namespace config
