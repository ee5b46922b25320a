#include "hub/ctl/terminal.hpp"

#include "hub/base/text.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace hub::ctl {

namespace {

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

table::table(std::vector<std::string> headings) : headings_(std::move(headings)) {
  for (auto& heading : headings_) {
    to_the_right_.push_back(heading.starts_with('>'));
    if (to_the_right_.back()) heading.erase(0, 1);
  }
}

void table::add(std::vector<std::string> cells) {
  cells.resize(headings_.size());
  rows_.push_back(std::move(cells));
}

std::string table::text() const {
  std::vector<std::size_t> widths;
  for (const auto& heading : headings_) widths.push_back(width_of(heading));
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));

  std::string out;
  auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths[i] - width_of(cells[i]), ' ');
      text += to_the_right_[i] ? padding + cells[i] : cells[i] + padding;
      if (i + 1 < cells.size()) text += "  ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  };
  line(headings_);
  for (const auto& row : rows_) line(row);
  return out;
}

std::string one_line(std::string_view text, std::size_t limit) {
  std::string made;
  for (const char c : clean_text(text)) made += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  // U+0080 to U+009F are control characters too, and terminals obey them.
  for (auto at = made.find('\xc2'); at != std::string::npos && at + 1 < made.size(); at = made.find('\xc2', at + 1))
    if (static_cast<unsigned char>(made[at + 1]) < 0xa0) made.replace(at, 2, "  ");
  return shorten(made, limit);
}

std::string utc_words(std::string_view rfc3339) {
  if (rfc3339.empty()) return "-";
  std::string made(rfc3339);
  if (made.size() > 10 && made[10] == 'T') made[10] = ' ';
  if (made.ends_with('Z')) made.pop_back();
  return made;
}

std::string age_words(std::int64_t seconds) {
  if (seconds < 60) return std::to_string(std::max<std::int64_t>(seconds, 0)) + " s";
  if (seconds < 3600) return std::to_string(seconds / 60) + " min";
  if (seconds < 48 * 3600) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86400) + " d";
}

bool is_terminal() { return isatty(STDOUT_FILENO) == 1; }

bool confirm(const std::string& question) {
  if (isatty(STDIN_FILENO) != 1) return false;
  std::cout << question << " [yes/no] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "yes" || answer == "y";
}

}  // namespace hub::ctl
