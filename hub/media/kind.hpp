#pragma once
// What a file really is, and whether that may stand where a platform said something else would. The bytes
// decide; names and Content-Type headers are somebody's claim. Pure but for libmagic's database, which is loaded
// once per thread. Any thread.

#include <string>
#include <string_view>

namespace hub::media {

/// What `bytes` (the beginning of a file is enough) really are: "image/jpeg", "text/html";
/// "application/octet-stream" when nobody knows.
std::string sniff_type(std::string_view bytes);

/// Empty when a file of the type `real` may be kept for a message that claimed `claim` ("photo", "video",
/// "voice_note", "file"); otherwise why not, for the operator. A photo must be a picture that cannot carry a
/// script, nothing a computer would run is kept at all, and any other document is kept as a file only.
std::string why_not(std::string_view claim, std::string_view real);

/// The extension a file of this type is handed out with, without the dot; "bin" when unknown.
std::string_view extension_of(std::string_view type);

}  // namespace hub::media
