// hubctl trace against what the real connector and worker wrote: one event, the same hops by any of its ids.

#include "hub/ctl/viber_player.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"
#include "tests/support/process.hpp"
#include "tests/support/running_hub.hpp"
#include "workers/ingest/ingestor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* album_key = "viber:main:message:6214870800000000002";

struct told {
  int code = 0;
  std::string text;
};

class trace : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    hub_ = std::make_unique<test_support::running_hub>();
    std::vector<std::string> bodies;
    const auto add = [&](const char* name, std::uint64_t n, std::size_t person, const hub::ctl::viber_content& content) {
      hub::ctl::viber_event event;
      event.event = name;
      event.time = test_support::story_begins() + std::chrono::seconds(n);
      event.token = 6214870800000000000ULL + n;
      event.who = hub::ctl::invent_person(3, person);
      event.content = content;
      bodies.push_back(hub::ctl::viber_body(event));
    };
    add("message", 1, 0, {.text = "Секретний текст"});
    // A link that expired long ago: refused or expired, never stored.
    add("message", 2, 0, {.type = "picture", .media = "http://127.0.0.1:9/media/2.png?Expires=1794000000"});
    add("message", 3, 1, {.text = "Інша людина"});
    add("subscribed", 4, 1, {});
    add("delivered", 5, 1, {});
    ASSERT_EQ(hub_->deliver(bodies, {.connections = 1}).count(), bodies.size());
    ASSERT_TRUE(hub_->wait_for("select count(*) from event_key", "5", 20s)) << hub_->log("hub-worker.1");
    ASSERT_TRUE(hub_->wait_for("select count(*) from media_fetch where state <> 'pending'", "1", 20s))
        << hub_->log("hub-worker.1");
  }
  static void TearDownTestSuite() { hub_.reset(); }

  static told hubctl(std::vector<std::string> arguments) {
    test_support::process::options how;
    how.arguments = std::move(arguments);
    how.environment = hub_->environment();
    how.directory = LEADYARD_SOURCE_DIR;
    const auto done = test_support::run("hubctl", how);
    return {done.exit_code, done.output};
  }
  static std::string one(const std::string& sql) { return hub_->ask(sql); }

  /// The hops alone, and their names.
  static std::string hops(const std::string& id, std::vector<std::string>* names = nullptr) {
    const auto done = hubctl({"trace", id, "--json"});
    EXPECT_EQ(done.code, 0) << id << ": " << done.text;
    // A note about what else a number is stands before it, on the other stream.
    const auto from = done.text.find('{');
    if (from == std::string::npos) return done.text;
    const auto parsed = hub::message::parse_json(done.text.substr(from, done.text.find('\n', from) - from));
    if (!parsed) return done.text;
    const auto& list = parsed->as_object().at("hops").as_array();
    if (names)
      for (const auto& hop : list) names->emplace_back(hop.as_object().at("hop").as_string());
    return boost::json::serialize(list);
  }

  static inline std::unique_ptr<test_support::running_hub> hub_;
};

TEST_F(trace, prints_the_same_hops_by_every_id_of_an_event) {
  std::vector<std::string> names;
  const auto by_key = hops(album_key, &names);
  EXPECT_THAT(names,
              ElementsAre("happened", "received", "event", "processed", "customer", "lead", "assigned", "message", "media 0"));
  const auto message = one(std::string("select id from message where event_key = '") + album_key + "'");
  const auto trace_parent = one(std::string("select trace from event_key where key = '") + album_key + "'");
  EXPECT_EQ(hops("6214870800000000002"), by_key) << "platform id";
  EXPECT_EQ(hops("message:" + message), by_key);
  EXPECT_EQ(hops(message), by_key) << "a bare number is a message first";
  EXPECT_EQ(hops(trace_parent), by_key);
  EXPECT_EQ(hops(trace_parent.substr(3, 32)), by_key);
  EXPECT_EQ(hops(std::string("event:") + album_key), by_key);
}

TEST_F(trace, begins_a_lead_with_the_event_that_opened_it_and_names_the_others) {
  const auto lead = one("select lead_id from message where event_key = 'viber:main:message:6214870800000000001'");
  EXPECT_EQ(hops("lead:" + lead), hops("viber:main:message:6214870800000000001"));
  const auto shown = hubctl({"trace", "lead:" + lead});
  EXPECT_THAT(shown.text, HasSubstr("opened lead " + lead));
  EXPECT_THAT(shown.text, HasSubstr("1 more"));
  EXPECT_THAT(shown.text, HasSubstr(album_key));
  EXPECT_THAT(hubctl({"trace", "lead:" + lead, "--all"}).text, HasSubstr("joined lead " + lead));
}

TEST_F(trace, finds_the_event_of_a_stored_file) {
  const auto id = one(
      std::string("with file as (insert into media (file_path, file_type, uploaded_at, sha256, size)"
                  " values ('ab/cd', 'image/png', now(), repeat('a', 64), 7) returning id),"
                  " linked as (insert into message_media select m.id, '9', file.id from message m, file where m.event_key = '") +
      album_key + "') select id from file");
  EXPECT_EQ(hops("media:" + id), hops(album_key));
}

TEST_F(trace, follows_events_that_are_no_messages) {
  std::vector<std::string> names;
  hops("viber:main:subscribed:6214870800000000004", &names);
  EXPECT_THAT(names, ElementsAre("happened", "received", "event", "processed", "customer"));
  names.clear();
  const auto status = one("select key from event_key where kind = 'status'");
  hops(status, &names);
  EXPECT_THAT(names, ElementsAre("happened", "received", "event", "processed", "customer", "delivered"));
}

TEST_F(trace, follows_what_a_company_did_on_a_website) {
  const auto quote = test_support::activity_of(77, 6, "quote", "1250.50");
  workers::ingest::ingestor worker({.url = hub::secret(hub_->database_url()), .application_name = "test"}, hub::real_clock());
  const std::vector<workers::ingest::item> batch{{quote, hub::message::encode(quote)}};
  worker.process(batch);
  std::vector<std::string> names;
  const auto by_key = hops(quote.key, &names);
  EXPECT_THAT(names, ElementsAre("happened", "received", "event", "processed", "customer", "lead", "assigned", "activity"));
  EXPECT_THAT(by_key, HasSubstr("quote, worth 1250.50 USD"));
  EXPECT_EQ(hops("lead:" + one("select lead_id from activity where event_key = '" + quote.key + "'")), by_key);
}

TEST_F(trace, follows_what_was_told_of_a_call_to_its_row_its_task_and_its_recording) {
  workers::ingest::ingestor worker({.url = hub::secret(hub_->database_url()), .application_name = "test"}, hub::real_clock());
  const auto tell = [&](const std::string& hash, const hub::message::call_record& call) {
    hub::message::event e;
    e.channel = "ringostat";
    e.account = "main";
    e.key = "ringostat:main:call:1.1:" + hash;
    e.conversation = "call:ringostat:main:1.1";
    e.time = e.received_at = test_support::story_begins();
    e.trace = "00-4e7026478184468eebf9bc1c95a71231-0369ccff28adf4d6-01";
    e.data = call;
    const std::vector<workers::ingest::item> batch{{e, hub::message::encode(e)}};
    worker.process(batch);
    return e.key;
  };
  hub::message::call_record missed;
  missed.call_id = "1.1";
  missed.step = hub::message::call_step::missed;
  missed.direction = hub::message::call_direction::inbound;
  missed.customer = {{"fingerprint", "", "fp:11111111:" + std::string(64, 'a')}};
  missed.line = "Showroom";
  missed.started_at = test_support::story_begins();
  missed.ended_at = test_support::story_begins() + 20s;
  missed.waiting_seconds = 20;
  hub::message::call_record voice;
  voice.call_id = "1.1";
  voice.step = hub::message::call_step::recording_ready;
  voice.recording.emplace();
  voice.recording->part = "rec";
  voice.recording->type = hub::message::content_type::voice_note;
  voice.recording->reference = "sealed";
  const auto key = tell("a", missed), recording = tell("b", voice);
  // The media pool leaves alone what has ended.
  one("update media_fetch set state = 'expired', reason = 'gone' where call_id is not null returning 1");
  const auto call = one("select id from call_record"), lead = one("select lead_id from call_record");

  std::vector<std::string> names;
  const auto shown = hops(key, &names);
  EXPECT_THAT(names, ElementsAre("happened", "received", "event", "processed", "customer", "lead", "assigned", "call", "task",
                                 "media rec"));
  EXPECT_THAT(shown, HasSubstr("opened lead " + lead));
  EXPECT_THAT(shown, HasSubstr("call " + call + ", inbound, missed, waited 20 s, talked 0 s, line Showroom"));
  EXPECT_THAT(shown, HasSubstr("open: Call back"));
  EXPECT_EQ(hops("lead:" + lead), shown);
  EXPECT_EQ(hops("call:" + call), shown);
  EXPECT_THAT(hubctl({"trace", "call:" + call}).text, HasSubstr(recording));
  EXPECT_THAT(hops(recording), HasSubstr("call " + call + ", inbound, missed"));

  const auto listed = hubctl({"leads", lead});
  EXPECT_THAT(listed.text, HasSubstr("missed, waited 20 s, talked 0 s, line Showroom"));
  EXPECT_THAT(listed.text, Not(HasSubstr("fp:")));
}

TEST_F(trace, shows_what_customers_write_only_when_asked) {
  EXPECT_THAT(hubctl({"trace", "6214870800000000001"}).text, Not(HasSubstr("Секретний")));
  EXPECT_THAT(hubctl({"trace", "6214870800000000001", "--json"}).text, Not(HasSubstr("Секретний")));
  EXPECT_THAT(hubctl({"trace", "6214870800000000001", "--text"}).text, HasSubstr("Секретний текст"));
}

TEST_F(trace, says_that_it_does_not_know_an_id) {
  for (const char* id : {"viber:main:message:1", "lead:999999", "call:999999", "media:999999", "message:999999",
                         "123456789012345", "00000000000000000000000000000001", "'"}) {
    const auto done = hubctl({"trace", id});
    EXPECT_EQ(done.code, 1) << id;
    EXPECT_THAT(done.text, HasSubstr("is no event, message, call, lead, media or trace that the hub knows")) << id;
  }
  EXPECT_EQ(hubctl({"trace"}).code, 2);
}

}  // namespace
