#include "routing/rules.hpp"

#include "hub/base/crypto.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <string>

namespace {

using namespace routing;
using namespace std::chrono_literals;

std::string problems_of(const std::string& yaml) { return hub::to_text(read_rules(yaml, "r.yaml").problems); }
std::string warnings_of(const std::string& yaml) {
  const auto read = read_rules(yaml, "r.yaml");
  return hub::to_text(read.problems) + hub::to_text(read.warnings);
}

const std::string teams =
    "version: 1\n"
    "teams:\n"
    "  sales: { members: [olena@example.test, taras@example.test], capacity: 25 }\n"
    "  import: { members: taras@example.test, skills: { taras@example.test: [korea, auction] } }\n";

const std::string whole = R"(version: 1
timezone: Europe/Kyiv
teams:
  sales:    { members: [olena@example.test, Taras@example.test], capacity: 25 }
  import:   { members: taras@example.test, skills: { taras@example.test: [korea, auction] }, capacity: 30 }
  service:  { members: [iryna@example.test], supervisors: [owner@example.test] }
people:
  olena@example.test: { capacity: 20 }
lead_policy:
  default:  { attach_to: open, window: unlimited, when_closed: { reopen_within: 14d } }
  activity: { attach_to: open, while: [new], window: 60m }
  viber:    { when_closed: new }
rules:
  - name: korean import
    when: { channel: [viber, telegram, whatsapp], text: { words: ["корея", "під замовлення", "auction"] } }
    then: { intent: buy, priority: 80, team: import, strategy: workload, skills: [korea], tags: import }
  - name: service question
    when: { any: [{ text: { words: сто } }, { text: { matches: "(?i)oil change" } }] }
    then: { intent: service_inquiry, pipeline: service, team: service, strategy: round_robin }
  - name: everything else
    then: { intent: other, team: sales, strategy: manual }
hot_leads:
  - { when: { text: { words: ["готовий купити", "deposit"] } }, add: 40 }
  - { when: { customer: { known: true } }, add: -5 }
)";

TEST(rules, are_read_as_written) {
  const auto read = read_rules(whole, "r.yaml");
  ASSERT_TRUE(read.rules) << hub::to_text(read.problems);
  EXPECT_EQ(hub::to_text(read.warnings), "");
  const auto& r = *read.rules;
  EXPECT_EQ(r.hash, hub::to_hex(hub::sha256(whole)));
  EXPECT_EQ(r.text, whole);
  EXPECT_EQ(r.timezone, "Europe/Kyiv");
  EXPECT_EQ(r.teams.at("sales").members, (std::vector<std::string>{"olena@example.test", "taras@example.test"}));
  EXPECT_EQ(r.teams.at("import").members, std::vector<std::string>{"taras@example.test"});
  EXPECT_EQ(r.teams.at("import").skills.at("taras@example.test"), (std::vector<std::string>{"korea", "auction"}));
  EXPECT_EQ(r.teams.at("service").supervisors, std::vector<std::string>{"owner@example.test"});
  ASSERT_EQ(r.rules.size(), 3u);
  EXPECT_EQ(r.rules[0].name, "korean import");
  EXPECT_EQ(r.rules[0].then.intent, intent::buy);
  EXPECT_EQ(r.rules[0].then.priority, 80);
  EXPECT_EQ(r.rules[0].then.strategy, strategy::workload);
  EXPECT_EQ(r.rules[0].then.skills, std::vector<std::string>{"korea"});
  EXPECT_EQ(r.rules[0].then.tags, std::vector<std::string>{"import"});
  EXPECT_EQ(r.rules[0].at.line, 14);
  EXPECT_EQ(r.rules[1].then.pipeline, "service");
  EXPECT_TRUE(r.rules[1].when);
  EXPECT_FALSE(r.rules[2].when);
  ASSERT_EQ(r.hot_leads.size(), 2u);
  EXPECT_EQ(r.hot_leads[0].add, 40);
  EXPECT_EQ(r.hot_leads[0].at.line, 23);
  EXPECT_EQ(r.hot_leads[1].add, -5);
}

TEST(rules, take_what_a_channel_does_not_say_from_the_default_policy) {
  const auto r = read_rules(whole, "r.yaml").rules;
  EXPECT_EQ(r->policy_for("telegram").reopen_within, std::chrono::hours(24 * 14));
  EXPECT_FALSE(r->policy_for("telegram").window);
  EXPECT_EQ(r->policy_for("activity").attach_while, std::vector<stage>{stage::fresh});
  EXPECT_EQ(r->policy_for("activity").window, 60min);
  EXPECT_EQ(r->policy_for("activity").reopen_within, std::chrono::hours(24 * 14));
  EXPECT_FALSE(r->policy_for("viber").reopen_within);
}

TEST(rules, have_a_policy_also_when_the_file_names_none) {
  const auto r = read_rules("version: 1", "r.yaml").rules;
  ASSERT_TRUE(r);
  EXPECT_TRUE(r->policy_for("viber").attach_while.empty());
  EXPECT_FALSE(r->policy_for("viber").window);
  EXPECT_FALSE(r->policy_for("viber").reopen_within);
}

TEST(rules, know_capacity_by_person_then_by_the_largest_team) {
  const auto r = read_rules(whole, "r.yaml").rules;
  EXPECT_EQ(r->capacity_of("olena@example.test"), 20u);
  EXPECT_EQ(r->capacity_of("taras@example.test"), 30u);
  EXPECT_EQ(r->capacity_of("iryna@example.test"), std::nullopt);
  EXPECT_EQ(r->capacity_of("nobody@example.test"), std::nullopt);
}

TEST(rules, tell_who_is_not_staff_once) {
  const auto r = read_rules(whole, "r.yaml").rules;
  EXPECT_EQ(
      hub::to_text(unknown_people(*r, {"olena@example.test", "taras@example.test", "owner@example.test", "irina@example.test"})),
      "teams.service.members: is not staff; did you mean irina@example.test? (found: iryna@example.test)\n");
}

// ---- lint -----------------------------------------------------------------------------------------------

const std::string fallback = "  - { name: rest, then: { team: sales } }\n";

TEST(lint, tells_of_rules_that_can_never_match) {
  const std::pair<const char*, const char*> table[] = {
      {"{ any: [] }", "an empty `any`, an empty list, or `not` of nothing"},
      {"{ channel: [] }", "an empty `any`, an empty list, or `not` of nothing"},
      {"{ text: { words: [] } }", "an empty `any`, an empty list, or `not` of nothing"},
      {"{ not: {} }", "an empty `any`, an empty list, or `not` of nothing"},
      {"{ channel: viber, any: [{ kind: [] }, { type: [] }] }", "an empty `any`, an empty list, or `not` of nothing"},
      {"{ channel: viber, all: [{ channel: telegram }] }", "lines 6 and 6 exclude each other"},
      {"{ customer: { known: true }, all: [{ customer: { known: false } }] }", "lines 6 and 6 exclude each other"},
      {"{ customer: { known: false, has_open_lead: true } }", "lines 6 and 6 exclude each other"},
      {"{ channel: viber, not: { channel: [viber, telegram] } }", "lines 6 and 6 exclude each other"},
      {"{ text: { words: кредит }, not: { text: { words: [КРЕДИТ, лізинг] } } }", "lines 6 and 6 exclude each other"},
  };
  for (const auto& [when, why] : table)
    EXPECT_EQ(warnings_of(teams + "rules:\n  - { name: a, when: " + when + ", then: {} }\n" + fallback),
              "r.yaml:6:5: can never match: " + std::string(why) + " (found: a)\n") << when;
}

TEST(lint, tells_of_rules_that_an_earlier_one_shadows) {
  const std::pair<const char*, const char*> table[] = {
      {"{}", "{ channel: viber }"},
      {"{ not: { any: [] } }", "{ channel: viber }"},
      {"{ channel: viber }", "{ channel: viber }"},
      {"{ channel: [telegram, viber] }", "{ channel: viber, type: photo }"},
      {"{ text: { words: [кредит, лізинг] } }", "{ text: { words: [ЛІЗИНГ] } }"},
      {"{ any: [{ channel: viber }, { type: photo }] }", "{ type: photo }"},
      {"{ any: [{ channel: viber }, { type: photo }] }", "{ any: [{ type: photo }, { channel: viber }] }"},
      {"{ not: { channel: viber } }", "{ not: { channel: [viber, telegram] } }"},
      {"{ text: { matches: abc } }", "{ channel: viber, text: { matches: abc } }"},
      {"{ customer: { known: true } }", "{ customer: { known: true, has_open_lead: false } }"},
  };
  for (const auto& [first, second] : table)
    EXPECT_EQ(warnings_of(teams + "rules:\n  - { name: a, when: " + first + ", then: {} }\n  - { name: b, when: " + second +
                          ", then: {} }\n" +
                          (std::string(first) == "{}" || std::string(first).starts_with("{ not: { any") ? "" : fallback)),
              "r.yaml:7:5: is never reached: \"a\" in line 6 takes everything it could match (found: b)\n")
        << first << " before " << second;
}

TEST(lint, is_silent_about_rules_that_only_look_alike) {
  const std::pair<const char*, const char*> table[] = {
      {"{ channel: viber }", "{ channel: [viber, telegram] }"},
      {"{ text: { words: кредит } }", "{ text: { words: [кредит, лізинг] } }"},
      {"{ channel: viber, type: photo }", "{ channel: viber }"},
      {"{ all: [{ channel: viber }, { type: photo }] }", "{ any: [{ channel: viber }, { type: photo }] }"},
      {"{ customer: { known: true } }", "{ customer: { known: false } }"},
      {"{ not: { channel: [viber, telegram] } }", "{ not: { channel: viber } }"},
      {"{ language: uk }", "{ language: ru, type: text }"},
  };
  for (const auto& [first, second] : table)
    EXPECT_EQ(warnings_of(teams + "rules:\n  - { name: a, when: " + first + ", then: {} }\n  - { name: b, when: " + second +
                          ", then: {} }\n" + fallback),
              "")
        << first << " before " << second;
}

TEST(lint, tells_of_empty_teams_idle_people_missing_skills_and_a_missing_fallback) {
  EXPECT_EQ(
      warnings_of("version: 1\nteams: { sales: {} }\npeople: { olena@example.test: {} }\n"
                  "rules:\n  - { name: a, when: { channel: viber }, then: { team: sales, strategy: workload, skills: korea } }\n"
                  "hot_leads: [{ when: { any: [] }, add: 4 }]\n"),
      "r.yaml:5:5: nobody in the team sales has the skill, so nobody will be chosen (found: korea)\n"
      "r.yaml:6:13: hot_leads: can never match: an empty `any`, an empty list, or `not` of nothing\n"
      "r.yaml: teams.sales: nobody is in this team (found: sales)\n"
      "r.yaml: people: is in no team (found: olena@example.test)\n"
      "r.yaml: rules: no fallback; end with a rule that has no `when`, or some leads reach no team\n");
}

// ---- limits and abuse -----------------------------------------------------------------------------------

TEST(rules, keep_to_their_limits) {
  const auto many_rules = [](int n) {
    std::string yaml = "version: 1\nrules:\n";
    for (int i = 0; i < n; ++i)
      yaml += "  - {name: r" + std::to_string(i) + ", when: {channel: c" + std::to_string(i) + "}, then: {}}\n";
    return yaml;
  };
  EXPECT_EQ(problems_of(many_rules(1000)), "");
  EXPECT_EQ(problems_of(many_rules(1001)), "r.yaml:3:3: rules: at most 1000 rules (found: 1001)\n");
  const auto many_words = [](int n, int m) {
    std::string yaml = "version: 1\nrules:\n  - name: a\n    then: {}\n    when: { any: [{ text: { words: [";
    for (int i = 0; i < n; ++i) yaml += (i ? ", w" : "w") + std::to_string(i);
    yaml += "] } }, { text: { words: [";
    for (int i = 0; i < m; ++i) yaml += (i ? ", v" : "v") + std::to_string(i);
    return yaml + "] } }] }\n";
  };
  EXPECT_EQ(problems_of(many_words(150, 50)), "");
  EXPECT_EQ(problems_of(many_words(201, 1)),
            "r.yaml:5:36: rule \"a\": when.any.text.words: at most 200 words in a rule (found: 201)\n"
            "r.yaml:5:1155: rule \"a\": when.any.text.words: at most 200 words in a rule (found: 1)\n");
  EXPECT_EQ(problems_of("version: 1\nrules:\n  - { name: " + std::string(101, 'n') + ", then: {} }\n").substr(0, 40),
            "r.yaml:3:13: rule.name: a name has 1 to ");
  EXPECT_EQ(
      problems_of("version: 1\nrules:\n  - { name: a, then: {}, when: { text: { matches: " + std::string(1001, 'n') + " } } }\n")
          .substr(0, 79),
      "r.yaml:3:51: rule \"a\": when.text.matches: a pattern has at most 1000 bytes (fou");
  EXPECT_EQ(problems_of("#" + std::string(300 << 10, 'x')), "r.yaml: is larger than 256 KiB\n");
}

TEST(rules, with_the_costliest_conditions_are_read_in_bounded_time) {
  std::string yaml = "version: 1\nrules:\n";
  for (int i = 0; i < 1000; ++i) {
    yaml += "  - {name: r" + std::to_string(i) + ", then: {}, when: {any: [";
    for (int k = 0; k < 8; ++k) yaml += "{all: [{type: text}]},";
    yaml += "]}}\n";
  }
  EXPECT_TRUE(read_rules(yaml, "r.yaml").problems.empty());
}

// Whatever is broken in a file, reading ends, and every problem says where.
TEST(rules, that_are_damaged_anywhere_never_crash_and_always_have_a_place) {
  std::mt19937 dice(11);
  const std::string pieces[] = {
      ":",      "{",     "}",     "[",       "]",          "- ",      "\n",       "  ",   "~",   "\"", "'",
      "&a ",    "*a",    "!!x ",  "?",       "|",          ">",       "#",        "\t",   "9",   "ї",  "\xFF",
      "when: ", "any: ", "not: ", "words: ", "matches: (", "team: x", "skills: ", "null", "true"};
  for (int round = 0; round < 4000; ++round) {
    std::string yaml = whole;
    for (int n = 1 + dice() % 3; n > 0; --n) {
      const auto at = dice() % yaml.size();
      switch (dice() % 3) {
        case 0: yaml.erase(at, 1 + dice() % 12); break;
        case 1: yaml.insert(at, pieces[dice() % std::size(pieces)]); break;
        default: yaml.replace(at, std::min<std::size_t>(yaml.size() - at, 1 + dice() % 6), pieces[dice() % std::size(pieces)]);
      }
    }
    const auto read = read_rules(yaml, "r.yaml");
    ASSERT_EQ(read.rules == nullptr, !read.problems.empty()) << yaml;
    for (const auto& p : read.problems) {
      int line = 0, column = 0;
      ASSERT_EQ(std::sscanf(p.where.c_str(), "r.yaml:%d:%d", &line, &column), 2) << hub::to_text(p) << "\n" << yaml;
      ASSERT_GE(line, 1) << yaml;
      ASSERT_GE(column, 1) << yaml;
      ASSERT_FALSE(p.what.empty());
    }
  }
}

}  // namespace
