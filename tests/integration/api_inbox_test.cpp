// What waits for whom, what somebody has seen, and what a search finds.

#include "tests/integration/api_fixture.hpp"
#include "tests/support/waiting.hpp"

namespace hub::api {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class inbox : public api {
 protected:
  static std::int64_t say(std::int64_t lead, const std::string& text, const std::string& direction = "incoming",
                          const std::string& at = "now") {
    return hub_->number(
        "insert into hub.message (lead_id, customer_id, channel, direction, type, content, sent_at)"
        " values ($1, $2, 'viber', $3::text::hub.message_direction, 'text', $4, $5::text::timestamptz) returning id",
        lead, customers_[lead], direction, text, at);
  }
  static std::int64_t unread(const std::string& who, std::int64_t lead) {
    return json(hub_->get("/api/v1/leads/" + std::to_string(lead), sessions_[who])).at("lead").at("unread").as_int64();
  }
  static http::incoming see(const std::string& who, std::int64_t lead, const std::string& body = "{}") {
    return hub_->post("/api/v1/leads/" + std::to_string(lead) + "/seen", sessions_[who], body);
  }
  static void make_searchable(std::int64_t message) {
    ASSERT_TRUE(test_support::wait_until(
        [&] {
          hub_->number("select hub.index_messages(100000)");
          return hub_->number("select count(*) from hub.message_word where message_id = $1", message) == 1;
        },
        20s));
  }
  static boost::json::value find(const std::string& who, const std::string& q) {
    std::string encoded;
    for (const unsigned char c : q) {
      constexpr std::string_view digits = "0123456789ABCDEF";
      encoded += c < 0x80 ? std::string(1, static_cast<char>(c)) : std::string{'%', digits[c >> 4], digits[c & 15]};
    }
    const auto answer = hub_->get("/api/v1/search?q=" + encoded, sessions_[who]);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json(answer);
  }
  static std::vector<std::int64_t> leads_in(const boost::json::value& list) {
    std::vector<std::int64_t> made;
    for (const auto& one : list.as_array()) made.push_back(one.at("lead_id").as_int64());
    return made;
  }
};

TEST_F(inbox, counts_what_each_person_has_not_seen) {
  const auto lead = make_lead("Unread", "sales", "ann");
  EXPECT_EQ(unread("ann", lead), 1) << "the first message";
  const auto second = say(lead, "and?"), third = say(lead, "hello?");
  say(lead, "yes", "outgoing");
  EXPECT_EQ(unread("ann", lead), 3);
  const auto partly = see("ann", lead, R"({"message_id": )" + std::to_string(second) + "}");
  EXPECT_EQ(json(partly).at("unread").as_int64(), 1);
  EXPECT_EQ(unread("ann", lead), 1);
  EXPECT_EQ(unread("sue", lead), 3) << "each for herself";
  EXPECT_EQ(json(see("ann", lead)).at("unread").as_int64(), 0);
  see("ann", lead, R"({"message_id": )" + std::to_string(second) + "}");
  EXPECT_EQ(unread("ann", lead), 0) << "what was seen stays seen";
  say(lead, "came late", "incoming", "2020-01-01");
  EXPECT_EQ(unread("ann", lead), 0) << "from years ago: history";
  say(lead, "a little late", "incoming", "yesterday");
  EXPECT_EQ(unread("ann", lead), 1) << "a late one is news all the same";
  EXPECT_EQ(see("ann", lead, R"({"message_id": )" + std::to_string(third + 1000000) + "}").status, 400);
  EXPECT_EQ(see("eve", lead).status, 404);
  EXPECT_EQ(see("ian", lead).status, 403);
}

TEST_F(inbox, counts_leads_by_whose_they_are) {
  const auto counts = [](const std::string& who) { return json(hub_->get("/api/v1/inbox/counts", sessions_[who])); };
  const auto number = [](const boost::json::value& of, const char* part, const char* what) {
    return of.at(part).at(what).as_int64();
  };
  const auto before = counts("ann"), sues = counts("sue"), eves = counts("eve");
  const auto mine = make_lead("Mine", "sales", "ann");
  make_lead("Nobody's", "sales", "");
  make_lead("Bob's", "sales", "bob");
  hub_->run("update hub.lead set unanswered_since = now() where id = $1", mine);
  hub_->run("insert into hub.task (lead_id, manager_id, title, due_at) values ($1, $2, 'Late', now() - interval '1 hour')", mine,
            staff_["ann"]);
  hub_->run("insert into hub.notification (staff_id, kind, text) values ($1, 'task_due', 'Late')", staff_["ann"]);
  const auto after = counts("ann"), sues_after = counts("sue"), eves_after = counts("eve");
  for (const auto* what : {"open", "waiting"}) EXPECT_EQ(number(after, "mine", what), number(before, "mine", what) + 1) << what;
  EXPECT_EQ(number(after, "unassigned", "open"), number(before, "unassigned", "open") + 1);
  EXPECT_EQ(number(after, "team", "open"), 0) << "she supervises nobody";
  EXPECT_EQ(number(sues_after, "team", "open"), number(sues, "team", "open") + 2);
  EXPECT_EQ(after.at("unread").as_int64(), before.at("unread").as_int64() + 1);
  EXPECT_EQ(after.at("notifications").as_int64(), before.at("notifications").as_int64() + 1);
  EXPECT_EQ(after.at("tasks_due").as_int64(), before.at("tasks_due").as_int64() + 1);
  EXPECT_EQ(eves, eves_after) << "another team's";
}

TEST_F(inbox, lists_leads_in_the_order_that_is_asked_for_and_goes_on_where_a_page_ended) {
  std::vector<std::int64_t> made;
  for (int i = 0; i < 4; ++i) made.push_back(make_lead("Sorted " + std::to_string(i), "service", "eve"));
  const auto set = [&](int i, const std::string& what) {
    hub_->run("update hub.lead set " + what + " where id = $1", made[static_cast<std::size_t>(i)]);
  };
  set(0, "priority = 50, unanswered_since = '2026-01-02', first_response_due_at = '2026-01-09'");
  set(1, "priority = 90, unanswered_since = '2026-01-01', first_response_due_at = null");
  set(2, "priority = 50, unanswered_since = null, first_response_due_at = '2026-01-03'");
  set(3, "priority = 10, unanswered_since = '2026-01-03', first_response_due_at = '2026-01-04'");
  hub_->run(
      "update hub.lead set last_activity_at = '2026-02-01'::timestamptz + id * interval '1 minute' where id = any ($1::bigint[])",
      "{" + std::to_string(made[0]) + "," + std::to_string(made[1]) + "," + std::to_string(made[2]) + "," +
          std::to_string(made[3]) + "}");
  const auto listed = [&](const std::string& sort) {
    std::vector<int> order;
    std::string before;
    do {
      const auto page = json(hub_->get(
          "/api/v1/leads?owner=me&limit=2&sort=" + sort + (before.empty() ? "" : "&before=" + before), sessions_["eve"]));
      for (const auto& lead : page.at("leads").as_array()) {
        const auto at = std::find(made.begin(), made.end(), lead.at("id").as_int64());
        if (at != made.end()) order.push_back(static_cast<int>(at - made.begin()));
      }
      before = page.at("next").is_null() ? "" : std::string(page.at("next").as_string());
    } while (!before.empty());
    return order;
  };
  EXPECT_THAT(listed("recent"), ElementsAre(3, 2, 1, 0));
  EXPECT_THAT(listed("waiting"), ElementsAre(1, 0, 3, 2));
  EXPECT_THAT(listed("due"), ElementsAre(2, 3, 0, 1));
  EXPECT_THAT(listed("priority"), ElementsAre(1, 2, 0, 3));
  EXPECT_EQ(hub_->get("/api/v1/leads?sort=beauty", sessions_["eve"]).status, 400);
}

TEST_F(inbox, finds_customers_messages_and_vehicles_that_may_be_read) {
  const auto mine = make_lead("Соломія", "sales", "ann"), bobs = make_lead("Соломія", "sales", "bob");
  hub_->run("update hub.customer set last_name = 'Вишневська', email = 'solomiia@example.com' where id = $1", customers_[mine]);
  say(mine, "Чи є у вас Тойота Камрі?");
  const auto last = say(bobs, "Цікавить ТОЙОТА, білого кольору");
  make_searchable(last);
  const auto vehicle = hub_->number(
      "insert into hub.vehicle (make, model, vin, plate) values ('Toyota', 'Camry', 'JTNB11HK0A1234567', 'AA 1234 BB') returning "
      "id");

  EXPECT_THAT(leads_in(find("ann", "соломі").at("customers")), ElementsAre(mine));
  EXPECT_THAT(leads_in(find("ann", "Соломія%20вишн").at("customers")), ElementsAre(mine));
  EXPECT_THAT(leads_in(find("ann", "iia@exam").at("customers")), ElementsAre(mine));
  EXPECT_THAT(leads_in(find("sue", "соломія").at("customers")), testing::UnorderedElementsAre(mine, bobs));
  EXPECT_THAT(leads_in(find("ann", "тойот").at("messages")), ElementsAre(mine));
  EXPECT_THAT(leads_in(find("sue", "тойота").at("messages")), testing::UnorderedElementsAre(mine, bobs));
  EXPECT_THAT(leads_in(find("sue", "тойота%20білого").at("messages")), ElementsAre(bobs));
  EXPECT_THAT(leads_in(find("eve", "тойота").at("messages")), IsEmpty());
  EXPECT_THAT(leads_in(find("ian", "тойота").at("messages")), IsEmpty()) << "an analyst reads no texts";
  for (const auto* typed : {"1234567", "jtnb11hk", "AA1234", "aa%201234", "camry"})
    EXPECT_EQ(find("ian", typed).at("vehicles").at(0).at("id").as_int64(), vehicle) << typed;
  EXPECT_THAT(find("ann", "'%20%5C%20&%20%7C%20!:*").at("messages").as_array(), IsEmpty());
  EXPECT_EQ(hub_->get("/api/v1/search?q=a", sessions_["ann"]).status, 400);
  EXPECT_EQ(hub_->get("/api/v1/search", sessions_["ann"]).status, 400);
}

TEST_F(inbox, makes_messages_searchable_in_the_order_of_their_commits) {
  const auto lead = make_lead("Late to commit", "sales", "ann");
  make_searchable(say(lead, "before"));
  pqxx::connection slow_on(hub_->database_url);
  std::int64_t slow_id = 0, quick_id = 0;
  {
    pqxx::work slow(slow_on);
    slow.exec("set search_path = hub");
    slow_id = slow.exec_params1(
                      "insert into message (lead_id, customer_id, channel, direction, type, content, sent_at)"
                      " values ($1, $2, 'viber', 'incoming', 'text', 'slow', now()) returning id",
                      lead, customers_[lead])[0]
                  .as<std::int64_t>();
    quick_id = say(lead, "quick");
    for (int i = 0; i < 3; ++i) hub_->number("select hub.index_messages(100000)");
    EXPECT_EQ(hub_->number("select count(*) from hub.message_word where message_id in ($1, $2)", slow_id, quick_id), 0);
    slow.commit();
  }
  make_searchable(slow_id);
  make_searchable(quick_id);
  hub_->run("update hub.message set content = 'edited' where id = $1", quick_id);
  EXPECT_EQ(
      hub_->number("select count(*) from hub.message_word where message_id = $1 and words @@ to_tsquery('simple', 'edited')",
                   quick_id),
      1);
}

TEST_F(inbox, says_why_a_lead_is_whose_it_is) {
  const auto of = [](const std::string& name, const std::string& who) {
    return json(hub_->get(lead_path(name) + "/decision", sessions_[who]));
  };
  hub_->run("insert into hub.ownership_history (lead_id, to_id, at, by_staff, reason) values ($1, $2, now(), $3, 'claimed')",
            leads_["anns"], staff_["ann"], staff_["ann"]);
  const auto mine = of("anns", "ann");
  EXPECT_TRUE(mine.at("mine").as_bool());
  EXPECT_EQ(mine.at("words").as_string(), "ann: claimed");
  EXPECT_FALSE(of("anns", "sue").at("mine").as_bool());
  EXPECT_EQ(of("waiting", "ann").at("words").as_string(), "everybody is at capacity");
  EXPECT_EQ(hub_->get(lead_path("bobs") + "/decision", sessions_["ann"]).status, 404);
}

TEST_F(inbox, shows_what_one_was_told_and_keeps_what_was_seen) {
  hub_->run("delete from hub.notification");
  for (const auto* who : {"ann", "ann", "ann", "bob"})
    hub_->run("insert into hub.notification (staff_id, kind, lead_id, text) values ($1, 'task_due', $2, 'Ring')", staff_[who],
              leads_["anns"]);
  const auto first = json(hub_->get("/api/v1/notifications?limit=2", sessions_["ann"]));
  ASSERT_EQ(first.at("notifications").as_array().size(), 2u);
  EXPECT_EQ(first.at("unseen").as_int64(), 3);
  const std::string next(first.at("next").as_string());
  EXPECT_EQ(json(hub_->get("/api/v1/notifications?before=" + next, sessions_["ann"])).at("notifications").as_array().size(), 1u);
  const auto second = first.at("notifications").at(1).at("id").as_int64();
  const auto left = hub_->post("/api/v1/notifications/seen", sessions_["ann"], R"({"up_to": )" + std::to_string(second) + "}");
  EXPECT_EQ(json(left).at("unseen").as_int64(), 1);
  EXPECT_EQ(json(hub_->post("/api/v1/notifications/seen", sessions_["ann"])).at("unseen").as_int64(), 0);
  EXPECT_EQ(json(hub_->get("/api/v1/notifications", sessions_["bob"])).at("unseen").as_int64(), 1) << "his are his";
}

TEST_F(inbox, keeps_whether_the_console_makes_a_sound) {
  EXPECT_TRUE(json(hub_->get("/api/v1/me", sessions_["ann"])).at("sound").as_bool());
  EXPECT_FALSE(json(hub_->ask(hub_->to("PATCH", "/api/v1/me", sessions_["ann"], R"({"sound": false})"))).at("sound").as_bool());
  EXPECT_FALSE(json(hub_->get("/api/v1/me", sessions_["ann"])).at("sound").as_bool());
}

}  // namespace
}  // namespace hub::api
