#include "connectors/spool.hpp"

#include "connectors/promised.hpp"
#include "connectors/spool_file.hpp"
#include "hub/base/clock.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

namespace connectors {

namespace fs = std::filesystem;

namespace {

constexpr int id_bits = 48;  // of an entry's id inside its file; the file's number stands above
constexpr int most_files = 1000;
constexpr auto probe_every = std::chrono::seconds(5);
constexpr double alert_at = 0.8;
constexpr std::uint64_t shrink_above = 1 << 20;

std::int64_t now_ms() { return hub::real_clock().now().time_since_epoch().count(); }

std::uint64_t size_of(const spool_entry& e) { return e.key.size() + e.conversation.size() + e.body.size(); }

struct append_job {
  std::vector<spool_entry> list;
  std::shared_ptr<promised<bool>> reply;
};
struct read_job {
  std::size_t most;
  std::shared_ptr<promised<std::vector<spooled>>> reply;
};
struct remove_job {
  std::vector<std::uint64_t> ids;
  std::shared_ptr<promised<bool>> reply;
};

struct jobs {
  std::vector<append_job> appends;
  std::vector<read_job> reads;
  std::vector<remove_job> removes;
  bool empty() const { return appends.empty() && reads.empty() && removes.empty(); }
};

}  // namespace

struct spool::state {
  boost::asio::any_io_executor loop;
  spool_options options;

  std::mutex mutex;
  std::condition_variable bell;
  jobs waiting;
  bool stopping = false;

  // The thread's own.
  std::unique_ptr<spool_file> own;
  std::deque<std::unique_ptr<spool_file>> adopted;
  std::uint64_t next_file = 1;
  std::map<std::uint64_t, std::uint64_t> sizes;  // of entries, to know what is freed
  bool warned = false;

  std::atomic<std::uint64_t> pending{0}, bytes{0};
  std::atomic<std::int64_t> oldest_ms{0};
  std::atomic<bool> writable{true};
  int own_number = 0;

  prometheus::Gauge& pending_gauge = hub::metrics::gauge("hub_spool_pending", "Events on disk that the broker has not confirmed.");
  prometheus::Gauge& oldest_gauge = hub::metrics::gauge("hub_spool_oldest_seconds", "How long the oldest of them has waited.");
  prometheus::Gauge& fill_gauge = hub::metrics::gauge("hub_spool_fill_ratio", "How much of the spool's limit is used; act above 0.8.");
  prometheus::Histogram& fsync_time = hub::metrics::duration("hub_spool_fsync_seconds", "Time of one commit with its fsync.");
  prometheus::Counter& failures = hub::metrics::counter("hub_spool_failures_total", "Appends that did not reach the disk.");

  std::thread worker;

  std::string path_of(int n) const { return (fs::path(options.directory) / ("spool-" + std::to_string(n) + ".sqlite")).string(); }

  void take_in(spool_file& file) {
    file.number = next_file++;
    if (const auto aside = file.open(); !aside.empty())
      hub::log::error("a spool file was damaged and is set aside; what it held may be missing", {{"file", file.path()}, {"kept_as", aside}});
    const auto facts = file.measure();
    pending += facts.entries;
    bytes += facts.bytes;
  }

  /// The first file of the directory that nobody holds is ours.
  void open_own() {
    for (int n = 0; n < most_files; ++n) {
      auto file = spool_file::lock(path_of(n));
      if (!file) continue;
      take_in(*file);
      own = std::move(file);
      own_number = n;
      return;
    }
    throw hub::error(hub::failure::permanent, "spool", "no free spool file in " + options.directory);
  }

  void adopt() {
    std::error_code failed;
    for (int n = 0; n < most_files; ++n) {
      if (n == own_number || !fs::exists(path_of(n), failed)) continue;
      auto file = spool_file::lock(path_of(n));
      if (!file) continue;
      const auto before = pending.load();
      take_in(*file);
      hub::log::info("a spool of a process that is gone is adopted", {{"file", file->path()}, {"entries", pending - before}});
      adopted.push_back(std::move(file));
    }
  }

  void start() {
    std::error_code failed;
    fs::create_directories(options.directory, failed);
    if (failed) throw hub::error(hub::failure::permanent, "spool", "cannot create " + options.directory + ": " + failed.message());
    try {
      open_own();
      adopt();
    } catch (const spool_error& e) {
      throw hub::error(hub::failure::permanent, "spool", options.directory + ": " + e.what());
    }
    tell();
    worker = std::thread([this] { work(); });
  }

  void tell() {
    std::int64_t oldest = 0;
    try {
      for (const auto& file : adopted)
        if (oldest == 0) oldest = file->oldest_ms();
      if (oldest == 0 && own) oldest = own->oldest_ms();
    } catch (const spool_error&) {
    }
    oldest_ms = pending == 0 ? 0 : oldest;
    pending_gauge.Set(static_cast<double>(pending));
    const double fill = static_cast<double>(bytes) / static_cast<double>(std::max<std::uint64_t>(options.limit.value, 1));
    fill_gauge.Set(fill);
    if (fill >= alert_at && !warned) hub::log::error("the spool is filling up; above its limit intake answers 503", {{"entries", pending.load()}, {"bytes", bytes.load()}});
    warned = fill >= alert_at;
  }

  // ---- writing -------------------------------------------------------------------------------------------

  void commit(spool_file& file) {
    const auto before = std::chrono::steady_clock::now();
    file.commit();
    fsync_time.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count());
  }

  /// An fsync that failed once tells nothing about what later ones did: the file is not written again.
  void give_up_own(const std::string& why) {
    hub::log::error("a spool file cannot be written any more; a new one takes its place", {{"file", own->path()}, {"why", why}});
    own->writable = false;
    adopted.push_back(std::move(own));
    try {
      open_own();
    } catch (const std::exception& e) {
      hub::log::error("no new spool file can be opened", {{"why", e.what()}});
      writable = false;
    }
  }

  void append(std::vector<append_job>& list, std::vector<bool>& results) {
    results.assign(list.size(), false);
    if (list.empty()) return;
    std::uint64_t added = 0, added_entries = 0;
    try {
      if (!own) open_own();
      own->begin();
      for (std::size_t i = 0; i < list.size(); ++i) {
        std::uint64_t size = 0;
        for (const auto& e : list[i].list) size += size_of(e);
        if (bytes + added + size > options.limit.value) continue;
        for (const auto& e : list[i].list) own->append(e, now_ms());
        added += size;
        added_entries += list[i].list.size();
        results[i] = true;
      }
      commit(*own);
      bytes += added;
      pending += added_entries;
      writable = true;
    } catch (const std::exception& e) {
      results.assign(list.size(), false);
      failed_write(e);
    }
    for (const bool good : results)
      if (!good) failures.Increment();
  }

  void failed_write(const std::exception& e) {
    const auto* why = dynamic_cast<const spool_error*>(&e);
    if (own) own->roll_back();
    if (own && why && why->why() != spool_error::kind::full) return give_up_own(e.what());
    if (writable.exchange(false)) hub::log::error("the spool cannot be written; intake answers 503 while the broker does not confirm", {{"why", e.what()}});
  }

  // ---- forgetting ----------------------------------------------------------------------------------------

  spool_file* file_of(std::uint64_t id) {
    const auto number = id >> id_bits;
    if (own && own->number == number) return own.get();
    for (const auto& file : adopted)
      if (file->number == number) return file.get();
    return nullptr;
  }

  bool forget(spool_file& file, const std::vector<std::int64_t>& ids) {
    if (file.writable) {
      try {
        file.begin();
        for (const auto id : ids) file.remove(id);
        commit(file);
        return true;
      } catch (const spool_error& e) {
        file.roll_back();
        if (e.why() == spool_error::kind::full) return false;  // they are sent again: known keys change nothing
        if (&file == own.get()) {
          give_up_own(e.what());
        } else {
          hub::log::error("an adopted spool file cannot be written; it is drained and left where it is", {{"file", file.path()}, {"why", e.what()}});
          file.writable = false;
        }
      }
    }
    file.done.insert(ids.begin(), ids.end());
    return true;
  }

  bool remove(const std::vector<std::uint64_t>& ids) {
    std::map<spool_file*, std::vector<std::int64_t>> by_file;
    for (const auto id : ids)
      if (auto* file = file_of(id)) by_file[file].push_back(static_cast<std::int64_t>(id & ((std::uint64_t{1} << id_bits) - 1)));
    bool all = true;
    for (auto& [file, list] : by_file) {
      const auto number = file->number << id_bits;
      if (!forget(*file, list)) {
        all = false;
        continue;
      }
      for (const auto id : list) {
        const auto known = sizes.find(number | static_cast<std::uint64_t>(id));
        if (known == sizes.end()) continue;
        bytes -= std::min(bytes.load(), known->second);
        pending -= std::min<std::uint64_t>(pending, 1);
        sizes.erase(known);
      }
    }
    drop_drained();
    return all;
  }

  void drop_drained() {
    while (!adopted.empty()) {
      auto& file = *adopted.front();
      try {
        if (!file.read(1).empty()) break;
        if (file.writable)
          file.retire();
        else
          hub::log::error("a spool file that could not be written is drained; it stays for inspection and is sent again after a restart", {{"file", file.path()}});
      } catch (const spool_error& e) {
        set_aside(file, e);
      }
      adopted.pop_front();
    }
    if (pending != 0 || !adopted.empty()) return;
    bytes = 0;
    std::error_code ignored;
    if (own && own->writable && fs::file_size(own->path(), ignored) > shrink_above) {
      try {
        own->shrink();
      } catch (const spool_error&) {
        // Only space; the next drain tries again.
      }
    }
  }

  // ---- reading -------------------------------------------------------------------------------------------

  void set_aside(spool_file& file, const spool_error& e) {
    const auto aside = file.move_aside();
    hub::log::error("a spool file cannot be read and is set aside; what it held is missing", {{"file", file.path()}, {"kept_as", aside}, {"why", e.what()}});
  }

  std::vector<spooled> read(std::size_t most) {
    std::vector<spooled> list;
    const auto take = [&](spool_file& file) {
      for (auto& one : file.read(most - list.size())) {
        one.id |= file.number << id_bits;
        sizes[one.id] = size_of(one.entry);
        list.push_back(std::move(one));
      }
    };
    for (auto file = adopted.begin(); file != adopted.end() && list.size() < most;) {
      try {
        take(**file);
        ++file;
      } catch (const spool_error& e) {
        set_aside(**file, e);
        file = adopted.erase(file);
        recount();
      }
    }
    if (own && list.size() < most) {
      try {
        take(*own);
      } catch (const spool_error& e) {
        set_aside(*own, e);
        own.reset();
        recount();
      }
    }
    return list;
  }

  void recount() {
    std::uint64_t entries = 0, size = 0;
    const auto add = [&](spool_file& file) {
      try {
        const auto facts = file.measure();
        entries += facts.entries - std::min<std::uint64_t>(facts.entries, file.done.size());
        size += facts.bytes;
      } catch (const spool_error&) {
      }
    };
    for (const auto& file : adopted) add(*file);
    if (own) add(*own);
    pending = entries;
    bytes = size;
  }

  /// Whether a volume that was full takes writes again.
  void probe() {
    try {
      if (!own) open_own();
      own->begin();
      own->append({"probe", "", std::string(4096, ' ')}, now_ms());
      own->remove_last();
      commit(*own);
      if (!writable.exchange(true)) hub::log::warn("the spool can be written again");
    } catch (const std::exception&) {
      if (own) own->roll_back();
    }
  }

  // ---- the thread ----------------------------------------------------------------------------------------

  void work() {
    while (true) {
      jobs now;
      {
        std::unique_lock lock(mutex);
        bell.wait_for(lock, probe_every, [this] { return stopping || !waiting.empty(); });
        std::swap(now, waiting);
        if (now.empty() && stopping) return;
      }
      if (now.empty()) {
        if (!writable) probe();
        continue;
      }
      auto appended = std::make_shared<std::vector<bool>>();
      append(now.appends, *appended);
      auto removed = std::make_shared<std::vector<bool>>();
      for (const auto& job : now.removes) removed->push_back(remove(job.ids));
      auto found = std::make_shared<std::vector<std::vector<spooled>>>();
      for (const auto& job : now.reads) found->push_back(read(job.most));
      tell();
      auto replies = std::make_shared<jobs>(std::move(now));
      boost::asio::post(loop, [replies, appended, removed, found] {
        for (std::size_t i = 0; i < replies->appends.size(); ++i) replies->appends[i].reply->set((*appended)[i]);
        for (std::size_t i = 0; i < replies->removes.size(); ++i) replies->removes[i].reply->set((*removed)[i]);
        for (std::size_t i = 0; i < replies->reads.size(); ++i) replies->reads[i].reply->set(std::move((*found)[i]));
      });
    }
  }

  template <class Job>
  void hand_in(std::vector<Job> jobs::* where, Job job) {
    {
      std::lock_guard lock(mutex);
      (waiting.*where).push_back(std::move(job));
    }
    bell.notify_one();
  }
};

spool::spool(boost::asio::any_io_executor loop, spool_options options) : state_(std::make_unique<state>()) {
  state_->loop = std::move(loop);
  state_->options = std::move(options);
  state_->start();
}

spool::~spool() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->bell.notify_one();
  if (state_->worker.joinable()) state_->worker.join();
}

later<bool> spool::append(std::vector<spool_entry> list) {
  auto reply = std::make_shared<promised<bool>>(state_->loop);
  state_->hand_in(&jobs::appends, append_job{std::move(list), reply});
  return reply;
}

later<std::vector<spooled>> spool::read(std::size_t most) {
  auto reply = std::make_shared<promised<std::vector<spooled>>>(state_->loop);
  state_->hand_in(&jobs::reads, read_job{most, reply});
  return reply;
}

later<bool> spool::remove(std::vector<std::uint64_t> ids) {
  auto reply = std::make_shared<promised<bool>>(state_->loop);
  state_->hand_in(&jobs::removes, remove_job{std::move(ids), reply});
  return reply;
}

std::uint64_t spool::pending() const { return state_->pending; }
std::uint64_t spool::bytes() const { return state_->bytes; }
bool spool::is_writable() const { return state_->writable && state_->bytes < state_->options.limit.value; }
int spool::number() const { return state_->own_number; }

std::chrono::milliseconds spool::oldest() const {
  const std::int64_t since = state_->oldest_ms;
  const std::chrono::milliseconds age(since == 0 ? 0 : std::max<std::int64_t>(0, now_ms() - since));
  state_->oldest_gauge.Set(std::chrono::duration<double>(age).count());
  return age;
}

}  // namespace connectors
