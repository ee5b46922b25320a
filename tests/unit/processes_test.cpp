// docs/processes.md says what the code, the committed rules and the schema do: its tables are read and compared.

#include "config/profile.hpp"
#include "hub/ctl/files.hpp"
#include "hub/message/canonical.hpp"
#include "routing/lifecycle.hpp"
#include "routing/rules.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace {

namespace fs = std::filesystem;
using cells = std::vector<std::string>;

std::string file(const std::string& name) { return hub::ctl::read_file(LEADYARD_SOURCE_DIR "/" + name); }

/// The rows of the table whose first heading cells are these.
std::vector<cells> table(const std::string& heading) {
  std::vector<cells> rows;
  std::istringstream lines(file("docs/processes.md"));
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| " + heading)) {
      inside = true;
      std::getline(lines, line);
      continue;
    }
    if (!inside) continue;
    if (!line.starts_with("|")) break;
    cells row;
    std::istringstream parts(line.substr(2));
    for (std::string cell; std::getline(parts, cell, '|');) {
      const auto last = cell.find_last_not_of(' ');
      const auto first = cell.find_first_not_of(' ');
      row.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    }
    rows.push_back(row);
  }
  return rows;
}

/// What stands in backquotes, in order.
cells words_in(const std::string& cell) {
  cells words;
  const std::regex word("`([^`]+)`");
  for (auto at = std::sregex_iterator(cell.begin(), cell.end(), word); at != std::sregex_iterator(); ++at)
    words.push_back((*at)[1]);
  return words;
}

routing::stage stage_of(const std::string& word) { return hub::value_of<routing::stage>(word).value(); }

cells names_of_stages(const std::vector<routing::stage>& stages) {
  cells words;
  for (const auto s : stages) words.emplace_back(hub::name_of(s));
  return words;
}

TEST(the_processes_page, says_where_a_lead_may_go_and_who_moves_it) {
  const auto rows = table("from | to | who");
  const routing::pipeline plain;
  std::set<std::string> told;
  for (const auto& row : rows) {
    const auto from = words_in(row[0]).at(0);
    told.insert(from);
    EXPECT_EQ(words_in(row[1]), names_of_stages(routing::next_stages(plain, stage_of(from), true))) << from;
    EXPECT_EQ(row[2], routing::next_stages(plain, stage_of(from), false).empty() ? "supervisor" : "any") << from;
  }
  EXPECT_EQ(told.size(), names_of(routing::stage{}).size());
}

TEST(the_processes_page, says_what_a_step_asks_for) {
  routing::pipeline sells;
  sells.sells_vehicles = true;
  sells.lost_reasons = {"too expensive"};
  sells.sold_reasons = {"cash"};
  using routing::stage;
  for (const auto& from : names_of(stage{}))
    for (const auto& to : names_of(stage{})) {
      const auto ways = routing::next_stages(sells, from.value, true);
      if (std::find(ways.begin(), ways.end(), to.value) == ways.end()) continue;
      routing::transition good;
      good.from = from.value;
      good.to = to.value;
      good.has_owner = good.has_chosen_vehicle = true;
      good.as_supervisor = !routing::is_open(from.value);
      good.reason = to.value == stage::lost ? "too expensive" : to.value == stage::sold ? "cash" : "";
      const auto what = std::string(from.name) + " to " + std::string(to.name);
      ASSERT_FALSE(routing::refuse(sells, good)) << what;
      auto without = good;
      without.has_owner = false;
      EXPECT_EQ(routing::refuse(sells, without).has_value(),
                (from.value == stage::fresh || to.value == stage::lost) && !without.as_supervisor)
          << what << " without an owner";
      without = good;
      without.has_chosen_vehicle = false;
      EXPECT_EQ(routing::refuse(sells, without).has_value(), to.value == stage::prepayment || to.value == stage::sold) << what;
      without = good;
      without.reason = "";
      EXPECT_EQ(routing::refuse(sells, without).has_value(), to.value == stage::lost) << what << " without a reason";
      without.reason = "another";
      EXPECT_EQ(routing::refuse(sells, without).has_value(), !routing::is_open(to.value)) << what << " with another reason";
    }
}

TEST(the_processes_page, lists_the_pipelines_of_the_committed_profiles) {
  std::set<cells> told, there;
  for (const auto& row : table("profile | pipeline")) {
    cells one{row[0], row[1], row[3]};
    for (const auto& word : words_in(row[2])) one.push_back(word);
    told.insert(one);
  }
  for (const auto& profile : fs::directory_iterator(LEADYARD_SOURCE_DIR "/config/profiles")) {
    const auto read =
        routing::read_rules(file("config/profiles/" + profile.path().filename().string() + "/routing.yaml"), "rules");
    ASSERT_TRUE(read.rules) << profile.path();
    for (const auto& [name, pipeline] : read.rules->pipelines) {
      cells one{profile.path().filename().string(), name, pipeline.sells_vehicles ? "yes" : "no"};
      for (const auto& word : names_of_stages(pipeline.stages)) one.push_back(word);
      there.insert(one);
    }
  }
  EXPECT_EQ(told, there);
}

TEST(the_processes_page, lists_every_word_of_the_schemas_types) {
  std::map<std::string, cells> types;
  for (const auto& migration : fs::directory_iterator(LEADYARD_SOURCE_DIR "/deploy/migrations")) {
    const auto text = hub::ctl::read_file(migration.path().string());
    const std::regex type(R"(create type (\w+) as enum \(([^)]*)\))"), added(R"(alter type (\w+) add value '(\w+)')"),
        word("'(\\w+)'");
    for (auto at = std::sregex_iterator(text.begin(), text.end(), type); at != std::sregex_iterator(); ++at) {
      const std::string list = (*at)[2];
      for (auto w = std::sregex_iterator(list.begin(), list.end(), word); w != std::sregex_iterator(); ++w)
        types[(*at)[1]].push_back((*w)[1]);
    }
    for (auto at = std::sregex_iterator(text.begin(), text.end(), added); at != std::sregex_iterator(); ++at)
      types[(*at)[1]].push_back((*at)[2]);
  }
  const auto rows = table("type | words");
  EXPECT_EQ(rows.size(), 8u);
  for (const auto& row : rows) {
    const auto name = words_in(row[0]).at(0);
    EXPECT_EQ(words_in(row[1]), types[name]) << name;
  }
}

TEST(the_processes_page, has_a_row_for_every_kind_of_event) {
  std::set<std::string> told, there;
  for (const auto& row : table("kind | effect")) told.insert(words_in(row[0]).at(0));
  for (const auto& policy : hub::message::kind_policies()) there.emplace(policy.kind);
  EXPECT_EQ(told, there);
}

}  // namespace
