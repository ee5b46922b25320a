#include "connectors/erp/outbox.hpp"

#include "hub/base/failure.hpp"
#include "hub/message/codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <set>

namespace connectors::erp {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view ending = ".events";
constexpr auto everything = std::numeric_limits<std::uint64_t>::max();

std::set<std::string> files_in(const std::string& directory) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ending) names.insert(entry.path().filename().string());
  return names;
}

}  // namespace

outbox::outbox(std::string directory, const hub::secret& key) : directory_(std::move(directory)), key_(key) {
  fs::create_directories(directory_);
  for (const auto& name : files_in(directory_)) std::from_chars(name.data(), name.data() + name.size(), last_);
}

void outbox::put(const std::string& file) {
  const auto name = fmt::format("{}/{:016}{}", directory_, ++last_, ending);
  std::error_code failed;
  fs::rename(file, name, failed);
  if (failed) throw hub::error(hub::failure::transient, "disk", "events of the exchange cannot be kept");
  sync_directory_of(name);
}

void outbox::take(const std::string& file) {
  const std::lock_guard lock(adding_);
  put(file);
}

void outbox::add(const std::vector<hub::message::event>& events) {
  const std::lock_guard lock(adding_);
  const auto name = directory_ + "/adding";
  {
    sealed_lines lines(name, key_);
    for (const auto& e : events) lines.add(hub::message::encode(e));
    lines.finish();
  }
  put(name);
}

outbox::place outbox::begun() const {
  const auto names = files_in(directory_);
  if (names.empty()) return {};
  place at{*names.begin(), 0};
  const auto kept = read_small(directory_ + "/told");
  const auto blank = kept.find(' ');
  if (blank != std::string::npos && kept.substr(0, blank) == at.file)
    std::from_chars(kept.data() + blank + 1, kept.data() + kept.size(), at.line);
  return at;
}

std::vector<hub::message::event> outbox::next(std::size_t most) {
  if (!pull_) {
    now_ = begun();
    if (now_.file.empty()) return {};
    pull_ = sealed_file(directory_ + "/" + now_.file, key_).open(everything)();
    piece_.clear();
    read_to_ = 0;
    std::uint64_t skipped = 0;
    while (skipped < now_.line) {
      const auto end = piece_.find('\n', read_to_);
      if (end == std::string::npos) {
        piece_ = std::string(pull_());
        read_to_ = 0;
        if (piece_.empty()) break;
        continue;
      }
      read_to_ = end + 1;
      ++skipped;
    }
  }
  std::vector<hub::message::event> events;
  at_end_ = false;
  while (events.size() < most) {
    const auto end = piece_.find('\n', read_to_);
    if (end == std::string::npos) {
      piece_ = std::string(pull_());
      read_to_ = 0;
      at_end_ = piece_.empty();
      if (at_end_) break;
      continue;
    }
    auto read = hub::message::decode(std::string_view(piece_).substr(read_to_, end - read_to_));
    events.push_back(std::move(read.at(0).value.value()));
    read_to_ = end + 1;
  }
  handed_ = events.size();
  if (events.empty()) {
    told();
    return next(most);
  }
  return events;
}

void outbox::told() {
  now_.line += handed_;
  handed_ = 0;
  if (!at_end_) {
    replace_file(directory_ + "/told", now_.file + " " + std::to_string(now_.line));
    return;
  }
  fs::remove(directory_ + "/" + now_.file);
  pull_ = {};
}

}  // namespace connectors::erp
