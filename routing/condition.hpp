#pragma once
// One test on the facts of an event, compiled: what `when` in the rules became. Made by the reader, asked by
// match() and explain(), compared by lint. Immutable, any thread, nothing fails.

#include "routing/match.hpp"
#include "routing/words.hpp"

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace routing {

struct condition {
  enum class test {
    all, any, negation, channel, account, kind, type, language, words, matches, known, open_lead, activity, activity_value
  };

  test is = test::all;
  config::place at;
  std::vector<condition> parts;                 ///< of all, any, negation
  std::vector<std::string> values;              ///< of channel, account, kind, type, language, activity: sorted
  std::vector<std::uint32_t> phrases;           ///< of words: numbers in rule_set::words, sorted
  std::shared_ptr<const re2::RE2> pattern;      ///< of matches
  bool wanted = true;                           ///< of known, open_lead
  double at_least = 0;                          ///< of activity_value
};

/// The facts as conditions look at them: the text is cut into words at most once, when the first condition asks.
class looked_at {
 public:
  looked_at(const rule_set& rules, const facts& about) : index_(rules.words.get()), about_(about) {}

  const facts& about() const { return about_; }
  const std::vector<word_index::hit>& hits();
  const word_index* index() const { return index_; }

 private:
  const word_index* index_;
  const facts& about_;
  std::optional<std::vector<word_index::hit>> hits_;
};

/// Whether it holds; appends what in the text spoke for it to `because`.
bool holds(const condition& when, looked_at& facts, std::vector<evidence>& because);
/// For people: the first part that does not hold, "" when all do.
std::string why_not(const condition& when, looked_at& facts);

/// A sum of money as the rules write it: "500", "499.50".
std::string amount_text(double amount);

/// What is known of a condition without any facts: it always holds, never holds, or it depends.
std::optional<bool> constant(const condition& when);
/// True when `b` certainly holds whenever `a` does. `budget` falls with each step; at zero the answer is false.
bool implies(const condition& a, const condition& b, int& budget);

}  // namespace routing
