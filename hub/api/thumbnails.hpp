#pragma once
// Small pictures: made once by hub-thumbnail, a program that may do nothing else, and kept beside the media store. The
// original is only read. Blocking: on services::shrinking, never on the loop.

#include <optional>
#include <string>

namespace hub::api {

/// Where the small picture of a hash lies, made when it is not there; nothing when none can be made of it (that is kept as
/// well: nobody decodes a bomb twice). Throws hub::error (transient) when the program cannot be run or the disk fails.
std::optional<std::string> thumbnail_of(const std::string& directory, const std::string& sha256, const std::string& original,
                                        int size);

}  // namespace hub::api
