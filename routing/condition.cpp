#include "routing/condition.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>

#include "hub/base/text.hpp"

namespace routing {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_one_of(const std::vector<std::string>& sorted, std::string_view value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

// "uk" in a rule also means "uk-UA" of a platform.
bool speaks(const std::vector<std::string>& wanted, std::string_view tag) {
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
    if (tag.size() < one.size()) return false;
    if (!std::equal(one.begin(), one.end(), tag.begin(), [](char a, char b) { return a == lower(b); })) return false;
    return tag.size() == one.size() || tag[one.size()] == '-' || tag[one.size()] == '_';
  });
}

const word_index::hit* first_hit(const condition& when, looked_at& facts) {
  for (const auto& hit : facts.hits())
    if (std::binary_search(when.phrases.begin(), when.phrases.end(), hit.phrase)) return &hit;
  return nullptr;
}

std::string not_this(std::string_view what, std::string_view found, const std::vector<std::string>& wanted) {
  return std::string(what) + " is " + (found.empty() ? "not known" : std::string(found)) + ", not " +
         (wanted.size() > 1 ? "one of " : "") + hub::join(wanted, ", ");
}

bool subset(const auto& small, const auto& large) {
  return std::includes(large.begin(), large.end(), small.begin(), small.end());
}

}  // namespace

const std::vector<word_index::hit>& looked_at::hits() {
  if (!hits_) hits_ = index_ && !about_.text.empty() ? index_->find(folded_text(about_.text)) : std::vector<word_index::hit>{};
  return *hits_;
}

bool holds(const condition& when, looked_at& facts, std::vector<evidence>& because) {
  using enum condition::test;
  const auto& about = facts.about();
  switch (when.is) {
    case all: {
      const auto before = because.size();
      for (const auto& part : when.parts)
        if (!holds(part, facts, because)) {
          because.resize(before);
          return false;
        }
      return true;
    }
    case any:
      return std::any_of(when.parts.begin(), when.parts.end(),
                         [&](const condition& part) { return holds(part, facts, because); });
    case negation: {
      std::vector<evidence> unused;
      return !holds(when.parts.front(), facts, unused);
    }
    case channel: return is_one_of(when.values, about.channel);
    case account: return is_one_of(when.values, about.account);
    case kind: return is_one_of(when.values, about.kind);
    case type: return is_one_of(when.values, hub::name_of(about.type));
    case language: return speaks(when.values, about.language);
    case known: return about.customer_known == when.wanted;
    case open_lead: return about.has_open_lead == when.wanted;
    case activity: return is_one_of(when.values, about.activity);
    case activity_value: return about.activity_value && *about.activity_value >= when.at_least;
    case words:
      if (const auto* hit = first_hit(when, facts)) {
        because.push_back({"words: " + facts.index()->written(hit->phrase), hit->from, hit->to});
        return true;
      }
      return false;
    case matches: {
      re2::StringPiece found;
      const re2::StringPiece text(about.text);
      if (!when.pattern->Match(text, 0, text.size(), re2::RE2::UNANCHORED, &found, 1)) return false;
      const auto from = static_cast<std::size_t>(found.data() - text.data());
      because.push_back({"matches: " + when.pattern->pattern(), from, from + found.size()});
      return true;
    }
  }
  return false;
}

std::string why_not(const condition& when, looked_at& facts) {
  using enum condition::test;
  std::vector<evidence> unused;
  if (holds(when, facts, unused)) return "";
  const auto& about = facts.about();
  switch (when.is) {
    case all:
      for (const auto& part : when.parts)
        if (auto why = why_not(part, facts); !why.empty()) return why;
      return "";
    case any: {
      if (when.parts.empty()) return "any of nothing";
      std::string text = "none of: ";
      for (std::size_t i = 0; i < when.parts.size(); ++i) text += (i ? "; " : "") + why_not(when.parts[i], facts);
      return text;
    }
    case negation: {
      holds(when.parts.front(), facts, unused);
      std::string text = "what `not` excludes holds";
      for (const auto& one : unused) text += ", " + one.what;
      return text;
    }
    case channel: return not_this("channel", about.channel, when.values);
    case account: return not_this("account", about.account, when.values);
    case kind: return not_this("kind", about.kind, when.values);
    case type: return not_this("type", hub::name_of(about.type), when.values);
    case language: return not_this("language", about.language, when.values);
    case known: return when.wanted ? "customer is new" : "customer is known";
    case open_lead: return when.wanted ? "customer has no open lead" : "customer has an open lead";
    case activity: return about.activity.empty() ? "is no activity" : not_this("activity", about.activity, when.values);
    case activity_value:
      return (about.activity_value ? "activity value is " + amount_text(*about.activity_value) : "activity value is not known") +
             ", not at least " + amount_text(when.at_least);
    case words: {
      std::string text = when.phrases.size() == 1 ? "text does not have the word " : "text has none of the words ";
      for (std::size_t i = 0; i < when.phrases.size(); ++i) {
        if (i == 5) return text + " and " + std::to_string(when.phrases.size() - i) + " more";
        text += (i ? ", " : "") + facts.index()->written(when.phrases[i]);
      }
      return text;
    }
    case matches: return "text does not match " + when.pattern->pattern();
  }
  return "";
}

std::string amount_text(double amount) {
  char text[64];
  const bool whole = amount == std::floor(amount);
  const int n = std::snprintf(text, sizeof text, whole ? "%.0f" : "%.2f", amount);
  return {text, static_cast<std::size_t>(std::clamp(n, 0, static_cast<int>(sizeof text) - 1))};
}

std::optional<bool> constant(const condition& when) {
  using enum condition::test;
  if (when.is == negation) {
    const auto inner = constant(when.parts.front());
    return inner ? std::optional(!*inner) : std::nullopt;
  }
  if (when.is != all && when.is != any) {
    const bool lists = when.is != known && when.is != open_lead && when.is != matches && when.is != activity_value;
    return lists && when.values.empty() && when.phrases.empty() ? std::optional(false) : std::nullopt;
  }
  const bool decisive = when.is == any;
  bool open = false;
  for (const auto& part : when.parts) {
    const auto value = constant(part);
    if (value == decisive) return decisive;
    open |= !value;
  }
  return open ? std::nullopt : std::optional(!decisive);
}

bool implies(const condition& a, const condition& b, int& budget) {
  using enum condition::test;
  if (--budget < 0) return false;
  const auto every = [&](const condition& list, auto test) { return std::all_of(list.parts.begin(), list.parts.end(), test); };
  const auto some = [&](const condition& list, auto test) { return std::any_of(list.parts.begin(), list.parts.end(), test); };
  if (b.is == all) return every(b, [&](const condition& part) { return implies(a, part, budget); });
  if (a.is == any) return every(a, [&](const condition& part) { return implies(part, b, budget); });
  if (a.is == all && some(a, [&](const condition& part) { return implies(part, b, budget); })) return true;
  if (b.is == any) return some(b, [&](const condition& part) { return implies(a, part, budget); });
  // Only activities have a kind of activity and a value.
  if ((a.is == activity || a.is == activity_value) && b.is == kind) return is_one_of(b.values, hub::message::activity::kind);
  if (a.is != b.is) return false;
  switch (a.is) {
    case all:
    case any: return false;
    case activity_value: return a.at_least >= b.at_least;
    case negation: return implies(b.parts.front(), a.parts.front(), budget);
    case words: return subset(a.phrases, b.phrases);
    case matches: return a.pattern->pattern() == b.pattern->pattern();
    case known:
    case open_lead: return a.wanted == b.wanted;
    default: return subset(a.values, b.values);
  }
}

}  // namespace routing
