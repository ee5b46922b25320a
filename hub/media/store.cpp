#include "hub/media/store.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace hub::media {

namespace fs = std::filesystem;

namespace {

/// libmagic needs the beginning only; the longest of its common tests look within this.
constexpr std::size_t head_size = 64 * 1024;

/// Whatever the disk does says nothing about the bytes: full, read-only and failing disks are all mended by
/// somebody, and then the same file is taken again.
[[noreturn]] void fail(const std::string& doing, const std::string& path, int number) {
  const bool full = number == ENOSPC || number == EDQUOT;
  throw error(failure::transient, full ? "disk full" : "media store",
              "cannot " + doing + " " + path + ": " + std::strerror(number));
}

void sync_directory(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail("open the directory", path, errno);
  const int failed = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (failed) fail("sync the directory", path, failed);
}

void make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0750) != 0 && errno != EEXIST) fail("create the directory", path, errno);
}

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string place_of(std::string_view sha256) {
  return std::string(sha256.substr(0, 2)) + "/" + std::string(sha256.substr(2, 2)) + "/" + std::string(sha256);
}

/// A writer holds a lock on its temporary file for as long as it lives, so a file that can be locked was left by
/// a process that is gone; other programs that share the directory keep theirs.
void remove_abandoned(const std::string& directory) {
  std::size_t removed = 0;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const int fd = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::unlink(entry.path().c_str()) == 0) ++removed;
    ::close(fd);
  }
  if (removed) log::info("removed unfinished media files", {{"files", removed}});
}

struct free_digest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

struct store::writer::state {
  std::string directory;
  std::string path;
  int fd = -1;
  std::uint64_t size = 0;
  std::string head;
  std::unique_ptr<EVP_MD_CTX, free_digest> digest{EVP_MD_CTX_new()};

  explicit state(std::string in) : directory(std::move(in)) {
    if (!digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1)
      throw error(failure::transient, "openssl", "SHA-256 is not available");
    for (;;) {
      path = directory + "/tmp/" + random_token();
      fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
      if (fd < 0) fail("create", path, errno);
      // A store that starts at this moment may have taken the file for an abandoned one: then make another.
      struct stat now {};
      if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd, &now) == 0 && now.st_nlink == 1) return;
      discard();
    }
  }
  ~state() { discard(); }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  void discard() noexcept {
    if (!path.empty()) ::unlink(path.c_str());
    path.clear();
    if (fd >= 0) ::close(fd);
    fd = -1;
  }

  void write(std::string_view bytes) {
    if (fd < 0) throw error(failure::permanent, "media store", "this file is finished");
    EVP_DigestUpdate(digest.get(), bytes.data(), bytes.size());
    if (head.size() < head_size) head.append(bytes.substr(0, head_size - head.size()));
    while (!bytes.empty()) {
      const auto written = ::write(fd, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("write", path, errno);
      bytes.remove_prefix(static_cast<std::size_t>(written));
      size += static_cast<std::uint64_t>(written);
    }
    FAILPOINT("media.partial", path);
  }

  std::string hash() {
    hub::digest sum{};
    EVP_DigestFinal_ex(digest.get(), sum.data(), nullptr);
    return to_hex(sum);
  }

  stored finish() {
    if (fd < 0) throw error(failure::permanent, "media store", "this file is finished");
    if (::fdatasync(fd) != 0) fail("sync", path, errno);
    FAILPOINT("media.synced", path);
    stored made;
    made.sha256 = hash();
    made.path = place_of(made.sha256);
    made.size = size;
    made.type = sniff_type(head);
    const std::string outer = directory + "/" + made.sha256.substr(0, 2);
    const std::string inner = outer + "/" + made.sha256.substr(2, 2);
    const std::string final_path = directory + "/" + made.path;
    make_directory(outer);
    make_directory(inner);
    struct stat there {};
    if (::stat(final_path.c_str(), &there) != 0 || static_cast<std::uint64_t>(there.st_size) != size) {
      if (::rename(path.c_str(), final_path.c_str()) != 0) fail("rename", path, errno);
      path.clear();
    }
    FAILPOINT("media.renamed", final_path);
    // Also when the name was there already: whoever made it may not have come this far yet.
    sync_directory(inner);
    sync_directory(outer);
    sync_directory(directory);
    discard();
    return made;
  }
};

store::writer::writer(std::unique_ptr<state> s) : state_(std::move(s)) {}
store::writer::writer(writer&&) noexcept = default;
store::writer& store::writer::operator=(writer&&) noexcept = default;
store::writer::~writer() = default;
void store::writer::write(std::string_view bytes) { state_->write(bytes); }
std::uint64_t store::writer::size() const { return state_->size; }
std::string store::writer::type() const { return sniff_type(state_->head); }
stored store::writer::finish() { return state_->finish(); }

store::store(std::string directory) : directory_(std::move(directory)) {
  std::error_code failed;
  fs::create_directories(directory_ + "/tmp", failed);
  if (failed) throw error(failure::permanent, "media store", "cannot create " + directory_ + ": " + failed.message());
  remove_abandoned(directory_ + "/tmp");
}

store::~store() = default;

store::writer store::begin() { return writer(std::make_unique<writer::state>(directory_)); }

std::string store::find(std::string_view sha256) const {
  // The hash may come from a URL: anything but a hash is not there, and cannot lead out of the directory.
  if (!is_hash(sha256)) return {};
  std::string path = directory_ + "/" + place_of(sha256);
  return ::access(path.c_str(), R_OK) == 0 ? path : std::string();
}

void store::remove(std::string_view sha256) {
  if (!is_hash(sha256)) return;
  const std::string path = directory_ + "/" + place_of(sha256);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail("remove", path, errno);
}

}  // namespace hub::media
