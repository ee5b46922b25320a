// What no committed file may hold: lines nobody can read side by side, notes to oneself, and anything that ties the tree
// to one machine. The patterns are written so that they do not find themselves.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

constexpr std::size_t widest_line = 130;  // as .editorconfig says
constexpr std::size_t longest_file = 450;

struct source {
  std::string path;
  std::vector<std::string> lines;
};

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What `git ls-files` names, empty where the tree is no checkout.
std::vector<std::string> tracked() {
  const std::string command = "git -c safe.directory='*' -C '" LEADYARD_SOURCE_DIR "' ls-files -z 2>/dev/null";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string names;
  std::array<char, 4096> part{};
  while (pipe) {
    const auto got = std::fread(part.data(), 1, part.size(), pipe.get());
    if (got == 0) break;
    names.append(part.data(), got);
  }
  std::vector<std::string> list;
  std::istringstream in(names);
  for (std::string name; std::getline(in, name, '\0');) list.push_back(name);
  return list;
}

/// Every tracked text file; what holds a zero byte is no text.
const std::vector<source>& sources() {
  static const auto all = [] {
    std::vector<source> list;
    for (const auto& name : tracked()) {
      const auto path = fs::path(LEADYARD_SOURCE_DIR) / name;
      if (!fs::is_regular_file(path)) continue;
      const auto text = read_file(path);
      if (text.find('\0') != std::string::npos) continue;
      source one{name, {}};
      std::istringstream in(text);
      for (std::string line; std::getline(in, line);) one.lines.push_back(line);
      list.push_back(std::move(one));
    }
    return list;
  }();
  return all;
}

bool has_ending(const std::string& path, const std::set<std::string>& endings) {
  return endings.contains(fs::path(path).extension().string());
}

/// "path:line: text" of every line that `bad` names, in files with one of `endings` (none: in all).
std::vector<std::string> lines_that(const std::function<bool(const std::string&)>& bad,
                                    const std::set<std::string>& endings = {}) {
  std::vector<std::string> found;
  for (const auto& file : sources()) {
    if (!endings.empty() && !has_ending(file.path, endings)) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i)
      if (bad(file.lines[i])) found.push_back(file.path + ":" + std::to_string(i + 1) + ": " + file.lines[i].substr(0, 100));
  }
  return found;
}

std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class committed_files : public testing::Test {
 protected:
  void SetUp() override {
    if (sources().empty()) GTEST_SKIP() << "not a git checkout";
  }
};

TEST_F(committed_files, are_found) { EXPECT_GT(sources().size(), 200u); }

TEST_F(committed_files, have_no_line_wider_than_the_editor_is_told) {
  EXPECT_THAT(lines_that([](const auto& line) { return columns(line) > widest_line; }, {".cpp", ".hpp"}), IsEmpty());
}

TEST_F(committed_files, are_indented_with_blanks) {
  EXPECT_THAT(lines_that([](const auto& line) { return line.find('\t') != std::string::npos; }, {".cpp", ".hpp"}), IsEmpty());
}

TEST_F(committed_files, leave_nothing_for_later) {
  static const std::regex note("\\b(TO[D]O|FI[X]ME|XX[X])\\b");
  EXPECT_THAT(lines_that([](const auto& line) { return std::regex_search(line, note); }), IsEmpty());
}

TEST_F(committed_files, name_no_package_registry) {
  static const std::regex host(
      "\\b(pypi[.]org|pythonhosted[.]org|npmjs[.](org|com)|yarnpkg[.]com|proxy[.]golang[.]org|crates[.]io|rubygems[.]org|"
      "maven([.]apache)?[.]org|conan[.]io|(deb|security)[.]debian[.]org|(archive|security)[.]ubuntu[.]com|"
      "apt[.]postgresql[.]org|packagecloud[.]io|docker[.]io|ghcr[.]io|quay[.]io)\\b");
  EXPECT_THAT(lines_that([](const auto& line) { return std::regex_search(line, host); }), IsEmpty());
}

TEST_F(committed_files, name_no_path_of_one_machine) {
  // A path that begins there, not one that has a folder of that name further down.
  static const std::regex begins_there("(^|[^A-Za-z0-9_.})/*-])/([w]ork|[h]ome|[U]sers)/[A-Za-z0-9_.]");
  EXPECT_THAT(lines_that([](const auto& line) { return std::regex_search(line, begins_there); }), IsEmpty());
}

TEST_F(committed_files, are_short_enough_to_be_read_at_once) {
  std::vector<std::string> found;
  for (const auto& file : sources())
    if (has_ending(file.path, {".cpp", ".hpp", ".ts", ".sh"}) && file.lines.size() > longest_file)
      found.push_back(file.path + ": " + std::to_string(file.lines.size()) + " lines");
  EXPECT_THAT(found, IsEmpty());
}

}  // namespace
