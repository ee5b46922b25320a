// From YAML to a rule_set: every problem in one pass, with the place of the offending value.

#include "routing/condition.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/base/time.hpp"

#include <unicode/ucal.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <set>

namespace routing {

namespace {

using config::node;

constexpr std::size_t most_rules = 1000;
constexpr std::size_t most_words = 200;
constexpr std::size_t longest_name = 100;
constexpr std::size_t longest_pattern = 1000;
constexpr std::uint32_t largest_capacity = 100000;

/// A word of the file with where it stood.
struct written {
  std::string text;
  config::place at;
};

bool is_time_zone(const std::string& name) {
  UErrorCode failed = U_ZERO_ERROR;
  UChar canonical[128];
  UBool is_system = false;
  const auto id = icu::UnicodeString::fromUTF8(name);
  ucal_getCanonicalTimeZoneID(id.getBuffer(), id.length(), canonical, 128, &is_system, &failed);
  return U_SUCCESS(failed) && is_system;
}

// What RE2 knows only for ASCII and the pattern uses beside letters that are not.
std::string ascii_only_class(std::string_view pattern) {
  bool other_letters = false;
  std::string used;
  for (int32_t i = 0; i < static_cast<int32_t>(pattern.size());) {
    const int32_t from = i;
    UChar32 c;
    U8_NEXT(pattern.data(), i, static_cast<int32_t>(pattern.size()), c);
    if (c > 0x7F && u_isalpha(c)) other_letters = true;
    if (c == '[' && pattern.substr(from).starts_with("[:word:]")) used = "[[:word:]]";
    if (c != '\\' || i >= static_cast<int32_t>(pattern.size())) continue;
    const char escaped = pattern[i++];
    if (escaped == 'p' || escaped == 'P' || escaped == 'x') other_letters = true;
    if (std::string_view("bBwW").find(escaped) != std::string_view::npos && used.empty()) used = std::string("\\") + escaped;
  }
  return other_letters ? used : "";
}

class reader {
 public:
  explicit reader(rule_set& to) : to_(to), words_(std::make_shared<word_index>()) {}

  /// Appends what is wrong, in the order of the file.
  void read(const node& root, hub::problems& found) {
    read_file(root);
    std::stable_sort(told_.begin(), told_.end(), [](const auto& a, const auto& b) {
      return std::pair(a.first.line, a.first.column) < std::pair(b.first.line, b.first.column);
    });
    for (auto& [at, one] : told_) found.push_back(std::move(one));
  }

 private:
  void read_file(const node& root) {
    if (!keys(root, "the file", {"version", "timezone", "teams", "people", "lead_policy", "rules", "hot_leads"},
              {"calendars", "sla", "catch_up"}))
      return;
    version(root);
    if (const auto* zone = root.find("timezone")) {
      if (const auto name = text(*zone, "timezone")) {
        if (is_time_zone(*name)) to_.timezone = *name;
        else refuse(*zone, "timezone: not a time zone; write one like Europe/Kyiv", *name);
      }
    }
    if (const auto* teams = root.find("teams")) each(*teams, "teams", [&](const std::string& name, const node& n) { read_team(name, n); });
    if (const auto* people = root.find("people")) each(*people, "people", [&](const std::string& name, const node& n) { read_person(name, n); });
    read_policies(root.find("lead_policy"));
    if (const auto* rules = root.find("rules")) read_rules(*rules);
    if (const auto* hot = root.find("hot_leads")) read_hot_leads(*hot);
    to_.words = words_;
  }

  // ---- complaints and shapes ------------------------------------------------------------------------------

  void refuse(const config::place& at, std::string what, std::string_view value = {}) {
    told_.emplace_back(at, hub::problem{config::to_text(at), std::move(what), hub::shorten(value, 60)});
  }
  void refuse(const node& at, std::string what, std::string_view value = {}) { refuse(at.at, std::move(what), value); }

  static std::string meant(std::string_view word, const std::vector<std::string>& candidates) {
    const auto close = hub::did_you_mean(word, candidates);
    return close ? "; did you mean " + *close + "?" : "";
  }

  /// A map with no key but `known`; `later` are keys of the design that this version cannot keep.
  bool keys(const node& from, const std::string& what, std::initializer_list<const char*> known,
            std::initializer_list<const char*> later = {}) {
    if (from.is != node::shape::map) {
      std::string list;
      for (const auto* key : known) list += (list.empty() ? "" : ", ") + std::string(key);
      refuse(from, what + ": expected a map with " + list, from.text);
      return false;
    }
    const std::vector<std::string> names(known.begin(), known.end());
    for (const auto& [key, value] : from.members) {
      if (std::find(names.begin(), names.end(), key) != names.end()) continue;
      if (std::find(later.begin(), later.end(), key) != later.end())
        refuse(value.owner(), what + ": " + key + " is not known to this version yet", key);
      else
        refuse(value.owner(), what + ": unknown key" + meant(key, names), key);
    }
    return true;
  }

  template <class F>
  void each(const node& from, const std::string& what, F take) {
    if (from.is == node::shape::null) return;
    if (from.is != node::shape::map) return refuse(from, what + ": expected a map", from.text);
    for (const auto& [name, value] : from.members) take(name, value);
  }

  std::optional<std::string> text(const node& from, const std::string& what) {
    if (from.is == node::shape::scalar && !hub::trim(from.text).empty()) return from.text;
    refuse(from, what + ": expected text");
    return std::nullopt;
  }

  /// A list of texts, or one text.
  std::vector<written> texts(const node& from, const std::string& what) {
    std::vector<written> list;
    const auto add = [&](const node& one) {
      if (auto word = text(one, what)) list.push_back({std::move(*word), one.at});
    };
    if (from.is == node::shape::list) {
      for (const auto& item : from.items) add(item);
    } else {
      add(from);
    }
    return list;
  }

  std::optional<int> number(const node& from, const std::string& what, int min, int max) {
    int value = 0;
    const char* end = from.text.data() + from.text.size();
    if (from.is == node::shape::scalar && !from.quoted && !from.text.empty()) {
      const auto read = std::from_chars(from.text.data(), end, value);
      // A leading zero is somebody's octal: nobody can tell whether 010 was meant as 10 or as 8.
      const bool padded = from.text.size() > 1 && from.text[from.text[0] == '-'] == '0';
      if (read.ec == std::errc() && read.ptr == end && !padded && value >= min && value <= max) return value;
    }
    refuse(from, what + ": expected a whole number from " + std::to_string(min) + " to " + std::to_string(max), from.text);
    return std::nullopt;
  }

  std::optional<bool> yes_no(const node& from, const std::string& what) {
    if (from.is == node::shape::scalar && !from.quoted && (from.text == "true" || from.text == "false")) return from.text == "true";
    refuse(from, what + ": expected true or false", from.text);
    return std::nullopt;
  }

  template <hub::NamedEnum E>
  std::optional<E> word_of(const written& from, const std::string& what) {
    if (const auto value = hub::value_of<E>(from.text)) return value;
    std::vector<std::string> names;
    for (const auto& entry : names_of(E{})) names.emplace_back(entry.name);
    refuse(from.at, what + ": expected one of " + hub::list_names<E>() + meant(from.text, names), from.text);
    return std::nullopt;
  }

  bool usable_name(const std::string& name, const config::place& at, const std::string& what, std::string_view forbidden = "") {
    const bool control = std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (hub::trim(name) == name && !name.empty() && name.size() <= longest_name && !control &&
        name.find_first_of(forbidden) == std::string::npos)
      return true;
    refuse(at, what + ": a name has 1 to " + std::to_string(longest_name) + " bytes, no blank at its ends" +
                   (forbidden.empty() ? "" : " and none of " + std::string(forbidden)), name);
    return false;
  }

  /// Staff are known by e-mail, in small letters.
  std::optional<std::string> email(const written& from, const std::string& what) {
    std::string address = from.text;
    for (char& c : address)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    const auto at = address.find('@');
    if (at != std::string::npos && at > 0 && at + 1 < address.size() && address.find('@', at + 1) == std::string::npos &&
        address.find_first_of(" \t,;<>") == std::string::npos)
      return address;
    refuse(from.at, what + ": expected an e-mail address", from.text);
    return std::nullopt;
  }

  std::vector<std::string> emails(const node& from, const std::string& what) {
    std::vector<std::string> list;
    for (const auto& one : texts(from, what)) {
      auto address = email(one, what);
      if (!address) continue;
      if (std::find(list.begin(), list.end(), *address) != list.end())
        refuse(one.at, what + ": is named twice", one.text);
      else
        list.push_back(std::move(*address));
    }
    return list;
  }

  std::vector<std::string> names(const node& from, const std::string& what, std::string_view forbidden = "") {
    std::vector<std::string> list;
    for (const auto& one : texts(from, what))
      if (usable_name(one.text, one.at, what, forbidden) && std::find(list.begin(), list.end(), one.text) == list.end())
        list.push_back(one.text);
    return list;
  }

  // ---- what the file says ---------------------------------------------------------------------------------

  void version(const node& root) {
    const auto* n = root.find("version");
    if (!n) return refuse(root, "version is missing; this version reads version: 1");
    if (n->is != node::shape::scalar || n->text != "1") refuse(*n, "version: this version reads version: 1", n->text);
  }

  void read_capacity(const node& from, const std::string& what, std::optional<std::uint32_t>& to) {
    if (const auto* n = from.find("capacity"))
      if (const auto value = number(*n, what + ".capacity", 0, largest_capacity)) to = static_cast<std::uint32_t>(*value);
  }

  void read_team(const std::string& name, const node& from) {
    const std::string what = "teams." + name;
    // Both stand in the keys of round robin's cursors.
    if (!usable_name(name, from.owner(), what, "|,")) return;
    team& made = to_.teams[name];
    made.name = name;
    if (from.is == node::shape::null) return;
    if (!keys(from, what, {"members", "supervisors", "skills", "capacity"}, {"calendar"})) return;
    if (const auto* n = from.find("members")) made.members = emails(*n, what + ".members");
    if (const auto* n = from.find("supervisors")) made.supervisors = emails(*n, what + ".supervisors");
    read_capacity(from, what, made.capacity);
    const auto* skills = from.find("skills");
    if (!skills) return;
    each(*skills, what + ".skills", [&](const std::string& key, const node& list) {
      const auto member = email({key, list.owner()}, what + ".skills");
      if (!member) return;
      if (std::find(made.members.begin(), made.members.end(), *member) == made.members.end())
        return refuse(list.owner(), what + ".skills: is not a member of this team" + meant(*member, made.members), key);
      auto& all = made.skills[*member];
      for (auto& skill : names(list, what + ".skills", "|,")) all.push_back(std::move(skill));
    });
  }

  void read_person(const std::string& key, const node& from) {
    const auto address = email({key, from.owner()}, "people");
    if (!address) return;
    if (to_.people.contains(*address)) return refuse(from.owner(), "people: is named twice", key);
    person& made = to_.people[*address];
    if (from.is == node::shape::null) return;
    if (keys(from, "people." + key, {"capacity"}, {"zone", "languages", "weight", "calendar"}))
      read_capacity(from, "people." + key, made.capacity);
  }

  void read_policies(const node* from) {
    lead_policy& standard = to_.lead_policies["default"];
    if (!from) return;
    if (from->is == node::shape::map)
      if (const auto* n = from->find("default")) read_policy("default", *n, standard);
    each(*from, "lead_policy", [&](const std::string& channel, const node& n) {
      if (channel == "default" || !usable_name(channel, n.owner(), "lead_policy")) return;
      lead_policy own = standard;  // what a channel does not say is as in default
      read_policy(channel, n, own);
      to_.lead_policies[channel] = own;
    });
  }

  void read_policy(const std::string& channel, const node& from, lead_policy& to) {
    const std::string what = "lead_policy." + channel;
    if (from.is == node::shape::null) return;
    if (!keys(from, what, {"attach_to", "while", "window", "when_closed"}, {"anchor", "max"})) return;
    if (const auto* n = from.find("attach_to"); n && (n->is != node::shape::scalar || n->text != "open"))
      refuse(*n, what + ".attach_to: expected open", n->text);
    if (const auto* n = from.find("while")) {
      to.attach_while.clear();
      for (const auto& word : texts(*n, what + ".while")) {
        const auto value = word_of<stage>(word, what + ".while");
        if (value && !is_open(*value)) refuse(word.at, what + ".while: a closed lead takes no messages; see when_closed", word.text);
        else if (value) to.attach_while.push_back(*value);
      }
      if (n->is == node::shape::list && n->items.empty())
        refuse(*n, what + ".while: name at least one stage, or leave it out for every open stage");
    }
    if (const auto* n = from.find("window")) {
      if (n->is == node::shape::scalar && n->text == "unlimited") to.window.reset();
      else if (const auto length = duration(*n, what + ".window", "unlimited or ")) to.window = length;
    }
    if (const auto* n = from.find("when_closed")) {
      if (n->is == node::shape::scalar && n->text == "new") {
        to.reopen_within.reset();
      } else if (n->is != node::shape::map) {
        refuse(*n, what + ".when_closed: expected new or {reopen_within: 14d}", n->text);
      } else if (keys(*n, what + ".when_closed", {"reopen_within"})) {
        if (const auto* within = n->find("reopen_within")) to.reopen_within = duration(*within, what + ".when_closed.reopen_within", "");
        else if (n->members.empty()) refuse(*n, what + ".when_closed: expected new or {reopen_within: 14d}");
      }
    }
  }

  std::optional<std::chrono::milliseconds> duration(const node& from, const std::string& what, const std::string& also) {
    if (from.is == node::shape::scalar) {
      const auto value = hub::parse_duration(from.text);
      if (value && value->count() > 0) return *value;
    }
    refuse(from, what + ": expected " + also + "a length of time like 60m or 14d", from.text);
    return std::nullopt;
  }

  // ---- rules ----------------------------------------------------------------------------------------------

  void read_rules(const node& from) {
    if (from.is == node::shape::null) return;
    if (from.is != node::shape::list) return refuse(from, "rules: expected a list", from.text);
    if (from.items.size() > most_rules)
      return refuse(from, "rules: at most " + std::to_string(most_rules) + " rules", std::to_string(from.items.size()));
    std::map<std::string, config::place> seen;
    for (const auto& item : from.items) read_rule(item, seen);
  }

  void read_rule(const node& from, std::map<std::string, config::place>& seen) {
    if (!keys(from, "rule", {"name", "when", "then"})) return;
    rule made;
    made.at = from.at;
    std::string what = "rule";
    if (const auto* n = from.find("name")) {
      if (const auto name = text(*n, "rule.name"); name && usable_name(*name, n->at, "rule.name")) {
        made.name = *name;
        what = "rule \"" + hub::shorten(*name, 40) + "\"";
        const auto [earlier, fresh] = seen.emplace(*name, n->at);
        if (!fresh) refuse(*n, "rule.name: line " + std::to_string(earlier->second.line) + " has the same name", *name);
      }
    } else {
      refuse(from, "rule: name is missing");
    }
    if (const auto* n = from.find("when")) made.when = read_when(*n, what);
    if (const auto* n = from.find("then")) read_then(*n, what + ": then", made.then);
    else refuse(from, what + ": then is missing");
    to_.rules.push_back(std::move(made));
  }

  void read_then(const node& from, const std::string& what, action& to) {
    if (!keys(from, what, {"intent", "priority", "pipeline", "team", "strategy", "skills", "tags"},
              {"estimated_value", "task"}))
      return;
    if (const auto* n = from.find("intent"))
      if (const auto word = text(*n, what + ".intent")) to.intent = word_of<intent>({*word, n->at}, what + ".intent");
    if (const auto* n = from.find("priority"))
      if (const auto value = number(*n, what + ".priority", 0, 100)) to.priority = *value;
    if (const auto* n = from.find("pipeline"))
      if (const auto name = text(*n, what + ".pipeline"); name && usable_name(*name, n->at, what + ".pipeline")) to.pipeline = *name;
    if (const auto* n = from.find("team")) read_team_of(*n, what, to);
    if (const auto* n = from.find("strategy")) read_strategy(*n, what, to);
    if (const auto* n = from.find("skills")) to.skills = names(*n, what + ".skills", "|,");
    if (const auto* n = from.find("tags")) to.tags = names(*n, what + ".tags");
    const bool chooses = to.strategy && *to.strategy != strategy::manual;
    if (chooses && !from.find("team"))
      refuse(from.find("strategy")->at, what + ".strategy: needs a team to choose from", hub::name_of(*to.strategy));
    if (!to.skills.empty() && !from.find("team")) refuse(from.find("skills")->at, what + ".skills: needs a team that has them");
  }

  void read_team_of(const node& from, const std::string& what, action& to) {
    const auto name = text(from, what + ".team");
    if (!name) return;
    if (to_.teams.contains(*name)) {
      to.team = *name;
      return;
    }
    std::vector<std::string> known;
    for (const auto& [team, unused] : to_.teams) known.push_back(team);
    refuse(from, what + ".team: there is no such team" + meant(*name, known), *name);
  }

  void read_strategy(const node& from, const std::string& what, action& to) {
    const auto later = [&](const std::string& name) {
      if (name != "sticky" && name != "weighted" && name != "vehicle_manager") return false;
      refuse(from, what + ".strategy: " + name + " is not known to this version yet", name);
      return true;
    };
    if (from.is == node::shape::map && from.members.size() == 1 && later(from.members.front().first)) return;
    if (const auto word = text(from, what + ".strategy"); word && !later(*word))
      to.strategy = word_of<strategy>({*word, from.at}, what + ".strategy");
  }

  void read_hot_leads(const node& from) {
    if (from.is == node::shape::null) return;
    if (from.is != node::shape::list) return refuse(from, "hot_leads: expected a list", from.text);
    if (from.items.size() > most_rules)
      return refuse(from, "hot_leads: at most " + std::to_string(most_rules) + " additions", std::to_string(from.items.size()));
    for (const auto& item : from.items) {
      if (!keys(item, "hot_leads", {"when", "add"})) continue;
      priority_addition made;
      made.at = item.at;
      if (const auto* n = item.find("when")) made.when = read_when(*n, "hot_leads");
      if (const auto* n = item.find("add")) made.add = number(*n, "hot_leads.add", -100, 100).value_or(0);
      else refuse(item, "hot_leads: add is missing");
      to_.hot_leads.push_back(std::move(made));
    }
  }

  // ---- conditions -----------------------------------------------------------------------------------------

  std::shared_ptr<const condition> read_when(const node& from, const std::string& what) {
    words_left_ = most_words;
    auto made = read_condition(from, what + ": when");
    if (made.is == condition::test::all && made.parts.empty()) return nullptr;
    return std::make_shared<const condition>(std::move(made));
  }

  static condition leaf(condition::test is, const node& from) {
    condition made;
    made.is = is;
    made.at = from.at;
    return made;
  }

  condition read_condition(const node& from, const std::string& what) {
    condition made = leaf(condition::test::all, from);
    if (from.is == node::shape::null ||
        !keys(from, what, {"channel", "account", "kind", "type", "text", "language", "customer", "all", "any", "not"},
              {"lead", "activity", "call", "vehicle", "time", "load", "past"}))
      return made;
    for (const auto& [key, value] : from.members) {
      using enum condition::test;
      const std::string path = what + "." + key;
      if (key == "channel") made.parts.push_back(values(channel, value, path));
      else if (key == "account") made.parts.push_back(values(account, value, path));
      else if (key == "kind") made.parts.push_back(kinds(value, path));
      else if (key == "type") made.parts.push_back(types(value, path));
      else if (key == "language") made.parts.push_back(languages(value, path));
      else if (key == "text") read_text(value, path, made.parts);
      else if (key == "customer") read_customer(value, path, made.parts);
      else if (key == "all") made.parts.push_back(combined(all, value, path));
      else if (key == "any") made.parts.push_back(combined(any, value, path));
      else if (key == "not") {
        condition inner = leaf(negation, value);
        inner.parts.push_back(read_condition(value, path));
        made.parts.push_back(std::move(inner));
      }
    }
    if (made.parts.size() == 1) return std::move(made.parts.front());
    return made;
  }

  condition combined(condition::test is, const node& from, const std::string& path) {
    condition made = leaf(is, from);
    // One map stands for a list of one.
    if (from.is == node::shape::map) made.parts.push_back(read_condition(from, path));
    else if (from.is != node::shape::list) refuse(from, path + ": expected a list of conditions", from.text);
    else
      for (const auto& item : from.items) {
        if (item.is == node::shape::null) refuse(item, path + ": expected a condition");
        else made.parts.push_back(read_condition(item, path));
      }
    return made;
  }

  static void settle(std::vector<std::string>& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
  }

  condition values(condition::test is, const node& from, const std::string& path) {
    condition made = leaf(is, from);
    for (auto& one : texts(from, path))
      if (usable_name(one.text, one.at, path)) made.values.push_back(std::move(one.text));
    settle(made.values);
    return made;
  }

  condition kinds(const node& from, const std::string& path) {
    condition made = leaf(condition::test::kind, from);
    std::vector<std::string> known;
    std::string list;
    for (const auto& policy : hub::message::kind_policies()) {
      known.emplace_back(policy.kind);
      list += (list.empty() ? "" : ", ") + known.back();
    }
    for (auto& one : texts(from, path)) {
      if (std::find(known.begin(), known.end(), one.text) == known.end())
        refuse(one.at, path + ": expected one of " + list + meant(one.text, known), one.text);
      else
        made.values.push_back(std::move(one.text));
    }
    settle(made.values);
    return made;
  }

  condition types(const node& from, const std::string& path) {
    condition made = leaf(condition::test::type, from);
    for (const auto& one : texts(from, path))
      if (const auto type = word_of<hub::message::content_type>(one, path)) made.values.emplace_back(hub::name_of(*type));
    settle(made.values);
    return made;
  }

  condition languages(const node& from, const std::string& path) {
    condition made = leaf(condition::test::language, from);
    for (auto& one : texts(from, path)) {
      for (char& c : one.text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
      const bool tag = one.text.size() >= 2 && one.text.size() <= 35 &&
                       one.text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
      if (tag) made.values.push_back(std::move(one.text));
      else refuse(one.at, path + ": expected a language tag like uk or en-gb", one.text);
    }
    settle(made.values);
    return made;
  }

  void read_customer(const node& from, const std::string& path, std::vector<condition>& to) {
    if (!keys(from, path, {"known", "has_open_lead"}, {"tags", "past_owner", "lifetime_sales"})) return;
    for (const auto& [key, value] : from.members) {
      if (key != "known" && key != "has_open_lead") continue;
      condition made = leaf(key == "known" ? condition::test::known : condition::test::open_lead, value);
      made.wanted = yes_no(value, path + "." + key).value_or(true);
      to.push_back(std::move(made));
    }
  }

  void read_text(const node& from, const std::string& path, std::vector<condition>& to) {
    if (!keys(from, path, {"words", "matches"})) return;
    if (const auto* n = from.find("words")) to.push_back(read_words(*n, path + ".words"));
    if (const auto* n = from.find("matches"))
      if (auto made = read_pattern(*n, path + ".matches")) to.push_back(std::move(*made));
  }

  condition read_words(const node& from, const std::string& path) {
    condition made = leaf(condition::test::words, from);
    const auto list = texts(from, path);
    if (list.size() > words_left_) {
      words_left_ = 0;
      refuse(from, path + ": at most " + std::to_string(most_words) + " words in a rule", std::to_string(list.size()));
      return made;
    }
    words_left_ -= list.size();
    for (const auto& one : list) {
      if (const auto phrase = one.text.size() <= 1000 ? words_->add(one.text) : std::nullopt) made.phrases.push_back(*phrase);
      else
        refuse(one.at, path + ": expected a word or a phrase of at most " + std::to_string(word_index::longest_phrase) + " words",
               one.text);
    }
    std::sort(made.phrases.begin(), made.phrases.end());
    made.phrases.erase(std::unique(made.phrases.begin(), made.phrases.end()), made.phrases.end());
    return made;
  }

  std::optional<condition> read_pattern(const node& from, const std::string& path) {
    const auto pattern = text(from, path);
    if (!pattern) return std::nullopt;
    if (pattern->size() > longest_pattern) {
      refuse(from, path + ": a pattern has at most " + std::to_string(longest_pattern) + " bytes", *pattern);
      return std::nullopt;
    }
    if (const auto used = ascii_only_class(*pattern); !used.empty()) {
      refuse(from, path + ": " + used + " knows only the letters a to z here, so it is wrong beside other letters; use words", *pattern);
      return std::nullopt;
    }
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);  // a pattern that needs more is refused, not run slowly
    condition made = leaf(condition::test::matches, from);
    auto compiled = std::make_shared<const re2::RE2>(*pattern, options);
    if (!compiled->ok()) {
      refuse(from, path + ": not a pattern RE2 takes: " + compiled->error(), *pattern);
      return std::nullopt;
    }
    made.pattern = std::move(compiled);
    return made;
  }

  rule_set& to_;
  std::vector<std::pair<config::place, hub::problem>> told_;
  std::shared_ptr<word_index> words_;
  std::size_t words_left_ = most_words;
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
  if (result.problems.empty() || parsed.root.is == node::shape::map) reader(*made).read(parsed.root, result.problems);
  if (!result.problems.empty()) return result;
  result.warnings = lint(*made, file);
  result.rules = std::move(made);
  return result;
}

}  // namespace routing
