#include "hub/ctl/files.hpp"

#include "hub/base/failure.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace hub::ctl {

namespace {

[[noreturn]] void fail(const std::string& what) {
  int number = errno;
  throw error(failure::permanent, "errno " + std::to_string(number), what + ": " + std::strerror(number));
}

}  // namespace

void write_file(const std::string& path, std::string_view content, mode_t mode) {
  const std::string fresh = path + ".new." + std::to_string(getpid());
  int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) fail("cannot write " + path);
  bool good = fchmod(fd, mode) == 0;
  while (good && !content.empty()) {
    ssize_t done = write(fd, content.data(), content.size());
    if (done < 0 && errno == EINTR) continue;
    good = done > 0;
    if (good) content.remove_prefix(static_cast<std::size_t>(done));
  }
  good = good && fsync(fd) == 0;
  close(fd);
  if (!good || rename(fresh.c_str(), path.c_str()) != 0) {
    unlink(fresh.c_str());
    fail("cannot write " + path);
  }
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream all;
  if (file) all << file.rdbuf();
  return all.str();
}

std::string last_lines(const std::string& path, int lines) {
  std::string text = read_file(path);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  auto from = text.size();
  while (lines-- > 0 && from != std::string::npos && from > 0) from = text.rfind('\n', from - 1);
  return from == std::string::npos || from == 0 ? text : text.substr(from + 1);
}

std::vector<std::pair<std::string, std::string>> read_pairs(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    auto equals = line.find('=');
    if (line.empty() || line[0] == '#' || equals == std::string::npos) continue;
    out.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  }
  return out;
}

std::map<std::string, std::string> read_map(const std::string& path) {
  std::map<std::string, std::string> out;
  for (auto& [key, value] : read_pairs(path)) out[key] = value;
  return out;
}

void make_directory(const std::string& path, mode_t mode) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) throw error(failure::permanent, "directory", "cannot make " + path + ": " + failed.message());
  if (chmod(path.c_str(), mode) != 0 && errno != EPERM) fail("cannot set the mode of " + path);
}

void give_to(const std::string& path, uid_t user, gid_t group) {
  if (lchown(path.c_str(), user, group) != 0) fail("cannot give " + path + " away");
}

}  // namespace hub::ctl
