#pragma once
// Where small pictures lie beside the media store: one file per hash and size. hub-api makes them (hub/api/thumbnails.hpp);
// whoever forgets a file removes them. Blocking, any thread.

#include <array>
#include <string>
#include <string_view>

namespace hub::media {

/// Pixels of the longer side.
inline constexpr std::array thumbnail_sizes{96, 240, 480, 960};

std::string thumbnails_beside(const std::string& store_directory);
std::string thumbnail_path(const std::string& directory, std::string_view sha256, int size);
/// All sizes of a hash.
void remove_thumbnails(const std::string& directory, std::string_view sha256);

}  // namespace hub::media
