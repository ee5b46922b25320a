// Disks, files of secrets, and what intake refused and kept.

#include "hub/ctl/doctor.hpp"
#include "hub/ctl/secrets.hpp"
#include "hub/ctl/terminal.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <filesystem>

namespace hub::ctl::checks {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t least_free = 1ULL << 30, hardly_free = 64ULL << 20;
constexpr std::int64_t long_ago = 7 * 86400;  // seconds

/// Free bytes where `path` is, or will be.
std::uintmax_t free_at(fs::path path) {
  std::error_code failed;
  while (!fs::exists(path, failed) && path.has_relative_path()) path = path.parent_path();
  return fs::space(path).available;
}

std::string size_words(std::uintmax_t bytes) {
  return bytes >= 1ULL << 30 ? std::to_string(bytes >> 30) + " GiB" : std::to_string(bytes >> 20) + " MiB";
}

void check_disk(const std::string& what, const fs::path& path, std::uintmax_t wanted, findings& to) {
  const auto free = free_at(path);
  const auto said = what + ": " + size_words(free) + " free at " + path.string();
  if (free < hardly_free)
    to.push_back({health::broken, "disk", said, "free space now"});
  else if (free < wanted)
    to.push_back({health::look, "disk", said + ", less than " + size_words(wanted), "free space"});
  else
    to.push_back({health::ok, "disk", said});
}

void check_secrets(const patient& of, findings& to) {
  const auto file = secrets_file(of.home);
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0)
    to.push_back({health::ok, "secrets", "there is no secrets file; all come from the environment"});
  else if ((about.st_mode & 077) != 0)
    to.push_back({health::broken, "secrets", "others than the owner may read " + file, "chmod 600 " + file});
  else
    to.push_back({health::ok, "secrets", "only their owner reads them"});
}

/// Kept until newer ones take their place, so old ones are no news.
void check_refused(const fs::path& spool, findings& to) {
  std::error_code failed;
  std::uintmax_t bytes = 0;
  auto newest = fs::file_time_type::min();
  for (const auto& file : fs::directory_iterator(spool, failed))
    if (file.path().filename().string().starts_with("refused-") && file.is_regular_file(failed) && file.file_size(failed) > 0) {
      bytes += file.file_size(failed);
      newest = std::max(newest, file.last_write_time(failed));
    }
  if (bytes == 0) {
    to.push_back({health::ok, "refused", "no refused request is kept"});
    return;
  }
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(fs::file_time_type::clock::now() - newest).count();
  const auto said = "refused requests are kept, the newest " + age_words(age) + " old";
  if (age > long_ago)
    to.push_back({health::ok, "refused", said});
  else
    to.push_back(
        {health::look, "refused", said, "when the secret is mended: hubctl intake rejudge; else newer ones take their place"});
}

}  // namespace

void check_machine(const patient& of, findings& to) {
  const auto spool = fs::path(of.home) / of.settings.intake.spool_directory;
  const auto media = fs::path(of.home) / of.settings.media.directory;
  check_disk("spool", spool, std::max<std::uintmax_t>(least_free, of.settings.intake.spool_limit.value), to);
  check_disk("media", media, least_free, to);
  check_secrets(of, to);
  check_refused(spool, to);
}

}  // namespace hub::ctl::checks
