// `when` of a rule or a priority addition: from YAML to a compiled condition.

#include "routing/rules_reader.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace routing {

namespace {

using config::node;

constexpr std::size_t most_words = 200;
constexpr std::size_t longest_pattern = 1000;

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

/// Reads one `when`; counts its words.
class conditions_reader {
 public:
  conditions_reader(yaml_reader& yaml, word_index& index) : yaml_(yaml), index_(index) {}

  condition read_condition(const node& from, const std::string& what) {
    condition made = leaf(condition::test::all, from);
    if (from.is == node::shape::null ||
        !yaml_.keys(from, what,
                    {"channel", "account", "kind", "type", "text", "language", "customer", "activity", "activity_value", "all",
                     "any", "not"},
                    {"lead", "call", "vehicle", "time", "load", "past"}))
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
      else if (key == "activity") made.parts.push_back(values(condition::test::activity, value, path));
      else if (key == "activity_value") made.parts.push_back(worth(value, path));
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

 private:
  static condition leaf(condition::test is, const node& from) {
    condition made;
    made.is = is;
    made.at = from.at;
    return made;
  }

  condition combined(condition::test is, const node& from, const std::string& path) {
    condition made = leaf(is, from);
    // One map stands for a list of one.
    if (from.is == node::shape::map) made.parts.push_back(read_condition(from, path));
    else if (from.is != node::shape::list) yaml_.refuse(from, path + ": expected a list of conditions", from.text);
    else
      for (const auto& item : from.items) {
        if (item.is == node::shape::null) yaml_.refuse(item, path + ": expected a condition");
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
    for (auto& one : yaml_.texts(from, path))
      if (yaml_.usable_name(one.text, one.at, path)) made.values.push_back(std::move(one.text));
    settle(made.values);
    return made;
  }

  condition worth(const node& from, const std::string& path) {
    condition made = leaf(condition::test::activity_value, from);
    if (!yaml_.keys(from, path, {"at_least"})) return made;
    if (const auto* n = from.find("at_least")) made.at_least = yaml_.amount(*n, path + ".at_least").value_or(0);
    else yaml_.refuse(from, path + ": at_least is missing");
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
    for (auto& one : yaml_.texts(from, path)) {
      if (std::find(known.begin(), known.end(), one.text) == known.end())
        yaml_.refuse(one.at, path + ": expected one of " + list + yaml_.meant(one.text, known), one.text);
      else
        made.values.push_back(std::move(one.text));
    }
    settle(made.values);
    return made;
  }

  condition types(const node& from, const std::string& path) {
    condition made = leaf(condition::test::type, from);
    for (const auto& one : yaml_.texts(from, path))
      if (const auto type = yaml_.word_of<hub::message::content_type>(one, path)) made.values.emplace_back(hub::name_of(*type));
    settle(made.values);
    return made;
  }

  condition languages(const node& from, const std::string& path) {
    condition made = leaf(condition::test::language, from);
    for (auto& one : yaml_.texts(from, path)) {
      for (char& c : one.text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
      const bool tag = one.text.size() >= 2 && one.text.size() <= 35 &&
                       one.text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
      if (tag) made.values.push_back(std::move(one.text));
      else yaml_.refuse(one.at, path + ": expected a language tag like uk or en-gb", one.text);
    }
    settle(made.values);
    return made;
  }

  void read_customer(const node& from, const std::string& path, std::vector<condition>& to) {
    if (!yaml_.keys(from, path, {"known", "has_open_lead"}, {"tags", "past_owner", "lifetime_sales"})) return;
    for (const auto& [key, value] : from.members) {
      if (key != "known" && key != "has_open_lead") continue;
      condition made = leaf(key == "known" ? condition::test::known : condition::test::open_lead, value);
      made.wanted = yaml_.yes_no(value, path + "." + key).value_or(true);
      to.push_back(std::move(made));
    }
  }

  void read_text(const node& from, const std::string& path, std::vector<condition>& to) {
    if (!yaml_.keys(from, path, {"words", "matches"})) return;
    if (const auto* n = from.find("words")) to.push_back(read_words(*n, path + ".words"));
    if (const auto* n = from.find("matches"))
      if (auto made = read_pattern(*n, path + ".matches")) to.push_back(std::move(*made));
  }

  condition read_words(const node& from, const std::string& path) {
    condition made = leaf(condition::test::words, from);
    const auto list = yaml_.texts(from, path);
    if (list.size() > words_left_) {
      words_left_ = 0;
      yaml_.refuse(from, path + ": at most " + std::to_string(most_words) + " words in a rule", std::to_string(list.size()));
      return made;
    }
    words_left_ -= list.size();
    for (const auto& one : list) {
      if (const auto phrase = one.text.size() <= 1000 ? index_.add(one.text) : std::nullopt) made.phrases.push_back(*phrase);
      else
        yaml_.refuse(one.at,
                     path + ": expected a word or a phrase of at most " + std::to_string(word_index::longest_phrase) + " words",
                     one.text);
    }
    std::sort(made.phrases.begin(), made.phrases.end());
    made.phrases.erase(std::unique(made.phrases.begin(), made.phrases.end()), made.phrases.end());
    return made;
  }

  std::optional<condition> read_pattern(const node& from, const std::string& path) {
    const auto pattern = yaml_.text(from, path);
    if (!pattern) return std::nullopt;
    if (pattern->size() > longest_pattern) {
      yaml_.refuse(from, path + ": a pattern has at most " + std::to_string(longest_pattern) + " bytes", *pattern);
      return std::nullopt;
    }
    if (const auto used = ascii_only_class(*pattern); !used.empty()) {
      yaml_.refuse(from,
                   path + ": " + used + " knows only the letters a to z here, so it is wrong beside other letters; use words",
                   *pattern);
      return std::nullopt;
    }
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);  // a pattern that needs more is refused, not run slowly
    condition made = leaf(condition::test::matches, from);
    auto compiled = std::make_shared<const re2::RE2>(*pattern, options);
    if (!compiled->ok()) {
      yaml_.refuse(from, path + ": not a pattern RE2 takes: " + compiled->error(), *pattern);
      return std::nullopt;
    }
    made.pattern = std::move(compiled);
    return made;
  }

  yaml_reader& yaml_;
  word_index& index_;
  std::size_t words_left_ = most_words;
};

}  // namespace

std::shared_ptr<const condition> read_when(yaml_reader& yaml, word_index& index, const node& from, const std::string& what) {
  auto made = conditions_reader(yaml, index).read_condition(from, what + ": when");
  if (made.is == condition::test::all && made.parts.empty()) return nullptr;
  return std::make_shared<const condition>(std::move(made));
}

}  // namespace routing
