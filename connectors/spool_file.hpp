#pragma once
// One SQLite file of the spool; sqlite3.h stays behind spool_file.cpp. Owned and used by the spool's thread.
// Every failing call throws spool_error.

#include "connectors/spool.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

namespace connectors {

class spool_error : public std::runtime_error {
 public:
  enum class kind { full, damaged, broken };
  spool_error(kind what_kind, const std::string& what) : std::runtime_error(what), kind_(what_kind) {}
  kind why() const { return kind_; }

 private:
  kind kind_;
};

class spool_file {
 public:
  /// Holds `path` for this process, null when another one does. The lock dies with the process.
  static std::unique_ptr<spool_file> lock(const std::string& path);
  ~spool_file();

  /// Opens or creates it. A damaged file is moved aside (the new name is returned) and a fresh one made.
  std::string open();
  /// Closed and deleted: for a file that was drained.
  void retire();
  /// Closed and renamed, so that a person can look at it; returns the new name.
  std::string move_aside();

  void begin();
  void append(const spool_entry& entry, std::int64_t at_ms);
  void remove(std::int64_t id);
  /// Takes back the entry appended last.
  void remove_last();
  /// The fsync.
  void commit();
  void roll_back() noexcept;
  /// The oldest entries that are not done.
  std::vector<spooled> read(std::size_t most);
  /// Gives disk space back once it is empty.
  void shrink();

  struct facts {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    std::int64_t oldest_ms = 0;
  };
  facts measure();
  /// When the oldest entry came, 0 without one.
  std::int64_t oldest_ms();

  const std::string& path() const { return path_; }

  std::uint64_t number = 0;               ///< tells the entries' ids of several files apart
  bool writable = true;                   ///< false once a write failed: nothing in it is trusted to last
  std::unordered_set<std::int64_t> done;  ///< of a file that cannot be written: what is safe elsewhere

 private:
  spool_file(std::string path, int lock);
  struct database;
  std::string path_;
  int lock_;
  std::unique_ptr<database> database_;
};

}  // namespace connectors
