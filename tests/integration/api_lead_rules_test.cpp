// A lead's life where rules, windows, calendars and other people's changes have a say in it.

#include "tests/integration/api_fixture.hpp"

#include <algorithm>
#include <set>

namespace hub::api {
namespace {

using boost::json::object;

class lead_rules : public api {
 protected:
  static void SetUpTestSuite() {
    api::SetUpTestSuite();
    const std::string text = R"(version: 1
timezone: Europe/Kyiv
calendars:
  early: {mon-fri: ["07:00-12:00", "13:00-16:00"]}
  late: {mon-fri: ["12:00-20:00"]}
teams:
  sales: {members: [ann@example.com, bob@example.com], supervisors: [sue@example.com, ada@example.com], calendar: late}
  service: {members: [eve@example.com]}
people:
  ann@example.com: {calendar: early}
pipelines:
  sales: {sells_vehicles: true}
  short: {stages: [new, contacted], lost_reasons: [price, spam]}
lead_policy:
  default: {attach_to: open}
  viber: {attach_to: open, while: [new]}
  activity: {attach_to: open, window: 60m}
sla:
  first_response: {within: 1h, calendar: owner}
rules:
  - {name: everything, then: {team: sales, strategy: manual}}
)";
    const auto read = routing::read_rules(text, "test rules");
    for (const auto& p : read.problems) ADD_FAILURE() << p.where << ": " << p.what;
    ASSERT_TRUE(read.rules);
    hub_->run("select hub.activate_rules($1, $2, 'test', $3::jsonb)", read.rules->hash, text, routing::teams_json(*read.rules));
    hub_->run("update hub.staff s set open_leads = (select count(*) from hub.lead l where l.manager_id = s.id)");
  }

  /// As a change of owner would leave it: counted.
  static std::int64_t make_lead(const std::string& customer, const std::string& team, const std::string& owner) {
    const auto made = api::make_lead(customer, team, owner);
    hub_->run("update hub.staff set open_leads = open_leads + 1 where name = $1", owner);
    return made;
  }
  static http::incoming send(const std::string& method, const std::string& path, const std::string& who,
                             const object& body = {}) {
    return hub_->ask(hub_->to(method, path, sessions_.at(who), boost::json::serialize(body)));
  }
  static std::string path_of(std::int64_t lead) { return "/api/v1/leads/" + std::to_string(lead); }
  static http::incoming post(std::int64_t lead, const std::string& what, const std::string& who, const object& body = {}) {
    return send("POST", path_of(lead) + "/" + what, who, body);
  }
  static std::string text(const http::incoming& from, const char* member) {
    return std::string(json(from).at(member).as_string());
  }
  static bool attachable(std::int64_t lead) {
    return hub_->number("select attachable::integer from hub.lead where id = $1", lead) == 1;
  }
  static std::int64_t new_vehicle(const std::string& make) {
    return hub_->number("insert into hub.vehicle (make, model) values ($1, 'Fabia') returning id", make);
  }
  static std::string status_of_vehicle(std::int64_t id) {
    return text(hub_->get("/api/v1/vehicles/" + std::to_string(id), sessions_["ann"]), "status");
  }
  static http::incoming choose(std::int64_t lead, std::int64_t vehicle, const std::string& who) {
    return send("PUT", path_of(lead) + "/vehicles/" + std::to_string(vehicle), who, {{"chosen", true}});
  }
  /// All at once, each on a connection of its own; how often which status was answered.
  static std::map<int, int> at_once(std::vector<http::outgoing> requests) {
    std::vector<std::future<http::incoming>> running;
    for (auto& request : requests) running.push_back(hub_->spawn(hub_->fetch(std::move(request))));
    std::map<int, int> answers;
    for (auto& one : running) ++answers[one.get().status];
    return answers;
  }
  static http::outgoing request(const std::string& method, const std::string& path, const std::string& who, const object& body) {
    return hub_->to(method, path, sessions_.at(who), boost::json::serialize(body));
  }
};

TEST_F(lead_rules, takes_messages_only_in_the_stages_of_its_channel_and_beside_no_other_lead) {
  const auto lead = make_lead("While", "sales", "ann");
  ASSERT_EQ(post(lead, "stage", "ann", {{"stage", "contacted"}}).status, 200);
  EXPECT_FALSE(attachable(lead)) << "viber leads take messages while new";
  const auto other = send("POST", "/api/v1/leads", "ann", {{"customer_id", customers_[lead]}});
  ASSERT_EQ(other.status, 201) << other.body;
  ASSERT_EQ(post(lead, "stage", "ann", {{"stage", "new"}}).status, 200) << "a step back is no reopening";
  EXPECT_FALSE(attachable(lead)) << "what was cut stays cut";
  EXPECT_TRUE(attachable(json(other).at("id").as_int64()));
}

TEST_F(lead_rules, leaves_a_window_cut_that_was_cut) {
  const auto lead = make_lead("Window", "sales", "ann");
  hub_->run("update hub.lead set source_channel = 'website', attach_until = now() + interval '1 hour' where id = $1", lead);
  ASSERT_EQ(post(lead, "stage", "ann", {{"stage", "contacted"}}).status, 200);
  EXPECT_TRUE(attachable(lead));
  hub_->run("update hub.lead set attach_until = now() - interval '1 second' where id = $1", lead);
  ASSERT_EQ(post(lead, "stage", "ann", {{"stage", "qualified"}}).status, 200);
  EXPECT_FALSE(attachable(lead)) << "whoever finds it passed clears it";
  hub_->run("update hub.lead set attach_until = now() + interval '1 hour' where id = $1", lead);
  ASSERT_EQ(post(lead, "lost", "ann", {{"reason", "price"}}).status, 200);
  ASSERT_EQ(post(lead, "stage", "sue", {{"stage", "contacted"}}).status, 200);
  EXPECT_FALSE(attachable(lead)) << "closing cut it";
}

TEST_F(lead_rules, lets_a_customer_wait_by_the_calendar_of_whoever_owns_the_lead) {
  const auto lead = make_lead("Waiting", "sales", "");
  // Monday, 9:30 in Kyiv: the team begins at 12:00, ann works since 7:00.
  hub_->run("update hub.message set sent_at = '2026-11-16T07:30:00Z', created_at = '2026-11-16T07:30:00Z' where lead_id = $1",
            lead);
  hub_->run(
      "update hub.lead set unanswered_since = '2026-11-16T07:30:00Z', first_response_due_at = '2026-11-16T11:00:00Z' where id = "
      "$1",
      lead);
  EXPECT_EQ(text(post(lead, "claim", "ann"), "first_response_due_at"), "2026-11-16T08:30:00.000Z");
  EXPECT_EQ(text(post(lead, "assign", "sue", {{"staff_id", staff_["bob"]}, {"reason", "load"}}), "first_response_due_at"),
            "2026-11-16T11:00:00.000Z");
  EXPECT_EQ(text(post(lead, "release", "bob", {{"reason", "ill"}}), "first_response_due_at"), "2026-11-16T11:00:00.000Z");
  ASSERT_EQ(post(lead, "lost", "sue", {{"reason", "spam"}}).status, 200);
  EXPECT_TRUE(json(hub_->get(path_of(lead), sessions_["sue"])).at("lead").at("first_response_due_at").is_null());
}

TEST_F(lead_rules, ends_the_day_of_a_task_with_the_working_day_of_its_owner) {
  const auto anns = make_lead("Early", "sales", "ann"), bobs = make_lead("Late", "sales", "bob");
  const auto due = [&](std::int64_t lead, const char* day) {
    const auto made = post(lead, "tasks", "sue", {{"title", "Call"}, {"due_date", day}});
    EXPECT_EQ(made.status, 201) << made.body;
    return text(made, "due_at");
  };
  EXPECT_EQ(due(anns, "2026-11-23"), "2026-11-23T14:00:00.000Z") << "16:00 in Kyiv";
  EXPECT_EQ(due(bobs, "2026-11-23"), "2026-11-23T18:00:00.000Z") << "the team's 20:00";
  EXPECT_EQ(due(anns, "2026-11-22"), "2026-11-22T16:00:00.000Z") << "18:00 of a Sunday";
  const auto moment = post(anns, "tasks", "sue", {{"title", "Call"}, {"due_at", "2026-11-23T22:30:00Z"}});
  EXPECT_EQ(text(moment, "due_date"), "2026-11-24") << "the day where the person is";
  const auto none = post(anns, "tasks", "sue", {{"title", "Call"}});
  EXPECT_EQ(none.status, 400);
  EXPECT_EQ(text(none, "field"), "due_at");
  EXPECT_EQ(text(post(anns, "tasks", "sue", {{"title", "Call"}, {"due_date", "soon"}}), "field"), "due_date");
  EXPECT_EQ(send("GET", "/api/v1/tasks?status=never", "ann").status, 400);
  EXPECT_EQ(send("GET", "/api/v1/tasks?owner=you", "ann").status, 400);
  EXPECT_EQ(send("POST", "/api/v1/tasks/999999/complete", "ann").status, 404);
}

TEST_F(lead_rules, hides_what_people_wrote_from_those_who_see_masked) {
  const auto lead = make_lead("Hidden", "sales", "");
  ASSERT_EQ(post(lead, "assign", "sue", {{"staff_id", staff_["ann"]}, {"reason", "secret reason"}}).status, 200);
  ASSERT_EQ(post(lead, "notes", "ann", {{"text", "secret note"}}).status, 201);
  ASSERT_EQ(
      post(lead, "actions", "ann", {{"action_type", "call"}, {"action_description", "secret deed"}, {"notes", "secret words"}})
          .status,
      201);
  ASSERT_EQ(post(lead, "tasks", "ann", {{"title", "secret title"}, {"description", "secret"}, {"due_date", "2030-01-02"}}).status,
            201);
  ASSERT_EQ(post(lead, "stage", "ann", {{"stage", "contacted"}, {"note", "secret step"}}).status, 200);
  ASSERT_EQ(post(lead, "lost", "ann", {{"reason", "secret loss"}, {"note", "secret end"}}).status, 200);
  for (const auto* who : {"ian", "adam"})
    for (const auto& path : {path_of(lead), path_of(lead) + "/timeline", std::string("/api/v1/tasks?status=all&limit=200"),
                             std::string("/api/v1/leads?status=all&limit=200")}) {
      const auto told = hub_->get(path, sessions_[who]);
      EXPECT_EQ(told.status, 200);
      EXPECT_THAT(told.body, Not(HasSubstr("secret"))) << who << " " << path;
    }
  EXPECT_THAT(hub_->get(path_of(lead) + "/timeline", sessions_["sue"]).body, HasSubstr("secret deed"));
  EXPECT_EQ(post(lead, "notes", "ian", {{"text", "x"}}).status, 403);
  EXPECT_EQ(post(lead, "notes", "adam", {{"text", "x"}}).status, 404);
}

TEST_F(lead_rules, tells_what_happened_beside_the_conversation_once_over_all_pages) {
  const auto lead = make_lead("Told", "sales", "ann");
  hub_->run("update hub.message set sent_at = now() - interval '3 hours' where lead_id = $1", lead);
  for (int i = 1; i <= 4; ++i)
    hub_->run(
        "insert into hub.message (lead_id, customer_id, channel, direction, type, content, sent_at) values ($1, $2, 'viber', "
        "'incoming', 'text', 'm', now() - interval '3 hours' + $3 * interval '30 minutes')",
        lead, customers_[lead], i);
  for (int i = 0; i < 8; ++i)
    hub_->run(
        "insert into hub.activity (lead_id, customer_id, activity, at, value, currency, data) values ($1, $2, 'quote', now() - "
        "interval '4 hours' + $3 * interval '25 minutes', 12.5, 'USD', '{}')",
        lead, customers_[lead], i);
  ASSERT_EQ(post(lead, "actions", "ann", {{"action_type", "call"}, {"outcome", "interested"}}).status, 201);
  ASSERT_EQ(post(lead, "stage", "ann", {{"stage", "contacted"}}).status, 200);

  std::multiset<std::string> told;
  std::string before;
  for (int pages = 0; pages < 9; ++pages) {
    const auto page = json(hub_->get(path_of(lead) + "/timeline?limit=2" + before, sessions_["ann"]));
    std::string last;
    for (const auto& event : page.at("events").as_array()) {
      told.insert(std::string(event.at("kind").as_string()) + " " + std::to_string(event.at("id").as_int64()));
      EXPECT_LE(last, event.at("at").as_string()) << "oldest first";
      last = event.at("at").as_string();
    }
    if (page.at("earlier").is_null()) break;
    before = "&before=" + std::string(page.at("earlier").as_string());
  }
  EXPECT_EQ(told.size(), 10U);
  EXPECT_EQ(std::set<std::string>(told.begin(), told.end()).size(), 10U) << "none twice";
}

TEST_F(lead_rules, begins_with_somebody_new_and_keeps_no_phone_number) {
  const auto made = send("POST", "/api/v1/leads", "ann",
                         {{"customer", {{"first_name", "Olena"}}}, {"intent", "buy"}, {"notes", "call +12025550143 after six"}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json(made).at("customer").at("name").as_string(), "Olena");
  const auto lead = json(made).at("id").as_int64();
  EXPECT_EQ(text(hub_->get(path_of(lead), sessions_["ann"]), "notes"), "call [number] after six");
  EXPECT_THAT(post(lead, "notes", "ann", {{"text", "or +12025550143"}}).body, Not(HasSubstr("5550143")));
  const auto refused = [&](const object& body) { return text(send("POST", "/api/v1/leads", "ann", body), "field"); };
  EXPECT_EQ(refused({{"customer", {{"first_name", "+12025550143"}}}}), "customer.first_name");
  EXPECT_EQ(refused({{"customer", object{}}}), "customer.first_name");
  EXPECT_EQ(refused(object{}), "customer_id");
  EXPECT_EQ(refused({{"customer_id", 999999}}), "customer_id");
  EXPECT_EQ(refused({{"customer_id", customers_[leads_["eves"]]}, {"pipeline", "short"}}), "customer_id") << "of another team";
  EXPECT_EQ(refused({{"customer", {{"first_name", "A"}}}, {"pipeline", "none"}}), "pipeline");
  EXPECT_EQ(refused({{"customer", {{"first_name", "A"}}}, {"currency", "usd"}}), "currency");
  EXPECT_EQ(refused({{"customer", {{"first_name", "A"}}}, {"estimated_value", -1}}), "estimated_value");
  EXPECT_EQ(refused({{"customer", {{"first_name", "A"}}}, {"tags", {std::string(65, 'x')}}}), "tags");
  EXPECT_EQ(refused({{"customer", {{"first_name", "A"}}}, {"owner_id", staff_["bob"]}}), "owner_id") << "a supervisor's";
  const auto given = send("POST", "/api/v1/leads", "sue", {{"customer", {{"first_name", "Ivan"}}}, {"owner_id", staff_["bob"]}});
  ASSERT_EQ(given.status, 201) << given.body;
  EXPECT_EQ(json(given).at("owner").at("name").as_string(), "bob");
}

TEST_F(lead_rules, moves_to_a_pipeline_that_has_its_stage_and_loses_with_its_reasons) {
  const auto lead = make_lead("Moved", "sales", "ann");
  ASSERT_EQ(post(lead, "stage", "ann", {{"stage", "qualified"}}).status, 200);
  const auto move = [&](const char* to) {
    const auto version = json(hub_->get(path_of(lead), sessions_["ann"])).at("lead").at("version").as_int64();
    return send("PATCH", path_of(lead), "ann", {{"pipeline", to}, {"version", version}});
  };
  EXPECT_EQ(move("short").status, 409) << "it has no qualified";
  EXPECT_EQ(move("nowhere").status, 400);
  ASSERT_EQ(post(lead, "stage", "ann", {{"stage", "contacted"}}).status, 200);
  ASSERT_EQ(move("short").status, 200);
  const auto why = post(lead, "lost", "ann", {{"reason", "weather"}});
  EXPECT_EQ(why.status, 400);
  EXPECT_EQ(text(why, "field"), "reason");
  EXPECT_EQ(post(lead, "stage", "ann", {{"stage", "qualified"}}).status, 409);
  EXPECT_EQ(post(lead, "stage", "ann", {{"stage", "elsewhere"}}).status, 400);
  ASSERT_EQ(post(lead, "convert", "ann", {{"conversion_type", "registration"}, {"conversion_value", 10}}).status, 200);
  const auto twice = post(lead, "convert", "ann", {{"conversion_type", "registration"}, {"conversion_value", 10}});
  EXPECT_EQ(twice.status, 409) << "a second click counts nothing";
  EXPECT_EQ(post(lead, "convert", "ann", {{"conversion_type", "order_placed"}, {"conversion_value", 10}}).status, 400);
  EXPECT_EQ(hub_->number("select count(*) from hub.conversion where lead_id = $1", lead), 1);
}

TEST_F(lead_rules, gives_a_sold_vehicle_back_when_a_supervisor_opens_the_lead_again) {
  const auto lead = make_lead("Reopened", "sales", "ann"), rival = make_lead("Rival", "sales", "bob");
  const auto car = new_vehicle("Skoda");
  ASSERT_EQ(choose(lead, car, "ann").status, 200);
  ASSERT_EQ(post(lead, "stage", "ann", {{"stage", "sold"}}).status, 200);
  EXPECT_EQ(status_of_vehicle(car), "sold");
  const auto taken = choose(rival, car, "bob");
  EXPECT_EQ(taken.status, 409);
  EXPECT_THAT(text(taken, "detail"), HasSubstr(std::to_string(lead)));
  ASSERT_EQ(post(lead, "stage", "sue", {{"stage", "prepayment"}}).status, 200);
  EXPECT_EQ(status_of_vehicle(car), "reserved");
  ASSERT_EQ(post(lead, "stage", "ann", {{"stage", "in_negotiation"}}).status, 200);
  EXPECT_EQ(status_of_vehicle(car), "available");
  hub_->run("update hub.vehicle set status = 'reserved' where id = $1", car);
  EXPECT_EQ(post(lead, "stage", "ann", {{"stage", "prepayment"}}).status, 409) << "the back office holds it";
  EXPECT_EQ(choose(lead, 999999, "ann").status, 404);
}

TEST_F(lead_rules, lets_one_of_two_changes_of_the_same_version_through) {
  for (int round = 0; round < 10; ++round) {
    const auto lead = make_lead("Raced", "sales", "ann");
    const auto path = path_of(lead);
    const auto answers = at_once({request("PATCH", path, "ann", {{"priority", 1}, {"version", 1}}),
                                  request("PATCH", path, "sue", {{"priority", 2}, {"version", 1}}),
                                  request("POST", path + "/stage", "ann", {{"stage", "contacted"}, {"version", 1}}),
                                  request("POST", path + "/lost", "sue", {{"reason", "spam"}, {"version", 1}})});
    EXPECT_EQ(answers, (std::map<int, int>{{200, 1}, {409, 3}}));
  }
}

TEST_F(lead_rules, gives_a_vehicle_and_a_customer_to_one_of_two_who_reach_for_them_at_once) {
  for (int round = 0; round < 10; ++round) {
    const auto one = make_lead("One", "sales", "ann"), two = make_lead("Two", "sales", "bob");
    const auto at = "/vehicles/" + std::to_string(new_vehicle("Skoda"));
    EXPECT_EQ(at_once({request("PUT", path_of(one) + at, "ann", {{"chosen", true}}),
                       request("PUT", path_of(two) + at, "bob", {{"chosen", true}})}),
              (std::map<int, int>{{200, 1}, {409, 1}}));
    const auto customer = hub_->number("insert into hub.customer (first_name) values ('Wanted') returning id");
    EXPECT_EQ(at_once({request("POST", "/api/v1/leads", "ann", {{"customer_id", customer}}),
                       request("POST", "/api/v1/leads", "bob", {{"customer_id", customer}})}),
              (std::map<int, int>{{201, 1}, {409, 1}}));
  }
}

TEST_F(lead_rules, changes_many_leads_from_both_ends_at_once_without_a_circle) {
  std::vector<std::int64_t> leads;
  for (int i = 0; i < 12; ++i) leads.push_back(make_lead("Many", "sales", i % 2 ? "ann" : "bob"));
  boost::json::array up(leads.begin(), leads.end()), down(leads.rbegin(), leads.rend());
  for (int round = 0; round < 5; ++round) {
    const auto give = [&](const boost::json::array& ids, const char* to) {
      return request("POST", "/api/v1/leads/bulk", "sue",
                     {{"ids", ids}, {"do", "assign"}, {"staff_id", staff_[to]}, {"reason", "week"}});
    };
    std::vector<http::outgoing> all{give(up, "ann"), give(down, "bob"), give(up, "bob"), give(down, "ann")};
    for (const auto id : leads) all.push_back(request("POST", path_of(id) + "/notes", "sue", {{"text", "meanwhile"}}));
    EXPECT_EQ(at_once(std::move(all)), (std::map<int, int>{{200, 4}, {201, 12}}));
  }
  EXPECT_EQ(
      hub_->number("select count(*) from hub.staff s where s.open_leads <> (select count(*) from hub.lead l where l.manager_id "
                   "= s.id and l.stage not in ('sold', 'lost'))"),
      0);
  const auto told = json(send("POST", "/api/v1/leads/bulk", "ann", {{"ids", up}, {"do", "lost"}, {"reason", "spam"}}));
  for (const auto& one : told.at("leads").as_array())
    EXPECT_EQ(one.at("done").as_bool(), hub_->number("select (manager_id = $2)::integer from hub.lead where id = $1",
                                                     one.at("id").as_int64(), staff_["ann"]) == 1);
}

TEST_F(lead_rules, opens_the_pages_of_the_mini_crm_in_the_console) {
  const auto place = [&](const std::string& path) {
    const auto told = hub_->get(path);
    EXPECT_EQ(told.status, 302);
    return header(told, "Location");
  };
  EXPECT_EQ(place("/admin/crm"), "/#overview");
  EXPECT_EQ(place("/admin/crm/leads"), "/#leads");
  EXPECT_EQ(place("/admin/crm/lead/42"), "/#lead-42");
  EXPECT_EQ(place("/admin/crm/lead/nonsense"), "/#leads");
}

}  // namespace
}  // namespace hub::api
