#pragma once
// Files that are part of the program: the console and the API's description, written into embedded_files.cpp by
// embed.cmake at build time.

#include <string_view>

namespace hub::api {

struct embedded_file {
  std::string_view name;  ///< "index.html"
  std::string_view bytes;
};

/// Empty bytes when there is no such file.
std::string_view embedded(std::string_view name);

}  // namespace hub::api
