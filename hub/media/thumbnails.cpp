#include "hub/media/thumbnails.hpp"

#include <filesystem>

namespace hub::media {

std::string thumbnails_beside(const std::string& store_directory) { return store_directory + "/thumbnails"; }

std::string thumbnail_path(const std::string& directory, std::string_view sha256, int size) {
  return directory + "/" + std::string(sha256.substr(0, 2)) + "/" + std::string(sha256) + "-" + std::to_string(size) + ".jpg";
}

void remove_thumbnails(const std::string& directory, std::string_view sha256) {
  std::error_code none;
  for (const auto size : thumbnail_sizes) std::filesystem::remove(thumbnail_path(directory, sha256, size), none);
}

}  // namespace hub::media
