// From YAML to a rule_set: every problem in one pass, with the place of the offending value.

#include "routing/rules_reader.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"

#include <unicode/ucal.h>
#include <unicode/unistr.h>

namespace routing {

namespace {

using config::node;

constexpr std::size_t most_rules = 1000;

bool is_time_zone(const std::string& name) {
  UErrorCode failed = U_ZERO_ERROR;
  UChar canonical[128];
  UBool is_system = false;
  const auto id = icu::UnicodeString::fromUTF8(name);
  ucal_getCanonicalTimeZoneID(id.getBuffer(), id.length(), canonical, 128, &is_system, &failed);
  return U_SUCCESS(failed) && is_system;
}

class rules_reader {
 public:
  rules_reader(yaml_reader& yaml, rule_set& to) : yaml_(yaml), to_(to), words_(std::make_shared<word_index>()) {}

  void read_file(const node& root) {
    if (!yaml_.keys(root, "the file", {"version", "timezone", "teams", "people", "lead_policy", "rules", "hot_leads"},
                    {"calendars", "sla", "catch_up"}))
      return;
    version(root);
    if (const auto* zone = root.find("timezone")) {
      if (const auto name = yaml_.text(*zone, "timezone")) {
        if (is_time_zone(*name)) to_.timezone = *name;
        else yaml_.refuse(*zone, "timezone: not a time zone; write one like Europe/Kyiv", *name);
      }
    }
    read_teams(yaml_, root, to_);
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
    if (const auto* n = from.find("then")) read_then(*n, what + ": then", made.then);
    else yaml_.refuse(from, what + ": then is missing");
    to_.rules.push_back(std::move(made));
  }

  void read_then(const node& from, const std::string& what, action& to) {
    if (!yaml_.keys(from, what, {"intent", "priority", "pipeline", "team", "strategy", "skills", "tags"},
                    {"estimated_value", "task"}))
      return;
    if (const auto* n = from.find("intent"))
      if (const auto word = yaml_.text(*n, what + ".intent")) to.intent = yaml_.word_of<intent>({*word, n->at}, what + ".intent");
    if (const auto* n = from.find("priority"))
      if (const auto value = yaml_.number(*n, what + ".priority", 0, 100)) to.priority = *value;
    if (const auto* n = from.find("pipeline"))
      if (const auto name = yaml_.text(*n, what + ".pipeline"); name && yaml_.usable_name(*name, n->at, what + ".pipeline"))
        to.pipeline = *name;
    if (const auto* n = from.find("team")) read_team_of(*n, what, to);
    if (const auto* n = from.find("strategy")) read_strategy(*n, what, to);
    if (const auto* n = from.find("skills")) to.skills = yaml_.names(*n, what + ".skills", "|,");
    if (const auto* n = from.find("tags")) to.tags = yaml_.names(*n, what + ".tags");
    const bool chooses = to.strategy && *to.strategy != strategy::manual;
    if (chooses && !from.find("team"))
      yaml_.refuse(from.find("strategy")->at, what + ".strategy: needs a team to choose from", hub::name_of(*to.strategy));
    if (!to.skills.empty() && !from.find("team"))
      yaml_.refuse(from.find("skills")->at, what + ".skills: needs a team that has them");
  }

  void read_team_of(const node& from, const std::string& what, action& to) {
    const auto name = yaml_.text(from, what + ".team");
    if (!name) return;
    if (to_.teams.contains(*name)) {
      to.team = *name;
      return;
    }
    std::vector<std::string> known;
    for (const auto& [team, unused] : to_.teams) known.push_back(team);
    yaml_.refuse(from, what + ".team: there is no such team" + yaml_.meant(*name, known), *name);
  }

  void read_strategy(const node& from, const std::string& what, action& to) {
    const auto later = [&](const std::string& name) {
      if (name != "sticky" && name != "weighted" && name != "vehicle_manager") return false;
      yaml_.refuse(from, what + ".strategy: " + name + " is not known to this version yet", name);
      return true;
    };
    if (from.is == node::shape::map && from.members.size() == 1 && later(from.members.front().first)) return;
    if (const auto word = yaml_.text(from, what + ".strategy"); word && !later(*word))
      to.strategy = yaml_.word_of<strategy>({*word, from.at}, what + ".strategy");
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
  result.warnings = lint(*made, file);
  result.rules = std::move(made);
  return result;
}

}  // namespace routing
