#include "config/settings.hpp"

#include "config/overrides.hpp"
#include "config/reader.hpp"
#include "hub/base/text.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <set>

namespace config {

namespace {

namespace fs = std::filesystem;

constexpr const char* default_file = "config/hub.yaml";

// Beside the working directory; else beside the program: build/<name>/bin and <prefix>/bin lie below what holds
// config/.
std::string find_file() {
  std::error_code failed;
  if (fs::is_regular_file(default_file, failed)) return default_file;
  auto folder = fs::read_symlink("/proc/self/exe", failed).parent_path();
  for (int level = 0; level < 4 && folder.has_relative_path(); ++level, folder = folder.parent_path()) {
    const auto candidate = folder / default_file;
    if (fs::is_regular_file(candidate, failed)) return candidate.string();
  }
  return {};
}

std::string home_of(const std::map<std::string, std::string>& environment) {
  const auto given = environment.find("LEADYARD_HOME");
  const auto home =
      fs::absolute(given != environment.end() && !given->second.empty() ? fs::path(given->second) : fs::path("var"));
  auto text = home.lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> environment;
  for (char** line = environ; line && *line; ++line) {
    const std::string_view text = *line;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

// In the order of the file, as a person goes through it; what has no line comes first.
void sort_by_place(hub::problems& list) {
  const auto number_before = [](std::string_view text, std::size_t end) {
    const auto colon = text.rfind(':', end);
    return colon == std::string_view::npos ? 0 : std::atoi(std::string(text.substr(colon + 1)).c_str());
  };
  const auto order = [&](const hub::problem& p) {
    const auto last = p.where.rfind(':');
    if (last == std::string::npos || last == 0) return std::pair(0, 0);
    return std::pair(number_before(p.where, last - 1), number_before(p.where, last));
  };
  std::stable_sort(list.begin(), list.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
}

// What one field alone cannot tell. Values of URLs are secrets and are not shown.
class cross_checks {
 public:
  explicit cross_checks(loaded& of) : of_(of) {}

  void run() {
    const auto& s = of_.value;
    scheme("broker.url", s.broker.url.reveal(), {"amqp://", "amqps://"});
    scheme("database.url", s.database.url.reveal(), {"postgresql://", "postgres://"});
    scheme("intake.public_url", s.intake.public_url, {"https://", "http://"});
    scheme("api.public_url", s.api.public_url, {"https://", "http://"});
    account("notify.email", "email", s.notify.email);
    account("notify.telegram", "telegram", s.notify.telegram);
    pair("intake.listen.tls", s.intake.listen.tls);
    pair("api.listen.tls", s.api.listen.tls);
    criteria();
    for (const auto count : s.ingest.draining) {
      if (count < 1 || count > 64)
        refuse("ingest.draining", "expected shard counts from 1 to 64", std::to_string(count));
      else if (count == s.ingest.shards)
        refuse("ingest.draining", "names the present count, which is consumed anyway", std::to_string(count));
    }
    if (!is_name(s.profile, "-_"))
      refuse("profile", "expected the name of a folder in config/profiles: a-z, 0-9, - and _", hub::shorten(s.profile, 60));
  }

 private:
  static bool is_name(std::string_view text, std::string_view marks) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || marks.find(c) != std::string_view::npos;
    });
  }

  /// As written, also those that were refused: the list of what was read has no places.
  void criteria() {
    const auto* list = find_setting(of_.tree, "call_review.criteria");
    if (!list) return;
    std::set<std::string> keys;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const auto* key = list->items[i].find("key");
      if (!key || key->is != node::shape::scalar || key->text.empty()) continue;
      const auto path = "call_review.criteria[" + std::to_string(i) + "].key";
      if (!is_name(key->text, "_"))
        of_.problems.push_back({to_text(key->at), path + ": expected a-z, 0-9 and _", hub::shorten(key->text, 60)});
      else if (!keys.insert(key->text).second)
        of_.problems.push_back({to_text(key->at), path + ": is there twice", hub::shorten(key->text, 60)});
    }
  }

  void refuse(const std::string& path, const std::string& what, const std::string& value = {}) {
    const auto* written = find_setting(of_.tree, path);
    of_.problems.push_back({written ? to_text(written->at) : of_.file, path + ": " + what, value});
  }

  void account(const std::string& path, const std::string& channel, const std::string& name) {
    if (name.empty()) return;
    const auto of = of_.value.connectors.find(channel);
    if (of == of_.value.connectors.end() || !of->second.contains(name))
      refuse(path, "is no account of connectors." + channel, hub::shorten(name, 60));
  }

  void scheme(const std::string& path, const std::string& url, std::initializer_list<std::string_view> schemes) {
    if (url.empty()) return;
    std::string list;
    for (const auto scheme : schemes) {
      if (url.starts_with(scheme) && url.size() > scheme.size()) return;
      list += (list.empty() ? "" : " or ") + std::string(scheme);
    }
    refuse(path, "expected an address that begins with " + list);
  }

  void pair(const std::string& path, const tls& files) {
    if (files.certificate.empty() != files.key.empty()) refuse(path, "needs both certificate and key");
  }

  loaded& of_;
};

}  // namespace

bool looks_secret(std::string_view key) {
  // Credentials, and the telephone numbers of our own lines.
  static constexpr std::array<std::string_view, 6> ends{"token", "secret", "key", "password", "user", "number"};
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return key.ends_with(end); });
}

const node* find_setting(const node& tree, std::string_view path) {
  const node* here = &tree;
  for (const auto& segment : hub::split(path, '.'))
    if (!(here = here->find(segment))) return nullptr;
  return here;
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

loaded load_settings(const std::string& path) { return load_settings(path, process_environment()); }

loaded load_settings(const std::string& path, const std::map<std::string, std::string>& environment) {
  loaded result;
  result.home = home_of(environment);
  result.file = path.empty() ? find_file() : path;
  if (result.file.empty()) {
    result.file = default_file;
    result.problems.push_back({default_file, "was found neither in the working directory nor beside the program"});
  } else {
    auto parsed = parse_yaml_file(result.file);
    result.tree = std::move(parsed.root);
    result.problems = std::move(parsed.problems);
  }

  // The environment wins over the secrets file, and either of NAME and NAME_FILE there over both here.
  auto given = read_environment_file(result.home + "/secrets.env", result.problems);
  for (const auto& [name, text] : environment) {
    if (!name.starts_with("HUB__")) continue;
    given.erase(name.ends_with("_FILE") ? name.substr(0, name.size() - 5) : name + "_FILE");
    given[name] = {text, name};
  }
  // The loop above also drops the environment's own other half; both at once there is a mistake to be told.
  for (const auto& [name, text] : environment)
    if (name.starts_with("HUB__")) given[name] = {text, name};

  apply_overrides(result.tree, given, result.problems);
  read(result.tree, result.value, result.problems);
  cross_checks(result).run();
  sort_by_place(result.problems);
  return result;
}

}  // namespace config
