// Answering a customer through the API: what is written, what is refused and leaves nothing behind, what a reply does to its
// lead.

#include "tests/integration/api_fixture.hpp"

#include "hub/message/json.hpp"
#include "hub/message/sending.hpp"

namespace hub::api {
namespace {

class api_replies : public api {
 protected:
  /// A lead whose customer wrote on that channel `ago`.
  std::int64_t lead_on(const std::string& channel, const std::string& owner, const std::string& ago = "1 minute") {
    const auto n = ++next_;
    const auto lead = hub_->number(
        "with c as (insert into hub.customer (first_name) values ('Replied ' || $3::text) returning id),"
        " i as (insert into hub.identity (space, account, external_id, customer_id)"
        "   select case $1 when 'email' then 'email' else $1 end, case $1 when 'email' then '' else 'main' end,"
        "          $1 || '-person-' || $3::text, c.id from c)"
        " insert into hub.lead (customer_id, source_channel, team_id, manager_id, assigned_at, queued_at, queue_reason,"
        "   last_activity_at, unanswered_since, first_response_due_at)"
        " select c.id, $1::hub.lead_source, t.id, s.id, case when s.id is not null then now() end,"
        "   case when s.id is null then now() end, case when s.id is null then 'waits' end, now() - $4::interval,"
        "   now() - $4::interval, now() + interval '1 hour'"
        "   from c, hub.team t left join hub.staff s on s.name = $2 where t.name = 'sales' returning id",
        channel, owner, std::to_string(n), ago);
    hub_->run(
        "insert into hub.message (lead_id, customer_id, channel, direction, type, content, sent_at, account, platform_id)"
        " select l.id, l.customer_id, $2::hub.message_channel, 'incoming', 'text', 'Good day', now() - $3::interval, 'main',"
        " 'in-' || l.id from hub.lead l where l.id = $1",
        lead, channel, ago);
    return lead;
  }
  std::int64_t rows() { return hub_->number("select (select count(*) from hub.outbox) + (select count(*) from hub.message)"); }
  http::incoming reply(std::int64_t lead, const std::string& who, const std::string& body) {
    return hub_->post("/api/v1/leads/" + std::to_string(lead) + "/messages", sessions_[who], body);
  }
  void expect_refused(std::int64_t lead, const std::string& who, const std::string& body, int status, const std::string& words) {
    const auto before = rows();
    const auto answer = reply(lead, who, body);
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(words));
    EXPECT_EQ(rows(), before);
  }
  message::send_asked asked(std::int64_t outbox) {
    const auto text = hub_->direct->transact([&](pqxx::work& sql) {
      return sql.exec_params1("select payload::text from hub.outbox where id = $1", outbox)[0].as<std::string>();
    });
    return message::from_json<message::send_asked>(*message::parse_json(text)).value();
  }
  std::int64_t file(const std::string& type, std::int64_t size, const std::string& owner) {
    return hub_->number(
        "insert into hub.media (file_path, file_type, uploaded_at, sha256, size, original_name, uploaded_by)"
        " select 'x', $1, now(), repeat('ab', 32), $2, 'a file', id from hub.staff where name = $3 returning id",
        type, size, owner);
  }

  inline static int next_ = 0;
};

TEST_F(api_replies, writes_the_message_and_its_outbox_row_and_stops_the_clock) {
  const auto lead = lead_on("viber", "ann");
  const auto answer = reply(lead, "ann", R"({"text":"Доброго дня"})");
  ASSERT_EQ(answer.status, 201) << answer.body;
  const auto made = json(answer);
  EXPECT_EQ(made.at("channel"), "viber");
  EXPECT_EQ(made.at("messages").as_array().size(), 1u);
  EXPECT_EQ(made.at("lead").at("stage"), "contacted");
  EXPECT_TRUE(made.at("lead").at("unanswered_since").is_null());
  EXPECT_EQ(made.at("lead").at("first_response_by").at("id"), staff_["ann"]);
  const auto ask = asked(made.at("messages").at(0).at("outbox_id").as_int64());
  EXPECT_EQ(ask.text, "Доброго дня");
  EXPECT_EQ(ask.conversation, "viber:main:" + ask.recipient.front().id);
  EXPECT_EQ(ask.sender_name, "ann");
  EXPECT_EQ(hub_->number("select count(*) from hub.message where lead_id = $1 and direction = 'outgoing' and status = 'queued'"
                         " and manager_id = $2",
                         lead, staff_["ann"]),
            1);
}

TEST_F(api_replies, a_repeated_key_writes_nothing_twice) {
  const auto lead = lead_on("viber", "ann");
  auto request = hub_->to("POST", "/api/v1/leads/" + std::to_string(lead) + "/messages", sessions_["ann"], R"({"text":"once"})");
  request.head.set("Idempotency-Key", "reply once");
  const auto first = hub_->ask(request);
  const auto before = rows();
  const auto again = hub_->ask(request);
  EXPECT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(rows(), before);
}

TEST_F(api_replies, answering_nobodys_lead_claims_it_and_a_colleagues_is_refused) {
  const auto waiting = lead_on("telegram", "");
  EXPECT_EQ(reply(waiting, "bob", R"({"text":"I am here"})").status, 201);
  EXPECT_EQ(hub_->number("select manager_id from hub.lead where id = $1", waiting), staff_["bob"]);
  expect_refused(waiting, "ann", R"({"text":"me too"})", 409, "bob has this lead");
  expect_refused(waiting, "eve", R"({"text":"not my team"})", 404, "no such lead");
  EXPECT_EQ(reply(waiting, "sue", R"({"text":"from the supervisor"})").status, 201);
  EXPECT_EQ(hub_->number("select manager_id from hub.lead where id = $1", waiting), staff_["bob"]);
  EXPECT_EQ(hub_->number("select first_response_by from hub.lead where id = $1", waiting), staff_["bob"]);
}

TEST_F(api_replies, a_first_mail_goes_from_the_only_account_and_of_several_a_person_names_one) {
  const auto lead = lead_on("viber", "ann");
  hub_->run(
      "insert into hub.identity (space, account, external_id, customer_id)"
      " select 'email', '', 'first-mail-' || id || '@example.com', customer_id from hub.lead where id = $1",
      lead);
  const auto mail = [](const std::string& account) {
    return R"({"text":"Пропозиція","subject":"Авто","channel":"email","account":")" + account + "\"}";
  };
  const auto account_of = [&](const std::string& wanted) {
    const auto answer = reply(lead, "ann", mail(wanted));
    EXPECT_EQ(answer.status, 201) << answer.body;
    return std::string(json(answer).at("account").as_string());
  };
  auto& accounts = hub_->with->accounts["email"];
  expect_refused(lead, "ann", mail(""), 409, "No account of email is configured");
  accounts = {"office"};
  EXPECT_EQ(account_of(""), "office");
  hub_->run("update hub.message set account = 'elsewhere' where lead_id = $1 and channel = 'email'", lead);
  expect_refused(lead, "ann", mail(""), 422, "no configured account of email: office");
  hub_->run("update hub.message set account = '' where lead_id = $1 and channel = 'email'", lead);
  accounts = {"office", "service"};
  expect_refused(lead, "ann", mail(""), 409, "name the account to write from: office, service");
  expect_refused(lead, "ann", mail("nowhere"), 422, "no configured account of email: office, service");
  EXPECT_EQ(account_of("service"), "service");
  EXPECT_EQ(account_of(""), "service") << "what was begun from one account goes on there";
  accounts.clear();
}

TEST_F(api_replies, what_can_not_be_sent_is_refused_and_nothing_is_written) {
  const auto viber = lead_on("viber", "ann"), telegram = lead_on("telegram", "ann"),
             whatsapp = lead_on("whatsapp", "ann", "25 hours");
  expect_refused(viber, "ann", "{}", 422, "says nothing");
  expect_refused(viber, "ann", R"({"text":")" + std::string(7001, 'x') + "\"}", 422, "7000");
  expect_refused(telegram, "ann", R"({"text":")" + std::string(4097, 'x') + "\"}", 422, "4096");
  expect_refused(viber, "ann", R"({"text":"x","channel":"telegram"})", 409, "no telegram conversation");
  expect_refused(viber, "ann", R"({"text":"x","channel":"website"})", 422, "nobody can be answered");
  expect_refused(viber, "ann", R"({"template":{"name":"hello","language":"uk","values":[]}})", 422, "no templates");
  expect_refused(viber, "ann", R"({"text":"x","media":[999999]})", 422, "not there");
  expect_refused(viber, "ann", R"({"text":"x","reply_to":999999})", 422, "reply_to");
  expect_refused(whatsapp, "ann", R"({"text":"too late"})", 409, "\"field\":\"template\"");
  const auto huge = std::to_string(file("video/mp4", 60'000'000, "ann"));
  expect_refused(telegram, "ann", R"({"media":[)" + huge + "]}", 422, "larger than");
  const auto program = std::to_string(file("application/x-dosexec", 1000, "ann"));
  expect_refused(telegram, "ann", R"({"media":[)" + program + "]}", 422, "would run");
  const auto foreign = std::to_string(file("image/jpeg", 1000, "bob"));
  expect_refused(telegram, "ann", R"({"media":[)" + foreign + "]}", 422, "not yours");

  hub_->run(
      "update hub.identity set subscribed = false, subscribed_at = now() where customer_id ="
      " (select customer_id from hub.lead where id = $1)",
      viber);
  expect_refused(viber, "ann", R"({"text":"x"})", 409, "Not subscribed");
  hub_->run("update hub.lead set stage = 'lost', attachable = false, closed_at = now() where id = $1", telegram);
  expect_refused(telegram, "ann", R"({"text":"x"})", 409, "Closed");
}

TEST_F(api_replies, a_template_goes_when_the_window_is_closed_and_text_no_longer_than_it_is_open) {
  const auto late = lead_on("whatsapp", "ann", "25 hours"), soon = lead_on("whatsapp", "ann", "20 hours");
  const auto sent = reply(late, "ann", R"({"template":{"name":"hello","language":"uk","values":["Olena"]}})");
  ASSERT_EQ(sent.status, 201) << sent.body;
  EXPECT_EQ(asked(json(sent).at("messages").at(0).at("outbox_id").as_int64()).prepared->values.at(0), "Olena");
  const auto text = reply(soon, "ann", R"({"text":"in time"})");
  ASSERT_EQ(text.status, 201) << text.body;
  EXPECT_EQ(hub_->number("select count(*) from hub.outbox where id = $1 and deadline between now() + interval '3 hours'"
                         " and now() + interval '5 hours'",
                         json(text).at("messages").at(0).at("outbox_id").as_int64()),
            1);
}

TEST_F(api_replies, what_no_platform_takes_at_once_becomes_several_messages_in_order) {
  const auto lead = lead_on("viber", "ann");
  const auto a = std::to_string(file("image/jpeg", 1000, "ann")), b = std::to_string(file("application/pdf", 1000, "ann"));
  const auto answer = reply(lead, "ann", R"({"text":"Фото і договір","media":[)" + a + "," + b + "]}");
  ASSERT_EQ(answer.status, 201) << answer.body;
  const auto made = json(answer);
  const auto& parts = made.at("messages").as_array();
  ASSERT_EQ(parts.size(), 2u);
  const auto first = asked(parts[0].at("outbox_id").as_int64()), second = asked(parts[1].at("outbox_id").as_int64());
  EXPECT_EQ(first.text, "Фото і договір");
  EXPECT_EQ(first.type, message::content_type::photo);
  EXPECT_EQ(second.type, message::content_type::file);
  EXPECT_EQ(second.text, "");
  EXPECT_EQ(hub_->number("select count(distinct reply_id) from hub.outbox o join hub.message m on m.id = o.message_id"
                         " where m.lead_id = $1 and m.details ->> 'group' = 'reply:' || o.reply_id",
                         lead),
            1);
  EXPECT_EQ(hub_->number(
                "select count(*) from hub.message_media y join hub.message m on m.id = y.message_id where m.lead_id = $1", lead),
            2);
}

TEST_F(api_replies, go_where_the_customer_wrote_last) {
  const auto lead = lead_on("viber", "ann", "1 hour");
  hub_->run(
      "insert into hub.identity (space, account, external_id, customer_id) select 'telegram', 'main', 'other-person',"
      " customer_id from hub.lead where id = $1",
      lead);
  hub_->run(
      "insert into hub.message (lead_id, customer_id, channel, direction, type, content, sent_at, account, platform_id)"
      " select l.id, l.customer_id, 'telegram', 'incoming', 'text', 'here now', now(), 'main', '7:1' from hub.lead l"
      " where l.id = $1",
      lead);
  EXPECT_EQ(json(reply(lead, "ann", R"({"text":"x"})")).at("channel"), "telegram");
  EXPECT_EQ(json(reply(lead, "ann", R"({"text":"x","channel":"viber"})")).at("channel"), "viber");
}

TEST_F(api_replies, what_waits_for_a_person_is_listed_sent_again_or_let_be_by_whoever_may) {
  const auto lead = lead_on("viber", "ann");
  const auto made = json(reply(lead, "ann", R"({"text":"lost"})"));
  const auto id = made.at("messages").at(0).at("outbox_id").as_int64();
  const auto path = "/api/v1/outbox/" + std::to_string(id);
  EXPECT_EQ(hub_->post(path + "/resend", sessions_["ann"]).status, 409) << "it is queued";
  hub_->run("update hub.outbox set state = 'unknown', attempt = 1, reason = 'no answer' where id = $1", id);
  hub_->run("insert into hub.send_attempt (outbox_id, attempt, state, not_after) values ($1, 1, 'unknown', now())", id);
  hub_->run("select hub.show_send($1)", id);

  const auto held = json(hub_->get("/api/v1/outbox", sessions_["ann"])).at("rows").as_array();
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held[0].at("state"), "unknown");
  EXPECT_EQ(held[0].at("text"), "lost");
  EXPECT_EQ(json(hub_->get("/api/v1/outbox", sessions_["bob"])).at("rows").as_array().size(), 0u);
  EXPECT_EQ(hub_->get("/api/v1/outbox?state=lost", sessions_["ann"]).status, 400);
  EXPECT_EQ(hub_->post(path + "/resend", sessions_["bob"]).status, 404);
  const auto timeline = json(hub_->get("/api/v1/leads/" + std::to_string(lead) + "/timeline", sessions_["ann"]));
  const auto& last = timeline.at("messages").as_array().back();
  EXPECT_TRUE(last.at("held").as_bool());
  EXPECT_EQ(last.at("status"), "unknown");
  EXPECT_EQ(last.at("outbox_id"), id);

  EXPECT_EQ(json(hub_->post(path + "/dismiss", sessions_["sue"])).at("held"), false);
  EXPECT_EQ(hub_->post(path + "/dismiss", sessions_["sue"]).status, 409);
  EXPECT_EQ(json(hub_->post(path + "/resend", sessions_["ann"])).at("state"), "queued");
}

}  // namespace
}  // namespace hub::api
