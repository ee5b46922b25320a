// What may become of a lead: pipelines.

#include "routing/rules_reader.hpp"

#include <algorithm>

namespace routing {

namespace {

using config::node;

class pipeline_reader {
 public:
  pipeline_reader(yaml_reader& yaml, pipeline& to) : yaml_(yaml), to_(to), what_("pipelines." + to.name) {}

  void read(const node& from) {
    if (from.is == node::shape::null) return;
    if (!yaml_.keys(from, what_, {"stages", "sells_vehicles", "lost_reasons", "sold_reasons", "transitions"})) return;
    if (const auto* n = from.find("stages")) read_stages(*n);
    if (const auto* n = from.find("sells_vehicles"))
      to_.sells_vehicles = yaml_.yes_no(*n, what_ + ".sells_vehicles").value_or(false);
    // What people add to a reason stands behind a colon.
    if (const auto* n = from.find("lost_reasons")) to_.lost_reasons = yaml_.names(*n, what_ + ".lost_reasons", ":");
    if (const auto* n = from.find("sold_reasons")) to_.sold_reasons = yaml_.names(*n, what_ + ".sold_reasons", ":");
    if (const auto* n = from.find("transitions"))
      yaml_.each(*n, what_ + ".transitions", [&](const std::string& key, const node& ways) { read_transitions(key, ways); });
  }

 private:
  void read_stages(const node& from) {
    const std::string path = what_ + ".stages";
    std::vector<stage> read;
    bool refused = false;
    for (const auto& one : yaml_.texts(from, path)) {
      const auto value = yaml_.word_of<stage>(one, path);
      const auto no = [&](const char* why) {
        refused = true;
        yaml_.refuse(one.at, path + ": " + why, one.text);
      };
      if (!value) refused = true;
      else if (!is_open(*value)) no("sold and lost end every pipeline; name the open stages only");
      else if (!read.empty() && *value <= read.back())
        no("stages stand in the order new, contacted, qualified, in_negotiation, prepayment");
      else read.push_back(*value);
    }
    if (refused) return;
    if (read.empty() || read.front() != stage::fresh)
      return yaml_.refuse(from.owner(), path + ": every pipeline begins with new");
    to_.stages = std::move(read);
  }

  bool has(stage s) const { return !is_open(s) || std::find(to_.stages.begin(), to_.stages.end(), s) != to_.stages.end(); }

  void read_transitions(const std::string& key, const node& from) {
    const std::string path = what_ + ".transitions." + key;
    const auto begin = yaml_.word_of<stage>({key, from.owner()}, what_ + ".transitions");
    if (!begin) return;
    if (!has(*begin)) return yaml_.refuse(from.owner(), what_ + ".transitions: the pipeline has no such stage", key);
    auto& ways = to_.transitions[*begin];
    if (from.is == node::shape::null || (from.is == node::shape::list && from.items.empty())) return;
    for (const auto& one : yaml_.texts(from, path)) {
      const auto end = yaml_.word_of<stage>(one, path);
      if (!end) continue;
      if (*end == *begin) yaml_.refuse(one.at, path + ": a lead may always stay where it is", one.text);
      else if (!has(*end)) yaml_.refuse(one.at, path + ": the pipeline has no such stage", one.text);
      else if (!is_open(*begin) && !is_open(*end)) yaml_.refuse(one.at, path + ": a closed lead is opened again first", one.text);
      else ways.insert(*end);
    }
  }

  yaml_reader& yaml_;
  pipeline& to_;
  std::string what_;
};

}  // namespace

void read_pipelines(yaml_reader& yaml, const node& root, rule_set& to) {
  to.pipelines["sales"] = to.pipeline_of("sales");
  if (const auto* pipelines = root.find("pipelines"))
    yaml.each(*pipelines, "pipelines", [&](const std::string& name, const node& n) {
      if (!yaml.usable_name(name, n.owner(), "pipelines")) return;
      pipeline& made = to.pipelines[name];
      made.name = name;
      pipeline_reader(yaml, made).read(n);
    });
}

}  // namespace routing
