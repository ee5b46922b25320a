#include "connectors/positions.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace connectors {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse() { throw hub::error(hub::failure::transient, "disk", "a position cannot be kept beside the spool"); }

void sync(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) refuse();
  const bool safe = ::fsync(fd) == 0;
  ::close(fd);
  if (!safe) refuse();
}

}  // namespace

positions::positions(std::string directory) : directory_(std::move(directory)) {
  std::error_code failed;
  fs::create_directories(directory_, failed);
  fs::permissions(directory_, fs::perms::owner_all, failed);
}

std::string positions::path_of(std::string_view name) const {
  return directory_ + "/" + hub::to_hex(hub::sha256(name)).substr(0, 32);
}

std::string positions::read(std::string_view name) const {
  std::ifstream file(path_of(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void positions::keep(std::string_view name, std::string_view value) {
  const auto path = path_of(name), fresh = path + ".new";
  {
    std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
    file << value;
    file.flush();
    if (!file) refuse();
  }
  sync(fresh, O_RDONLY);
  std::error_code failed;
  fs::rename(fresh, path, failed);
  if (failed) refuse();
  sync(directory_, O_RDONLY | O_DIRECTORY);
}

}  // namespace connectors
