// A lead's life over the API: owners, stages, reasons, vehicles, tasks, and what is refused on the way.

#include "tests/integration/api_fixture.hpp"

#include <algorithm>

namespace hub::api {
namespace {

using boost::json::object;

class lead_life : public api {
 protected:
  static http::incoming send(const std::string& method, const std::string& path, const std::string& who,
                             const object& body = {}) {
    return hub_->ask(hub_->to(method, path, sessions_.at(who), boost::json::serialize(body)));
  }
  static http::incoming post(std::int64_t lead, const std::string& what, const std::string& who, const object& body = {}) {
    return send("POST", "/api/v1/leads/" + std::to_string(lead) + "/" + what, who, body);
  }
  static std::string text(const http::incoming& from, const char* member) {
    return std::string(json(from).at(member).as_string());
  }
  static std::int64_t count(const std::string& sql, std::int64_t id) {
    return hub_->number("select count(*) from hub." + sql, id);
  }
  static std::int64_t new_vehicle(const std::string& vin) {
    return hub_->number("insert into hub.vehicle (make, model, vin) values ('Skoda', 'Fabia', $1) returning id", vin);
  }
  static std::string vehicle_status(std::int64_t id) {
    return hub_->direct->transact([&](pqxx::work& sql) {
      return sql.exec_params1("select status::text from hub.vehicle where id = $1", id)[0].as<std::string>();
    });
  }
};

TEST_F(lead_life, goes_through_the_funnel_and_keeps_who_when_and_why) {
  const auto lead = make_lead("Funnel", "sales", "ann");
  hub_->run("update hub.staff set open_leads = 1 where id = $1", staff_["ann"]);
  for (const auto* stage : {"contacted", "qualified", "in_negotiation"}) {
    const auto told = post(lead, "stage", "ann", {{"stage", stage}});
    ASSERT_EQ(told.status, 200) << told.body;
    EXPECT_EQ(text(told, "stage"), stage);
  }
  EXPECT_EQ(text(post(lead, "stage", "ann", {{"stage", "qualified"}}), "stage"), "qualified") << "one step back";
  const auto back = post(lead, "stage", "ann", {{"stage", "new"}});
  EXPECT_EQ(back.status, 409);
  EXPECT_EQ(text(back, "field"), "stage");

  const auto without = post(lead, "lost", "ann", {{"reason", "  "}});
  EXPECT_EQ(without.status, 400);
  EXPECT_EQ(text(without, "field"), "reason");
  const auto lost = post(lead, "lost", "ann", {{"reason", "price"}, {"note", "found a cheaper one"}});
  ASSERT_EQ(lost.status, 200) << lost.body;
  EXPECT_EQ(text(lost, "close_reason"), "price");
  EXPECT_EQ(text(lost, "status"), "lost");
  EXPECT_EQ(post(lead, "stage", "ann", {{"stage", "contacted"}}).status, 409) << "reopening is a supervisor's";
  const auto again = post(lead, "stage", "sue", {{"stage", "contacted"}});
  ASSERT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(text(again, "close_reason"), "");

  const auto page = json(hub_->get("/api/v1/leads/" + std::to_string(lead), sessions_["ann"]));
  ASSERT_EQ(page.at("stages").as_array().size(), 6U);
  EXPECT_EQ(page.at("stages").at(5).at("by").at("name").as_string(), "sue");
  EXPECT_TRUE(page.at("stages").at(1).at("seconds_in_stage").is_int64());
  EXPECT_EQ(count("audit where action = 'lead_stage' and subject = 'lead:' || $1::bigint", lead), 6);
}

TEST_F(lead_life, leaves_new_only_with_an_owner) {
  const auto lead = make_lead("Unowned", "sales", "");
  const auto refused = post(lead, "stage", "sue", {{"stage", "contacted"}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(text(refused, "field"), "stage");
  EXPECT_EQ(post(lead, "stage", "ann", {{"stage", "contacted"}}).status, 403) << "claim it first";
  EXPECT_EQ(post(lead, "lost", "sue", {{"reason", "spam"}}).status, 200) << "a supervisor loses an unowned one";
}

TEST_F(lead_life, refuses_a_change_of_what_has_moved_on) {
  const auto lead = make_lead("Versions", "sales", "ann");
  const auto path = "/api/v1/leads/" + std::to_string(lead);
  const auto version = json(hub_->get(path, sessions_["ann"])).at("lead").at("version").as_int64();
  const auto first = send("PATCH", path, "ann", {{"priority", 70}, {"tags", {"b", "a", "b"}}, {"version", version}});
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(json(first).at("priority").as_int64(), 70);
  EXPECT_EQ(boost::json::serialize(json(first).at("tags")), R"(["a","b"])");
  const auto second = send("PATCH", path, "ann", {{"priority", 10}, {"version", version}});
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(text(second, "field"), "version");
  EXPECT_EQ(send("PATCH", path, "ann", {{"priority", 10}}).status, 400) << "a version is needed";
  EXPECT_EQ(send("PATCH", path, "ann", {{"priority", 101}, {"version", version}}).status, 400);
  EXPECT_EQ(send("PATCH", path, "ann", {{"colour", "red"}, {"version", version}}).status, 400);
}

TEST_F(lead_life, is_assigned_and_released_by_those_who_may) {
  const auto lead = make_lead("Assigned", "sales", "");
  EXPECT_EQ(post(lead, "assign", "ann", {{"staff_id", staff_["ann"]}, {"reason", "mine"}}).status, 403);
  const auto outside = post(lead, "assign", "sue", {{"staff_id", staff_["eve"]}, {"reason", "help"}});
  EXPECT_EQ(outside.status, 400) << "eve is of no team of sue's";
  EXPECT_EQ(text(outside, "field"), "staff_id");
  ASSERT_EQ(post(lead, "assign", "sue", {{"staff_id", staff_["bob"]}, {"reason", "knows the customer"}}).status, 200);
  EXPECT_EQ(post(lead, "release", "ann", {{"reason", "not mine"}}).status, 404) << "somebody else's is not seen";
  ASSERT_EQ(post(lead, "assign", "adam", {{"staff_id", staff_["ann"]}, {"reason", "bob is ill"}}).status, 200)
      << "an admin assigns";
  const auto released = post(lead, "release", "ann", {{"reason", "on leave"}});
  ASSERT_EQ(released.status, 200) << released.body;
  EXPECT_TRUE(json(released).at("owner").is_null());
  EXPECT_EQ(text(released, "status"), "pending");
  EXPECT_EQ(count("ownership_history where lead_id = $1", lead), 3);
  EXPECT_EQ(hub_->number("select open_leads from hub.staff where id = $1", staff_["bob"]), 0);
}

TEST_F(lead_life, reserves_sells_and_frees_the_chosen_vehicle) {
  hub_->run("update hub.staff set open_leads = open_leads + 2 where id = $1", staff_["ann"]);
  const auto lead = make_lead("Buyer", "sales", "ann"), rival = make_lead("Rival", "sales", "ann");
  const auto car = new_vehicle("1HGCM82633A004352");
  for (const auto id : {lead, rival}) ASSERT_EQ(post(id, "stage", "ann", {{"stage", "contacted"}}).status, 200);
  const auto early = post(lead, "stage", "ann", {{"stage", "prepayment"}});
  EXPECT_EQ(early.status, 409) << "no vehicle is chosen";
  const auto at = "/vehicles/" + std::to_string(car);
  const auto linked = send("PUT", "/api/v1/leads/" + std::to_string(lead) + at, "ann", {{"chosen", true}});
  ASSERT_EQ(linked.status, 200) << linked.body;
  EXPECT_TRUE(json(linked).at(0).at("chosen").as_bool());
  ASSERT_EQ(post(lead, "stage", "ann", {{"stage", "prepayment"}}).status, 200);
  EXPECT_EQ(vehicle_status(car), "reserved");
  EXPECT_EQ(send("PUT", "/api/v1/leads/" + std::to_string(rival) + at, "ann", {{"chosen", true}}).status, 409);
  EXPECT_EQ(send("DELETE", "/api/v1/leads/" + std::to_string(lead) + at, "ann").status, 409) << "a step back first";
  ASSERT_EQ(post(lead, "lost", "ann", {{"reason", "changed their mind"}}).status, 200);
  EXPECT_EQ(vehicle_status(car), "available");
  ASSERT_EQ(send("PUT", "/api/v1/leads/" + std::to_string(rival) + at, "ann", {{"chosen", true}}).status, 200);
  const auto sold =
      post(rival, "convert", "ann", {{"conversion_type", "manual_mark"}, {"conversion_value", 14200.5}, {"order_id", "A-1"}});
  ASSERT_EQ(sold.status, 200) << sold.body;
  EXPECT_EQ(text(sold, "status"), "converted");
  EXPECT_EQ(vehicle_status(car), "sold");
  const auto twice =
      post(rival, "convert", "ann", {{"conversion_type", "manual_mark"}, {"conversion_value", 1}, {"order_id", "A-1"}});
  EXPECT_EQ(twice.status, 409) << "one order counts once";
}

TEST_F(lead_life, makes_a_follow_up_task_that_goes_with_the_lead) {
  const auto lead = make_lead("Followed", "sales", "ann");
  const auto done = post(lead, "actions", "ann",
                         {{"action_type", "call"},
                          {"action_description", "told the price"},
                          {"outcome", "interested"},
                          {"follow_up_date", "2030-05-06"}});
  ASSERT_EQ(done.status, 201) << done.body;
  EXPECT_EQ(post(lead, "actions", "ann", {{"action_type", "fax"}}).status, 400);
  const auto never = post(lead, "actions", "ann", {{"action_type", "call"}, {"follow_up_date", "2030-02-30"}});
  EXPECT_EQ(never.status, 400);
  EXPECT_EQ(text(never, "field"), "follow_up_date");
  ASSERT_EQ(post(lead, "notes", "ann", {{"text", "wants a red one"}}).status, 201);
  ASSERT_EQ(
      post(lead, "tasks", "ann", {{"title", "Send photos"}, {"kind", "reminder"}, {"due_at", "2020-01-01T10:00:00Z"}}).status,
      201);

  const auto mine = json(hub_->get("/api/v1/tasks?owner=me&status=open", sessions_["ann"]));
  const auto& tasks = mine.at("tasks").as_array();
  ASSERT_EQ(tasks.size(), 2U);
  EXPECT_TRUE(tasks[0].at("overdue").as_bool());
  EXPECT_EQ(tasks[1].at("due_date").as_string(), "2030-05-06");
  EXPECT_EQ(tasks[1].at("due_at").as_string(), "2030-05-06T15:00:00.000Z") << "18:00 in Kyiv";

  ASSERT_EQ(post(lead, "assign", "sue", {{"staff_id", staff_["bob"]}, {"reason", "load"}}).status, 200);
  EXPECT_TRUE(json(hub_->get("/api/v1/tasks?owner=me", sessions_["ann"])).at("tasks").as_array().empty());
  const auto task = std::to_string(tasks[0].at("id").as_int64());
  EXPECT_EQ(send("POST", "/api/v1/tasks/" + task + "/complete", "ann").status, 404) << "not hers any more";
  const auto completed = send("POST", "/api/v1/tasks/" + task + "/complete", "bob");
  ASSERT_EQ(completed.status, 200) << completed.body;
  EXPECT_TRUE(json(completed).at("completed").as_bool());
  const auto moved = send("PATCH", "/api/v1/tasks/" + task, "bob", {{"title", "Send all photos"}, {"due_date", "2031-01-02"}});
  ASSERT_EQ(moved.status, 200) << moved.body;
  EXPECT_EQ(text(moved, "due_at"), "2031-01-02T16:00:00.000Z");
}

TEST_F(lead_life, begins_by_hand_but_not_beside_an_open_one) {
  const auto customer = hub_->number("insert into hub.customer (first_name) values ('Walk-in') returning id");
  const object wanted{{"customer_id", customer}, {"intent", "buy"}, {"estimated_value", 12000.0}, {"tags", {"walk-in"}}};
  const auto made = send("POST", "/api/v1/leads", "ann", wanted);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json(made).at("owner").at("name").as_string(), "ann");
  EXPECT_EQ(text(made, "channel"), "manual");
  const auto second = send("POST", "/api/v1/leads", "bob", wanted);
  EXPECT_EQ(second.status, 409) << second.body;
  EXPECT_THAT(text(second, "detail"), HasSubstr(std::to_string(json(made).at("id").as_int64())));
  auto elsewhere = wanted;
  elsewhere["team"] = "service";
  EXPECT_EQ(send("POST", "/api/v1/leads", "ann", elsewhere).status, 400) << "not ann's team";
}

TEST_F(lead_life, is_changed_in_bulk_each_for_itself) {
  const auto one = make_lead("Bulk one", "sales", ""), two = make_lead("Bulk two", "service", ""),
             three = make_lead("Bulk three", "sales", "bob");
  const auto told = send("POST", "/api/v1/leads/bulk", "sue",
                         {{"ids", {three, two, one}}, {"do", "assign"}, {"staff_id", staff_["ann"]}, {"reason", "new week"}});
  ASSERT_EQ(told.status, 200) << told.body;
  std::map<std::int64_t, bool> done;
  const auto answer = json(told);
  for (const auto& each : answer.at("leads").as_array()) done[each.at("id").as_int64()] = each.at("done").as_bool();
  EXPECT_EQ(done, (std::map<std::int64_t, bool>{{one, true}, {two, false}, {three, true}}));
  EXPECT_EQ(
      send("POST", "/api/v1/leads/bulk", "ann", {{"ids", {one}}, {"do", "assign"}, {"staff_id", staff_["ann"]}, {"reason", "x"}})
          .status,
      403);
}

TEST_F(lead_life, answers_a_repeated_request_once) {
  const auto lead = make_lead("Repeated", "sales", "ann");
  auto request =
      hub_->to("POST", "/api/v1/leads/" + std::to_string(lead) + "/notes", sessions_["ann"], R"({"text":"only once"})");
  request.head.set("Idempotency-Key", "key-1");
  const auto first = hub_->ask(request), again = hub_->ask(request);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(first.body, again.body);
  EXPECT_EQ(header(again, "Idempotency-Replayed"), "true");
  EXPECT_EQ(count("note where lead_id = $1", lead), 1);
  request.body = R"({"text":"something else"})";
  EXPECT_EQ(hub_->ask(request).status, 422);
}

TEST_F(lead_life, takes_the_mini_crm_paths) {
  const auto lead = make_lead("Mini", "sales", "");
  const auto path = [&](const std::string& what) { return "/admin/crm/" + what + "/" + std::to_string(lead); };
  ASSERT_EQ(send("POST", path("assign-lead"), "sue", {{"staff_id", staff_["ann"]}, {"reason", "first"}}).status, 200);
  ASSERT_EQ(send("POST", path("add-action"), "ann", {{"action_type", "email"}}).status, 201);
  EXPECT_EQ(send("POST", path("lost-lead"), "bob", {{"reason", "no"}}).status, 404);
  ASSERT_EQ(send("POST", path("lost-lead"), "ann", {{"reason", "no answer"}}).status, 200);
}

TEST_F(lead_life, refuses_to_reopen_beside_another_open_lead) {
  const auto lead = make_lead("Reopened", "sales", "ann");
  ASSERT_EQ(post(lead, "lost", "ann", {{"reason", "later"}}).status, 200);
  const auto second = send("POST", "/api/v1/leads", "ann", {{"customer_id", customers_[lead]}});
  ASSERT_EQ(second.status, 201) << second.body;
  const auto refused = post(lead, "stage", "sue", {{"stage", "contacted"}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(text(refused, "detail"), HasSubstr(std::to_string(json(second).at("id").as_int64())));
}

}  // namespace
}  // namespace hub::api
