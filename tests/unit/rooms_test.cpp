// Who includes whom: the include lines of every source file against the rooms of docs/architecture.md, so that a layer
// cannot be crossed by accident.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

// What each room may include besides itself.
const std::map<std::string, std::set<std::string>> allowed = {
    {"hub/base", {}},
    {"hub/message", {"hub/base"}},
    {"hub/async", {"hub/base"}},
    {"hub/http", {"hub/base", "hub/async"}},
    {"hub/amqp", {"hub/base", "hub/message"}},
    {"hub/db", {"hub/base"}},
    {"hub/media", {"hub/base"}},
    {"config", {"hub/base", "hub/message"}},
    {"routing", {"hub/base", "hub/message", "config"}},
    {"connectors", {"hub/base", "hub/message", "hub/async", "hub/http", "hub/amqp", "hub/media", "config"}},
    {"workers", {"hub/base", "hub/message", "hub/async", "hub/http", "hub/amqp", "hub/db", "hub/media", "config", "routing"}},
    {"hub/api", {"hub/base", "hub/message", "hub/async", "hub/http", "hub/db", "hub/media", "config", "routing"}},
    {"hub/ctl",
     {"hub/base", "hub/message", "hub/async", "hub/http", "hub/amqp", "hub/db", "hub/media", "config", "routing",
      "workers/store"}},
};

// Libraries that stay behind the room that wraps them; pqxx also where the SQL is.
const std::map<std::string, std::set<std::string>> wrapped = {
    {"amqp", {"hub/amqp"}},        {"pqxx/", {"hub/db", "workers", "hub/api", "hub/ctl"}},
    {"libpq-fe.h", {"hub/db"}},    {"yaml-cpp/", {"config"}},
    {"sqlite3.h", {"connectors"}}, {"boost/beast", {"hub/http"}},
    {"re2/", {"routing"}},         {"unicode/", {"hub/base", "routing", "connectors"}},
    {"magic.h", {"hub/media"}},    {"sodium.h", {"hub/base"}},
    {"gmime/", {"connectors"}},    {"curl/", {"connectors"}},
    {"expat.h", {"connectors"}},   {"jpeglib.h", {"hub/media"}},
    {"png.h", {"hub/media"}},
};

std::string room_of(const std::string& path) {
  for (const auto& [room, may] : allowed)
    if (path.starts_with(room + "/")) return room;
  return {};
}

struct include_line {
  std::string file, target;
  bool system = false;
};

std::vector<include_line> all_includes() {
  static const std::regex form(R"(^\s*#\s*include\s+([<"])([^>"]+)[>"])");
  std::vector<include_line> list;
  for (const std::string top : {"hub", "config", "routing", "connectors", "workers"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(LEADYARD_SOURCE_DIR) / top)) {
      const auto kind = entry.path().extension();
      if (kind != ".cpp" && kind != ".hpp" && kind != ".ipp") continue;
      const auto file = fs::relative(entry.path(), LEADYARD_SOURCE_DIR).string();
      std::ifstream in(entry.path());
      std::smatch found;
      for (std::string line; std::getline(in, line);)
        if (std::regex_search(line, found, form)) list.push_back({file, found[2], found[1] == "<"});
    }
  }
  return list;
}

TEST(rooms, no_room_includes_what_the_architecture_page_does_not_allow) {
  const auto includes = all_includes();
  ASSERT_GT(includes.size(), 500u);
  for (const auto& one : includes) {
    if (one.system) continue;
    const auto from = room_of(one.file);
    const auto to = room_of(one.target);
    ASSERT_FALSE(from.empty()) << one.file << " is in no room";
    EXPECT_FALSE(to.empty()) << one.file << " includes " << one.target << ", which is in no room: write the path from the top";
    if (from == to) continue;
    bool may = allowed.at(from).contains(to);
    for (const auto& part : allowed.at(from)) may = may || one.target.starts_with(part + "/");
    EXPECT_TRUE(may) << one.file << " includes " << one.target;
  }
}

TEST(rooms, a_connector_includes_no_other_connector) {
  for (const auto& one : all_includes()) {
    const fs::path from(one.file), to(one.target);
    const auto folder = [](const fs::path& p) {
      return std::distance(p.begin(), p.end()) > 2 ? std::next(p.begin())->string() : std::string();
    };
    if (!one.file.starts_with("connectors/") || !one.target.starts_with("connectors/")) continue;
    if (folder(from).empty() || folder(to).empty()) continue;
    EXPECT_EQ(folder(from), folder(to)) << one.file << " includes " << one.target;
  }
}

TEST(rooms, wrapped_libraries_stay_in_their_rooms) {
  for (const auto& one : all_includes())
    for (const auto& [library, rooms] : wrapped)
      if (one.system && one.target.starts_with(library)) {
        EXPECT_TRUE(rooms.contains(room_of(one.file))) << one.file << " includes " << one.target;
      }
}

TEST(rooms, what_reads_mail_stays_in_the_mail_connector) {
  for (const auto& one : all_includes())
    if (one.system && (one.target.starts_with("gmime/") || one.target == "iconv.h")) {
      EXPECT_TRUE(one.file.starts_with("connectors/email/")) << one.file << " includes " << one.target;
    }
}

TEST(rooms, what_reads_xml_stays_in_one_file) {
  for (const auto& one : all_includes())
    if (one.system && one.target == "expat.h") {
      EXPECT_EQ(one.file, "connectors/erp/xml.cpp");
    }
}

}  // namespace
