#include "config/overrides.hpp"

#include "config/reference.hpp"
#include "config/settings.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace config {

namespace {

constexpr std::string_view prefix = "HUB__";
constexpr std::string_view connectors_prefix = "HUB__CONNECTORS__";
constexpr std::string_view file_suffix = "_FILE";
constexpr std::size_t largest_secret = 64 << 10;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// "viber-ua" in the file is VIBER_UA in the environment, which knows no hyphen.
bool same_name(std::string_view written, std::string_view segment) {
  return std::equal(written.begin(), written.end(), segment.begin(), segment.end(), [](char a, char b) {
    return a == b || std::tolower(static_cast<unsigned char>(a)) == b || (a == '-' && b == '_');
  });
}

// Follows `path` through maps, making what is missing; null when something else stands in the way, which the
// reader will report.
node* reach(node& tree, const std::vector<std::string>& path, const place& at) {
  node* here = &tree;
  for (const auto& segment : path) {
    if (here->is == node::shape::null) here->is = node::shape::map;
    if (here->is != node::shape::map) return nullptr;
    const auto found = std::find_if(here->members.begin(), here->members.end(),
                                    [&](const auto& member) { return same_name(member.first, segment); });
    if (found != here->members.end()) {
      here = &found->second;
      continue;
    }
    node fresh;
    fresh.at = fresh.key_at = at;
    here = &here->members.emplace_back(segment, std::move(fresh)).second;
  }
  return here;
}

struct known_names {
  std::map<std::string, setting_row> settings;  ///< by environment name
  std::vector<std::string> all;                 ///< for "did you mean"

  known_names() {
    for (auto& row : setting_rows(config::settings{})) {
      const auto name = environment_name(row.path);
      all.push_back(name);
      if (row.secret) all.push_back(name + std::string(file_suffix));
      settings.emplace(name, std::move(row));
    }
  }
};

// What a variable means: which setting, and whether its value is the path of a file.
struct meaning {
  std::vector<std::string> path;
  std::string base;  ///< the name without _FILE
  bool is_file = false;
};

bool understand(const std::string& name, const known_names& known, meaning& to) {
  to.base = name;
  if (name.starts_with(connectors_prefix)) {
    to.is_file =
        name.ends_with(file_suffix) && looks_secret(lower(std::string_view(name).substr(0, name.size() - file_suffix.size())));
    if (to.is_file) to.base = name.substr(0, name.size() - file_suffix.size());
    std::string_view rest = std::string_view(to.base).substr(prefix.size());
    while (true) {
      const auto end = rest.find("__");
      to.path.push_back(lower(rest.substr(0, end)));
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 2);
    }
    const bool blank = std::any_of(to.path.begin(), to.path.end(), [](const auto& segment) { return segment.empty(); });
    return to.path.size() >= 4 && !blank;
  }
  auto row = known.settings.find(name);
  if (row == known.settings.end() && name.ends_with(file_suffix)) {
    to.base = name.substr(0, name.size() - file_suffix.size());
    row = known.settings.find(to.base);
    to.is_file = row != known.settings.end() && row->second.secret;
    if (!to.is_file) return false;
  }
  if (row == known.settings.end()) return false;
  to.path = hub::split(row->second.path, '.');
  return true;
}

// The file a secret lies in, without the newline editors add.
bool read_secret(const override_value& given, std::string& text, hub::problems& found) {
  const std::string& path = given.text;
  errno = 0;
  std::error_code failed;
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path, failed)) {
    found.push_back({given.where, std::string("the file cannot be read: ") + (errno ? std::strerror(errno) : "not a file"),
                     hub::shorten(path, 200)});
    return false;
  }
  text.resize(largest_secret + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > largest_secret) {
    found.push_back({given.where, "the file is larger than 64 KiB", hub::shorten(path, 200)});
    return false;
  }
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return true;
}

}  // namespace

overrides read_environment_file(const std::string& path, hub::problems& found) {
  overrides lines;
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return lines;
  errno = 0;
  std::ifstream file(path);
  if (!file) {
    found.push_back({path, std::string("cannot be read: ") + std::strerror(errno)});
    return lines;
  }
  std::string raw;
  for (int number = 1; std::getline(file, raw); ++number) {
    auto line = hub::trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("export ")) line = hub::trim(line.substr(7));
    const auto at = path + ":" + std::to_string(number);
    const auto equals = line.find('=');
    const auto key = line.substr(0, equals);
    const bool usable = equals != std::string_view::npos && !key.empty() &&
                        std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
    if (!usable) {
      found.push_back({at + ":1", "expected KEY=VALUE"});
      continue;
    }
    auto value = line.substr(equals + 1);
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    const std::string name(key);
    if (!lines.emplace(name, override_value{std::string(value), name + " (" + at + ")"}).second)
      found.push_back({at + ":1", name + " was given before in this file"});
  }
  return lines;
}

void apply_overrides(node& tree, const overrides& given, hub::problems& found) {
  const known_names known;
  for (const auto& [name, value] : given) {
    if (!name.starts_with(prefix)) continue;
    meaning of;
    if (!understand(name, known, of)) {
      if (name.starts_with(connectors_prefix)) {
        found.push_back({value.where, "expected HUB__CONNECTORS__<CHANNEL>__<ACCOUNT>__<KEY>"});
        continue;
      }
      const auto meant = hub::did_you_mean(name, known.all);
      found.push_back({value.where, meant ? "names no setting; did you mean " + *meant + "?" : std::string("names no setting")});
      continue;
    }
    if (of.is_file && given.count(of.base)) {
      found.push_back({value.where, "is given beside " + of.base + "; give one of the two"});
      continue;
    }
    std::string text = value.text;
    if (of.is_file && !read_secret(value, text, found)) continue;
    if (!hub::is_utf8(text) || text.find('\0') != std::string::npos) {
      found.push_back({value.where, "the value is not UTF-8 text"});
      continue;
    }
    const place at{value.where, 0, 0};
    if (auto* target = reach(tree, of.path, at)) {
      const auto key_at = target->key_at;
      *target = node{};
      target->is = node::shape::scalar;
      target->at = at;
      target->key_at = key_at.file.empty() ? at : key_at;
      target->text = std::move(text);
    }
  }
}

}  // namespace config
