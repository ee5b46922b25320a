// Kept events run through again, with the real connector, worker and hubctl: a whole day of every channel changes no row;
// content that an older version wrote is shown and mended; what a restore lost comes back; and nothing of it twice.

#include "tests/fault/replay_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using testing::HasSubstr;
using testing::Not;

class replay : public replay_fixture {};

TEST_F(replay, of_everything_that_is_kept_changes_no_row) {
  running_hub hub(options());
  take_in(hub, mixed_traffic(campaign_seed(31)));
  for (const auto* channel : {"viber", "whatsapp", "telegram", "activity"})
    EXPECT_GT(count(hub, "event_body where body like '%/connectors/" + std::string(channel) + "/main%'"), 0) << channel;
  for (const auto* kind : {"message", "message_edited", "message_deleted", "reaction", "status", "subscribed", "activity"})
    EXPECT_GT(count(hub, "event_key where kind = '" + std::string(kind) + "'"), 0) << kind;
  const auto kept = count(hub, "event_body");
  const auto before = digest(hub);

  const auto compared = hubctl(hub, {"replay", "--from", "2026-01-01", "--dry-run", "--json", "--rate", "5000"});
  EXPECT_EQ(compared.code, 0) << compared.text;
  EXPECT_EQ(compared["events"], kept);
  EXPECT_EQ(compared["unchanged"], kept) << compared.text;
  EXPECT_EQ(compared["differing"], 0);
  EXPECT_EQ(compared["unknown"], 0);
  EXPECT_EQ(compared["leads"], count(hub,
                                     "(select distinct lead_id from message where lead_id is not null union"
                                     " select lead_id from activity) w"));
  EXPECT_EQ(digest(hub), before);

  // Through the queue and the worker once more.
  const auto again = hubctl(hub, {"replay", "--from", "2026-01-01", "--resend", "--yes", "--json", "--rate", "5000"});
  EXPECT_EQ(again.code, 0) << again.text;
  EXPECT_EQ(again["resent"], kept);
  const auto dropped = [&] {
    const auto metrics = hub.admin("hub-worker.1", "/metrics").body;
    const std::string name = "hub_messages_processed_total{outcome=\"duplicate\"} ";
    const auto at = metrics.find(name);
    return at == std::string::npos ? 0 : static_cast<std::int64_t>(std::strtod(metrics.c_str() + at + name.size(), nullptr));
  };
  EXPECT_TRUE(wait_until([&] { return dropped() >= kept; }, 60s)) << dropped() << " of " << kept;
  EXPECT_EQ(digest(hub), before);
  EXPECT_EQ(hub.ask("select details ->> 'resend' from audit where action = 'replay'"), "true");
  std::cout << "replayed " << kept << " events; no row changed\n";

  // Filters ask the same tables.
  const auto events_of = [&](std::vector<std::string> filters) {
    filters.insert(filters.begin(), {"replay", "--from", "2026-01-01", "--dry-run", "--json", "--rate", "5000"});
    return hubctl(hub, filters)["events"];
  };
  EXPECT_EQ(events_of({"--channel", "viber"}), count(hub, "event_body where body like '%\"source\":\"/connectors/viber/%'"));
  EXPECT_EQ(events_of({"--kind", "status"}), count(hub, "event_key where kind = 'status'"));
  EXPECT_EQ(events_of({"--kind", "activity", "--channel", "viber"}), -1) << "no events";
  EXPECT_EQ(events_of({"--limit", "3"}), 3);
  const auto lead = hub.ask("select lead_id from message where lead_id is not null group by 1 order by count(*) desc, 1 limit 1");
  EXPECT_EQ(events_of({"--lead", lead}), count(hub, "message where lead_id = " + lead));
  const auto customer = hub.ask("select customer_id from lead where id = " + lead);
  EXPECT_GE(events_of({"--customer", customer}), count(hub, "message where customer_id = " + customer));
  const auto conversation = hub.ask("select body::jsonb ->> 'subject' from event_body order by received_at limit 1");
  EXPECT_EQ(events_of({"--conversation", conversation}),
            count(hub, "event_body where body::jsonb ->> 'subject' = '" + conversation + "'"));
}

TEST_F(replay, shows_what_an_older_version_wrote_otherwise_and_mends_it_after_a_yes) {
  running_hub hub(options());
  take_in(hub, mixed_traffic(32));
  const auto exact = digest(hub);
  const auto before = digest(hub, false);
  const auto text_key =
      hub.ask("select event_key from message where type = 'text' and channel = 'viber' and content <> '' limit 1");
  const auto file_key = hub.ask("select event_key from media_fetch where file_name <> '' limit 1");
  const auto photo_key = hub.ask("select event_key from media_fetch where event_key <> '" + file_key + "' limit 1");
  const auto group_key = hub.ask("select event_key from message where details ->> 'group' <> '' and event_key not in ('" +
                                 file_key + "', '" + photo_key + "') limit 1");
  const auto site_key = hub.ask("select event_key from activity where data <> '{}' limit 1");
  hub.ask("update message set content = 'Ð¡Ð»Ð¾Ð²Ð°' where event_key = '" + text_key + "' returning id");
  hub.ask("update message set details = details - 'group', type = 'unsupported' where event_key = '" + group_key +
          "' returning id");
  hub.ask("update media_fetch set file_name = 'noname' where event_key = '" + file_key + "' returning part");
  hub.ask("delete from media_fetch where event_key = '" + photo_key + "' returning part");
  hub.ask("update activity set data = '{}' where event_key = '" + site_key + "' returning id");
  hub.ask("update message_change set content = '', location = null where kind = 'edited' returning platform_id");
  const auto edits = count(hub, "message_change where kind = 'edited'");
  const auto wrong = digest(hub);
  ASSERT_NE(wrong, exact);

  const auto shown = hubctl(hub, {"replay", text_key, "--dry-run", "--show"});
  EXPECT_EQ(shown.code, 0) << shown.text;
  EXPECT_THAT(shown.text, HasSubstr("1 kept event of 1 customer and 1 lead:"));
  EXPECT_THAT(shown.text, HasSubstr("Ð¡Ð»Ð¾Ð²Ð°"));
  EXPECT_THAT(shown.text, HasSubstr("would get other content: text 1"));
  const auto quiet = hubctl(hub, {"replay", text_key, "--dry-run"});
  EXPECT_THAT(quiet.text, Not(HasSubstr("Ð¡Ð»Ð¾Ð²Ð°"))) << "only --show says what customers wrote";

  const auto unasked = hubctl(hub, {"replay", "--from", "2026-01-01", "--rate", "5000"});
  EXPECT_EQ(unasked.code, 1) << unasked.text;
  EXPECT_THAT(unasked.text, HasSubstr("Nothing was changed; --yes answers for you."));
  EXPECT_EQ(digest(hub), wrong);
  EXPECT_EQ(count(hub, "audit where action like 'replay%'"), 0);

  const auto mended = hubctl(hub, {"replay", "--from", "2026-01-01", "--yes", "--json", "--rate", "5000"});
  EXPECT_EQ(mended.code, 0) << mended.text;
  EXPECT_GE(mended["updated"], 5 + 1);
  EXPECT_LE(mended["updated"], 5 + edits);
  EXPECT_EQ(mended["unknown"], 0);
  // Every table: leads, owners, stages and histories with the times they had.
  EXPECT_EQ(digest(hub, false), before);
  EXPECT_EQ(count(hub, "audit where action = 'replay_content' and details ->> 'by' like '%with hubctl'"), mended["updated"]);
  EXPECT_EQ(hub.ask("select details -> 'columns' from audit where details ->> 'event_key' = '" + text_key + "'"), "[\"text\"]");
  EXPECT_EQ(hub.ask("select subject = 'message:' || (select id from message where event_key = '" + text_key +
                    "') from audit where details ->> 'event_key' = '" + text_key + "'"),
            "t");

  const auto again = hubctl(hub, {"replay", "--from", "2026-01-01", "--yes", "--rate", "5000"});
  EXPECT_EQ(again.code, 0) << again.text;
  EXPECT_THAT(again.text, HasSubstr("Nothing to do."));
}

TEST_F(replay, may_be_killed_and_run_again) {
  running_hub hub(options());
  std::vector<body> bodies;
  for (std::uint64_t n = 1; n <= 60; ++n) {
    hub::ctl::viber_event wrote;
    wrote.token = 6'200'000'000'000'000'000 + n;
    wrote.who = hub::ctl::invent_person(97, n % 7);
    wrote.time = story_begins() + std::chrono::seconds(n);
    wrote.content.text = "Текст " + std::to_string(n);
    bodies.push_back(viber(hub::ctl::viber_body(wrote)));
  }
  take_in(hub, bodies);
  hub.ask("update message set content = 'old' returning id");
  const std::string lost = "viber:main:message:6200000000000000060";
  hub.ask("with m as (delete from message where event_key = '" + lost +
          "' returning id)"
          " delete from event_key where key = '" +
          lost + "' returning key");
  test_support::process::options how;
  how.arguments = {"replay", "--from", "2026-01-01", "--yes", "--rate", "50"};
  how.environment = hub.environment();
  how.directory = LEADYARD_SOURCE_DIR;
  how.output = hub.home() + "/replay.log";
  test_support::process first("hubctl", how);
  ASSERT_TRUE(hub.wait_for("select count(*) >= 5 from audit where action = 'replay_content'", "t", 30s)) << hub.log("replay");
  ASSERT_TRUE(first.kill(SIGKILL));
  first.wait(10s);
  const auto half = count(hub, "audit where action = 'replay_content'");
  ASSERT_LT(half, 60);
  EXPECT_EQ(count(hub, "message where content <> 'old'"), half) << "a row and its audit come together";

  const auto again = hubctl(hub, {"replay", "--from", "2026-01-01", "--yes", "--json", "--rate", "5000"});
  EXPECT_EQ(again.code, 0) << again.text;
  EXPECT_EQ(again["updated"], 60 - half);
  EXPECT_EQ(again["arrived"], 1);
  EXPECT_EQ(count(hub, "audit where action = 'replay_content'"), 60);
  EXPECT_EQ(count(hub, "message where content = 'old'"), 0);
  EXPECT_EQ(count(hub, "message"), 61);
  EXPECT_EQ(hubctl(hub, {"replay", "--from", "2026-01-01", "--dry-run", "--json"})["unchanged"], 61);
}

TEST_F(replay, leaves_what_decides_where_a_message_belongs) {
  running_hub hub(options());
  take_in(hub, {});
  const auto key = hub.ask("select event_key from message");
  hub.ask("update message set sent_at = sent_at - interval '1 hour', direction = 'outgoing', content = 'old' returning id");
  const auto rows = [&] { return hub.ask("select sent_at, direction, lead_id, customer_id from message"); };
  const auto leads = [&] { return hub.ask("select to_jsonb(l) from lead l"); };
  const auto before = rows() + leads();
  const auto mended = hubctl(hub, {"replay", key, "--yes"});
  EXPECT_EQ(mended.code, 0) << mended.text;
  EXPECT_THAT(mended.text, HasSubstr("a replay never changes it: direction 1, time 1"));
  EXPECT_EQ(rows() + leads(), before);
  EXPECT_EQ(hub.ask("select content from message"), "Дякую");
}

TEST_F(replay, masks_kept_events_and_their_rows_once_the_settings_say_so) {
  running_hub hub(options());
  hub::ctl::viber_event wrote;
  wrote.token = 6'300'000'000'000'100'000;
  wrote.who = hub::ctl::invent_person(98, 1);
  wrote.time = story_begins();
  wrote.content.text = "Мій номер +380 00 000 00 01";
  take_in(hub, {viber(hub::ctl::viber_body(wrote))});
  const auto leads = hub.ask("select to_jsonb(l) from lead l order by id");
  hub.set("HUB__PRIVACY__TEXT", "mask");
  hub.restart("hub-connector");
  ASSERT_TRUE(hub.wait_until_ready()) << hub.log("hub-connector");
  const auto masked = hubctl(hub, {"replay", "--from", "2026-01-01", "--yes", "--json"});
  EXPECT_EQ(masked.code, 0) << masked.text;
  EXPECT_EQ(masked["updated"], 1);
  const std::string key = "viber:main:message:6300000000000100000";
  EXPECT_EQ(hub.ask("select content from message where event_key = '" + key + "'"), "Мій номер [number]");
  EXPECT_EQ(count(hub, "event_body where body like '%000 00%'"), 0) << "the kept event, too";
  EXPECT_EQ(hub.ask("select to_jsonb(l) from lead l order by id"), leads);
  EXPECT_EQ(hubctl(hub, {"replay", key, "--yes", "--json"})["unchanged"], 1);
}

TEST_F(replay, publishes_what_is_kept_and_not_in_the_database) {
  running_hub hub(options());
  take_in(hub, mixed_traffic(33));
  const auto keys = count(hub, "event_key"), bodies = count(hub, "event_body");
  const auto rows = hub.ask(comparable);
  const auto leads = count(hub, "lead");
  // A photo whose customer has written before: nobody is a stranger afterwards.
  const auto key = hub.ask(
      "select f.event_key from media_fetch f join message m on m.event_key = f.event_key"
      " where exists (select from message o where o.lead_id = m.lead_id and o.id < m.id) limit 1");
  hub.ask("with f as (delete from media_fetch where event_key = '" + key +
          "' returning event_key), m as (delete from message where"
          " event_key = '" +
          key + "' returning id) delete from event_key where key = '" + key + "' returning key");
  ASSERT_EQ(count(hub, "event_key"), keys - 1);

  const auto planned = hubctl(hub, {"replay", key, "--dry-run"});
  EXPECT_EQ(planned.code, 0) << planned.text;
  EXPECT_THAT(planned.text, HasSubstr("1  not in the database: would be published"));
  EXPECT_EQ(count(hub, "event_key"), keys - 1);
  const auto done = hubctl(hub, {"replay", "--from", "2026-01-01", "--yes", "--rate", "5000"});
  EXPECT_EQ(done.code, 0) << done.text;
  EXPECT_THAT(done.text, HasSubstr("1  in the database now"));
  EXPECT_EQ(count(hub, "event_key"), keys);
  EXPECT_EQ(count(hub, "event_body"), bodies) << "one kept event each";
  EXPECT_EQ(count(hub, "lead"), leads);
  EXPECT_EQ(hub.ask(comparable), rows);
  EXPECT_EQ(hub.ask("select details -> 'event_keys' from audit where action = 'replay_published'"), "[\"" + key + "\"]");
  EXPECT_EQ(hubctl(hub, {"replay", "--from", "2026-01-01", "--yes", "--json", "--rate", "5000"})["unchanged"], bodies);

  // Its key alone is gone: the message's own unique key refuses a second one.
  hub.ask("delete from event_key where key = '" + key + "' returning key");
  const auto torn = hubctl(hub, {"replay", key, "--yes"});
  EXPECT_EQ(torn.code, 1) << torn.text;
  EXPECT_THAT(torn.text, HasSubstr("1  refused: hub-worker: sqlstate 23505"));
  EXPECT_EQ(hub.ask(comparable), rows);
}

TEST_F(replay, of_a_file_gives_an_older_database_what_it_lacks) {
  const auto traffic = stories(34);
  const std::vector<body> first_half(traffic.begin(), traffic.begin() + static_cast<std::ptrdiff_t>(traffic.size() / 2));
  temp_dir files;
  const auto file = files / "events.jsonl";
  std::string rows;
  {
    running_hub lost(options());
    take_in(lost, traffic);
    std::ofstream(file) << lost.ask("select body from event_body order by received_at, key") << "\n";
    rows = lost.ask(comparable);
  }
  running_hub restored(options());
  take_in(restored, first_half);
  // Of the last message, which each of the two had of its own, only the lost one's is wanted.
  const auto known = count(restored, "event_body");
  const auto came = hubctl(restored, {"replay", "--file", file, "--yes", "--json", "--rate", "5000"});
  EXPECT_EQ(came.code, 0) << came.text;
  EXPECT_EQ(came["left_alone"], known - 1);
  EXPECT_EQ(came["arrived"], came["events"] - came["left_alone"]);
  EXPECT_EQ(came["differing"], 0);
  const auto own = restored.ask("select max(key) from event_key where key like 'viber:main:message:63%'");
  restored.ask("delete from message where event_key = '" + own + "' returning id");
  EXPECT_EQ(restored.ask(comparable), rows);
  const auto again = hubctl(restored, {"replay", "--file", file, "--yes"});
  EXPECT_EQ(again.code, 0) << again.text;
  EXPECT_THAT(again.text, HasSubstr("Nothing to do."));
}

TEST_F(replay, walks_through_any_number_of_events_each_of_them_once) {
  running_hub hub(options());
  take_in(hub, {});
  const auto copies = campaign(1'200, 100'000);
  // Many of one instant, over several days: pages end in the middle of both.
  const auto n = std::to_string(copies);
  hub.ask(
      "insert into event_body select received_at - n / 300 * interval '1 minute' - n % 3 * interval '1 day', key || n,"
      " replace(body, key, key || n) from event_body, generate_series(1, " +
      n + ") n returning 1");
  hub.ask(
      "insert into event_key (key, kind, time, received_at) select key, 'message', now(), received_at from event_body b"
      " where not exists (select from event_key k where k.key = b.key) returning 1");
  const auto before = digest(hub);
  const auto all = hubctl(hub, {"replay", "--from", "2026-01-01", "--yes", "--json", "--rate", "1000000"});
  EXPECT_EQ(all.code, 0) << all.text;
  EXPECT_EQ(all["events"], copies + 1);
  EXPECT_EQ(all["unchanged"], copies + 1);
  EXPECT_EQ(
      hubctl(hub, {"replay", "--from", "2026-01-01", "--dry-run", "--json", "--rate", "1000000", "--limit", "700"})["events"],
      700);
  temp_dir files;
  std::ofstream(files / "events") << hub.ask("select body from event_body order by md5(key)") << "\n";
  EXPECT_EQ(hubctl(hub, {"replay", "--file", files / "events", "--dry-run", "--json"})["left_alone"], copies + 1);
  std::ofstream(files / "broken") << hub.ask("select body from event_body limit 1") << "\n\n{\"specversion\": 1}\n";
  const auto broken = hubctl(hub, {"replay", "--file", files / "broken", "--yes"});
  EXPECT_EQ(broken.code, 1);
  EXPECT_THAT(broken.text, HasSubstr("broken:3: is no event that this version can read"));
  EXPECT_EQ(digest(hub), before);
}

TEST_F(replay, says_what_is_wrong_and_ends_with_the_documented_code) {
  running_hub hub(options());
  take_in(hub, {telegram("[]")});
  const auto expect = [&](std::vector<std::string> arguments, int code, const std::string& words) {
    arguments.insert(arguments.begin(), "replay");
    const auto got = hubctl(hub, arguments);
    EXPECT_EQ(got.code, code) << words << "\n" << got.text;
    EXPECT_THAT(got.text, HasSubstr(words));
  };
  expect({}, 2, "say which events: keys, --from TIME, or --file FILE");
  expect({"--to", "2026-11-20"}, 2, "say which events");
  expect({"--from", "yesterday"}, 2, "--from yesterday is no time; expected 2026-11-20");
  expect({"--from", "2026-11-21", "--to", "2026-11-20"}, 2, "--from is not before --to");
  expect({"--from", "2026-11-20", "--kind", "mesage"}, 2, "did you mean message?");
  expect({"--from", "2026-11-20", "--json"}, 2, "--json asks nobody");
  expect({"--from", "2026-11-20", "--rate", "0"}, 2, "--rate takes a number above 0");
  expect({"--from", "2026-11-20", "--lead", "0"}, 2, "--lead takes a number from 1");
  expect({"--from", "2026-11-20", "--colour"}, 2, "colour");
  expect({"key", "--from", "2026-11-20"}, 2, "keys say already which events");
  expect({"--from", "2026-01-01 10:00", "--to", "2026-01-02T10:00:00+02:00"}, 1,
         "no kept event matches: from 2026-01-01T10:00:00.000Z, to 2026-01-02T08:00:00.000Z");
  expect({"--from", "2026-01-01", "--lead", "4711"}, 1, "there is no lead 4711");
  expect({"--from", "2026-01-01", "--customer", "4711"}, 1, "there is no customer 4711");
  expect({"--file", "/nowhere/events.jsonl"}, 1, "cannot read /nowhere/events.jsonl");
  expect({"viber:main:message:1", "viber:main:message:2"}, 1, "no event with the key viber:main:message:1 is kept\n  no event");
  // What a parser refused is the quarantine's.
  expect({hub.ask("select event_key from quarantine")}, 1, "is in quarantine as entry 1, open: hubctl quarantine show");

  // One that this version cannot read, and one whose account is gone; the third is well.
  const auto key = hub.ask("select event_key from message");
  hub.ask(
      "insert into event_body select received_at, key || 'a', replace(replace(body, key, key || 'a'), '\"type\":\"text\"',"
      " '\"type\":\"hologram\"') from event_body returning key");
  hub.ask(
      "insert into event_body select received_at, key || 'b', replace(replace(body, key, key || 'b'), 'viber/main', "
      "'viber/other')"
      " from event_body where key = '" +
      key + "' returning key");
  const auto refused = hubctl(hub, {"replay", "--from", "2026-01-01", "--yes"});
  EXPECT_EQ(refused.code, 1) << refused.text;
  EXPECT_THAT(refused.text, HasSubstr("1  refused: this version cannot read it: data.type: expected one of text"));
  EXPECT_THAT(refused.text, HasSubstr("1  refused: no connector has an account viber/other"));
  EXPECT_THAT(refused.text, HasSubstr("1  unchanged"));
  EXPECT_EQ(count(hub, "event_key where kind = 'message'"), 1);
  hub.ask("delete from event_body where key <> '" + key + "' returning key");

  hub.ask("delete from event_body returning key");
  expect({key}, 1, "and its kept event is gone: retention.events says for how long");
  hub.connector().kill(SIGKILL);
  expect({"--from", "2026-01-01"}, 1, "no kept event matches");
}

TEST_F(replay, without_a_connector_ends_with_3_and_changes_nothing) {
  running_hub hub(options());
  take_in(hub, {});
  hub.ask("update message set content = 'old' returning id");
  hub.connector().kill(SIGKILL);
  ASSERT_TRUE(hub.connector().wait(10s));
  const auto got = hubctl(hub, {"replay", "--from", "2026-01-01", "--yes"});
  EXPECT_EQ(got.code, 3) << got.text;
  EXPECT_THAT(got.text, HasSubstr("does not answer"));
  EXPECT_EQ(hub.ask("select content from message"), "old");
}

}  // namespace
