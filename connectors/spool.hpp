#pragma once
// Where events wait on disk while the broker does not confirm: SQLite files in one directory (write-ahead log,
// synchronous=FULL), one of them ours to write, every other one of the directory that no living process holds
// adopted and only read until it is empty. A thread of its own gathers what waits into one transaction and one
// fsync. Called on the loop; nothing here blocks it.
//
// An append that is not on disk says so: false when the spool is full, the volume is full, or the fsync failed. A
// file whose fsync failed is never written again; what it holds is still drained. A damaged file is moved aside
// with an ERROR, never dropped. The constructor throws hub::error (permanent) when the directory cannot be used.

#include "connectors/promised.hpp"
#include "hub/base/time.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace connectors {

struct spool_options {
  std::string directory;
  hub::byte_count limit{2ULL << 30};
};

/// One event on its way to the broker.
struct spool_entry {
  std::string key;
  std::string conversation;
  std::string body;
};

struct spooled {
  std::uint64_t id = 0;
  spool_entry entry;
};

class spool {
 public:
  spool(boost::asio::any_io_executor loop, spool_options options);
  /// Finishes what was handed in, then closes the files.
  ~spool();

  // The work is handed over when the call returns; wait() on what it returned for the outcome.

  /// True once every entry of the list is fsynced; all of it or none. Lists keep the order of the calls.
  later<bool> append(std::vector<spool_entry> list);
  /// The oldest entries, at most `most`, adopted files first.
  later<std::vector<spooled>> read(std::size_t most);
  /// Forgets entries that are safe elsewhere.
  later<bool> remove(std::vector<std::uint64_t> ids);

  /// Entries on disk, as of the last completed call.
  std::uint64_t pending() const;
  std::uint64_t bytes() const;
  /// Whether the next append can be expected to succeed.
  bool is_writable() const;
  /// How long the oldest entry has waited; also sets the metric.
  std::chrono::milliseconds oldest() const;
  /// The number in our file's name: one per process of the volume.
  int number() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace connectors
