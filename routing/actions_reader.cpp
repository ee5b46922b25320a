// `then` of a rule: what it decides about a lead.

#include "routing/rules_reader.hpp"

namespace routing {

namespace {

using config::node;

class action_reader {
 public:
  action_reader(yaml_reader& yaml, const rule_set& of) : yaml_(yaml), of_(of) {}

  void read_then(const node& from, const std::string& what, action& to) {
    if (!yaml_.keys(from, what,
                    {"intent", "priority", "pipeline", "team", "strategy", "skills", "online", "tags", "estimated_value",
                     "task"}))
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
    if (const auto* n = from.find("online")) read_online(*n, what + ".online", to);
    if (const auto* n = from.find("estimated_value")) read_value(*n, what + ".estimated_value", to);
    if (const auto* n = from.find("task")) read_task(*n, what + ".task", to);
    const bool chooses = to.strategy && *to.strategy != strategy::manual;
    if (chooses && !from.find("team"))
      yaml_.refuse(from.find("strategy")->at, what + ".strategy: needs a team to choose from", hub::name_of(*to.strategy));
    if (to.online_required && !chooses && (to.strategy || !from.find("strategy")))
      yaml_.refuse(from.find("online")->owner(), what + ".online: needs a strategy that chooses somebody");
    if (!to.skills.empty() && !from.find("team"))
      yaml_.refuse(from.find("skills")->at, what + ".skills: needs a team that has them");
  }

 private:
  void read_team_of(const node& from, const std::string& what, action& to) {
    const auto name = yaml_.text(from, what + ".team");
    if (!name) return;
    if (of_.teams.contains(*name)) {
      to.team = *name;
      return;
    }
    std::vector<std::string> known;
    for (const auto& [team, unused] : of_.teams) known.push_back(team);
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

  void read_value(const node& from, const std::string& what, action& to) {
    value_rule made;
    if (from.is != node::shape::map) {
      const auto sum = yaml_.amount(from, what, "{field: total_cost}, {average_of: conversions, ...} or ");
      if (!sum) return;
      made.fixed = *sum;
      to.estimated_value = made;
      return;
    }
    if (!yaml_.keys(from, what, {"field", "average_of", "same", "over", "else"})) return;
    const auto word = [&](const char* key, const std::string& wanted) {
      const auto* n = from.find(key);
      if (!n) return yaml_.refuse(from, what + ": " + key + " is missing; write " + key + ": " + wanted);
      if (const auto found = yaml_.text(*n, what + "." + key); found && *found != wanted)
        yaml_.refuse(*n, what + "." + key + ": expected " + wanted + yaml_.meant(*found, {wanted}), *found);
    };
    if (from.find("field")) {
      word("field", "total_cost");
      made.from = value_rule::source::total_cost;
      for (const auto* key : {"average_of", "same", "over", "else"})
        if (const auto* n = from.find(key)) yaml_.refuse(n->owner(), what + ": " + key + " does not go with field", key);
    } else {
      word("average_of", "conversions");
      word("same", "activity");
      made.from = value_rule::source::average_of_conversions;
      if (const auto* n = from.find("over")) made.over = yaml_.duration(*n, what + ".over", "").value_or(made.over);
      else yaml_.refuse(from, what + ": over is missing; write over: 90d");
      if (const auto* n = from.find("else")) made.fixed = yaml_.amount(*n, what + ".else").value_or(0);
    }
    to.estimated_value = made;
  }

  void read_task(const node& from, const std::string& what, action& to) {
    if (!yaml_.keys(from, what, {"title", "due"})) return;
    task_rule made;
    if (const auto* n = from.find("title")) {
      if (const auto title = yaml_.text(*n, what + ".title"); title && yaml_.usable_name(*title, n->at, what + ".title"))
        made.title = *title;
    } else {
      yaml_.refuse(from, what + ": title is missing");
    }
    if (const auto* n = from.find("due")) made.due = yaml_.duration(*n, what + ".due", "").value_or(made.due);
    else yaml_.refuse(from, what + ": due is missing; write due: 15m");
    to.task = std::move(made);
  }

  void read_online(const node& from, const std::string& what, action& to) {
    const auto word = yaml_.text(from, what);
    if (!word) return;
    if (*word != "required") return yaml_.refuse(from, what + ": expected required" + yaml_.meant(*word, {"required"}), *word);
    to.online_required = true;
  }

  yaml_reader& yaml_;
  const rule_set& of_;
};

}  // namespace

void read_then(yaml_reader& yaml, const config::node& from, const std::string& what, const rule_set& of, action& to) {
  action_reader(yaml, of).read_then(from, what, to);
}

}  // namespace routing
