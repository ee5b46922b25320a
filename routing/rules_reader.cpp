// From YAML to a rule_set: every problem in one pass, with the place of the offending value.

#include "routing/rules_reader.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"

namespace routing {

namespace {

using config::node;

constexpr std::size_t most_rules = 1000;

class rules_reader {
 public:
  rules_reader(yaml_reader& yaml, rule_set& to) : yaml_(yaml), to_(to), words_(std::make_shared<word_index>()) {}

  void read_file(const node& root) {
    if (!yaml_.keys(root, "the file",
                    {"version", "timezone", "calendars", "teams", "people", "lead_policy", "pipelines", "catch_up", "rules",
                     "sla", "hot_leads"}))
      return;
    version(root);
    if (const auto* n = root.find("timezone"))
      if (auto zone = read_zone_name(yaml_, *n, "timezone"); !zone.empty()) to_.timezone = std::move(zone);
    read_calendars(yaml_, root, to_);
    read_teams(yaml_, root, to_);
    read_pipelines(yaml_, root, to_);
    read_clocks(yaml_, root, to_);
    if (const auto* rules = root.find("rules")) read_rules(*rules);
    if (const auto* hot = root.find("hot_leads")) read_hot_leads(*hot);
    to_.words = words_;
  }

 private:
  void version(const node& root) {
    const auto* n = root.find("version");
    if (!n) return yaml_.refuse(root, "version is missing; this version reads version: 1");
    if (n->is != node::shape::scalar || n->text != "1") yaml_.refuse(*n, "version: this version reads version: 1", n->text);
  }

  void read_rules(const node& from) {
    if (from.is == node::shape::null) return;
    if (from.is != node::shape::list) return yaml_.refuse(from, "rules: expected a list", from.text);
    if (from.items.size() > most_rules)
      return yaml_.refuse(from, "rules: at most " + std::to_string(most_rules) + " rules", std::to_string(from.items.size()));
    std::map<std::string, config::place> seen;
    for (const auto& item : from.items) read_rule(item, seen);
  }

  void read_rule(const node& from, std::map<std::string, config::place>& seen) {
    if (!yaml_.keys(from, "rule", {"name", "when", "then"})) return;
    rule made;
    made.at = from.at;
    std::string what = "rule";
    if (const auto* n = from.find("name")) {
      if (const auto name = yaml_.text(*n, "rule.name"); name && yaml_.usable_name(*name, n->at, "rule.name")) {
        made.name = *name;
        what = "rule \"" + hub::shorten(*name, 40) + "\"";
        const auto [earlier, fresh] = seen.emplace(*name, n->at);
        if (!fresh) yaml_.refuse(*n, "rule.name: line " + std::to_string(earlier->second.line) + " has the same name", *name);
      }
    } else {
      yaml_.refuse(from, "rule: name is missing");
    }
    if (const auto* n = from.find("when")) made.when = read_when(yaml_, *words_, *n, what);
    if (const auto* n = from.find("then")) read_then(yaml_, *n, what + ": then", to_, made.then);
    else yaml_.refuse(from, what + ": then is missing");
    to_.rules.push_back(std::move(made));
  }

  void read_hot_leads(const node& from) {
    if (from.is == node::shape::null) return;
    if (from.is != node::shape::list) return yaml_.refuse(from, "hot_leads: expected a list", from.text);
    if (from.items.size() > most_rules)
      return yaml_.refuse(from, "hot_leads: at most " + std::to_string(most_rules) + " additions",
                          std::to_string(from.items.size()));
    for (const auto& item : from.items) {
      if (!yaml_.keys(item, "hot_leads", {"when", "add"})) continue;
      priority_addition made;
      made.at = item.at;
      if (const auto* n = item.find("when")) made.when = read_when(yaml_, *words_, *n, "hot_leads");
      if (const auto* n = item.find("add")) made.add = yaml_.number(*n, "hot_leads.add", -100, 100).value_or(0);
      else yaml_.refuse(item, "hot_leads: add is missing");
      to_.hot_leads.push_back(std::move(made));
    }
  }

  yaml_reader& yaml_;
  rule_set& to_;
  std::shared_ptr<word_index> words_;
};

}  // namespace

rules_read read_rules(std::string_view yaml, const std::string& file) {
  rules_read result;
  auto parsed = config::parse_yaml(yaml, file);
  result.problems = std::move(parsed.problems);
  auto made = std::make_shared<rule_set>();
  made->hash = hub::to_hex(hub::sha256(yaml));
  made->text = yaml;
  // A file that is not YAML at all has said so; what could be read of another is looked through as well.
  if (result.problems.empty() || parsed.root.is == node::shape::map) {
    yaml_reader reading;
    rules_reader(reading, *made).read_file(parsed.root);
    reading.report(result.problems);
  }
  if (!result.problems.empty()) return result;
  made->hours = make_hours(*made);
  result.warnings = lint(*made, file);
  result.rules = std::move(made);
  return result;
}

}  // namespace routing
