#pragma once
// The files of one spool directory: ours, which is written, and the adopted ones, which are only read until they are
// empty. What is on disk, how much of it, and what to do when a file can no longer be written or read. Used by the
// spool's thread; pending(), bytes() and the like by any thread. open() throws hub::error (permanent) when the
// directory cannot be used; everything after it logs and goes on with what is left.

#include "connectors/spool.hpp"
#include "connectors/spool_file.hpp"
#include "hub/base/metrics.hpp"

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace connectors {

class spool_files {
 public:
  explicit spool_files(spool_options options) : options_(std::move(options)) {}

  void open();
  /// All lists in one transaction; per list whether all of it is fsynced. A list that does not fit is left out.
  std::vector<bool> append(const std::vector<std::span<const spool_entry>>& lists);
  /// The oldest entries, at most `most`, adopted files first.
  std::vector<spooled> read(std::size_t most);
  /// False when some could not be forgotten; they are read again.
  bool remove(const std::vector<std::uint64_t>& ids);
  /// Whether a volume that was full takes writes again.
  void probe();
  /// Brings the metrics up to date, and warns when the limit is near.
  void tell();

  std::uint64_t pending() const { return pending_; }
  std::uint64_t bytes() const { return bytes_; }
  bool is_writable() const { return writable_; }
  bool has_room() const { return bytes_ < options_.limit.value; }
  int own_number() const { return own_number_; }
  /// How long the oldest entry has waited; also sets the metric.
  std::chrono::milliseconds oldest() const;

 private:
  std::string path_of(int n) const;
  spool_file* file_of(std::uint64_t id);
  void take_in(spool_file& file);
  void open_own();
  void adopt();
  void commit(spool_file& file);
  void failed_write(const std::exception& e);
  void give_up_own(const std::string& why);
  bool forget(spool_file& file, const std::vector<std::int64_t>& ids);
  void drop_drained();
  void set_aside(spool_file& file, const spool_error& e);
  void recount();

  const spool_options options_;
  std::unique_ptr<spool_file> own_;
  std::deque<std::unique_ptr<spool_file>> adopted_;
  std::uint64_t next_file_ = 1;
  std::map<std::uint64_t, std::uint64_t> sizes_;  ///< of entries, to know what is freed
  bool warned_ = false;

  std::atomic<std::uint64_t> pending_{0}, bytes_{0};
  std::atomic<std::int64_t> oldest_ms_{0};
  std::atomic<bool> writable_{true};
  std::atomic<int> own_number_{0};

  prometheus::Gauge& pending_gauge_ =
      hub::metrics::gauge("hub_spool_pending", "Events on disk that the broker has not confirmed.");
  prometheus::Gauge& oldest_gauge_ = hub::metrics::gauge("hub_spool_oldest_seconds", "How long the oldest of them has waited.");
  prometheus::Gauge& fill_gauge_ =
      hub::metrics::gauge("hub_spool_fill_ratio", "How much of the spool's limit is used; act above 0.8.");
  prometheus::Histogram& fsync_time_ = hub::metrics::duration("hub_spool_fsync_seconds", "Time of one commit with its fsync.");
  prometheus::Counter& failures_ = hub::metrics::counter("hub_spool_failures_total", "Appends that did not reach the disk.");
};

}  // namespace connectors
