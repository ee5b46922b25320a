#include "config/profile.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace config {

namespace {

namespace fs = std::filesystem;

std::optional<std::string> content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

std::string rules_path(const loaded& settings) {
  const auto folder = fs::path(settings.file).parent_path();
  const auto own = folder / "routing.yaml";
  const auto of_profile = folder / "profiles" / settings.value.profile / "routing.yaml";
  const auto written = content(own);
  if (!written) return of_profile.string();
  if (written == content(of_profile)) return own.string();
  std::error_code failed;
  for (const auto& other : fs::directory_iterator(folder / "profiles", failed))
    if (content(other.path() / "routing.yaml") == written) return of_profile.string();
  return own.string();
}

std::string staff_path(const loaded& settings) {
  return (fs::path(settings.file).parent_path() / "profiles" / settings.value.profile / "staff.yaml").string();
}

}  // namespace config
