// Telephone calls as the API shows them: rows that ingest made, for whoever may see their lead; recordings with them.

#include "hub/message/codec.hpp"
#include "tests/integration/api_fixture.hpp"
#include "tests/support/events.hpp"
#include "workers/ingest/ingestor.hpp"
#include "workers/media/rows.hpp"

namespace hub::api {
namespace {

using message::call_direction;
using message::call_disposition;
using message::call_record;
using message::call_source;
using message::call_step;
using message::event;
using testing::ElementsAre;

const auto ten = parse_rfc3339("2026-11-20T10:00:00Z").value();

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

TEST_F(api_calls, show_a_missed_one_with_its_call_back_to_whoever_sees_its_lead) {
  const auto call = miss("c1", 'a');
  for (const auto* who : {"ann", "bob", "sue", "adam", "ian"}) EXPECT_EQ(status(path(call), who), 200) << who;
  EXPECT_EQ(status(path(call), "eve"), 404);
  hub_->run("update hub.customer set first_name = 'Олена' where id = (select customer_id from hub.call_record where id = $1)",
            call);

  const auto got = hub_->get(path(call), sessions_["ann"]);
  EXPECT_THAT(got.body, Not(HasSubstr("fp:")));
  const auto whole = json(got);
  const auto& one = whole.at("call");
  EXPECT_EQ(one.at("at"), "2026-11-20T10:00:00.000Z");
  EXPECT_EQ(one.at("ended_at"), "2026-11-20T10:00:20.000Z");
  EXPECT_TRUE(one.at("answered_at").is_null());
  EXPECT_EQ(one.at("direction"), "inbound");
  EXPECT_EQ(one.at("status"), "missed");
  EXPECT_EQ(one.at("provider"), "ringostat");
  EXPECT_EQ(one.at("line"), "Showroom");
  EXPECT_EQ(one.at("wait_seconds"), 20);
  EXPECT_EQ(one.at("talk_seconds"), 0);
  EXPECT_TRUE(one.at("manager").is_null());
  EXPECT_EQ(one.at("customer").at("name"), "Олена");
  EXPECT_FALSE(one.at("lead_id").is_null());
  EXPECT_EQ(whole.at("call_back").at("kind"), "call_back");
  EXPECT_EQ(whole.at("call_back").at("lead_id"), one.at("lead_id"));

  const auto masked = json(hub_->get(path(call), sessions_["ian"]));
  EXPECT_EQ(masked.at("call").at("masked"), true);
  EXPECT_EQ(masked.at("call").at("customer").at("known"), false);
  EXPECT_EQ(masked.at("call_back").at("title"), "");

  talk("c2", 'a', ten + 600s, call_direction::outbound);
  EXPECT_TRUE(json(hub_->get(path(call), sessions_["ann"])).at("call_back").is_null()) << "they talked since";
}

TEST_F(api_calls, are_listed_newest_first_in_pages_and_by_what_is_asked) {
  const auto first = miss("c1", 'b'), second = talk("c2", 'b', ten + 3600s),
             third = talk("c3", 'c', ten + 90000s, call_direction::inbound, "binotel");
  EXPECT_THAT(listed("", "sue"), ElementsAre(third, second, first));
  const auto page = json(hub_->get("/api/v1/calls?limit=2", sessions_["sue"]));
  const std::string next(page.at("next").as_string());
  EXPECT_THAT(listed("?limit=2&before=" + next, "sue"), ElementsAre(first));
  EXPECT_THAT(listed("?status=missed", "sue"), ElementsAre(first));
  EXPECT_THAT(listed("?provider=binotel", "sue"), ElementsAre(third));
  EXPECT_THAT(listed("?direction=outbound", "sue"), ElementsAre());
  EXPECT_THAT(listed("?manager=none", "sue"), ElementsAre(first));
  EXPECT_THAT(listed("?manager=" + std::to_string(staff_["ann"]), "sue"), ElementsAre(third, second));
  EXPECT_THAT(listed("?manager=me", "ann"), ElementsAre(third, second));
  EXPECT_THAT(listed("?from=2026-11-21", "sue"), ElementsAre(third));
  EXPECT_THAT(listed("?to=2026-11-20", "sue"), ElementsAre(second, first));
  const auto customer = hub_->number("select customer_id from hub.call_record where id = $1", first);
  const auto lead = hub_->number("select lead_id from hub.call_record where id = $1", third);
  EXPECT_THAT(listed("?customer=" + std::to_string(customer), "sue"), ElementsAre(second, first));
  EXPECT_THAT(listed("?lead=" + std::to_string(lead), "sue"), ElementsAre(third));
  for (const auto* wrong : {"?status=lost", "?direction=in", "?lead=x", "?manager=0", "?from=today", "?limit=0", "?before=x"})
    EXPECT_EQ(status(std::string("/api/v1/calls") + wrong, "sue"), 400) << wrong;

  give(third, "bob");
  EXPECT_THAT(listed("", "ann"), ElementsAre(second, first)) << "a colleague's lead";
  EXPECT_THAT(listed("", "bob"), ElementsAre(third, second, first));
  EXPECT_THAT(listed("", "eve"), ElementsAre());
  EXPECT_THAT(listed("", "ian"), ElementsAre(third, second, first));
}

TEST_F(api_calls, of_no_lead_are_shown_to_supervisors_of_who_took_them_and_to_admins) {
  const auto nobodys = miss("c1", 0);
  const auto anns = talk("c2", 'd', ten + 60s, call_direction::outbound);
  hub_->run("update hub.staff set extension = '901' where name = 'eve'");
  const auto eves = talk("c3", 0, ten + 120s);
  hub_->run("update hub.call_record set manager_id = $2 where id = $1", eves, staff_["eve"]);
  ASSERT_EQ(hub_->number("select count(*) from hub.call_record where lead_id is null"), 3);
  EXPECT_THAT(listed("", "sue"), ElementsAre(anns, nobodys)) << "eve is of a team that nobody supervises";
  EXPECT_THAT(listed("", "adam"), ElementsAre(eves, anns, nobodys));
  for (const auto* who : {"ann", "eve", "ian"}) EXPECT_THAT(listed("", who), ElementsAre()) << who;
  EXPECT_EQ(status(path(anns), "sue"), 200);
  EXPECT_EQ(status(path(anns), "adam"), 200);
  EXPECT_EQ(status(path(anns), "ann"), 404);
  EXPECT_EQ(status(path(anns), "ian"), 404);
  EXPECT_TRUE(json(hub_->get(path(nobodys), sessions_["sue"])).at("call").at("customer").is_null());
  EXPECT_EQ(json(hub_->get(path(anns), sessions_["adam"])).at("call").at("masked"), true);
  hub_->run("update hub.staff set extension = null where name = 'eve'");
}

TEST_F(api_calls, hand_out_their_recording_by_the_rules_of_their_lead) {
  record("c1");
  EXPECT_THAT(listed("", "adam"), ElementsAre()) << "a recording of a call that has not been told of";
  EXPECT_EQ(status(path(row_of("c1")), "adam"), 404);
  const auto call = talk("c1", 'e');
  give(call, "ann");
  auto shown = json(hub_->get(path(call), sessions_["ann"])).at("call").at("recording");
  EXPECT_EQ(shown.at("state"), "pending");
  EXPECT_TRUE(shown.at("id").is_null());
  store_recording();

  const auto lead = hub_->number("select lead_id from hub.call_record where id = $1", call);
  const auto timeline = json(hub_->get("/api/v1/leads/" + std::to_string(lead) + "/timeline", sessions_["ann"]));
  const boost::json::value* told = nullptr;
  for (const auto& e : timeline.at("events").as_array())
    if (e.at("kind") == "call") told = &e;
  ASSERT_TRUE(told);
  EXPECT_EQ(told->at("id"), call);
  EXPECT_EQ(told->at("what"), "inbound");
  EXPECT_EQ(told->at("outcome"), "completed");
  EXPECT_EQ(told->at("who").at("name"), "ann");
  EXPECT_EQ(told->at("call").at("talk_seconds"), 60);
  EXPECT_EQ(told->at("call").at("recording").at("state"), "stored");
  const auto media = told->at("call").at("recording").at("id").as_int64();
  EXPECT_EQ(json(hub_->get(path(call), sessions_["ann"])).at("call").at("recording").at("id"), media);

  const auto file = "/api/v1/media/" + std::to_string(media);
  EXPECT_EQ(status(file, "ann"), 200);
  EXPECT_EQ(status(file, "sue"), 200);
  EXPECT_EQ(status(file, "bob"), 404);
  EXPECT_EQ(status(file, "eve"), 404);
  EXPECT_EQ(status(file, "ian"), 403);
  EXPECT_TRUE(json(hub_->get(path(call), sessions_["ian"])).at("call").at("recording").is_null());

  // The file was stored before the call had a lead, and after it lost one: the call decides.
  hub_->run("update hub.media set lead_id = null where id = $1", media);
  EXPECT_EQ(status(file, "ann"), 200);
  hub_->run("update hub.call_record set lead_id = null where id = $1", call);
  EXPECT_EQ(status(file, "ann"), 404);
  EXPECT_EQ(status(file, "sue"), 200);
  EXPECT_EQ(status(file, "adam"), 404) << "an admin supervises nobody";
}

/// hub-connector's end of a call back.
struct simulated_connector {
  simulated_connector() {
    http::router routes;
    http::route r;
    r.method = "POST";
    r.pattern = "/internal/call-back";
    r.handle = [this](http::request request) { return answered(this, std::move(request)); };
    routes.add(std::move(r));
    server = std::make_unique<http::server>(loop, "connector", std::move(routes), http::listen_options{});
    server->start();
    thread = std::thread([this] { loop.run(); });
  }
  ~simulated_connector() {
    loop.stop();
    thread.join();
  }
  static async::task<http::response> answered(simulated_connector* self, http::request r) {
    self->asked.push_back(r.query.at("channel") + "/" + r.query.at("account") + " " + r.body + " " +
                          *r.head.find("Authorization"));
    co_return http::response::json(self->status, self->says);
  }

  std::vector<std::string> asked;
  int status = 200;
  std::string says = R"({"state":"placed","why":""})";
  boost::asio::io_context loop;
  std::unique_ptr<http::server> server;
  std::thread thread;
};

class api_call_back : public api_calls {
 protected:
  void SetUp() override {
    api_calls::SetUp();
    base_ = "http://127.0.0.1:" + std::to_string(connector_.server->port());
    hub_->with->connectors = {&hub_->client(), [this] { return base_; }, secret("inside")};
  }
  void TearDown() override { hub_->with->connectors = {}; }

  http::incoming ring(std::int64_t call, const std::string& who, const std::string& key = {}) {
    auto request = hub_->to("POST", path(call) + "/call-back", sessions_[who]);
    if (!key.empty()) request.head.set("Idempotency-Key", key);
    return hub_->ask(std::move(request));
  }
  static std::int64_t tries() { return hub_->number("select count(*) from hub.audit where action = 'call_back'"); }

  std::string base_;
  simulated_connector connector_;
};

TEST_F(api_call_back, asks_the_connector_to_ring_by_the_id_of_the_call) {
  const auto call = miss("c1", 'g');
  give(call, "ann");
  const auto got = ring(call, "ann");
  EXPECT_EQ(got.status, 202) << got.body;
  EXPECT_EQ(json(got), (boost::json::object{{"call_id", call}, {"state", "placed"}}));
  EXPECT_THAT(
      connector_.asked,
      ElementsAre(R"(ringostat/main {"call_id":"c1","extension":"101","started_at":"2026-11-20T10:00:00.000Z"} Bearer inside)"));
  EXPECT_EQ(tries(), 1);
  EXPECT_EQ(
      hub_->number("select count(*) from hub.audit where action = 'call_back_outcome' and subject = 'call:' || $1::bigint and"
                   " staff_id = $2 and details = '{\"state\": \"placed\"}'",
                   call, staff_["ann"]),
      1);
}

TEST_F(api_call_back, is_for_who_may_change_the_lead_and_has_an_extension) {
  const auto call = miss("c1", 'h');
  EXPECT_EQ(ring(call, "ann").status, 403) << "nobody's: claim it first";
  give(call, "bob");
  EXPECT_EQ(ring(call, "ann").status, 404);
  EXPECT_EQ(ring(call, "eve").status, 404);
  EXPECT_EQ(ring(call, "ian").status, 403);
  for (const auto* who : {"bob", "sue"}) {
    const auto got = ring(call, who);
    EXPECT_EQ(got.status, 409) << who;
    EXPECT_EQ(json(got).at("title"), "No extension") << who;
  }
  EXPECT_EQ(ring(999999999, "ann").status, 404);
  const auto hidden = miss("c2", 0);
  EXPECT_EQ(json(ring(hidden, "sue")).at("title"), "Hidden number");
  EXPECT_EQ(ring(hidden, "ann").status, 404);
  const auto on = talk("c3", 'h');
  hub_->run("update hub.call_record set status = 'answered' where id = $1", on);
  EXPECT_EQ(json(ring(on, "bob")).at("title"), "Still on");
  EXPECT_TRUE(connector_.asked.empty());
  EXPECT_EQ(tries(), 0);
}

TEST_F(api_call_back, rings_once_for_one_key_and_frees_it_where_nothing_rang) {
  const auto call = miss("c1", 'i');
  give(call, "ann");
  for (const auto& [says, status] : std::vector<std::pair<std::string, int>>{{R"({"state":"refused","why":"no"})", 409},
                                                                             {R"({"state":"unsupported","why":"no"})", 501},
                                                                             {R"({"state":"unreached","why":"no"})", 503}}) {
    connector_.says = says;
    EXPECT_EQ(ring(call, "ann", "k1").status, status);
  }
  const auto base = std::exchange(base_, "");
  EXPECT_EQ(ring(call, "ann", "k1").status, 503) << "no connector runs";
  base_ = base;
  connector_.status = 404;
  EXPECT_EQ(ring(call, "ann", "k1").status, 501) << "an account that is no longer there";
  connector_.status = 200;
  EXPECT_EQ(connector_.asked.size(), 4u);

  connector_.says = R"({"state":"unknown","why":"the provider did not answer"})";
  EXPECT_EQ(ring(call, "ann", "k1").status, 504);
  connector_.says = R"({"state":"placed","why":""})";
  const auto again = ring(call, "ann", "k1");
  EXPECT_EQ(again.status, 504) << "it may have rung";
  EXPECT_EQ(header(again, "Idempotency-Replayed"), "true");
  EXPECT_EQ(ring(call, "ann", "k2").status, 202);
  EXPECT_EQ(ring(call, "ann", "k2").status, 202);
  EXPECT_EQ(connector_.asked.size(), 6u);
  EXPECT_EQ(tries(), 7);
  const auto other = miss("c2", 'i');
  EXPECT_EQ(ring(other, "ann", "k2").status, 422);

  // A program that died between the two transactions leaves the key without an answer.
  hub_->run("update hub.idempotency set status = 0, body = '' where key = 'k2'");
  EXPECT_EQ(ring(call, "ann", "k2").status, 409);
  EXPECT_EQ(connector_.asked.size(), 6u);
}

TEST_F(api_calls, are_looked_at_on_record) {
  const auto known = miss("c1", 'f'), hidden = miss("c2", 0);
  EXPECT_EQ(status(path(known), "sue"), 200);
  EXPECT_EQ(status(path(hidden), "sue"), 200);
  EXPECT_EQ(hub_->number("select count(*) from hub.audit where staff_id = $1 and action = 'customer_view' and subject ="
                         " 'customer:' || (select customer_id from hub.call_record where id = $2)",
                         staff_["sue"], known),
            1);
  EXPECT_EQ(
      hub_->number("select count(*) from hub.audit where staff_id = $1 and action = 'call_view' and subject = 'call:' || $2",
                   staff_["sue"], hidden),
      1);
}

}  // namespace
}  // namespace hub::api
