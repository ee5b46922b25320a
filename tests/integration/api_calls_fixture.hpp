#pragma once
// Calls that ingest made of what a provider tells, beside the people of api_fixture.hpp. Ann's extension is 101.

#include "hub/message/codec.hpp"
#include "tests/integration/api_fixture.hpp"
#include "tests/support/events.hpp"
#include "workers/ingest/ingestor.hpp"
#include "workers/media/rows.hpp"

namespace hub::api {

using message::call_direction;
using message::call_disposition;
using message::call_record;
using message::call_source;
using message::call_step;
using message::event;
using testing::ElementsAre;

inline const auto ten = parse_rfc3339("2026-11-20T10:00:00Z").value();

class api_calls : public api {
 protected:
  void SetUp() override {
    hub_->run("truncate hub.call_record cascade");
    hub_->run("delete from hub.audit");
    hub_->run("update hub.staff set extension = '101' where name = 'ann'");
  }

  static db::connect_options options() { return {.url = secret(hub_->database_url), .application_name = "test"}; }

  static call_record told(const std::string& id, call_step step, instant at, char person) {
    call_record c;
    c.call_id = id;
    c.step = step;
    c.direction = call_direction::inbound;
    c.line = "Showroom";
    if (person) c.customer = {{"fingerprint", "", "fp:11111111:" + std::string(64, person)}};
    c.started_at = at;
    return c;
  }
  static void process(call_record c, instant at, const std::string& provider = "ringostat") {
    event e;
    e.channel = provider;
    e.account = "main";
    e.key = provider + ":main:call:" + c.call_id + ":" + std::to_string(++counter_);
    e.conversation = "call:" + provider + ":main:" + c.call_id;
    e.time = e.received_at = at;
    e.trace = "00-4e7026478184468eebf9bc1c95a71230-0369ccff28adf4d6-01";
    e.data = std::move(c);
    const std::vector<workers::ingest::item> batch{{e, message::encode(e)}};
    workers::ingest::ingestor(options(), real_clock()).process(batch);
  }
  static std::int64_t row_of(const std::string& id) {
    return hub_->number("select id from hub.call_record where call_id = $1", id);
  }
  static std::int64_t miss(const std::string& id, char person, instant at = ten) {
    auto c = told(id, call_step::missed, at, person);
    c.ended_at = at + 20s;
    c.waiting_seconds = 20;
    c.disposition = call_disposition::no_answer;
    process(c, at + 20s);
    return row_of(id);
  }
  static std::int64_t talk(const std::string& id, char person, instant at = ten, call_direction way = call_direction::inbound,
                           const std::string& provider = "ringostat") {
    auto c = told(id, call_step::ended, at, person);
    c.source = call_source::completed;
    c.direction = way;
    c.answered_at = at + 5s;
    c.ended_at = at + 65s;
    c.waiting_seconds = 5;
    c.talk_seconds = 60;
    c.manager = "101";
    c.disposition = call_disposition::answered;
    process(c, at + 65s, provider);
    return row_of(id);
  }
  static void record(const std::string& id) {
    call_record c;
    c.call_id = id;
    c.step = call_step::recording_ready;
    c.recording.emplace();
    c.recording->part = "rec";
    c.recording->type = message::content_type::voice_note;
    c.recording->reference = "sealed";
    process(c, ten + 90s);
  }
  static void store_recording() {
    auto file = hub_->with->media.begin();
    file.write("RIFF\x24\x00\x00\x00WAVEfmt of call " + std::to_string(++counter_));
    const auto kept = file.finish();
    workers::media::rows rows(options());
    const auto job = rows.take("test", 60s);
    ASSERT_TRUE(job);
    ASSERT_TRUE(rows.settle_stored(*job, kept));
  }
  /// The call's lead becomes somebody's.
  static void give(std::int64_t call, const std::string& owner) {
    hub_->run(
        "update hub.lead set manager_id = $2, assigned_at = now(), queued_at = null, queue_reason = null"
        " where id = (select lead_id from hub.call_record where id = $1)",
        call, staff_[owner]);
  }
  static std::string path(std::int64_t call) { return "/api/v1/calls/" + std::to_string(call); }
  static std::vector<std::int64_t> listed(const std::string& query, const std::string& who) {
    std::vector<std::int64_t> ids;
    const auto got = hub_->get("/api/v1/calls" + query, sessions_[who]);
    EXPECT_EQ(got.status, 200) << got.body;
    EXPECT_THAT(got.body, Not(HasSubstr("fp:")));
    const auto page = json(got);
    for (const auto& one : page.at("calls").as_array()) ids.push_back(one.at("id").as_int64());
    return ids;
  }
  static int status(const std::string& at, const std::string& who) { return hub_->get(at, sessions_[who]).status; }

  static inline int counter_ = 0;
};

}  // namespace hub::api
