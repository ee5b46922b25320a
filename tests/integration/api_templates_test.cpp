// The texts that a platform has approved: listed through hub-connector, kept, and what a reply makes of them. hub-connector is
// simulated.

#include "hub/message/sending.hpp"
#include "tests/integration/api_fixture.hpp"
#include "tests/integration/simulated_connector.hpp"

namespace hub::api {
namespace {

constexpr const char* listed =
    R"({"templates":[{"name":"visit","language":"uk","category":"UTILITY","header":"Авто","text":"Вітаємо, {{1}}! {{2}}",)"
    R"("footer":"","gaps":2},{"name":"hello","language":"en_US","category":"UTILITY","header":"","text":"Hello","footer":"",)"
    R"("gaps":0}],"left_out":1,"why":""})";

class api_templates : public api {
 protected:
  void SetUp() override {
    base_ = connector_.base();
    hub_->with->connectors = {&hub_->client(), [this] { return base_; }, secret("inside")};
    hub_->with->accounts["whatsapp"] = {"main"};
    hub_->run("delete from hub.message_template");
    hub_->run("delete from hub.template_list");
  }
  void TearDown() override {
    hub_->with->connectors = {};
    hub_->with->accounts.clear();
    hub_->time.ahead = 0;
  }
  http::incoming list(const std::string& query = "channel=whatsapp", const std::string& who = "ann") {
    return hub_->get("/api/v1/templates?" + query, sessions_[who]);
  }
  /// A lead on WhatsApp whose customer wrote two days ago.
  std::int64_t late_lead() {
    const auto lead = make_lead("Late", "sales", "ann");
    hub_->run(
        "update hub.message set channel = 'whatsapp', account = 'main', sent_at = now() - interval '2 days'"
        " where lead_id = $1",
        lead);
    hub_->run(
        "insert into hub.identity (space, account, external_id, customer_id)"
        " select 'whatsapp', 'main', 'late-' || id, customer_id from hub.lead where id = $1",
        lead);
    return lead;
  }
  http::incoming reply(std::int64_t lead, const std::string& prepared) {
    return hub_->post("/api/v1/leads/" + std::to_string(lead) + "/messages", sessions_["ann"],
                      R"({"template":)" + prepared + "}");
  }

  std::string base_;
  connector_tests::simulated_connector connector_{"GET", "/internal/templates", listed};
};

TEST_F(api_templates, are_listed_through_the_connector_and_kept_for_a_while) {
  const auto got = list();
  ASSERT_EQ(got.status, 200) << got.body;
  const auto made = json(got);
  EXPECT_EQ(made.at("account"), "main");
  EXPECT_EQ(made.at("templates").as_array().size(), 2u);
  EXPECT_EQ(made.at("templates").at(1).at("gaps"), 2);
  EXPECT_EQ(made.at("left_out"), 1);
  EXPECT_EQ(connector_.questions().back(), "whatsapp/main Bearer inside");
  hub_->time.ahead = 500;
  EXPECT_EQ(json(list("channel=whatsapp&account=main")), made);
  EXPECT_EQ(connector_.times_asked(), 1);
  hub_->time.ahead = 700;
  connector_.say(R"({"templates":[],"left_out":0,"why":""})");
  EXPECT_TRUE(json(list()).at("templates").as_array().empty()) << "the new list takes the place of the old one";
  EXPECT_EQ(connector_.times_asked(), 2);
}

TEST_F(api_templates, that_cannot_be_read_again_stay_as_they_were_known) {
  list();
  connector_.say(R"({"templates":[],"left_out":0,"why":"WhatsApp says: no"})");
  hub_->time.ahead = 700;
  auto made = json(list());
  EXPECT_EQ(made.at("templates").as_array().size(), 2u);
  EXPECT_EQ(made.at("problem"), "WhatsApp says: no");
  EXPECT_FALSE(made.at("read_at").is_null());
  hub_->time.ahead = 730;
  list();
  EXPECT_EQ(connector_.times_asked(), 2) << "nobody is asked again at once";
  hub_->time.ahead = 800;
  base_.clear();
  made = json(list());
  EXPECT_EQ(made.at("problem"), "hub-connector does not run");
  EXPECT_EQ(made.at("templates").as_array().size(), 2u);
}

TEST_F(api_templates, are_asked_for_of_a_configured_account_that_has_some) {
  EXPECT_EQ(list("channel=viber").status, 400);
  EXPECT_EQ(list("channel=whatsapp&account=other").status, 404);
  hub_->with->accounts["whatsapp"] = {"main", "second"};
  EXPECT_EQ(list().status, 400);
  EXPECT_EQ(list("channel=whatsapp&account=second").status, 200);
  EXPECT_EQ(list("channel=whatsapp", "ian").status, 403);
  const auto lead = std::to_string(late_lead());
  EXPECT_EQ(json(list("channel=whatsapp&lead=" + lead)).at("account"), "main") << "where they wrote";
  EXPECT_EQ(list("channel=whatsapp&lead=" + lead, "eve").status, 404);
  EXPECT_EQ(list("channel=whatsapp&lead=x").status, 400);
}

TEST_F(api_templates, are_refused_in_a_reply_where_the_account_has_no_such_one_or_the_values_do_not_fit) {
  const auto lead = late_lead();
  list();
  const auto messages = [&] {
    return hub_->number("select count(*) from hub.message where lead_id = $1 and direction = 'outgoing'", lead);
  };
  for (const auto& [wrong, words] : std::vector<std::pair<std::string, std::string>>{
           {R"({"name":"vist","language":"uk","values":["a","b"]})", "no approved template of whatsapp/main"},
           {R"({"name":"visit","language":"en_US","values":["a","b"]})", "no approved template"},
           {R"({"name":"visit","language":"uk","values":["a"]})", "takes 2 values and was given 1"},
           {R"({"name":"visit","language":"uk","values":["a"," "]})", "empty value"}}) {
    const auto got = reply(lead, wrong);
    EXPECT_EQ(got.status, 422) << wrong;
    EXPECT_THAT(got.body, HasSubstr(words));
    EXPECT_THAT(got.body, HasSubstr("\"field\":\"template\""));
  }
  EXPECT_EQ(messages(), 0);
  const auto sent = reply(lead, R"({"name":"visit","language":"uk","values":["Олено","Завтра о 10"]})");
  ASSERT_EQ(sent.status, 201) << sent.body;
  EXPECT_EQ(json(sent).at("messages").at(0).at("text"), "Авто\nВітаємо, Олено! Завтра о 10") << "as the customer reads it";
  EXPECT_EQ(messages(), 1);
}

TEST_F(api_templates, that_were_never_listed_are_left_to_the_platform) {
  const auto sent = reply(late_lead(), R"({"name":"unheard_of","language":"uk","values":["a"]})");
  EXPECT_EQ(sent.status, 201) << sent.body;
  EXPECT_EQ(json(sent).at("messages").at(0).at("text"), "[unheard_of]\na");
}

}  // namespace
}  // namespace hub::api
