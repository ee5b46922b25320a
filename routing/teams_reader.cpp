// Who there is to take leads, and which lead a message belongs to: teams, people, lead_policy.

#include "hub/message/gaps.hpp"
#include "routing/rules_reader.hpp"

#include <algorithm>

namespace routing {

namespace {

using config::node;

constexpr std::uint32_t largest_capacity = 100000;
constexpr std::size_t longest_text = 2000;  // with its gaps filled in it still goes through every channel as one message

class teams_reader {
 public:
  teams_reader(yaml_reader& yaml, rule_set& to) : yaml_(yaml), to_(to) {}

  void read_team(const std::string& name, const node& from) {
    const std::string what = "teams." + name;
    // Both stand in the keys of round robin's cursors.
    if (!yaml_.usable_name(name, from.owner(), what, "|,")) return;
    team& made = to_.teams[name];
    made.name = name;
    if (from.is == node::shape::null) return;
    if (!yaml_.keys(from, what, {"members", "supervisors", "skills", "capacity", "calendar", "out_of_hours"})) return;
    if (const auto* n = from.find("members")) made.members = yaml_.emails(*n, what + ".members");
    if (const auto* n = from.find("supervisors")) made.supervisors = yaml_.emails(*n, what + ".supervisors");
    read_capacity(from, what, made.capacity);
    if (const auto* n = from.find("calendar")) made.calendar = read_calendar_name(yaml_, *n, what + ".calendar", to_);
    if (const auto* n = from.find("out_of_hours")) read_out_of_hours(*n, what + ".out_of_hours", from.find("calendar"), made);
    const auto* skills = from.find("skills");
    if (!skills) return;
    yaml_.each(*skills, what + ".skills", [&](const std::string& key, const node& list) {
      const auto member = yaml_.email({key, list.owner()}, what + ".skills");
      if (!member) return;
      if (std::find(made.members.begin(), made.members.end(), *member) == made.members.end())
        return yaml_.refuse(list.owner(), what + ".skills: is not a member of this team" + yaml_.meant(*member, made.members),
                            key);
      auto& all = made.skills[*member];
      for (auto& skill : yaml_.names(list, what + ".skills", "|,")) all.push_back(std::move(skill));
    });
  }

  void read_person(const std::string& key, const node& from) {
    const auto address = yaml_.email({key, from.owner()}, "people");
    if (!address) return;
    if (to_.people.contains(*address)) return yaml_.refuse(from.owner(), "people: is named twice", key);
    person& made = to_.people[*address];
    if (from.is == node::shape::null) return;
    const std::string what = "people." + key;
    if (!yaml_.keys(from, what, {"capacity", "zone", "calendar"}, {"languages", "weight"})) return;
    read_capacity(from, what, made.capacity);
    if (const auto* n = from.find("zone")) made.zone = read_zone_name(yaml_, *n, what + ".zone");
    if (const auto* n = from.find("calendar")) made.calendar = read_calendar_name(yaml_, *n, what + ".calendar", to_);
  }

  void read_policies(const node* from) {
    lead_policy& standard = to_.lead_policies["default"];
    if (!from) return;
    if (from->is == node::shape::map)
      if (const auto* n = from->find("default")) read_policy("default", *n, standard);
    yaml_.each(*from, "lead_policy", [&](const std::string& channel, const node& n) {
      if (channel == "default" || !yaml_.usable_name(channel, n.owner(), "lead_policy")) return;
      lead_policy own = standard;  // what a channel does not say is as in default
      read_policy(channel, n, own);
      to_.lead_policies[channel] = own;
    });
  }

 private:
  void read_out_of_hours(const node& from, const std::string& what, const node* calendar, team& to) {
    if (!calendar) return yaml_.refuse(from.owner(), what + ": the team has no calendar, so it is never out of hours");
    if (from.is == node::shape::map && from.members.empty())
      return yaml_.refuse(from, what + ": says nothing; write {uk: \"...\"} or leave it out");
    yaml_.each(from, what, [&](const std::string& language, const node& n) {
      const auto path = what + "." + language;
      if (language.size() != 2 || language.find_first_not_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos)
        return yaml_.refuse(n.owner(), what + ": expected a language of two small letters, like uk", language);
      const auto text = yaml_.text(n, path);
      if (!text) return;
      if (text->size() > longest_text)
        return yaml_.refuse(n, path + ": is longer than " + std::to_string(longest_text) + " bytes");
      if (!hub::message::knows_gaps(*text))
        return yaml_.refuse(n, path + ": knows only {customer}, {vehicle} and {manager} in braces");
      to.out_of_hours.emplace_back(language, *text);
    });
  }

  void read_capacity(const node& from, const std::string& what, std::optional<std::uint32_t>& to) {
    if (const auto* n = from.find("capacity"))
      if (const auto value = yaml_.number(*n, what + ".capacity", 0, largest_capacity)) to = static_cast<std::uint32_t>(*value);
  }

  void read_policy(const std::string& channel, const node& from, lead_policy& to) {
    const std::string what = "lead_policy." + channel;
    if (from.is == node::shape::null) return;
    if (!yaml_.keys(from, what, {"attach_to", "while", "window", "when_closed"}, {"anchor", "max"})) return;
    if (const auto* n = from.find("attach_to"); n && (n->is != node::shape::scalar || n->text != "open"))
      yaml_.refuse(*n, what + ".attach_to: expected open", n->text);
    if (const auto* n = from.find("while")) {
      to.attach_while.clear();
      for (const auto& word : yaml_.texts(*n, what + ".while")) {
        const auto value = yaml_.word_of<stage>(word, what + ".while");
        if (value && !is_open(*value))
          yaml_.refuse(word.at, what + ".while: a closed lead takes no messages; see when_closed", word.text);
        else if (value) to.attach_while.push_back(*value);
      }
      if (n->is == node::shape::list && n->items.empty())
        yaml_.refuse(*n, what + ".while: name at least one stage, or leave it out for every open stage");
    }
    if (const auto* n = from.find("window")) {
      if (n->is == node::shape::scalar && n->text == "unlimited") to.window.reset();
      else if (const auto length = yaml_.duration(*n, what + ".window", "unlimited or ")) to.window = length;
    }
    if (const auto* n = from.find("when_closed")) {
      if (n->is == node::shape::scalar && n->text == "new") {
        to.reopen_within.reset();
      } else if (n->is != node::shape::map) {
        yaml_.refuse(*n, what + ".when_closed: expected new or {reopen_within: 14d}", n->text);
      } else if (yaml_.keys(*n, what + ".when_closed", {"reopen_within"})) {
        if (const auto* within = n->find("reopen_within"))
          to.reopen_within = yaml_.duration(*within, what + ".when_closed.reopen_within", "");
        else if (n->members.empty()) yaml_.refuse(*n, what + ".when_closed: expected new or {reopen_within: 14d}");
      }
    }
  }

  yaml_reader& yaml_;
  rule_set& to_;
};

}  // namespace

void read_teams(yaml_reader& yaml, const node& root, rule_set& to) {
  teams_reader read(yaml, to);
  if (const auto* teams = root.find("teams"))
    yaml.each(*teams, "teams", [&](const std::string& name, const node& n) { read.read_team(name, n); });
  if (const auto* people = root.find("people"))
    yaml.each(*people, "people", [&](const std::string& name, const node& n) { read.read_person(name, n); });
  read.read_policies(root.find("lead_policy"));
}

}  // namespace routing
