// Forgetting a customer, handing over what is kept of one, and what an admin does for others' sessions.

#include "tests/integration/api_fixture.hpp"

namespace hub::api {
namespace {

using testing::ElementsAre;

class erasure : public api {
 protected:
  static std::string path(std::int64_t lead, const std::string& what) {
    return "/api/v1/customers/" + std::to_string(customers_[lead]) + "/" + what;
  }
  /// A customer with something in every corner.
  static std::int64_t known_customer(const std::string& word) {
    const auto lead = make_lead(word + " first", "sales", "ann");
    const auto customer = customers_[lead];
    hub_->run(
        "update hub.customer set last_name = $2, email = $2 || '@example.com', company_name = $2, viber_id = $2 where id = $1",
        customer, word);
    hub_->run("insert into hub.identity (space, external_id, customer_id) values ('viber', $2, $1)", customer,
              word + "-viber-id");
    hub_->run("update hub.lead set notes = $2, data = jsonb_build_object('plan', $2::text), close_note = $2 where id = $1", lead,
              word);
    const auto key = "viber:main:" + word;
    hub_->run(
        "insert into hub.message (lead_id, customer_id, channel, direction, type, content, sent_at, event_key, platform_id, "
        "details)"
        " values ($1, $2, 'viber', 'incoming', 'text', $3, now(), $4, $3, jsonb_build_object('writer', $3::text))",
        lead, customer, word, key);
    hub_->run("insert into hub.event_key (key, kind, time, received_at) values ($1, 'message', now(), now())", key);
    hub_->run("insert into hub.event_body (received_at, key, body) values (now(), $1, $2)", key, "{\"text\":\"" + word + "\"}");
    hub_->run("insert into hub.event_body (received_at, key, body) values (now(), $1, $2)", "status:" + word,
              "{\"who\":\"" + word + "-viber-id\"}");
    hub_->run("insert into hub.quarantine (event_key, body, cause, reason) values ($1, convert_to($2, 'UTF8'), 'c', 'r')",
              "quarantined:" + word, "{\"who\":\"" + word + "-viber-id\"}");
    hub_->run("insert into hub.identity (space, account, external_id, customer_id) values ('bas', 'main', $2, $1)", customer,
              "erp-of-" + word);
    hub_->run(
        "insert into hub.erp_customer (account, erp_id, at, first_name, last_name, company_name)"
        " values ('bas:main', 'erp-of-' || $1, now(), $1, $1, $1)",
        word);
    hub_->run(
        "insert into hub.erp_ledger (account, direction, object_type, object_id, version, content_hash, content) values"
        " ('bas:main', 'sent', 'order', 'lead-' || $1::bigint, 'v', 'h', jsonb_build_object('hub_id', 'lead-' || $1::bigint,"
        " 'customer_name', $2::text, 'customer_email', $2 || '@example.com')::text)",
        lead, word);
    hub_->run(
        "insert into hub.outbox (message_id, reply_id, conversation, channel, account, payload, state)"
        " select m.id, m.id, 'viber:main:' || $2, 'viber', 'main', jsonb_build_object('text', $2::text), 'queued'"
        " from hub.message m where m.lead_id = $1 limit 1",
        lead, word);
    hub_->run("insert into hub.note (lead_id, staff_id, text) values ($1, $2, $3)", lead, staff_["ann"], word);
    hub_->run("insert into hub.task (lead_id, title, description) values ($1, $2, $2)", lead, word);
    hub_->run(
        "insert into hub.activity (lead_id, customer_id, activity, at, data) values ($1, $2, 'quote', now(),"
        " jsonb_build_object('what', $3::text))",
        lead, customer, word);
    hub_->run("insert into hub.sales_action (lead_id, staff_id, action_type, notes) values ($1, $2, 'call', $3)", lead,
              staff_["ann"], word);
    hub_->run("insert into hub.conversion (lead_id, conversion_value, conversion_type, notes) values ($1, 5, 'manual_mark', $2)",
              lead, word);
    hub_->run("insert into hub.lead_referral (lead_id, at, headline) values ($1, now(), $2)", lead, word);
    hub_->run(
        "insert into hub.call_record (lead_id, customer_id, direction, start_time, end_time, status, provider, call_id, "
        "transcript)"
        " values ($1, $2, 'inbound', now(), now(), 'missed', 'ringostat', $3 || ' call', $3)",
        lead, customer, word);
    hub_->run(
        "insert into hub.call_review (call_id, reviewer_id, criteria, score, feedback, answer) select k.id, $2,"
        " jsonb_build_array(jsonb_build_object('key', 'offer', 'uk', '', 'en', '', 'max', 5, 'points', 4, 'at', '[7]'::jsonb,"
        " 'comment', $3::text)), 80, $3, $3 from hub.call_record k where k.lead_id = $1",
        lead, staff_["sue"], word);
    return lead;
  }
  /// In how many rows of the whole schema the word stands.
  static std::int64_t rows_with(const std::string& word) {
    std::int64_t found = 0;
    for (const auto& table : hub_->direct->transact([](pqxx::work& sql) {
           std::vector<std::string> made;
           for (const auto& row :
                sql.exec("select c.oid::regclass::text from pg_class c where c.relnamespace = 'hub'::regnamespace"
                         " and c.relkind in ('r', 'p') and not c.relispartition"))
             made.push_back(row[0].as<std::string>());
           return made;
         }))
      if (table != "event_key" && table != "hub.event_key")  // a key is no content, and guards against a replay
        found += hub_->number("select count(*) from " + table +
                                  " t where t::text ilike '%' || $1 || '%' or t::text ilike '%' ||"
                                  " encode(convert_to($1, 'UTF8'), 'hex') || '%'",
                              word);
    return found;
  }
};

TEST_F(erasure, leaves_nothing_of_a_person_but_rows_that_count) {
  const auto lead = known_customer("Korvalan"), other = known_customer("Bystander");
  const auto linked = make_lead("Korvalan second", "sales", "bob");
  hub_->run("select hub.merge_customers($1, $2, 'test', null)", customers_[lead], customers_[linked]);
  const auto counted = [&] {
    return hub_->number(
        "select (select count(*) from hub.lead) + (select count(*) from hub.message) + (select count(*) from"
        " hub.call_record) + (select count(*) from hub.conversion) + (select count(*) from hub.event_key)");
  };
  const auto before = counted(), others = rows_with("Bystander");
  EXPECT_GT(rows_with("Korvalan"), 12);
  const auto sha = [](std::int64_t of) {
    return hub_->direct->transact([&](pqxx::work& sql) {
      return sql.exec_params1("select sha256 from hub.media where id = $1", media_[of])[0].as<std::string>();
    });
  };
  const auto file = sha(lead), kept = sha(other);
  EXPECT_EQ(hub_->post(path(lead, "erase"), sessions_["sue"]).status, 403);
  const auto answer = hub_->post(path(lead, "erase"), sessions_["adam"]);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json(answer).at("files").as_int64(), 2);
  // Of the message's key only, which is a row of its own kind: platform ids are hashes in real life.
  hub_->run("update hub.message set platform_id = null, event_key = null where event_key = 'viber:main:Korvalan'");
  hub_->run("update hub.call_record set call_id = 'x' where call_id = 'Korvalan call'");
  EXPECT_EQ(rows_with("Korvalan"), 0);
  EXPECT_EQ(rows_with("Bystander"), others);
  EXPECT_EQ(counted(), before);
  EXPECT_EQ(hub_->with->media.find(file), "");
  EXPECT_NE(hub_->with->media.find(kept), "");
  EXPECT_EQ(hub_->get("/api/v1/leads/" + std::to_string(lead), sessions_["ann"]).status, 200);
  EXPECT_EQ(hub_->number("select count(*) from hub.audit where action = 'customer_erase' and staff_id = $1", staff_["adam"]), 1);
  EXPECT_EQ(hub_->post(path(lead, "erase"), sessions_["adam"]).status, 200) << "again: there is nothing left";
}

TEST_F(erasure, keeps_a_file_that_somebody_else_sent_too) {
  const auto lead = make_lead("Shares", "sales", "ann"), other = make_lead("Shared with", "sales", "bob");
  hub_->run(
      "update hub.media z set sha256 = o.sha256, file_path = o.file_path, size = o.size from hub.media o"
      " where o.id = $1 and z.id = $2",
      media_[lead], media_[other]);
  EXPECT_EQ(json(hub_->post(path(lead, "erase"), sessions_["adam"])).at("files").as_int64(), 0);
  EXPECT_EQ(hub_->get("/api/v1/media/" + std::to_string(media_[other]), sessions_["bob"]).status, 200);
}

TEST_F(erasure, hands_over_everything_that_is_kept_of_a_person) {
  const auto lead = known_customer("Exported");
  const auto answer = hub_->get(path(lead, "export"), sessions_["adam"]);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto all = json(answer);
  for (const auto* part :
       {"customers", "identities", "leads", "messages", "calls", "files", "activities", "notes", "conversions"})
    EXPECT_FALSE(all.at(part).as_array().empty()) << part;
  EXPECT_EQ(all.at("messages").as_array().size(), 2u);
  EXPECT_EQ(header(answer, "Content-Disposition"),
            "attachment; filename=\"customer-" + std::to_string(customers_[lead]) + ".json\"");
  EXPECT_EQ(hub_->get(path(lead, "export"), sessions_["ann"]).status, 403);
  EXPECT_EQ(hub_->number("select count(*) from hub.audit where action = 'customer_export'"), 1);
}

TEST_F(erasure, lets_an_admin_see_and_end_anybodys_session_and_nobody_else) {
  hub_->session_of(staff_["eve"]);
  const auto of_eve = "/api/v1/sessions?staff_id=" + std::to_string(staff_["eve"]);
  const auto list = json(hub_->get(of_eve, sessions_["adam"]));
  ASSERT_EQ(list.as_array().size(), 2u);
  EXPECT_EQ(hub_->get(of_eve, sessions_["sue"]).status, 400);
  const auto one = "/api/v1/sessions/" + std::to_string(list.at(0).at("id").as_int64());
  EXPECT_EQ(hub_->ask(hub_->to("DELETE", one, sessions_["sue"])).status, 404);
  EXPECT_EQ(hub_->ask(hub_->to("DELETE", one, sessions_["adam"])).status, 204);
  EXPECT_EQ(json(hub_->get(of_eve, sessions_["adam"])).as_array().size(), 1u);
}

TEST_F(erasure, lets_another_role_begin_with_another_session) {
  const auto token = hub_->session_of(staff_["bob"]);
  const auto edit = [](const std::string& role) {
    return hub_
        ->ask(
            hub_->to("PATCH", "/api/v1/staff/" + std::to_string(staff_["bob"]), sessions_["adam"], "{\"role\":\"" + role + "\"}"))
        .status;
  };
  EXPECT_EQ(edit("manager"), 200);
  EXPECT_EQ(hub_->get("/api/v1/me", token).status, 200) << "the role he had";
  EXPECT_EQ(edit("supervisor"), 200);
  EXPECT_EQ(hub_->get("/api/v1/me", token).status, 401);
  EXPECT_EQ(edit("manager"), 200);
}

TEST_F(erasure, tells_an_admin_how_long_bodies_are_kept) {
  hub_->with->kept = {std::chrono::hours(24), std::chrono::hours(1)};
  const auto told = json(hub_->get("/api/v1/retention", sessions_["adam"]));
  EXPECT_EQ(told.at("events_seconds").as_int64(), 86400);
  EXPECT_EQ(told.at("quarantine_bodies_seconds").as_int64(), 3600);
}

}  // namespace
}  // namespace hub::api
