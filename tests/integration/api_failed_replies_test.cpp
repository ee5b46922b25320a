// A reply that failed for good answered nobody: the customer waits from their own word on, whatever was written meanwhile.

#include "tests/integration/api_fixture.hpp"
#include "workers/clock/turn.hpp"

namespace hub::api {
namespace {

class failed_replies : public api {
 protected:
  static void SetUpTestSuite() {
    api::SetUpTestSuite();
    const auto text = rules_text() + "sla: {first_response: {within: 10m}}\n";
    const auto rules = routing::read_rules(text, "test rules").rules;
    hub_->run("select hub.activate_rules($1, $2, 'test', $3::jsonb)", rules->hash, text, routing::teams_json(*rules));
  }

  void SetUp() override {
    lead_ = make_lead("Replied", "sales", "ann");
    hub_->run(
        "update hub.message set sent_at = now() - interval '30 minutes', created_at = now() - interval '20 minutes',"
        " account = 'main' where lead_id = $1",
        lead_);
    hub_->run(
        "update hub.lead set created_at = now() - interval '1 hour', last_activity_at = now() - interval '30 minutes',"
        " unanswered_since = now() - interval '30 minutes', first_response_due_at = now() - interval '10 minutes'"
        " where id = $1",
        lead_);
    hub_->run(
        "insert into hub.identity (space, account, external_id, customer_id)"
        " select 'viber', 'main', 'failed-' || l.id, l.customer_id from hub.lead l where l.id = $1",
        lead_);
    hub_->run(
        "insert into hub.ownership_history (lead_id, to_id, at, reason)"
        " values ($1, $2, now() - interval '25 minutes', 'test')",
        lead_, staff_["ann"]);
  }

  /// Outbox ids of a reply's parts.
  std::vector<std::int64_t> reply(const std::string& who = "ann", const std::string& body = R"({"text":"Так"})") {
    const auto answer = hub_->post("/api/v1/leads/" + std::to_string(lead_) + "/messages", sessions_[who], body);
    EXPECT_EQ(answer.status, 201) << answer.body;
    std::vector<std::int64_t> made;
    const auto body_of_answer = json(answer);
    for (const auto& part : body_of_answer.at("messages").as_array()) made.push_back(part.at("outbox_id").as_int64());
    return made;
  }
  void told(std::int64_t outbox, const std::string& what, int attempt = 1) {
    hub_->run("update hub.outbox set state = 'sending', attempt = $2 where id = $1", outbox, attempt);
    hub_->run("insert into hub.send_attempt (outbox_id, attempt, not_after) values ($1, $2, now())", outbox, attempt);
    hub_->run("select hub.settle_send($1, $3, $2::text::hub.message_status, '{}', '', '6', 'refused', null, true, false, now())",
              outbox, what, attempt);
  }
  void turn() {
    hand_clock later;
    later.ahead = 1;
    db::connect_options to;
    to.url = secret(hub_->database_url);
    workers::clock::turner pool(to, later);
    while (pool.turn()) continue;
  }
  /// Of the lead: one column or expression.
  std::string now(const std::string& what) {
    return hub_->direct->transact([&](pqxx::work& sql) {
      return std::string(sql.exec_params1("select " + what + " from hub.lead l where id = $1", lead_)[0].c_str());
    });
  }
  std::string waits_since_the_first_word() {
    return now("coalesce(unanswered_since = (select min(sent_at) from hub.message where lead_id = l.id), false)");
  }

  std::int64_t lead_ = 0;
};

TEST_F(failed_replies, answer_nobody_and_the_clock_runs_from_the_customers_word) {
  const auto row = reply()[0];
  EXPECT_EQ(now("unanswered_since is null and first_response_at is not null"), "t");
  told(row, "failed");
  turn();
  EXPECT_EQ(waits_since_the_first_word(), "t");
  EXPECT_EQ(now("first_response_at is null and first_response_by is null"), "t");
  EXPECT_EQ(now("first_response_due_at - (select date_trunc('milliseconds', m.created_at) from hub.message m"
                " where m.lead_id = l.id and m.direction = 'incoming')"),
            "00:10:00")
      << "its arrival counts, as when it came";
  EXPECT_EQ(now("stage"), "contacted") << "somebody worked on it";
  EXPECT_EQ(hub_->number("select count(*) from hub.notification where lead_id = $1 and kind = 'first_response_missed'", lead_), 3)
      << "the owner and the supervisors are told";
}

TEST_F(failed_replies, of_several_parts_answer_where_one_of_them_arrived) {
  const auto file = hub_->number(
      "insert into hub.media (file_path, file_type, uploaded_at, sha256, size, original_name, uploaded_by)"
      " values ('x', 'application/pdf', now(), repeat('ab', 32), 1000, 'a file', $1) returning id",
      staff_["ann"]);
  const auto rows = reply("ann", R"({"text":"Договір","media":[)" + std::to_string(file) + "]}");
  ASSERT_EQ(rows.size(), 2u);
  told(rows[0], "failed");
  turn();
  EXPECT_EQ(now("unanswered_since is null and first_response_at is not null"), "t") << "the other part may still arrive";
  told(rows[1], "failed");
  turn();
  EXPECT_EQ(waits_since_the_first_word(), "t");
  EXPECT_EQ(now("first_response_at is null"), "t");
}

TEST_F(failed_replies, leave_the_answer_to_the_next_one) {
  const auto first = reply()[0];
  hub_->run("select pg_sleep(0.01)");
  const auto second = reply("sue", R"({"text":"Так, є"})")[0];
  told(first, "failed");
  turn();
  EXPECT_EQ(now("unanswered_since is null"), "t");
  EXPECT_EQ(now("first_response_at = (select least(m.sent_at, m.created_at) from hub.message m join hub.outbox o"
                " on o.message_id = m.id where o.id = " +
                std::to_string(second) + ")"),
            "t");
  EXPECT_EQ(now("first_response_by"), std::to_string(staff_["ann"])) << "who owned it then";
}

TEST_F(failed_replies, count_from_the_first_word_also_when_the_customer_wrote_again) {
  const auto row = reply()[0];
  hub_->run(
      "insert into hub.message (lead_id, customer_id, channel, direction, type, content, sent_at, account)"
      " select id, customer_id, 'viber', 'incoming', 'text', 'Ау', now(), 'main' from hub.lead where id = $1",
      lead_);
  hub_->run("update hub.lead set unanswered_since = now(), first_response_due_at = now() + interval '10 minutes' where id = $1",
            lead_);
  told(row, "failed");
  turn();
  EXPECT_EQ(waits_since_the_first_word(), "t");
  EXPECT_EQ(now("first_response_due_at < now()"), "t");
}

TEST_F(failed_replies, answer_when_they_are_sent_again_or_arrive_after_all) {
  const auto row = reply()[0];
  told(row, "failed");
  turn();
  hub_->run("select pg_sleep(0.01)");
  EXPECT_EQ(hub_->post("/api/v1/outbox/" + std::to_string(row) + "/resend", sessions_["ann"], "{}").status / 100, 2);
  turn();
  EXPECT_EQ(now("unanswered_since is null and first_response_due_at is null"), "t");
  EXPECT_EQ(now("first_response_at = (select resent_at from hub.outbox where id = " + std::to_string(row) + ")"), "t");
  told(row, "failed", 2);
  turn();
  EXPECT_EQ(waits_since_the_first_word(), "t");
  // A receipt of the first attempt, late.
  hub_->run(
      "insert into hub.receipt (channel, account, platform_id, status, sent_at, outbox_id, attempt)"
      " values ('viber', 'main', 'late', 'delivered', now(), $1::bigint, 1)",
      row);
  hub_->run("select hub.show_sends(array[$1::bigint])", row);
  turn();
  EXPECT_EQ(now("unanswered_since is null and first_response_at is not null"), "t");
}

TEST_F(failed_replies, on_a_closed_lead_start_no_clock) {
  const auto row = reply()[0];
  hub_->run("update hub.lead set stage = 'lost', closed_at = now(), attachable = false where id = $1", lead_);
  told(row, "failed");
  turn();
  EXPECT_EQ(now("unanswered_since is null and first_response_due_at is null"), "t");
  EXPECT_EQ(now("first_response_at is null"), "t") << "reports count no failed one";
}

TEST_F(failed_replies, of_nobody_change_nothing) {
  hub_->run(
      "insert into hub.message (lead_id, customer_id, channel, direction, type, content, sent_at, account, status)"
      " select id, customer_id, 'viber', 'outgoing', 'text', 'x', now(), 'main', 'queued' from hub.lead where id = $1",
      lead_);
  hub_->run("update hub.message set status = 'failed' where lead_id = $1 and direction = 'outgoing'", lead_);
  EXPECT_EQ(hub_->number("select count(*) from hub.timer where lead_id = $1", lead_), 0);
}

}  // namespace
}  // namespace hub::api
