#include "routing/explain.hpp"
#include "routing/match.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace {

using namespace routing;

const std::string head =
    "version: 1\nteams: { sales: { members: [a@example.test, b@example.test], skills: { b@example.test: korea } } }\n";

std::shared_ptr<const rule_set> rules_of(const std::string& rest) {
  auto read = read_rules(head + rest, "r.yaml");
  EXPECT_TRUE(read.rules) << hub::to_text(read.problems);
  return read.rules;
}

facts written(std::string text, std::string channel = "viber") {
  facts f;
  f.channel = std::move(channel);
  f.account = "main";
  f.kind = "message";
  f.text = std::move(text);
  return f;
}

// What one condition says of an event: "" when it matches.
std::string why_not(const std::string& when, const facts& about) {
  const auto rules = rules_of("rules:\n  - { name: a, when: " + when + ", then: {} }\n");
  const auto verdicts = explain(*rules, about);
  EXPECT_EQ(verdicts[0].matched, match(*rules, about).rule == "a");
  return verdicts[0].matched ? "" : verdicts[0].why;
}

TEST(match, takes_the_first_rule_that_holds) {
  const auto rules = rules_of(
      "rules:\n"
      "  - { name: credit, when: { text: { words: кредит } }, then: { intent: buy, priority: 40, team: sales, strategy: "
      "workload, tags: [credit] } }\n"
      "  - { name: viber, when: { channel: viber }, then: { pipeline: chats } }\n"
      "  - { name: rest, then: { intent: other } }\n");
  const auto credit = match(*rules, written("Чи є КРЕДИТ?"));
  EXPECT_EQ(credit.rule, "credit");
  EXPECT_EQ(credit.then.intent, intent::buy);
  EXPECT_EQ(credit.then.team, "sales");
  EXPECT_EQ(credit.then.tags, std::vector<std::string>{"credit"});
  EXPECT_EQ(credit.priority, 40);
  EXPECT_EQ(credit.parts, std::vector<std::string>{"rule +40"});
  EXPECT_EQ(match(*rules, written("кредити")).rule, "viber");
  EXPECT_EQ(match(*rules, written("", "telegram")).rule, "rest");
}

TEST(match, says_where_in_the_text_it_saw_the_words) {
  const auto rules = rules_of("rules:\n  - { name: a, when: { text: { words: [лізинг, під замовлення] } }, then: {} }\n");
  const facts about = written("авто ПІД  замовлення, лізинг");
  const auto m = match(*rules, about);
  ASSERT_EQ(m.because.size(), 1u);
  EXPECT_EQ(m.because[0].what, "words: під замовлення");
  EXPECT_EQ(about.text.substr(m.because[0].from, m.because[0].to - m.because[0].from), "ПІД  замовлення");
}

TEST(match, says_where_in_the_text_a_pattern_held) {
  const auto rules = rules_of("rules:\n  - { name: a, when: { text: { matches: '(?i)X[0-9]' } }, then: {} }\n");
  const auto m = match(*rules, written("Є bmw x5?"));
  ASSERT_EQ(m.because.size(), 1u);
  EXPECT_EQ(m.because[0].what, "matches: (?i)X[0-9]");
  EXPECT_EQ(m.because[0].from, 7u);
  EXPECT_EQ(m.because[0].to, 9u);
}

TEST(match, keeps_no_evidence_of_rules_that_failed) {
  const auto rules = rules_of(
      "rules:\n  - { name: a, when: { text: { words: кредит }, channel: telegram }, then: {} }\n"
      "  - { name: b, when: { not: { text: { words: лізинг } } }, then: {} }\n");
  const auto m = match(*rules, written("кредит"));
  EXPECT_EQ(m.rule, "b");
  EXPECT_TRUE(m.because.empty());
}

TEST(match, adds_up_the_priority_and_cuts_it) {
  const auto rules = rules_of(
      "rules:\n  - { name: a, then: { priority: 80 } }\n"
      "hot_leads:\n"
      "  - { when: { text: { words: deposit } }, add: 40 }\n"
      "  - { when: { customer: { known: true } }, add: -90 }\n");
  const auto hot = match(*rules, written("a deposit"));
  EXPECT_EQ(hot.priority, 100);
  EXPECT_EQ(hot.parts, (std::vector<std::string>{"rule +80", "line 6 +40"}));
  facts known = written("");
  known.customer_known = true;
  const auto cold = match(*rules, known);
  EXPECT_EQ(cold.priority, 0);
  EXPECT_EQ(cold.parts, (std::vector<std::string>{"rule +80", "line 7 -90"}));
}

TEST(match, of_no_rule_is_no_action) {
  const auto rules = rules_of("hot_leads: [{ add: 5 }]\n");
  const auto m = match(*rules, written("x"));
  EXPECT_EQ(m.rule, "");
  EXPECT_FALSE(m.then.strategy);
  EXPECT_EQ(m.priority, 5);
  EXPECT_EQ(match(rule_set{}, written("x")).rule, "");
}

TEST(match, tests_every_fact) {
  facts about = written("Добрий день");
  about.type = hub::message::content_type::photo;
  about.language = "uk-UA";
  about.has_open_lead = true;
  const std::pair<const char*, const char*> table[] = {
      {"{}", ""},
      {"{ channel: viber }", ""},
      {"{ channel: [telegram, viber] }", ""},
      {"{ channel: telegram }", "channel is viber, not telegram"},
      {"{ channel: [whatsapp, telegram] }", "channel is viber, not one of telegram, whatsapp"},
      {"{ account: main }", ""},
      {"{ account: second }", "account is main, not second"},
      {"{ kind: message }", ""},
      {"{ kind: [status, subscribed] }", "kind is message, not one of status, subscribed"},
      {"{ type: [text, photo] }", ""},
      {"{ type: voice_note }", "type is photo, not voice_note"},
      {"{ language: UK }", ""},
      {"{ language: uk-ua }", ""},
      {"{ language: uk-gb }", "language is uk-UA, not uk-gb"},
      {"{ language: [en, u1] }", "language is uk-UA, not one of en, u1"},
      {"{ customer: { known: false } }", ""},
      {"{ customer: { known: true } }", "customer is new"},
      {"{ customer: { has_open_lead: true } }", ""},
      {"{ customer: { has_open_lead: false } }", "customer has an open lead"},
      {"{ text: { words: день } }", ""},
      {"{ text: { words: ніч } }", "text does not have the word ніч"},
      {"{ text: { words: [ніч, ранок] } }", "text has none of the words ніч, ранок"},
      {"{ text: { words: [a1, a2, a3, a4, a5, a6, a7] } }", "text has none of the words a1, a2, a3, a4, a5 and 2 more"},
      {"{ text: { words: день, matches: Добр } }", ""},
      {"{ text: { words: день, matches: добр } }", "text does not match добр"},
      {"{ channel: viber, type: text }", "type is photo, not text"},
      {"{ all: [{ channel: viber }, { type: photo }] }", ""},
      {"{ all: [{ channel: viber }, { type: text }] }", "type is photo, not text"},
      {"{ all: { channel: viber } }", ""},
      {"{ any: [{ channel: telegram }, { type: photo }] }", ""},
      {"{ any: [{ channel: telegram }, { type: text }] }", "none of: channel is viber, not telegram; type is photo, not text"},
      {"{ any: [] }", "any of nothing"},
      {"{ not: { channel: telegram } }", ""},
      {"{ not: { text: { words: день } } }", "what `not` excludes holds, words: день"},
      {"{ not: { not: { channel: viber } } }", ""},
      {"{ not: { any: [{ channel: viber }, { kind: status }] } }", "what `not` excludes holds"},
  };
  for (const auto& [when, why] : table) EXPECT_EQ(why_not(when, about), why) << when;
}

TEST(match, tests_what_an_activity_is_and_what_it_is_worth) {
  facts quote = written("", "activity");
  quote.kind = "activity";
  quote.activity = "quote";
  quote.activity_value = 1240.5;
  EXPECT_EQ(why_not("{ activity: quote }", quote), "");
  EXPECT_EQ(why_not("{ kind: activity, activity: [load_plan, quote] }", quote), "");
  EXPECT_EQ(why_not("{ activity: load_plan }", quote), "activity is quote, not load_plan");
  EXPECT_EQ(why_not("{ activity_value: { at_least: 1240.5 } }", quote), "");
  EXPECT_EQ(why_not("{ activity_value: { at_least: 2000 } }", quote), "activity value is 1240.50, not at least 2000");
  quote.activity_value.reset();
  EXPECT_EQ(why_not("{ activity_value: { at_least: 0 } }", quote), "activity value is not known, not at least 0");
  EXPECT_EQ(why_not("{ activity: quote }", written("x")), "is no activity");
  EXPECT_EQ(why_not("{ not: { activity: quote } }", written("x")), "");
}

TEST(match, does_not_know_the_language_of_who_tells_none) {
  EXPECT_EQ(why_not("{ language: uk }", written("x")), "language is not known, not uk");
}

TEST(match, survives_texts_that_are_not_utf8_and_very_long_ones) {
  const auto rules = rules_of("rules:\n  - { name: a, when: { text: { words: кредит, matches: к+ } }, then: {} }\n");
  EXPECT_EQ(match(*rules, written("\xFF\xD0 кредит \xD0")).rule, "a");
  std::string longest;
  while (longest.size() < 262144) longest += "слово ";
  EXPECT_EQ(match(*rules, written(longest)).rule, "");
  EXPECT_EQ(match(*rules, written(longest + "кредит")).rule, "a");
}

TEST(explain, prints_rules_candidates_and_outcome) {
  const auto rules = rules_of(
      "people: { a@example.test: { capacity: 2 } }\n"
      "rules:\n"
      "  - { name: telegram, when: { channel: telegram }, then: {} }\n"
      "  - { name: credit, when: { text: { words: кредит } }, then: { intent: buy, priority: 30, team: sales, strategy: "
      "round_robin } }\n"
      "  - { name: korea, when: { text: { words: корея } }, then: { team: sales, strategy: workload, skills: korea } }\n"
      "  - { name: rest, then: { team: sales } }\n");
  auto roster = roster_of(*rules, "sales");
  roster[0].open_leads = 2;
  EXPECT_EQ(explain_text(*rules, written("кредит"), roster, {"sales", 1}),
            "rules\n"
            "  no   telegram: channel is viber, not telegram\n"
            "  yes  credit: words: кредит at bytes 0 to 12\n"
            "  no   korea: text does not have the word корея\n"
            "  yes  rest: no condition; an earlier rule decided\n"
            "outcome\n"
            "  credit: intent buy, team sales, strategy round_robin\n"
            "  priority 30 (rule +30)\n"
            "candidates\n"
            "  no   a@example.test (1): 2 of 2 open leads, at capacity 2 of 2\n"
            "  yes  b@example.test (2): 0 open leads\n"
            "chosen\n"
            "  b@example.test (2): next after 1 in the ring\n");
  roster[1].active = false;
  const auto nobody = explain_text(*rules, written("Корея"), roster, {});
  EXPECT_TRUE(nobody.ends_with("candidates\n  no   a@example.test (1): 2 of 2 open leads, lacks skill korea\n"
                               "  no   b@example.test (2): 0 open leads, inactive\n"
                               "nobody is chosen: nobody is eligible: 1 inactive, 1 without the skills\n")) << nobody;
  const auto manual = explain_text(*rules, written("x"), roster, {});
  EXPECT_TRUE(
      manual.ends_with("  rest: team sales\n  priority 0\nnobody is chosen: the lead waits in the queue of the team sales\n"))
      << manual;
}

TEST(explain, prints_what_a_rule_does_beside_choosing) {
  const auto rules = rules_of(
      "catch_up: 1\n"
      "rules:\n"
      "  - { name: order, when: { activity: order_attempt }, then: { team: sales, strategy: workload, online: required, "
      "estimated_value: { average_of: conversions, same: activity, over: 90d, else: 12.5 }, task: { title: Call, due: 15m } } }\n"
      "  - { name: rest, then: { estimated_value: 500 } }\n");
  facts order = written("", "activity");
  order.activity = "order_attempt";
  auto roster = roster_of(*rules, "sales");
  roster[0].available = false;
  EXPECT_EQ(explain_text(*rules, order, roster, {"sales||workload", 2, 1}),
            "rules\n"
            "  yes  order: every condition holds\n"
            "  yes  rest: no condition; an earlier rule decided\n"
            "outcome\n"
            "  order: team sales, strategy workload, online required, estimated value the average of conversions of the same "
            "activity over 90d, else 12.50, task \"Call\" due in 15m\n"
            "  priority 0\n"
            "candidates\n"
            "  no   a@example.test (1): 0 open leads, away\n"
            "  yes  b@example.test (2): 0 open leads\n"
            "chosen\n"
            "  b@example.test (2): 0 open leads\n");
  roster[0].available = true;
  const auto rested = explain_text(*rules, order, roster, {"sales||workload", 2, 1});
  EXPECT_TRUE(rested.ends_with(
      "  no   b@example.test (2): 0 open leads, had 1 in a row\nchosen\n  a@example.test (1): 0 open leads\n"))
      << rested;
}

// A bound that holds on a busy machine and in a slow build; a quiet one takes some 2 microseconds.
TEST(match, costs_little_with_fifty_rules) {
  std::string yaml = "rules:\n";
  for (int i = 0; i < 50; ++i)
    yaml += "  - { name: r" + std::to_string(i) + ", when: { text: { words: [кредит" + std::to_string(i) + ", під замовлення" +
            std::to_string(i) + "] } }, then: {} }\n";
  const auto rules = rules_of(yaml);
  const auto about = written("Підкажіть, будь ласка, чи є у вас BMW X5 2019 року під замовлення?");
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(match(*rules, about).rule, "");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

}  // namespace
