// Ringing back as a manager asks for it: who may, once, and on record. hub-connector is simulated.

#include "tests/integration/api_calls_fixture.hpp"
#include "tests/integration/simulated_connector.hpp"

namespace hub::api {
namespace {

constexpr const char* placed = R"({"state":"placed","why":""})";

class api_call_back : public api_calls {
 protected:
  void SetUp() override {
    api_calls::SetUp();
    base_ = connector_.base();
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
  connector_tests::simulated_connector connector_{"POST", "/internal/call-back", placed};
};

TEST_F(api_call_back, asks_the_connector_to_ring_by_the_id_of_the_call) {
  const auto call = miss("c1", 'g');
  give(call, "ann");
  const auto got = ring(call, "ann");
  EXPECT_EQ(got.status, 202) << got.body;
  EXPECT_EQ(json(got), (boost::json::object{{"call_id", call}, {"state", "placed"}}));
  EXPECT_THAT(
      connector_.questions(),
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
  EXPECT_TRUE(connector_.questions().empty());
  EXPECT_EQ(tries(), 0);
}

TEST_F(api_call_back, rings_once_for_one_key_and_frees_it_where_nothing_rang) {
  const auto call = miss("c1", 'i');
  give(call, "ann");
  for (const auto& [says, status] : std::vector<std::pair<std::string, int>>{{R"({"state":"refused","why":"no"})", 409},
                                                                             {R"({"state":"unsupported","why":"no"})", 501},
                                                                             {R"({"state":"unreached","why":"no"})", 503}}) {
    connector_.say(says);
    EXPECT_EQ(ring(call, "ann", "k1").status, status);
  }
  const auto base = std::exchange(base_, "");
  EXPECT_EQ(ring(call, "ann", "k1").status, 503) << "no connector runs";
  base_ = base;
  connector_.say(placed, 404);
  EXPECT_EQ(ring(call, "ann", "k1").status, 501) << "an account that is no longer there";
  EXPECT_EQ(connector_.questions().size(), 4u);

  connector_.say(R"({"state":"unknown","why":"the provider did not answer"})");
  EXPECT_EQ(ring(call, "ann", "k1").status, 504);
  connector_.say(placed);
  const auto again = ring(call, "ann", "k1");
  EXPECT_EQ(again.status, 504) << "it may have rung";
  EXPECT_EQ(header(again, "Idempotency-Replayed"), "true");
  EXPECT_EQ(ring(call, "ann", "k2").status, 202);
  EXPECT_EQ(ring(call, "ann", "k2").status, 202);
  EXPECT_EQ(connector_.questions().size(), 6u);
  EXPECT_EQ(tries(), 7);
  const auto other = miss("c2", 'i');
  EXPECT_EQ(ring(other, "ann", "k2").status, 422);

  // A program that died between the two transactions leaves the key without an answer.
  hub_->run("update hub.idempotency set status = 0, body = '' where key = 'k2'");
  EXPECT_EQ(ring(call, "ann", "k2").status, 409);
  EXPECT_EQ(connector_.questions().size(), 6u);
}

}  // namespace
}  // namespace hub::api
