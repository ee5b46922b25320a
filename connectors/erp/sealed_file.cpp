#include "connectors/erp/sealed_file.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

namespace connectors::erp {

namespace {

constexpr std::size_t line_size = 64 << 10;

[[noreturn]] void refuse() { throw hub::error(hub::failure::transient, "disk", "a file of the exchange cannot be written"); }

struct descriptor {
  int fd = -1;
  descriptor(const std::string& path, int flags) : fd(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (fd < 0) refuse();
  }
  ~descriptor() { ::close(fd); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
};

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) refuse();
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
}

}  // namespace

void sync_directory_of(const std::string& path) {
  const descriptor directory(std::filesystem::path(path).parent_path().string(), O_RDONLY | O_DIRECTORY);
  if (::fsync(directory.fd) != 0) refuse();
}

std::uint64_t sealed_file::append(std::uint64_t size, std::string_view piece) const {
  const auto line = hub::seal(key_, piece) + "\n";
  const descriptor file(path_, O_WRONLY | O_CREAT);
  // What a crash left behind the last whole piece goes.
  if (::ftruncate(file.fd, static_cast<off_t>(size)) != 0 || ::lseek(file.fd, 0, SEEK_END) < 0) refuse();
  write_all(file.fd, line);
  if (::fdatasync(file.fd) != 0) refuse();
  if (size == 0) sync_directory_of(path_);
  return size + line.size();
}

opener sealed_file::open(std::uint64_t size) const {
  return [path = path_, key = key_, size]() -> puller {
    struct state {
      std::ifstream in;
      std::string line, piece;
      std::uint64_t left = 0;
    };
    auto s = std::make_shared<state>();
    s->in.open(path, std::ios::binary);
    s->left = size;
    return [s, key]() -> std::string_view {
      while (s->left > 0 && std::getline(s->in, s->line)) {
        s->left -= std::min<std::uint64_t>(s->left, s->line.size() + 1);
        auto opened = hub::unseal(key, s->line);
        if (!opened) throw hub::error(hub::failure::permanent, "seal", "a file of the exchange was sealed with another key");
        s->piece = std::move(*opened);
        if (!s->piece.empty()) return s->piece;
      }
      return {};
    };
  };
}

sealed_lines::sealed_lines(std::string path, const hub::secret& key) : key_(key) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd_ < 0) refuse();
}

sealed_lines::~sealed_lines() { ::close(fd_); }

void sealed_lines::add(std::string_view line) {
  gathered_.append(line).append("\n");
  if (gathered_.size() >= line_size) flush();
}

void sealed_lines::flush() {
  if (gathered_.empty()) return;
  const auto line = hub::seal(key_, gathered_) + "\n";
  write_all(fd_, line);
  size_ += line.size();
  gathered_.clear();
}

std::uint64_t sealed_lines::finish() {
  flush();
  if (::fsync(fd_) != 0) refuse();
  return size_;
}

void each_line(const opener& file, const std::function<void(std::string_view)>& take) {
  const auto pull = file();
  for (auto piece = pull(); !piece.empty(); piece = pull())
    for (std::size_t at = 0; at < piece.size();) {
      const auto end = std::min(piece.find('\n', at), piece.size());
      take(piece.substr(at, end - at));
      at = end + 1;
    }
}

void replace_file(const std::string& path, std::string_view bytes) {
  const auto fresh = path + ".new";
  {
    const descriptor file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    write_all(file.fd, bytes);
    if (::fsync(file.fd) != 0) refuse();
  }
  std::error_code failed;
  std::filesystem::rename(fresh, path, failed);
  if (failed) refuse();
  sync_directory_of(path);
}

std::string read_small(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace connectors::erp
