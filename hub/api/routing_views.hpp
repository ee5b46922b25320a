#pragma once
// The rules in force as the API shows them, and what they would do: one described struct per schema of docs/openapi.yaml.

#include "hub/api/views.hpp"

namespace hub::api {

struct rule_view {
  std::string name, text;  ///< as it is written
  std::string team, strategy;
  std::int64_t hits = 0;  ///< decisions in the last days
  std::optional<instant> last_hit_at;

  bool operator==(const rule_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, always);
    on("text", self.text, always);
    on("team", self.team, always);
    on("strategy", self.strategy, always);
    on("hits", self.hits, always);
    on("last_hit_at", self.last_hit_at, always);
  }
};

struct pool_member_view {
  person_view person;
  std::int64_t open_leads = 0;
  std::optional<std::int64_t> capacity;
  bool absent = false, off_hours = false, available = true;
  std::vector<std::string> skills;

  bool operator==(const pool_member_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("person", self.person, always);
    on("open_leads", self.open_leads, always);
    on("capacity", self.capacity, always);
    on("absent", self.absent, always);
    on("off_hours", self.off_hours, always);
    on("available", self.available, always);
    on("skills", self.skills, always);
  }
};

struct pool_view {
  std::string team;
  std::int64_t queued = 0;
  std::vector<pool_member_view> members;

  bool operator==(const pool_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("team", self.team, always);
    on("queued", self.queued, always);
    on("members", self.members, always);
  }
};

struct routing_view {
  std::string hash;
  std::string author;
  std::optional<instant> activated_at;
  std::int64_t days = 0;            ///< how far back hits are counted
  std::vector<rule_view> rules;     ///< in the order they are tried
  std::int64_t unmatched_hits = 0;  ///< decisions that no rule met
  std::vector<pool_view> pools;

  bool operator==(const routing_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("hash", self.hash, always);
    on("author", self.author, always);
    on("activated_at", self.activated_at, always);
    on("days", self.days, always);
    on("rules", self.rules, always);
    on("unmatched_hits", self.unmatched_hits, always);
    on("pools", self.pools, always);
  }
};

struct verdict_view {
  std::string rule;
  bool matched = false;
  std::string why;

  bool operator==(const verdict_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("rule", self.rule, always);
    on("matched", self.matched, always);
    on("why", self.why, always);
  }
};

/// What the rules in force would do now. Nothing of it happens.
struct routing_try_view {
  std::vector<verdict_view> verdicts;  ///< every rule, in order; the first that matched speaks
  decision_view decision;
  std::int64_t priority = 0;
  std::vector<std::string> tags;
  std::string intent, pipeline;

  bool operator==(const routing_try_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("verdicts", self.verdicts, always);
    on("decision", self.decision, always);
    on("priority", self.priority, always);
    on("tags", self.tags, always);
    on("intent", self.intent, always);
    on("pipeline", self.pipeline, always);
  }
};

}  // namespace hub::api
