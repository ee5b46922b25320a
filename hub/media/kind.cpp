#include "hub/media/kind.hpp"

#include "hub/base/failure.hpp"

#include <magic.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace hub::media {

namespace {

struct close_magic {
  void operator()(magic_set* cookie) const { magic_close(cookie); }
};

magic_set* magic_of_this_thread() {
  // A cookie holds the result of its last question, so threads do not share one.
  thread_local std::unique_ptr<magic_set, close_magic> cookie;
  if (!cookie) {
    std::unique_ptr<magic_set, close_magic> made(magic_open(MAGIC_MIME_TYPE));
    if (!made || magic_load(made.get(), nullptr) != 0)
      throw error(failure::transient, "libmagic",
                  std::string("libmagic cannot load its database: ") + (made ? magic_error(made.get()) : "out of memory"));
    cookie = std::move(made);
  }
  return cookie.get();
}

bool starts(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

/// What some computer runs when a person opens it.
constexpr std::array runnable{
    "application/x-dosexec",
    "application/vnd.microsoft.portable-executable",
    "application/x-executable",
    "application/x-pie-executable",
    "application/x-sharedlib",
    "application/x-object",
    "application/x-mach-binary",
    "application/x-msi",
    "application/x-ms-shortcut",
    "application/vnd.android.package-archive",
    "application/java-archive",
    "application/x-java-applet",
    "application/javascript",
    "application/x-shockwave-flash",
    "application/x-debian-package",
    "application/vnd.debian.binary-package",
    "application/x-rpm",
    "text/x-msdos-batch",
    "text/x-shellscript",
    "text/x-perl",
    "text/x-python",
    "text/x-script.python",
    "text/x-ruby",
    "text/x-php",
    "text/javascript",
};

}  // namespace

std::string sniff_type(std::string_view bytes) {
  if (bytes.empty()) return "application/octet-stream";
  auto* const cookie = magic_of_this_thread();
  const char* type = magic_buffer(cookie, bytes.data(), bytes.size());
  return type && *type ? std::string(type) : std::string("application/octet-stream");
}

std::string why_not(std::string_view claim, std::string_view real) {
  const std::string found = " but is " + std::string(real);
  if (std::find(runnable.begin(), runnable.end(), real) != runnable.end())
    return "claimed to be a " + std::string(claim) + found + ", which a computer would run";
  if (claim == "photo") {
    // SVG is an image type and a program at once.
    if (starts(real, "image/") && !starts(real, "image/svg")) return {};
    return "claimed to be a photo" + found;
  }
  if (claim == "video") {
    if (starts(real, "video/") || real == "image/gif") return {};
    return "claimed to be a video" + found;
  }
  if (claim == "voice_note") {
    // Containers without a picture track are still called video by their first bytes.
    if (starts(real, "audio/") || starts(real, "video/") || real == "application/ogg") return {};
    return "claimed to be a voice note" + found;
  }
  return {};
}

std::string_view extension_of(std::string_view type) {
  static constexpr std::array known{
      std::pair{"image/jpeg", "jpg"},
      std::pair{"image/png", "png"},
      std::pair{"image/gif", "gif"},
      std::pair{"image/webp", "webp"},
      std::pair{"image/heic", "heic"},
      std::pair{"image/bmp", "bmp"},
      std::pair{"image/tiff", "tif"},
      std::pair{"video/mp4", "mp4"},
      std::pair{"video/quicktime", "mov"},
      std::pair{"video/webm", "webm"},
      std::pair{"video/3gpp", "3gp"},
      std::pair{"audio/mpeg", "mp3"},
      std::pair{"audio/ogg", "ogg"},
      std::pair{"audio/x-m4a", "m4a"},
      std::pair{"audio/AMR", "amr"},
      std::pair{"audio/x-wav", "wav"},
      std::pair{"application/pdf", "pdf"},
      std::pair{"application/zip", "zip"},
      std::pair{"text/plain", "txt"},
      std::pair{"application/msword", "doc"},
      std::pair{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
      std::pair{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
  };
  for (const auto& [name, extension] : known)
    if (type == name) return extension;
  return "bin";
}

}  // namespace hub::media
