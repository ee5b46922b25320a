// The rules in force over the API: as they are written, with their hits, and what they would do.

#include "tests/integration/api_fixture.hpp"

namespace hub::api {
namespace {

using boost::json::object;
using boost::json::value;

class routing_page : public api {
 protected:
  static void SetUpTestSuite() {
    api::SetUpTestSuite();
    const std::string text = R"(version: 1
timezone: Europe/Kyiv
teams:
  sales: {members: [ann@example.com, bob@example.com], supervisors: [sue@example.com], capacity: 2}
  service: {members: [eve@example.com]}
pipelines:
  sales: {sells_vehicles: true}
rules:
  # People ask for these first.
  - name: korea
    when: {text: {words: [корея]}}
    then: {team: sales, strategy: workload, priority: 40, tags: [korea]}

  - name: mail
    when: {channel: email}
    then: {team: service, strategy: manual}
lead_policy:
  default: {attach_to: open, window: 60m}
)";
    const auto read = routing::read_rules(text, "rules of the page");
    ASSERT_TRUE(read.rules) << to_text(read.problems);
    hub_->run("select hub.activate_rules($1, $2, 'adam with hubctl', $3::jsonb)", read.rules->hash, text,
              routing::teams_json(*read.rules));
    for (const auto& [rule, ago] : std::vector<std::pair<std::string, std::string>>{
             {"korea", "1 hour"}, {"korea", "2 days"}, {"korea", "8 days"}, {"", "1 day"}})
      hub_->run(
          "insert into hub.assignment_decision (lead_id, event_key, rules_hash, rule, decided_at, receipt)"
          " values ($1, 'test', $2, $3, now() - $4::interval, '{}')",
          leads_["anns"], read.rules->hash, rule, ago);
  }
  static http::incoming try_it(const std::string& who, const object& given) {
    return hub_->post("/api/v1/routing/try", sessions_.at(who), boost::json::serialize(given));
  }
  static std::string word(const value& of, const char* member) { return std::string(of.at(member).as_string()); }
};

TEST_F(routing_page, shows_rules_as_they_are_written_in_order_with_the_hits_of_the_last_days) {
  const auto told = json(hub_->get("/api/v1/routing", sessions_["adam"]));
  EXPECT_EQ(word(told, "author"), "adam with hubctl");
  const auto& rules = told.at("rules").as_array();
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(word(rules[0], "text"),
            "name: korea\nwhen: {text: {words: [корея]}}\nthen: {team: sales, strategy: workload, priority: 40, tags: [korea]}");
  EXPECT_EQ(rules[0].at("hits").as_int64(), 2) << "of the last seven days";
  EXPECT_EQ(word(rules[1], "text"), "name: mail\nwhen: {channel: email}\nthen: {team: service, strategy: manual}");
  EXPECT_TRUE(rules[1].at("last_hit_at").is_null());
  EXPECT_EQ(told.at("unmatched_hits").as_int64(), 1);
}

TEST_F(routing_page, shows_the_pools_of_teams_that_one_supervises) {
  hub_->run("insert into hub.absence (staff_id, begins_at) values ($1, now() - interval '1 hour')", staff_["bob"]);
  const auto all = json(hub_->get("/api/v1/routing", sessions_["adam"])).at("pools").as_array();
  ASSERT_EQ(all.size(), 2U);
  const auto own = json(hub_->get("/api/v1/routing", sessions_["sue"])).at("pools").as_array();
  ASSERT_EQ(own.size(), 1U);
  EXPECT_EQ(word(own[0], "team"), "sales");
  const auto& members = own[0].at("members").as_array();
  ASSERT_EQ(members.size(), 2U) << "who supervises is chosen by no rule";
  EXPECT_EQ(members[0].at("capacity").as_int64(), 2);
  EXPECT_TRUE(members[1].at("absent").as_bool());
  EXPECT_EQ(hub_->get("/api/v1/routing", sessions_["ann"]).status, 403);
  hub_->run("delete from hub.absence");
}

TEST_F(routing_page, says_what_would_happen_and_why_and_changes_nothing) {
  hub_->run("update hub.staff set open_leads = case name when 'ann' then 2 else 0 end where name in ('ann', 'bob')");
  const auto before = hub_->number("select count(*) from hub.assignment_decision");
  const auto told = try_it("sue", {{"channel", "viber"}, {"text", "Чи везете авто, Корея?"}});
  ASSERT_EQ(told.status, 200) << told.body;
  const auto made = json(told);
  EXPECT_TRUE(made.at("verdicts").at(0).at("matched").as_bool());
  EXPECT_FALSE(made.at("verdicts").at(1).at("matched").as_bool());
  EXPECT_THAT(word(made.at("verdicts").at(1), "why"), HasSubstr("channel"));
  const auto& decision = made.at("decision");
  EXPECT_EQ(word(decision, "rule"), "korea");
  EXPECT_EQ(word(decision.at("winner"), "name"), "bob");
  EXPECT_EQ(word(decision.at("excluded").at(0), "reason"), "at capacity 2 of 2");
  EXPECT_THAT(word(decision, "words"), HasSubstr("gave it to bob"));
  EXPECT_EQ(made.at("priority").as_int64(), 40);
  EXPECT_EQ(json(try_it("sue", {{"channel", "telegram"}, {"text", "Привіт"}})).at("decision").at("rule").as_string(), "");
  EXPECT_EQ(hub_->number("select count(*) from hub.assignment_decision"), before);
  EXPECT_EQ(hub_->number("select open_leads from hub.staff where name = 'bob'"), 0);
  EXPECT_EQ(hub_->number("select count(*) from hub.assignment_cursor"), 0);
}

TEST_F(routing_page, asks_the_rules_about_what_a_lead_began_with) {
  const auto lead = make_lead("Korea", "sales", "ann");
  hub_->run("update hub.message set content = 'корея, будь ласка' where lead_id = $1", lead);
  EXPECT_EQ(json(try_it("sue", {{"lead_id", lead}})).at("decision").at("rule").as_string(), "korea");
  EXPECT_EQ(try_it("sue", {{"lead_id", leads_["eves"]}}).status, 404) << "another team's";
  EXPECT_EQ(try_it("adam", {{"lead_id", lead}}).status, 404) << "an admin reads no messages";
  EXPECT_EQ(try_it("sue", {{"text", "hello"}}).status, 400);
}

}  // namespace
}  // namespace hub::api
