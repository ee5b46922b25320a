#pragma once
// What the tests of replays share: traffic on every channel, hubctl beside a running hub, and digests of the tables.

#include "hub/ctl/activity_player.hpp"
#include "hub/ctl/messenger_players.hpp"
#include "hub/ctl/viber_player.hpp"
#include "hub/message/json.hpp"
#include "tests/fault/campaign.hpp"
#include "tests/support/process.hpp"
#include "tests/support/running_hub.hpp"

#include <gtest/gtest.h>
#include <boost/json/object.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace test_support {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

inline constexpr const char* secret = "secret of the test";

struct body {
  std::string path, header, proof, text;
};

inline body viber(const std::string& text) {
  return {"/webhooks/viber/main", "X-Viber-Content-Signature", hub::ctl::sign(secret, text), text};
}
inline body whatsapp(const std::string& text) {
  return {"/webhooks/whatsapp/main", "X-Hub-Signature-256", "sha256=" + hub::ctl::sign(secret, text), text};
}
inline body telegram(const std::string& text) {
  return {"/webhooks/telegram/main", "X-Telegram-Bot-Api-Secret-Token", "shown", text};
}
inline body activity(const std::string& text) {
  return {"/webhooks/activity/main", "X-Leadyard-Signature", hub::ctl::sign(secret, text), text};
}

/// What the platform sent in the recorded cases: edits, reactions, deleted messages, receipts, things no parser knows.
inline std::vector<std::string> recorded(const std::string& channel) {
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(LEADYARD_SOURCE_DIR "/tests/contract/" + channel)) {
    const auto name = file.path().filename().string();
    if (name.ends_with(".json") && !name.ends_with(".expected.json")) files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> bodies;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    bodies.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return bodies;
}

/// Customers on every channel.
inline std::vector<body> stories(std::uint64_t seed) {
  hub::ctl::story_options story;
  story.seed = seed;
  story.customers = static_cast<std::size_t>(campaign(12, 200));
  story.start = story_begins();
  story.step = 1s;  // WhatsApp and Telegram tell whole seconds
  story.media_url = "http://127.0.0.1:1";
  std::vector<body> all;
  for (auto& told : hub::ctl::tell_stories(story)) {
    all.push_back(viber(hub::ctl::viber_body(told)));
    // Other people on the other messengers.
    told.who.id = "REVNTy" + told.who.id;
    if (const auto text = hub::ctl::whatsapp_body(told, "108888000000001"); !text.empty()) all.push_back(whatsapp(text));
    if (const auto text = hub::ctl::telegram_body(told); !text.empty()) all.push_back(telegram(text));
  }
  for (const auto& told : hub::ctl::tell_visits({.seed = seed, .companies = 8, .start = story_begins()}))
    all.push_back(activity(hub::ctl::activity_body(told)));
  return all;
}

/// And every recorded case.
inline std::vector<body> mixed_traffic(std::uint64_t seed) {
  auto all = stories(seed);
  for (const auto& text : recorded("telegram")) all.push_back(telegram(text));
  for (const auto& text : recorded("whatsapp")) all.push_back(whatsapp(text));
  for (const auto& text : recorded("viber")) all.push_back(viber(text));
  return all;
}

// The same whatever numbers the rows have; what is sealed anew is left out.
inline constexpr auto comparable = R"(
  select 'identity', space, external_id, account, subscribed::text, extract(epoch from read_up_to)::text ||
      coalesce((select first_name || last_name from customer c where c.id = customer_id), 'nobody') from identity
  union all select 'message', event_key, type::text, content, extract(epoch from sent_at)::text,
      status::text || ' ' || coalesce((details - 'sealed_id')::text, '') from message
  union all select 'lead', source_channel::text, intent::text, stage::text, extract(epoch from created_at)::text, pipeline
      from lead
  union all select 'file', event_key, part, type::text, file_name, coalesce(claimed_size::text, '') from media_fetch
  union all select 'activity', event_key, activity, data::text, value::text, currency::text from activity
  union all select 'change', platform_id, kind::text, by_whom, content, extract(epoch from at)::text from message_change
  union all select 'receipt', platform_id, status::text, extract(epoch from delivered_at)::text,
      extract(epoch from read_at)::text, extract(epoch from failed_at)::text || coalesce(reason, '') from receipt
  order by 1, 2, 3, 4, 5)";

struct told {
  int code = 0;
  std::string text;

  std::int64_t operator[](const std::string& name) const {
    const auto parsed = hub::message::parse_json(text);
    const auto* fields = parsed ? parsed->if_object() : nullptr;
    const auto* value = fields ? fields->if_contains(name) : nullptr;
    return value && value->is_int64() ? value->get_int64() : value && value->is_uint64() ? std::int64_t(value->get_uint64()) : -1;
  }
};

class replay_fixture : public testing::Test {
 protected:
  static hub_options options() {
    hub_options made;
    made.settings = {{"HUB__INGEST__SHARDS", "1"},
                     {"HUB__PRIVACY__FINGERPRINT_KEY", "fingerprint key of the test"},
                     {"HUB__CONNECTORS__VIBER__MAIN__AUTH_TOKEN", secret},
                     {"HUB__CONNECTORS__ACTIVITY__MAIN__SECRET", secret},
                     {"HUB__CONNECTORS__WHATSAPP__MAIN__PHONE_NUMBER_ID", "108888000000001"},
                     {"HUB__CONNECTORS__WHATSAPP__MAIN__APP_SECRET", secret},
                     {"HUB__CONNECTORS__WHATSAPP__MAIN__VERIFY_TOKEN", "x"},
                     {"HUB__CONNECTORS__WHATSAPP__MAIN__ACCESS_TOKEN", "x"},
                     {"HUB__CONNECTORS__TELEGRAM__MAIN__BOT_TOKEN", "1:x"},
                     {"HUB__CONNECTORS__TELEGRAM__MAIN__SECRET_TOKEN", "shown"}};
    return made;
  }

  /// Delivers them one after the other, and waits for a last message: there is one queue.
  static void take_in(running_hub& hub, const std::vector<body>& bodies) {
    auto platform = hub.webhook();
    const auto send = [&](const body& one) {
      const auto got = platform.ask("POST", one.path, {{one.header, one.proof}, {"Content-Type", "application/json"}}, one.text);
      ASSERT_EQ(got.status, 200) << one.path << " " << got.body << one.text;
    };
    for (const auto& one : bodies) send(one);
    static std::uint64_t last_token = 6'300'000'000'000'000'000;
    hub::ctl::viber_event last;
    last.token = ++last_token;
    last.who = hub::ctl::invent_person(99, 1);
    last.time = story_begins();
    last.content.text = "Дякую";
    send(viber(hub::ctl::viber_body(last)));
    ASSERT_TRUE(hub.wait_for("select count(*) from event_key where key = 'viber:main:message:" + std::to_string(last.token) + "'",
                             "1", 60s))
        << hub.log("hub-worker.1");
  }

  static told hubctl(const running_hub& hub, std::vector<std::string> arguments) {
    test_support::process::options how;
    how.arguments = std::move(arguments);
    how.environment = hub.environment();
    how.directory = LEADYARD_SOURCE_DIR;
    const auto done = test_support::run("hubctl", how, 180s);
    return {done.exit_code, done.output};
  }

  static std::int64_t count(const running_hub& hub, const std::string& what) {
    return std::stoll(hub.ask("select count(*) from " + what));
  }

  /// One line a table. What a replay writes down about itself, jobs and their tries are left out; `exact`: also when a
  /// message's row was last written, and when a file's.
  /// Of what was said and done: not of jobs, news to consoles and the words for searching.
  static std::string digest(const running_hub& hub, bool exact = true) {
    std::string sql;
    std::istringstream tables(
        hub.ask("select table_name from information_schema.tables where table_schema = 'hub' and table_type = 'BASE TABLE'"
                " and table_name not in ('audit', 'timer', 'suspect', 'notification', 'hub_state', 'live_change', 'live_life',"
                " 'message_word') order by 1"));
    for (std::string name; tables >> name;) {
      std::string left_out = "'{}'::text[]";
      if (name == "media_fetch")
        left_out = "'{state,attempts,next_attempt_at,taken_by,taken_until,reason,created_at,updated_at}'::text[]";
      else if (name == "message" && !exact)
        left_out = "'{updated_at}'::text[]";
      sql += (sql.empty() ? "" : " union all ") + std::string("select '") + name +
             "', count(*), md5(string_agg(row, E'\\n' order by row)) from (select (to_jsonb(t) - " + left_out +
             ")::text as row from " + name + " t) " + name;
    }
    return hub.ask(sql + " order by 1");
  }
};

}  // namespace test_support
