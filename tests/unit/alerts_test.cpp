// deploy/alerts.yaml: a file Prometheus takes, on metrics that the programs show.

#include "config/node.hpp"
#include "hub/ctl/files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

/// Every metric that a source file makes; a histogram shows three.
std::set<std::string> exported() {
  static const std::regex made("(counter|gauge|duration)\\(\\s*\"(hub_[a-z0-9_]+)\"");
  std::set<std::string> names;
  for (const std::string top : {"hub", "connectors", "workers"})
    for (const auto& file : fs::recursive_directory_iterator(fs::path(LEADYARD_SOURCE_DIR) / top)) {
      const auto kind = file.path().extension();
      if (kind != ".cpp" && kind != ".hpp") continue;
      const auto text = hub::ctl::read_file(file.path().string());
      for (std::sregex_iterator at(text.begin(), text.end(), made), end; at != end; ++at) {
        const auto name = (*at)[2].str();
        names.insert(name);
        if ((*at)[1] == "duration")
          for (const char* part : {"_bucket", "_sum", "_count"}) names.insert(name + part);
      }
    }
  // Given by name to a function of its own.
  for (const char* name : {"hub_intake_silence_seconds", "hub_intake_usual_gap_seconds", "hub_intake_silent"}) {
    const auto text = hub::ctl::read_file(LEADYARD_SOURCE_DIR "/workers/clock/intake_watch.cpp");
    if (text.find("set(\"" + std::string(name) + "\"") != std::string::npos) names.insert(name);
  }
  return names;
}

struct alert {
  std::string name, expression;
  bool complete = false;
};

std::vector<alert> alerts() {
  const auto read = config::parse_yaml_file(LEADYARD_SOURCE_DIR "/deploy/alerts.yaml");
  EXPECT_TRUE(read.problems.empty()) << hub::to_text(read.problems);
  std::vector<alert> all;
  const auto* groups = read.root.find("groups");
  if (!groups) return all;
  for (const auto& group : groups->items) {
    EXPECT_TRUE(group.find("name"));
    const auto* rules = group.find("rules");
    if (!rules) continue;
    for (const auto& rule : rules->items) {
      alert one;
      if (const auto* name = rule.find("alert")) one.name = name->text;
      if (const auto* expression = rule.find("expr")) one.expression = expression->text;
      const auto* labels = rule.find("labels");
      const auto* notes = rule.find("annotations");
      one.complete = labels && labels->find("severity") && notes && notes->find("summary") && notes->find("next");
      all.push_back(one);
    }
  }
  return all;
}

TEST(alerts, have_a_name_of_their_own_a_severity_and_a_next_step) {
  std::set<std::string> names;
  for (const auto& one : alerts()) {
    EXPECT_TRUE(one.name.starts_with("Hub")) << one.name;
    EXPECT_TRUE(names.insert(one.name).second) << one.name << " twice";
    EXPECT_FALSE(one.expression.empty()) << one.name;
    EXPECT_TRUE(one.complete) << one.name;
  }
  EXPECT_GT(names.size(), 15u);
}

TEST(alerts, ask_only_for_metrics_that_the_programs_show) {
  const auto known = exported();
  ASSERT_GT(known.size(), 30u);
  static const std::regex asked("\\bhub_[a-z0-9_]+");
  for (const auto& one : alerts()) {
    std::size_t found = 0;
    for (std::sregex_iterator at(one.expression.begin(), one.expression.end(), asked), end; at != end; ++at, ++found)
      EXPECT_TRUE(known.contains(at->str())) << one.name << " asks for " << at->str();
    EXPECT_TRUE(found > 0 || one.expression.starts_with("up{")) << one.name;
  }
}

}  // namespace
