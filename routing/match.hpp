#pragma once
// Which rule speaks about an event, and why the others do not. Pure: no clock, no SQL, no thread of its own.

#include "routing/rules.hpp"

#include <optional>
#include <string>
#include <vector>

namespace routing {

/// What rules may look at.
struct facts {
  std::string channel;
  std::string account;
  std::string kind;                          ///< "message", ...
  hub::message::content_type type = hub::message::content_type::text;
  std::string text;
  std::string language;
  bool customer_known = false;               ///< the customer existed before this event
  bool has_open_lead = false;
  std::string activity;                      ///< "quote", ... of an activity; empty for everything else
  std::optional<double> activity_value;      ///< its total_cost
};

/// Where a word or pattern matched: byte offsets in facts.text. Stored in receipts; the text is not.
struct evidence {
  std::string what;      ///< "words: кредит"
  std::size_t from = 0;
  std::size_t to = 0;
};

struct matched {
  std::string rule;                  ///< "" when no rule matched
  action then;
  int priority = 0;                  ///< rule's plus hot_leads, cut to 0..100
  std::vector<evidence> because;
  std::vector<std::string> parts;    ///< how the priority came about: "rule +40", "line 31 +40"
};
matched match(const rule_set& rules, const facts& about);

/// One line per rule for `hubctl rules explain`: matched, or the first condition that failed.
struct rule_verdict {
  std::string rule;
  bool matched = false;
  std::string why;
};
std::vector<rule_verdict> explain(const rule_set& rules, const facts& about);

}  // namespace routing
