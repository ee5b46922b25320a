#include "connectors/spool_files.hpp"

#include "hub/base/clock.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"

#include <algorithm>
#include <filesystem>

namespace connectors {

namespace fs = std::filesystem;

namespace {

constexpr int id_bits = 48;  // of an entry's id inside its file; the file's number stands above
constexpr int most_files = 1000;
constexpr double alert_at = 0.8;
constexpr std::uint64_t shrink_above = 1 << 20;

std::int64_t now_ms() { return hub::real_clock().now().time_since_epoch().count(); }

std::uint64_t size_of(const spool_entry& e) { return e.key.size() + e.conversation.size() + e.body.size(); }

}  // namespace

std::string spool_files::path_of(int n) const {
  return (fs::path(options_.directory) / ("spool-" + std::to_string(n) + ".sqlite")).string();
}

void spool_files::take_in(spool_file& file) {
  file.number = next_file_++;
  if (const auto aside = file.open(); !aside.empty())
    hub::log::error("a spool file was damaged and is set aside; what it held may be missing",
                    {{"file", file.path()}, {"kept_as", aside}});
  const auto facts = file.measure();
  pending_ += facts.entries;
  bytes_ += facts.bytes;
}

// The first file of the directory that nobody holds is ours.
void spool_files::open_own() {
  for (int n = 0; n < most_files; ++n) {
    auto file = spool_file::lock(path_of(n));
    if (!file) continue;
    take_in(*file);
    own_ = std::move(file);
    own_number_ = n;
    return;
  }
  throw hub::error(hub::failure::permanent, "spool", "no free spool file in " + options_.directory);
}

void spool_files::adopt() {
  std::error_code failed;
  for (int n = 0; n < most_files; ++n) {
    if (n == own_number_ || !fs::exists(path_of(n), failed)) continue;
    auto file = spool_file::lock(path_of(n));
    if (!file) continue;
    const auto before = pending_.load();
    take_in(*file);
    hub::log::info("a spool of a process that is gone is adopted", {{"file", file->path()}, {"entries", pending_ - before}});
    adopted_.push_back(std::move(file));
  }
}

void spool_files::open() {
  std::error_code failed;
  fs::create_directories(options_.directory, failed);
  if (failed) throw hub::error(hub::failure::permanent, "spool", "cannot create " + options_.directory + ": " + failed.message());
  try {
    open_own();
    adopt();
  } catch (const spool_error& e) {
    throw hub::error(hub::failure::permanent, "spool", options_.directory + ": " + e.what());
  }
  tell();
}

void spool_files::tell() {
  std::int64_t oldest = 0;
  try {
    for (const auto& file : adopted_)
      if (oldest == 0) oldest = file->oldest_ms();
    if (oldest == 0 && own_) oldest = own_->oldest_ms();
  } catch (const spool_error&) {
  }
  oldest_ms_ = pending_ == 0 ? 0 : oldest;
  pending_gauge_.Set(static_cast<double>(pending_));
  const double fill = static_cast<double>(bytes_) / static_cast<double>(std::max<std::uint64_t>(options_.limit.value, 1));
  fill_gauge_.Set(fill);
  if (fill >= alert_at && !warned_)
    hub::log::error("the spool is filling up; above its limit intake answers 503",
                    {{"entries", pending_.load()}, {"bytes", bytes_.load()}});
  warned_ = fill >= alert_at;
}

// ---- writing -------------------------------------------------------------------------------------------

void spool_files::commit(spool_file& file) {
  const auto before = std::chrono::steady_clock::now();
  file.commit();
  fsync_time_.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count());
}

// An fsync that failed once tells nothing about what later ones did: the file is not written again.
void spool_files::give_up_own(const std::string& why) {
  hub::log::error("a spool file cannot be written any more; a new one takes its place", {{"file", own_->path()}, {"why", why}});
  own_->writable = false;
  adopted_.push_back(std::move(own_));
  try {
    open_own();
  } catch (const std::exception& e) {
    hub::log::error("no new spool file can be opened", {{"why", e.what()}});
    writable_ = false;
  }
}

std::vector<bool> spool_files::append(const std::vector<std::span<const spool_entry>>& lists) {
  std::vector<bool> results(lists.size(), false);
  if (lists.empty()) return results;
  std::uint64_t added = 0, added_entries = 0;
  try {
    if (!own_) open_own();
    own_->begin();
    for (std::size_t i = 0; i < lists.size(); ++i) {
      std::uint64_t size = 0;
      for (const auto& e : lists[i]) size += size_of(e);
      if (bytes_ + added + size > options_.limit.value) continue;
      for (const auto& e : lists[i]) own_->append(e, now_ms());
      added += size;
      added_entries += lists[i].size();
      results[i] = true;
    }
    commit(*own_);
    bytes_ += added;
    pending_ += added_entries;
    writable_ = true;
  } catch (const std::exception& e) {
    results.assign(lists.size(), false);
    failed_write(e);
  }
  for (const bool good : results)
    if (!good) failures_.Increment();
  return results;
}

void spool_files::failed_write(const std::exception& e) {
  const auto* why = dynamic_cast<const spool_error*>(&e);
  if (own_) own_->roll_back();
  if (own_ && why && why->why() != spool_error::kind::full) return give_up_own(e.what());
  if (writable_.exchange(false))
    hub::log::error("the spool cannot be written; intake answers 503 while the broker does not confirm", {{"why", e.what()}});
}

// ---- forgetting ----------------------------------------------------------------------------------------

spool_file* spool_files::file_of(std::uint64_t id) {
  const auto number = id >> id_bits;
  if (own_ && own_->number == number) return own_.get();
  for (const auto& file : adopted_)
    if (file->number == number) return file.get();
  return nullptr;
}

bool spool_files::forget(spool_file& file, const std::vector<std::int64_t>& ids) {
  if (file.writable) {
    try {
      file.begin();
      for (const auto id : ids) file.remove(id);
      commit(file);
      return true;
    } catch (const spool_error& e) {
      file.roll_back();
      if (e.why() == spool_error::kind::full) return false;  // they are sent again: known keys change nothing
      if (&file == own_.get()) {
        give_up_own(e.what());
      } else {
        hub::log::error("an adopted spool file cannot be written; it is drained and left where it is",
                        {{"file", file.path()}, {"why", e.what()}});
        file.writable = false;
      }
    }
  }
  file.done.insert(ids.begin(), ids.end());
  return true;
}

bool spool_files::remove(const std::vector<std::uint64_t>& ids) {
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
      const auto known = sizes_.find(number | static_cast<std::uint64_t>(id));
      if (known == sizes_.end()) continue;
      bytes_ -= std::min(bytes_.load(), known->second);
      pending_ -= std::min<std::uint64_t>(pending_, 1);
      sizes_.erase(known);
    }
  }
  drop_drained();
  return all;
}

void spool_files::drop_drained() {
  while (!adopted_.empty()) {
    auto& file = *adopted_.front();
    try {
      if (!file.read(1).empty()) break;
      if (file.writable)
        file.retire();
      else
        hub::log::error(
            "a spool file that could not be written is drained; it stays for inspection and is sent again after a restart",
            {{"file", file.path()}});
    } catch (const spool_error& e) {
      set_aside(file, e);
    }
    adopted_.pop_front();
  }
  if (pending_ != 0 || !adopted_.empty()) return;
  bytes_ = 0;
  std::error_code ignored;
  if (own_ && own_->writable && fs::file_size(own_->path(), ignored) > shrink_above) {
    try {
      own_->shrink();
    } catch (const spool_error&) {
      // Only space; the next drain tries again.
    }
  }
}

// ---- reading -------------------------------------------------------------------------------------------

void spool_files::set_aside(spool_file& file, const spool_error& e) {
  const auto aside = file.move_aside();
  hub::log::error("a spool file cannot be read and is set aside; what it held is missing",
                  {{"file", file.path()}, {"kept_as", aside}, {"why", e.what()}});
}

std::vector<spooled> spool_files::read(std::size_t most) {
  std::vector<spooled> list;
  const auto take = [&](spool_file& file) {
    for (auto& one : file.read(most - list.size())) {
      one.id |= file.number << id_bits;
      sizes_[one.id] = size_of(one.entry);
      list.push_back(std::move(one));
    }
  };
  for (auto file = adopted_.begin(); file != adopted_.end() && list.size() < most;) {
    try {
      take(**file);
      ++file;
    } catch (const spool_error& e) {
      set_aside(**file, e);
      file = adopted_.erase(file);
      recount();
    }
  }
  if (own_ && list.size() < most) {
    try {
      take(*own_);
    } catch (const spool_error& e) {
      set_aside(*own_, e);
      own_.reset();
      recount();
    }
  }
  return list;
}

void spool_files::recount() {
  std::uint64_t entries = 0, size = 0;
  const auto add = [&](spool_file& file) {
    try {
      const auto facts = file.measure();
      entries += facts.entries - std::min<std::uint64_t>(facts.entries, file.done.size());
      size += facts.bytes;
    } catch (const spool_error&) {
    }
  };
  for (const auto& file : adopted_) add(*file);
  if (own_) add(*own_);
  pending_ = entries;
  bytes_ = size;
}

void spool_files::probe() {
  try {
    if (!own_) open_own();
    own_->begin();
    own_->append({"probe", "", std::string(4096, ' ')}, now_ms());
    own_->remove_last();
    commit(*own_);
    if (!writable_.exchange(true)) hub::log::warn("the spool can be written again");
  } catch (const std::exception&) {
    if (own_) own_->roll_back();
  }
}

std::chrono::milliseconds spool_files::oldest() const {
  const std::int64_t since = oldest_ms_;
  const std::chrono::milliseconds age(since == 0 ? 0 : std::max<std::int64_t>(0, now_ms() - since));
  oldest_gauge_.Set(std::chrono::duration<double>(age).count());
  return age;
}

}  // namespace connectors
