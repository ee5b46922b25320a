#include "connectors/erp/sealed_file.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

namespace connectors::erp {

namespace {

constexpr std::size_t gathered_size = 64 << 10;
constexpr std::size_t largest_sealed = 64 << 20;

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

/// The piece as it stands in the file.
std::string framed(const hub::secret& key, std::string_view piece) {
  const auto box = hub::seal_bytes(key, piece);
  std::string made;
  made.reserve(box.size() + 4);
  for (const int shift : {24, 16, 8, 0}) made += static_cast<char>(box.size() >> shift & 0xFF);
  return made += box;
}

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
  const auto box = framed(key_, piece);
  const descriptor file(path_, O_WRONLY | O_CREAT);
  // What a crash left behind the last whole piece goes.
  if (::ftruncate(file.fd, static_cast<off_t>(size)) != 0 || ::lseek(file.fd, 0, SEEK_END) < 0) refuse();
  write_all(file.fd, box);
  if (::fdatasync(file.fd) != 0) refuse();
  if (size == 0) sync_directory_of(path_);
  return size + box.size();
}

opener sealed_file::open(std::uint64_t size) const {
  return [path = path_, key = key_, size]() -> puller {
    struct state {
      std::ifstream in;
      std::string box, piece;
      std::uint64_t left = 0;
    };
    auto s = std::make_shared<state>();
    s->in.open(path, std::ios::binary);
    s->left = size;
    return [s, key]() -> std::string_view {
      std::array<char, 4> head{};
      while (s->left > head.size() && s->in.read(head.data(), head.size())) {
        std::size_t length = 0;
        for (const char c : head) length = length << 8 | static_cast<unsigned char>(c);
        const auto broken = hub::error(hub::failure::permanent, "seal", "a file of the exchange is broken, or of another key");
        if (length > largest_sealed) throw broken;
        s->box.resize(length);
        if (!s->in.read(s->box.data(), static_cast<std::streamsize>(length))) return {};
        s->left -= std::min<std::uint64_t>(s->left, length + head.size());
        auto opened = hub::unseal_bytes(key, s->box);
        if (!opened) throw broken;
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
  if (gathered_.size() >= gathered_size) flush();
}

void sealed_lines::flush() {
  if (gathered_.empty()) return;
  const auto box = framed(key_, gathered_);
  write_all(fd_, box);
  size_ += box.size();
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
