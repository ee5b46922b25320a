#pragma once
// Why somebody got a lead, or why nobody did: written with every decision (assignment_decision.receipt) and enough
// to decide again with the same outcome. It holds ids, counts and positions, never a text, a name or an address.
// Made by the ingest workers on locked rows, read by traces and audits. Pure, any thread.

#include "hub/base/describe.hpp"
#include "hub/base/problem.hpp"
#include "hub/base/time.hpp"
#include "routing/choose.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace routing {

using hub::about;

/// A member of the team as the decision found them.
struct receipt_candidate {
  std::int64_t id = 0;
  bool inactive = false;
  std::vector<std::string> skills;  ///< of those the rule asks for
  std::uint32_t open_leads = 0;
  std::optional<std::uint32_t> capacity;
  std::int64_t last_assigned = 0;   ///< microseconds since the epoch; 0: never
  bool absent = false;
  bool off_hours = false;
  bool away = false;                ///< only where the rule asks for presence

  bool operator==(const receipt_candidate&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, about{.text = "Staff id.", .required = true});
    on("inactive", self.inactive, about{.text = "The account is switched off."});
    on("skills", self.skills, about{.text = "Which of the asked skills the person has."});
    on("open_leads", self.open_leads, about{.text = "Open leads before the decision.", .required = true});
    on("capacity", self.capacity, about{.text = "Most open leads; absent: no limit."});
    on("last_assigned", self.last_assigned,
       about{.text = "When the person last got a lead, microseconds since 1970; absent: never."});
    on("absent", self.absent, about{.text = "An absence held."});
    on("off_hours", self.off_hours, about{.text = "Their calendar was closed."});
    on("away", self.away, about{.text = "Their presence said away, and the rule asks for people who are there."});
  }
};

struct receipt_exclusion {
  std::int64_t id = 0;
  std::string reason;

  bool operator==(const receipt_exclusion&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, about{.text = "Staff id.", .required = true});
    on("reason", self.reason, about{.text = "Why not this person.", .required = true});
  }
};

/// Where the message spoke for the rule: bytes of its text, not the text, and not the rule's word either, which is
/// the same thing written by another hand.
struct receipt_evidence {
  std::string by;  ///< "words" or "matches"
  std::uint64_t from = 0;
  std::uint64_t to = 0;

  bool operator==(const receipt_evidence&) const = default;
  static void describe(auto& self, auto& on) {
    on("by", self.by, about{.text = "`words` or `matches`.", .required = true});
    on("from", self.from, about{.text = "First byte in the message's text.", .required = true});
    on("to", self.to, about{.text = "Byte after the last.", .required = true});
  }
};

struct receipt {
  std::string rules_hash;
  std::string rule;                  ///< empty: no rule matched
  routing::strategy strategy = routing::strategy::manual;
  std::string team;
  std::vector<std::string> skills;
  std::vector<receipt_candidate> candidates;
  std::vector<receipt_exclusion> excluded;
  std::string tie_break;
  bool online_required = false;
  std::string cursor;                ///< key; empty: the strategy looks at none
  std::int64_t cursor_before = 0;
  std::int64_t cursor_after = 0;
  int catch_up = 0;                  ///< most in a row that counted for this decision; 0: no limit
  int in_a_row_before = 0;
  int in_a_row_after = 0;
  std::optional<std::int64_t> winner;
  std::string reason;                ///< why nobody
  std::vector<receipt_evidence> evidence;
  int priority = 0;
  std::vector<std::string> priority_parts;
  hub::instant decided_at;

  bool operator==(const receipt&) const = default;
  static void describe(auto& self, auto& on) {
    on("rules_hash", self.rules_hash, about{.text = "SHA-256 of the rules that decided.", .required = true});
    on("rule", self.rule, about{.text = "Name of the rule; empty: none matched.", .required = true});
    on("strategy", self.strategy, about{.text = "How the person was chosen.", .required = true});
    on("team", self.team, about{.text = "Team chosen from."});
    on("skills", self.skills, about{.text = "Skills the rule asks for."});
    on("candidates", self.candidates, about{.text = "The team as it was, in the order of the ring."});
    on("excluded", self.excluded, about{.text = "Who could not get the lead, and why."});
    on("tie_break", self.tie_break, about{.text = "How the winner stood out."});
    on("online_required", self.online_required, about{.text = "Only people whose presence says available."});
    on("cursor", self.cursor, about{.text = "Which ring of round robin, or whose turns workload counts."});
    on("cursor_before", self.cursor_before, about{.text = "Who was chosen last, before."});
    on("cursor_after", self.cursor_after, about{.text = "Who was chosen last, after."});
    on("catch_up", self.catch_up, about{.text = "Most leads in a row to one person while somebody else is eligible."});
    on("in_a_row_before", self.in_a_row_before, about{.text = "How many who was chosen last had in a row, before."});
    on("in_a_row_after", self.in_a_row_after, about{.text = "The same, after."});
    on("winner", self.winner, about{.text = "Staff id; absent: nobody."});
    on("reason", self.reason, about{.text = "Why nobody."});
    on("evidence", self.evidence, about{.text = "Where in the message the rule found its words."});
    on("priority", self.priority, about{.text = "0 to 100."});
    on("priority_parts", self.priority_parts, about{.text = "How the priority came about."});
    on("decided_at", self.decided_at, about{.text = "When.", .required = true});
  }
};

/// Chooses as `matched` says (no strategy means manual) from `team`, which is updated as by choose(), and writes its
/// receipt.
receipt decide(const rule_set& rules, const matched& by, std::vector<candidate>& team, cursor& ring, std::int64_t now_us);

/// Decides again from what the receipt holds: the same winner, reason, exclusions and cursor, or the receipt lies. What a
/// receipt of an earlier version does not hold did not count when it was written.
choice re_evaluate(const receipt& kept);

std::string to_json(const receipt& kept);
hub::result<receipt> receipt_from_json(std::string_view json);

}  // namespace routing
