#include "connectors/erp/drop_watch.hpp"

#include "connectors/erp/words.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

namespace connectors::erp {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

constexpr auto stillness = 60s;
constexpr std::string_view manifest_ending = ".manifest.json";

bool is_data(const std::string& name) {
  return !name.starts_with('.') && !name.ends_with(manifest_ending) && (name.ends_with(".csv") || name.ends_with(".json"));
}

/// "vehicles.csv" -> "vehicles.manifest.json".
std::string manifest_name(const std::string& data) { return data.substr(0, data.rfind('.')) + std::string(manifest_ending); }

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw hub::error(hub::failure::transient, "drop", "a dropped file cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

struct drop_watch::dropped {
  std::string name, beside;  ///< the data file, its manifest; either may be missing
  std::uint64_t size = 0;
  std::int64_t changed = 0;  ///< milliseconds since 1970
  std::optional<manifest> told;
};

drop_watch::drop_watch(const account_context& of, const settings& with, std::string state)
    : of_(of), with_(with), state_(std::move(state)) {
  fs::create_directories(state_);
  const auto kept = read_small(state_ + "/places");
  const auto parsed = kept.empty() ? hub::result<boost::json::value>(hub::problem{}) : hub::message::parse_json(kept);
  if (parsed)
    if (auto read = hub::message::from_json<drop_places>(*parsed)) places_ = std::move(*read);
}

drop_place& drop_watch::place_of(const std::string& entity) {
  return entity == "vehicle" ? places_.vehicle : entity == "customer" ? places_.customer : places_.order;
}

void drop_watch::keep_places() { replace_file(state_ + "/places", hub::message::to_json(places_)); }

void drop_watch::say(std::string what) {
  const std::lock_guard lock(saying_);
  trouble_ = std::move(what);
}

std::string drop_watch::trouble() const {
  const std::lock_guard lock(saying_);
  return trouble_;
}

bool drop_watch::look(hub::instant now, outbox& to) {
  try {
    return take_next(now, to);
  } catch (const fs::filesystem_error& e) {
    say("the drop directory cannot be used: " + e.code().message());
  } catch (const hub::error& e) {
    if (e.kind() == hub::failure::cancelled) throw;
    say(e.what());
  }
  return false;
}

bool drop_watch::is_still(const std::string& name, std::uint64_t size, std::int64_t changed, hub::instant now) {
  auto [at, is_new] = seen_.try_emplace(name, seen{size, changed, now});
  if (!is_new && (at->second.size != size || at->second.changed != changed)) at->second = {size, changed, now};
  return now - at->second.since >= stillness;
}

bool drop_watch::take_next(hub::instant now, outbox& to) {
  const fs::path directory(with_.drop_directory);
  fs::create_directories(directory / "done");
  fs::create_directories(directory / "bad");
  std::map<std::string, dropped> files;
  std::vector<std::string> manifests;
  for (const auto& entry : fs::directory_iterator(directory)) {
    // A link might lead anywhere.
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    const auto name = entry.path().filename().string();
    if (name.ends_with(manifest_ending)) manifests.push_back(name);
    struct stat found {};
    if (!is_data(name) || ::stat(entry.path().c_str(), &found) != 0) continue;
    auto& one = files[name];
    one.name = name;
    one.size = static_cast<std::uint64_t>(found.st_size);
    one.changed = std::int64_t{found.st_mtim.tv_sec} * 1000 + found.st_mtim.tv_nsec / 1'000'000;
  }
  std::erase_if(seen_, [&](const auto& one) { return !fs::exists(directory / one.first); });

  std::set<std::string> unreadable;
  std::vector<dropped> in_order;
  for (const auto& name : manifests) {
    const auto bytes = bytes_of((directory / name).string());
    const auto read = read_manifest(bytes);
    dropped one;
    one.beside = name;
    if (!read) {
      // It may be half written.
      if (is_still(name, bytes.size(), 0, now)) {
        refuse(one, "the manifest cannot be read: " + hub::to_text(read.error()));
        return true;
      }
      unreadable.insert(name);
      continue;
    }
    const auto data = files.find(read->file);
    if (data != files.end()) one = std::exchange(data->second, {});
    one.beside = name;
    one.told = *read;
    if (one.name.empty()) {
      const bool was_taken = place_of(read->entity).sha256 == read->sha256 && place_of(read->entity).seq == read->seq;
      if (!was_taken && !is_still(name, bytes.size(), 0, now)) continue;
      if (was_taken)
        move(name, "done");
      else
        refuse(one, "the file that the manifest names is not there");
      return true;
    }
    in_order.push_back(std::move(one));
  }

  std::sort(in_order.begin(), in_order.end(), [](const auto& a, const auto& b) {
    return std::tie(a.told->entity, a.told->seq) < std::tie(b.told->entity, b.told->seq);
  });
  std::string waits;
  for (const auto& one : in_order) {
    const auto& last = place_of(one.told->entity);
    if (one.told->seq <= last.seq) {
      if (one.told->seq == last.seq && one.told->sha256 == last.sha256)
        settle(one);
      else
        refuse(one, "seq " + std::to_string(one.told->seq) + " is not above " + std::to_string(last.seq) +
                        ", the last that was taken");
      return true;
    }
    if (may_follow(*one.told, last.seq)) {
      take(one, now, to);
      return true;
    }
    if (waits.empty())
      waits = one.name + " waits for the next full file: of " + one.told->entity + " the last was " + std::to_string(last.seq);
  }
  for (auto& [name, one] : files) {
    if (one.name.empty() || unreadable.contains(manifest_name(name))) continue;
    if (!is_still(name, one.size, one.changed, now)) continue;
    take(one, now, to);
    return true;
  }

  const auto refused = std::count_if(fs::directory_iterator(directory / "bad"), fs::directory_iterator(),
                                     [](const auto& entry) { return entry.path().string().ends_with(".reason.txt"); });
  if (refused > 0) waits += (waits.empty() ? "" : "; ") + std::to_string(refused) + " dropped files were refused: see bad/";
  say(std::move(waits));
  return false;
}

void drop_watch::take(const dropped& one, hub::instant now, outbox& to) {
  const auto bytes = bytes_of(with_.drop_directory + "/" + one.name);
  const auto told = one.told.value_or(missing_manifest(one.name, hub::instant(std::chrono::milliseconds(one.changed))));
  const auto mark = one.name + " " + hub::to_hex(hub::sha256(bytes));
  if (!applied_.contains(mark)) {
    const auto place = state_ + "/making";
    std::optional<hub::problem> wrong;
    std::size_t count = 0;
    {
      sealed_lines events(place, of_.seal_key);
      const auto tell = [&](const hub::message::event& e) {
        events.add(hub::message::encode(e));
        ++count;
      };
      if (one.name.ends_with(".csv")) {
        directories known;
        std::vector<std::string> lines;
        auto done = import_drop({of_, with_, known, nullptr, now}, told, bytes, draft_in(lines), tell);
        if (!done) wrong = done.error();
        if (done && done->head.full)
          for (const auto& e :
               presence_events(of_, with_, std::move(done->present), done->head.catalogue, done->head.formed, now))
            tell(e);
      } else {
        const auto made = read_dropped_json(of_, told, bytes, now);
        if (!made) wrong = made.error();
        if (made) std::for_each(made->begin(), made->end(), tell);
      }
      events.finish();
    }
    if (wrong) return refuse(one, hub::to_text(*wrong));
    if (count > 0) to.take(place);
    FAILPOINT("erp.drop_told", one.name);
    hub::log::info("a dropped file was read", {{"account", of_.account}, {"file", one.name}, {"events", count}});
    applied_.insert(mark);
    if (one.told) {
      place_of(told.entity) = {told.seq, told.sha256};
      keep_places();
    }
    FAILPOINT("erp.drop_kept", one.name);
  }
  settle(one);
  applied_.erase(mark);
}

void drop_watch::settle(const dropped& one) {
  move(one.name, "done");
  FAILPOINT("erp.drop_moved", one.name);
  if (!one.beside.empty()) move(one.beside, "done");
}

void drop_watch::refuse(const dropped& one, const std::string& why) {
  const auto& name = one.name.empty() ? one.beside : one.name;
  hub::log::warn("a dropped file is refused", {{"account", of_.account}, {"file", name}, {"why", why}});
  replace_file(with_.drop_directory + "/bad/" + name + ".reason.txt", why + "\n");
  if (!one.name.empty()) move(one.name, "bad");
  if (!one.beside.empty()) move(one.beside, "bad");
}

void drop_watch::move(const std::string& name, const std::string& where) {
  const auto from = with_.drop_directory + "/" + name;
  const auto to = with_.drop_directory + "/" + where + "/" + name;
  // Names come again: what is there already stays.
  auto free = to;
  for (int i = 2; fs::exists(free); ++i) free = to + "." + std::to_string(i);
  fs::rename(from, free);
  sync_directory_of(free);
}

}  // namespace connectors::erp
