// What an operator reads about each mistake in a rules file, word for word.

#include "routing/rules.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

std::string problems_of(const std::string& yaml) { return hub::to_text(routing::read_rules(yaml, "r.yaml").problems); }

const std::string teams =
    "version: 1\n"
    "teams:\n"
    "  sales: { members: [olena@example.test, taras@example.test], capacity: 25 }\n"
    "  import: { members: taras@example.test, skills: { taras@example.test: [korea, auction] } }\n";
const std::string sections =
    "version, timezone, calendars, teams, people, lead_policy, pipelines, catch_up, rules, sla, hot_leads";
const std::string conditions = "channel, account, kind, type, text, language, customer, activity, activity_value, all, any, not";
const std::string rule = teams + "rules:\n  - name: a\n";

TEST(rules, refuse_every_mistake_with_its_place) {
  struct {
    std::string yaml;
    std::string told;
  } const table[] = {
      {"", "r.yaml:1:1: the file: expected a map with " + sections + "\n"},
      {"- a\n", "r.yaml:1:1: the file: expected a map with " + sections + "\n"},
      {"hello\n", "r.yaml:1:1: the file: expected a map with " + sections + " (found: hello)\n"},
      {"version: 2\n", "r.yaml:1:10: version: this version reads version: 1 (found: 2)\n"},
      {"timezone: UTC\n", "r.yaml:1:1: version is missing; this version reads version: 1\n"},
      {"version: 1\n"
       "version: 1\n",
       "r.yaml:2:1: the key `version` was given before, at r.yaml:1:1\n"},
      {"version: 1\n"
       "timezone: Europe/Kiew\n",
       "r.yaml:2:11: timezone: not a time zone; write one like Europe/Kyiv (found: Europe/Kiew)\n"},
      {"version: 1\n"
       "timezone: [UTC]\n",
       "r.yaml:2:11: timezone: expected text\n"},
      {"version: 1\n"
       "team: {}\n",
       "r.yaml:2:1: the file: unknown key; did you mean teams? (found: team)\n"},
      {"version: 1\n"
       "zzz: {}\n",
       "r.yaml:2:1: the file: unknown key (found: zzz)\n"},
      {"version: 1\n"
       "sla: { no_answer: [] }\n",
       "r.yaml:2:8: sla: no_answer is not known to this version yet (found: no_answer)\n"},
      {"version: 1\n"
       "teams: [sales]\n",
       "r.yaml:2:8: teams: expected a map\n"},
      {"version: 1\n"
       "teams: { sales: [olena@example.test] }\n",
       "r.yaml:2:17: teams.sales: expected a map with members, supervisors, skills, capacity, calendar, "
       "out_of_hours\n"},
      {"version: 1\n"
       "teams: { sales: { member: [olena@example.test] } }\n",
       "r.yaml:2:19: teams.sales: unknown key; did you mean members? (found: member)\n"},
      {"version: 1\n"
       "teams: { sales: { members: [olena@example.test], calendar: sales } }\n",
       "r.yaml:2:60: teams.sales.calendar: there is no such calendar (found: sales)\n"},
      {"version: 1\n"
       "teams: { sales: { members: [olena, \"a b@c\"] } }\n",
       "r.yaml:2:29: teams.sales.members: expected an e-mail address (found: olena)\n"
       "r.yaml:2:36: teams.sales.members: expected an e-mail address (found: a b@c)\n"},
      {"version: 1\n"
       "teams: { sales: { members: [olena@example.test, Olena@example.test] } }\n",
       "r.yaml:2:49: teams.sales.members: is named twice (found: Olena@example.test)\n"},
      {"version: 1\n"
       "teams: { sales: { members: [[x]] } }\n",
       "r.yaml:2:29: teams.sales.members: expected text\n"},
      {"version: 1\n"
       "teams: { sales: { members: } }\n",
       "r.yaml:2:19: teams.sales.members: expected text\n"},
      {"version: 1\n"
       "teams: { \"sales|x\": {} }\n",
       "r.yaml:2:10: teams.sales|x: a name has 1 to 100 bytes, no blank at its ends and none of |, (found: sales|x)\n"},
      {"version: 1\n"
       "teams: { sales: { capacity: -1 } }\n",
       "r.yaml:2:29: teams.sales.capacity: expected a whole number from 0 to 100000 (found: -1)\n"},
      {"version: 1\n"
       "teams: { sales: { capacity: 010 } }\n",
       "r.yaml:2:29: teams.sales.capacity: expected a whole number from 0 to 100000 (found: 010)\n"},
      {"version: 1\n"
       "teams: { sales: { capacity: \"25\" } }\n",
       "r.yaml:2:29: teams.sales.capacity: expected a whole number from 0 to 100000 (found: 25)\n"},
      {"version: 1\n"
       "teams: { sales: { capacity: many } }\n",
       "r.yaml:2:29: teams.sales.capacity: expected a whole number from 0 to 100000 (found: many)\n"},
      {"version: 1\n"
       "teams: { sales: { members: olena@example.test, skills: { olna@example.test: korea } } }\n",
       "r.yaml:2:58: teams.sales.skills: is not a member of this team; did you mean olena@example.test? (found: "
       "olna@example.test)\n"},
      {"version: 1\n"
       "teams: { sales: { members: olena@example.test, skills: { olena@example.test: [\"a,b\"] } } }\n",
       "r.yaml:2:79: teams.sales.skills: a name has 1 to 100 bytes, no blank at its ends and none of |, (found: a,b)\n"},
      {"version: 1\n"
       "teams: { sales: { out_of_hours: { uk: Завтра } } }\n",
       "r.yaml:2:19: teams.sales.out_of_hours: the team has no calendar, so it is never out of hours\n"},
      {"version: 1\n"
       "calendars: { c: { mon: [\"09:00-18:00\"] } }\n"
       "teams: { sales: { calendar: c, out_of_hours: { ukr: Завтра, en: \" \", uk: \"{name}\", de: [x] } } }\n",
       "r.yaml:3:48: teams.sales.out_of_hours: expected a language of two small letters, like uk (found: ukr)\n"
       "r.yaml:3:65: teams.sales.out_of_hours.en: expected text\n"
       "r.yaml:3:74: teams.sales.out_of_hours.uk: knows only {customer}, {vehicle} and {manager} in braces\n"
       "r.yaml:3:88: teams.sales.out_of_hours.de: expected text\n"},
      {"version: 1\n"
       "calendars: { c: { mon: [\"09:00-18:00\"] } }\n"
       "teams: { sales: { calendar: c, out_of_hours: {} } }\n",
       "r.yaml:3:46: teams.sales.out_of_hours: says nothing; write {uk: \"...\"} or leave it out\n"},
      {"version: 1\n"
       "people: { olena: { capacity: 3 } }\n",
       "r.yaml:2:11: people: expected an e-mail address (found: olena)\n"},
      {"version: 1\n"
       "people: { olena@example.test: { capacty: 3, weight: 2 } }\n",
       "r.yaml:2:33: people.olena@example.test: unknown key; did you mean capacity? (found: capacty)\n"
       "r.yaml:2:45: people.olena@example.test: weight is not known to this version yet (found: weight)\n"},
      {"version: 1\n"
       "people: { olena@example.test: { }, OLENA@example.test: { } }\n",
       "r.yaml:2:36: people: is named twice (found: OLENA@example.test)\n"},
      {"version: 1\n"
       "lead_policy: { default: { attach_to: closed } }\n",
       "r.yaml:2:38: lead_policy.default.attach_to: expected open (found: closed)\n"},
      {"version: 1\n"
       "lead_policy: { default: { while: [new, sold] } }\n",
       "r.yaml:2:40: lead_policy.default.while: a closed lead takes no messages; see when_closed (found: sold)\n"},
      {"version: 1\n"
       "lead_policy: { default: { while: contact } }\n",
       "r.yaml:2:34: lead_policy.default.while: expected one of new, contacted, qualified, in_negotiation, prepayment, sold, "
       "lost; did you mean contacted? (found: contact)\n"},
      {"version: 1\n"
       "lead_policy: { default: { while: [] } }\n",
       "r.yaml:2:34: lead_policy.default.while: name at least one stage, or leave it out for every open stage\n"},
      {"version: 1\n"
       "lead_policy: { viber: { window: 60 } }\n",
       "r.yaml:2:33: lead_policy.viber.window: expected unlimited or a length of time like 60m or 14d (found: 60)\n"},
      {"version: 1\n"
       "lead_policy: { viber: { window: 0m } }\n",
       "r.yaml:2:33: lead_policy.viber.window: expected unlimited or a length of time like 60m or 14d (found: 0m)\n"},
      {"version: 1\n"
       "lead_policy: { viber: { when_closed: reopen } }\n",
       "r.yaml:2:38: lead_policy.viber.when_closed: expected new or {reopen_within: 14d} (found: reopen)\n"},
      {"version: 1\n"
       "lead_policy: { viber: { when_closed: { reopen: 14d } } }\n",
       "r.yaml:2:40: lead_policy.viber.when_closed: unknown key (found: reopen)\n"},
      {"version: 1\n"
       "lead_policy: { viber: { when_closed: { reopen_within: soon } } }\n",
       "r.yaml:2:55: lead_policy.viber.when_closed.reopen_within: expected a length of time like 60m or 14d (found: soon)\n"},
      {"version: 1\n"
       "lead_policy: { viber: { anchor: created, windw: 5m } }\n",
       "r.yaml:2:25: lead_policy.viber: anchor is not known to this version yet (found: anchor)\n"
       "r.yaml:2:42: lead_policy.viber: unknown key; did you mean window? (found: windw)\n"},
      {"version: 1\n"
       "rules: {}\n",
       "r.yaml:2:8: rules: expected a list\n"},
      {teams + "rules:\n"
               "  - korea\n",
       "r.yaml:6:5: rule: expected a map with name, when, then (found: korea)\n"},
      {teams + "rules:\n"
               "  - then: {}\n",
       "r.yaml:6:5: rule: name is missing\n"},
      {teams + "rules:\n"
               "  - name: a\n",
       "r.yaml:6:5: rule \"a\": then is missing\n"},
      {teams + "rules:\n"
               "  - { name: a, then: {} }\n"
               "  - { name: a, then: {} }\n",
       "r.yaml:7:13: rule.name: line 6 has the same name (found: a)\n"},
      {teams + "rules:\n"
               "  - { name: \" a\", then: {} }\n",
       "r.yaml:6:13: rule.name: a name has 1 to 100 bytes, no blank at its ends (found:  a)\n"},
      {teams + "rules:\n"
               "  - { nam: a, thn: {} }\n",
       "r.yaml:6:5: rule: name is missing\n"
       "r.yaml:6:5: rule: then is missing\n"
       "r.yaml:6:7: rule: unknown key; did you mean name? (found: nam)\n"
       "r.yaml:6:15: rule: unknown key; did you mean then? (found: thn)\n"},
      {rule + "    then: { team: slaes }\n",
       "r.yaml:7:19: rule \"a\": then.team: there is no such team; did you mean sales? (found: slaes)\n"},
      {rule + "    then: { strategy: workload }\n",
       "r.yaml:7:23: rule \"a\": then.strategy: needs a team to choose from (found: workload)\n"},
      {rule + "    then: { skills: korea }\n", "r.yaml:7:21: rule \"a\": then.skills: needs a team that has them\n"},
      {rule + "    then: { team: sales, strategy: wrkload }\n",
       "r.yaml:7:36: rule \"a\": then.strategy: expected one of round_robin, workload, manual; did you mean workload? (found: "
       "wrkload)\n"},
      {rule + "    then: { team: sales, strategy: { sticky: { within: 90d, else: workload } } }\n",
       "r.yaml:7:36: rule \"a\": then.strategy: sticky is not known to this version yet (found: sticky)\n"},
      {rule + "    then: { team: sales, strategy: vehicle_manager }\n",
       "r.yaml:7:36: rule \"a\": then.strategy: vehicle_manager is not known to this version yet (found: vehicle_manager)\n"},
      {rule + "    then: { team: sales, strategy: [workload] }\n", "r.yaml:7:36: rule \"a\": then.strategy: expected text\n"},
      {rule + "    then: { intent: bye }\n",
       "r.yaml:7:21: rule \"a\": then.intent: expected one of buy, sell, service_inquiry, other; did you mean buy? (found: "
       "bye)\n"},
      {rule + "    then: { priority: 101 }\n",
       "r.yaml:7:23: rule \"a\": then.priority: expected a whole number from 0 to 100 (found: 101)\n"},
      {rule + "    then: { priority: high }\n",
       "r.yaml:7:23: rule \"a\": then.priority: expected a whole number from 0 to 100 (found: high)\n"},
      {rule + "    then: { priorty: 5, task: { due: 15m } }\n",
       "r.yaml:7:13: rule \"a\": then: unknown key; did you mean priority? (found: priorty)\n"
       "r.yaml:7:31: rule \"a\": then.task: title is missing\n"},
      {rule + "    then: { pipeline: [a] }\n", "r.yaml:7:23: rule \"a\": then.pipeline: expected text\n"},
      {rule + "    then: { tags: [\"\"] }\n", "r.yaml:7:20: rule \"a\": then.tags: expected text\n"},
      {rule + "    when: [viber]\n"
              "    then: {}\n",
       "r.yaml:7:11: rule \"a\": when: expected a map with " + conditions + "\n"},
      {rule + "    when: { chanel: viber }\n"
              "    then: {}\n",
       "r.yaml:7:13: rule \"a\": when: unknown key; did you mean channel? (found: chanel)\n"},
      {rule + "    when: { lead: { stage: new } }\n"
              "    then: {}\n",
       "r.yaml:7:13: rule \"a\": when: lead is not known to this version yet (found: lead)\n"},
      {rule + "    when: { channel: [viber, ~] }\n"
              "    then: {}\n",
       "r.yaml:7:30: rule \"a\": when.channel: expected text\n"},
      {rule + "    when: { kind: mesage }\n"
              "    then: {}\n",
       "r.yaml:7:19: rule \"a\": when.kind: expected one of message, status, conversation_opened, subscribed, unsubscribed, "
       "message_edited, message_deleted, reaction, identity_changed, activity, call, customer, exchange, order, order_handed, "
       "send_outcome, unparsed, vehicle; did you mean message? (found: mesage)\n"},
      {rule + "    when: { type: [text, picture] }\n"
              "    then: {}\n",
       "r.yaml:7:26: rule \"a\": when.type: expected one of text, photo, file, voice_note, video, sticker, location, contact, "
       "system, unsupported (found: picture)\n"},
      {rule + "    when: { language: ukrainian language }\n"
              "    then: {}\n",
       "r.yaml:7:23: rule \"a\": when.language: expected a language tag like uk or en-gb (found: ukrainian language)\n"},
      {rule + "    when: { customer: { known: yes } }\n"
              "    then: {}\n",
       "r.yaml:7:32: rule \"a\": when.customer.known: expected true or false (found: yes)\n"},
      {rule + "    when: { customer: known }\n"
              "    then: {}\n",
       "r.yaml:7:23: rule \"a\": when.customer: expected a map with known, has_open_lead (found: known)\n"},
      {rule + "    when: { customer: { knwn: true, tags: vip } }\n"
              "    then: {}\n",
       "r.yaml:7:25: rule \"a\": when.customer: unknown key; did you mean known? (found: knwn)\n"
       "r.yaml:7:37: rule \"a\": when.customer: tags is not known to this version yet (found: tags)\n"},
      {rule + "    when: { text: корея }\n"
              "    then: {}\n",
       "r.yaml:7:19: rule \"a\": when.text: expected a map with words, matches (found: корея)\n"},
      {rule + "    when: { text: { word: корея } }\n"
              "    then: {}\n",
       "r.yaml:7:21: rule \"a\": when.text: unknown key; did you mean words? (found: word)\n"},
      {rule + "    when: { text: { words: [\"!\", \"a b c d e f g h i j k\"] } }\n"
              "    then: {}\n",
       "r.yaml:7:29: rule \"a\": when.text.words: expected a word or a phrase of at most 10 words (found: !)\n"
       "r.yaml:7:34: rule \"a\": when.text.words: expected a word or a phrase of at most 10 words (found: a b c d e f g h i j "
       "k)\n"},
      {rule + "    when: { text: { matches: \"(a\" } }\n"
              "    then: {}\n",
       "r.yaml:7:30: rule \"a\": when.text.matches: not a pattern RE2 takes: missing ): (a (found: (a)\n"},
      {rule + "    when: { text: { matches: \"a(?=b)\" } }\n"
              "    then: {}\n",
       "r.yaml:7:30: rule \"a\": when.text.matches: not a pattern RE2 takes: invalid perl operator: (?= (found: a(?=b))\n"},
      {rule + "    when: { text: { matches: '\\bкредит\\b' } }\n"
              "    then: {}\n",
       "r.yaml:7:30: rule \"a\": when.text.matches: \\b knows only the letters a to z here, so it is wrong beside other letters; "
       "use words (found: \\bкредит\\b)\n"},
      {rule + "    when: { text: { matches: 'ціна \\w+' } }\n"
              "    then: {}\n",
       "r.yaml:7:30: rule \"a\": when.text.matches: \\w knows only the letters a to z here, so it is wrong beside other letters; "
       "use words (found: ціна \\w+)\n"},
      {rule + "    when: { text: { matches: '\\p{Cyrillic}+\\W' } }\n"
              "    then: {}\n",
       "r.yaml:7:30: rule \"a\": when.text.matches: \\W knows only the letters a to z here, so it is wrong beside other letters; "
       "use words (found: \\p{Cyrillic}+\\W)\n"},
      {rule + "    when: { text: { matches: '[[:word:]]є' } }\n"
              "    then: {}\n",
       "r.yaml:7:30: rule \"a\": when.text.matches: [[:word:]] knows only the letters a to z here, so it is wrong beside other "
       "letters; use words (found: [[:word:]]є)\n"},
      {rule + "    when: { text: { matches: \"((a{100}){100}){100}\" } }\n"
              "    then: {}\n",
       "r.yaml:7:30: rule \"a\": when.text.matches: not a pattern RE2 takes: invalid repetition size: {100} (found: "
       "((a{100}){100}){100})\n"},
      {rule + "    when: { all: viber }\n"
              "    then: {}\n",
       "r.yaml:7:18: rule \"a\": when.all: expected a list of conditions (found: viber)\n"},
      {rule + "    when: { any: [viber, ~] }\n"
              "    then: {}\n",
       "r.yaml:7:19: rule \"a\": when.any: expected a map with " + conditions +
           " (found: viber)\n"
           "r.yaml:7:26: rule \"a\": when.any: expected a condition\n"},
      {rule + "    when: { not: [{ channel: viber }] }\n"
              "    then: {}\n",
       "r.yaml:7:18: rule \"a\": when.not: expected a map with " + conditions + "\n"},
      {rule + "    when: { not: { any: [{ all: [{ chanel: x }] }] } }\n"
              "    then: {}\n",
       "r.yaml:7:36: rule \"a\": when.not.any.all: unknown key; did you mean channel? (found: chanel)\n"},
      {teams + "hot_leads: { add: 4 }\n", "r.yaml:5:12: hot_leads: expected a list\n"},
      {teams + "hot_leads:\n"
               "  - { when: { channel: viber } }\n"
               "  - { add: 101 }\n"
               "  - { ad: 5 }\n",
       "r.yaml:6:5: hot_leads: add is missing\n"
       "r.yaml:7:12: hot_leads.add: expected a whole number from -100 to 100 (found: 101)\n"
       "r.yaml:8:5: hot_leads: add is missing\n"
       "r.yaml:8:7: hot_leads: unknown key; did you mean add? (found: ad)\n"},
      {"version: 1\n"
       "teams: &t { sales: {} }\n",
       "r.yaml:2:8: anchors (&) are not allowed here; write the value out where it is needed\n"},
      {"version: 1\n"
       "rules: [\n",
       "r.yaml:3:1: not YAML: end of sequence flow not found\n"},
      {teams + "rules:\n"
               "  - { name: a, when: { chanel: x, type: pic }, then: { team: slaes, priority: 200 } }\n"
               "  - { name: a, then: { intent: bye } }\n"
               "hot_leads: [{ add: x }]\n",
       "r.yaml:6:24: rule \"a\": when: unknown key; did you mean channel? (found: chanel)\n"
       "r.yaml:6:41: rule \"a\": when.type: expected one of text, photo, file, voice_note, video, sticker, location, contact, "
       "system, unsupported (found: pic)\n"
       "r.yaml:6:62: rule \"a\": then.team: there is no such team; did you mean sales? (found: slaes)\n"
       "r.yaml:6:79: rule \"a\": then.priority: expected a whole number from 0 to 100 (found: 200)\n"
       "r.yaml:7:13: rule.name: line 6 has the same name (found: a)\n"
       "r.yaml:7:32: rule \"a\": then.intent: expected one of buy, sell, service_inquiry, other; did you mean buy? (found: bye)\n"
       "r.yaml:8:20: hot_leads.add: expected a whole number from -100 to 100 (found: x)\n"},
  };
  for (const auto& row : table) EXPECT_EQ(problems_of(row.yaml), row.told) << row.yaml;
}

}  // namespace
