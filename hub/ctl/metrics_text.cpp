#include "hub/ctl/metrics_text.hpp"

#include "hub/base/text.hpp"

#include <algorithm>
#include <cstdlib>

namespace hub::ctl {

namespace {

/// Reads `{a="x",b="y"}` and moves behind it; false when it is something else.
bool read_labels(std::string_view& line, std::map<std::string, std::string>& to) {
  line.remove_prefix(1);
  while (!line.empty() && line.front() != '}') {
    const auto equals = line.find("=\"");
    if (equals == std::string_view::npos) return false;
    const std::string name(trim(line.substr(0, equals)));
    line.remove_prefix(equals + 2);
    std::string value;
    while (!line.empty() && line.front() != '"') {
      if (line.front() == '\\' && line.size() > 1) {
        line.remove_prefix(1);
        value += line.front() == 'n' ? '\n' : line.front();
      } else {
        value += line.front();
      }
      line.remove_prefix(1);
    }
    if (line.empty()) return false;
    line.remove_prefix(1);
    if (!line.empty() && line.front() == ',') line.remove_prefix(1);
    to[name] = std::move(value);
  }
  if (line.empty()) return false;
  line.remove_prefix(1);
  return true;
}

}  // namespace

std::vector<sample> read_metrics(std::string_view text) {
  std::vector<sample> all;
  for (const auto& whole : split(text, '\n')) {
    std::string_view line = trim(whole);
    if (line.empty() || line.front() == '#') continue;
    const auto end = line.find_first_of("{ ");
    if (end == std::string_view::npos || end == 0) continue;
    sample one;
    one.name = line.substr(0, end);
    line.remove_prefix(end);
    if (line.front() == '{' && !read_labels(line, one.labels)) continue;
    const std::string number(trim(line));
    char* rest = nullptr;
    one.value = std::strtod(number.c_str(), &rest);
    if (rest != number.c_str()) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace hub::ctl
