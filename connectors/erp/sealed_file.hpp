#pragma once
// Files of the exchange on disk: what the ERP sends holds numbers and names, so that every piece is sealed with the connectors'
// key, its length before it (four bytes, the greatest first). Appending is durable when it returns; a piece that a crash left
// half is cut off. One thread at a time.

#include "connectors/erp/charset.hpp"
#include "hub/base/secret.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace connectors::erp {

class sealed_file {
 public:
  sealed_file(std::string path, const hub::secret& key) : path_(std::move(path)), key_(key) {}

  /// The file now is `size` bytes on disk (what append() returned last), and this piece behind them; fsynced. Returns the new
  /// size on disk. Throws hub::error, transient, when the disk does not take it.
  std::uint64_t append(std::uint64_t size, std::string_view piece) const;
  /// All pieces of the first `size` bytes; throws hub::error when one was not sealed with this key.
  opener open(std::uint64_t size) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  hub::secret key_;
};

/// Small pieces written one after the other into a fresh sealed file, some 64 KiB of them as one; durable only after finish().
class sealed_lines {
 public:
  sealed_lines(std::string path, const hub::secret& key);
  ~sealed_lines();
  sealed_lines(const sealed_lines&) = delete;
  sealed_lines& operator=(const sealed_lines&) = delete;

  /// `line` holds no line break.
  void add(std::string_view line);
  /// Flushes, fsyncs; returns the size on disk.
  std::uint64_t finish();

 private:
  void flush();
  hub::secret key_;
  std::string gathered_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

/// Calls `take` with every line that sealed_lines wrote.
void each_line(const opener& file, const std::function<void(std::string_view)>& take);

/// The whole small file, durable and at once: what was there before, or this. Throws as append() does.
void replace_file(const std::string& path, std::string_view bytes);
/// What happened to names in the file's directory is on disk when it returns.
void sync_directory_of(const std::string& path);
std::string read_small(const std::string& path);

}  // namespace connectors::erp
