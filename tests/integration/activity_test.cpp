// What companies do on a website, against a real database: customers, leads and their values, tasks, windows.

#include "tests/integration/ingest_fixture.hpp"

#include <algorithm>
#include <random>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

const std::string first_come_first_served = R"(version: 1
timezone: Europe/Kyiv
teams:
  admins: { members: [m1@example.test, m2@example.test] }
lead_policy:
  default: { attach_to: open, window: unlimited, when_closed: new }
  activity: { attach_to: open, while: [new], window: 60m, when_closed: new }
rules:
  - name: load plans
    when: { activity: load_plan }
    then: { estimated_value: 500, team: admins, strategy: manual }
  - name: quotes are worth their total
    when: { activity: quote }
    then: { intent: buy, estimated_value: { field: total_cost }, team: admins, strategy: manual }
  - name: shared a location
    when: { activity: location_share }
    then: { estimated_value: { average_of: conversions, same: activity, over: 90d, else: 25 }, team: admins, strategy: manual }
  - name: an order was begun and left
    when: { activity: order_attempt }
    then: { priority: 90, team: admins, strategy: manual, task: { title: Call about the order, due: 15m } }
  - name: everything else
    then: { team: admins, strategy: manual }
)";

class activity : public ingest_fixture {
 protected:
  void SetUp() override { rules_file(first_come_first_served); }
  void claim(const std::string& lead) {
    ask("select change_owner(array[" + lead + "]::bigint[], array[1]::bigint[], 1, array['claimed'], now())");
  }
  void stage(const std::string& lead, const std::string& stage, bool attaches) {
    ask("select change_stage(array[" + lead + "]::bigint[], array['" + stage + "']::lead_stage[], array[" +
        (attaches ? "true" : "false") + "], 1, array['test'], now())");
  }
};

TEST_F(activity, of_a_new_company_makes_a_customer_and_a_lead_that_waits_to_be_claimed) {
  process({activity_of(77, 1, "quote", "1250.50")});
  EXPECT_EQ(ask("select first_name, last_name, company_name, email, url from customer"),
            "Dana Example Haul 77 Example Co dispatch77@haul.example https://site.example/admin/users/77");
  EXPECT_EQ(ask("select space, account, external_id from identity"), "activity main c-77");
  EXPECT_EQ(ask("select source_channel, origin, data, estimated_value, currency, intent, stage, attachable, manager_id is null,"
                " queued_at is not null from lead"),
            "website quote {\"token\": 1} 1250.50 USD buy new t t t");
  EXPECT_EQ(ask("select attach_until - created_at from lead"), "01:00:00");
  EXPECT_EQ(ask("select a.activity, a.value, a.currency, a.data, a.lead_id = l.id, a.customer_id = l.customer_id, a.event_key"
                " from activity a, lead l"),
            "quote 1250.50 USD {\"token\": 1} t t activity:main:1");
  EXPECT_EQ(ask("select count(*) from event_key k join event_body b using (key, received_at)"), "1");
}

TEST_F(activity, is_no_message_and_starts_no_clock) {
  process({activity_of(1, 1, "quote", "10")});
  EXPECT_EQ(ask("select count(*) from message"), "0");
  EXPECT_EQ(ask("select unanswered_since is null, first_response_due_at is null from lead"), "t t");
}

TEST_F(activity, within_the_hour_is_one_lead_worth_its_largest_and_after_it_another) {
  process({activity_of(1, 1, "load_plan")});
  process({activity_of(1, 2, "quote", "1800", 20min), activity_of(1, 3, "quote", "990", 60min)});
  process({activity_of(1, 4, "quote", "700", 60min + 1ms)});
  EXPECT_EQ(ask("select l.id, origin, estimated_value, attachable, count(a.id) from lead l join activity a on a.lead_id = l.id"
                " group by l.id order by l.id"),
            "1 load_plan 1800.00 f 3\n2 quote 700.00 t 1");
}

TEST_F(activity, values_follow_the_rules) {
  process({activity_of(1, 1, "load_plan"), activity_of(2, 2, "quote", "12.5"), activity_of(3, 3, "order_attempt", "2400"),
           activity_of(4, 4, "price_alert"), activity_of(5, 5, "price_alert", "3"), activity_of(6, 6, "location_share")});
  EXPECT_EQ(ask("select activity, coalesce(value::text, 'none') from activity order by event_key"),
            "load_plan 500.00\nquote 12.50\norder_attempt 2400.00\nprice_alert none\nprice_alert 3.00\nlocation_share 25.00");
  EXPECT_EQ(ask("select count(*) from lead l join activity a on a.lead_id = l.id"
                " where l.estimated_value is distinct from a.value"),
            "0");
}

TEST_F(activity, a_shared_location_is_worth_the_average_of_what_its_kind_brought_before) {
  process({activity_of(1, 1, "location_share"), activity_of(2, 2, "location_share"), activity_of(3, 3, "quote", "9000")});
  ask("insert into conversion (lead_id, conversion_value, conversion_type, created_at) values"
      " (1, 100, 'manual_mark', '2026-11-20T10:30:00Z'), (2, 201.01, 'manual_mark', '2026-11-20T10:40:00Z'),"
      " (3, 9000, 'manual_mark', '2026-11-20T10:40:00Z'),"
      " (1, 7777, 'registration', '2026-11-20T11:00:00.001Z'), (1, 5555, 'registration', '2026-08-01T10:00:00Z')");
  process({activity_of(4, 4, "location_share", "", 60min)});
  EXPECT_EQ(ask("select value from activity where event_key = 'activity:main:4'"), "150.51");
}

TEST_F(activity, a_begun_order_makes_a_task_once_for_whoever_owns_the_lead) {
  const auto order = activity_of(1, 1, "order_attempt", "2400");
  process({order});
  process({order});
  EXPECT_EQ(ask("select title, due_at = '2026-11-20T10:15:00Z', due_date, kind, manager_id is null, created_by is null"
                " from task"),
            "Call about the order t 2026-11-20 call t t");
  EXPECT_EQ(ask("select priority from lead"), "90");
  claim("1");
  EXPECT_EQ(ask("select manager_id from task"), "1");
  process({activity_of(1, 2, "order_attempt", "2500", 5min)});
  EXPECT_EQ(ask("select count(*), min(manager_id), max(manager_id) from task"), "2 1 1");
}

TEST_F(activity, joins_a_claimed_lead_while_it_is_new_and_opens_another_once_somebody_is_at_work) {
  process({activity_of(1, 1, "quote", "10")});
  claim("1");
  process({activity_of(1, 2, "quote", "20", 5min)});
  EXPECT_EQ(ask("select count(*), max(estimated_value) from lead"), "1 20.00");
  stage("1", "contacted", false);
  process({activity_of(1, 3, "quote", "30", 10min)});
  EXPECT_EQ(ask("select id, estimated_value, manager_id is null from lead order by id"), "1 20.00 f\n2 30.00 t");

  // Also when whoever moved it did not know the policy.
  stage("2", "contacted", true);
  process({activity_of(1, 4, "quote", "40", 15min)});
  EXPECT_EQ(ask("select id, attachable from lead order by id"), "1 f\n2 f\n3 t");

  // What came back to new leaves the place to the lead that has it now.
  stage("1", "new", true);
  EXPECT_EQ(ask("select id, stage, attachable from lead order by id"), "1 new f\n2 contacted f\n3 new t");
}

TEST_F(activity, that_comes_late_reopens_and_reassigns_nothing) {
  process({activity_of(1, 1, "quote", "10")});
  claim("1");
  stage("1", "lost", false);
  process({activity_of(1, 2, "quote", "20", 24h * 300)});
  const auto before = ask("select id, stage, manager_id is null from lead order by id");
  process({activity_of(1, 3, "load_plan", "", 10min)});
  EXPECT_EQ(ask("select id, stage, manager_id is null from lead order by id"), before);
  EXPECT_EQ(ask("select count(*) from task"), "0");
}

TEST_F(activity, of_a_company_told_late_belongs_to_the_lead_of_its_hour) {
  process({activity_of(1, 1, "quote", "10")});
  process({activity_of(1, 2, "quote", "20", 2h)});
  process({activity_of(1, 3, "quote", "15", 30min)});
  EXPECT_EQ(ask("select l.id, count(a.id), l.estimated_value from lead l join activity a on a.lead_id = l.id"
                " group by l.id order by 1"),
            "1 2 15.00\n2 1 20.00");
}

TEST_F(activity, the_newest_facts_of_a_company_stay_and_the_earliest_name) {
  auto older = activity_of(1, 1, "quote", "1"), newer = activity_of(1, 2, "quote", "2", 5min);
  auto& told = std::get<hub::message::activity>(newer.data);
  told.sender.name = "Alex Example";
  told.company_name = "Haul Example Group";
  told.email.clear();
  told.url = "javascript:alert(1)";
  for (const bool in_order : {true, false}) {
    SCOPED_TRACE(in_order);
    url_ = fresh_database();
    rules_file(first_come_first_served);
    process({in_order ? older : newer});
    process({in_order ? newer : older});
    EXPECT_EQ(ask("select first_name, company_name, email, url from customer"),
              "Dana Haul Example Group dispatch1@haul.example https://site.example/admin/users/1");
  }
}

TEST_F(activity, what_a_person_typed_about_a_company_stays) {
  process({activity_of(1, 1, "quote", "1")});
  ask("update customer set company_name = 'Typed Co', email = 'typed@haul.example', first_name = 'Typed', named_at = 'epoch'");
  process({activity_of(1, 2, "quote", "2", 5min)});
  EXPECT_EQ(ask("select first_name, company_name, email from customer"), "Typed Typed Co typed@haul.example");

  // One field alone.
  process({activity_of(2, 3, "quote", "1")});
  ask("update customer set email = 'typed@haul.example', email_at = 'epoch' where id = 2");
  auto newer = activity_of(2, 4, "quote", "2", 5min);
  std::get<hub::message::activity>(newer.data).company_name = "Haul Example Group";
  process({newer});
  EXPECT_EQ(ask("select company_name, email from customer where id = 2"), "Haul Example Group typed@haul.example");
}

TEST_F(activity, with_an_impossible_cost_is_refused_alone) {
  auto w = worker();
  EXPECT_THROW(w.process(items_of({activity_of(1, 1, "quote", "-5")})), hub::error);
  EXPECT_THROW(w.process(items_of({activity_of(1, 1, "quote", "1000000000000")})), hub::error);
  EXPECT_EQ(ask("select count(*) from event_key"), "0");
}

TEST_F(activity, in_any_order_and_repetition_leaves_the_same_within_a_window) {
  std::vector<hub::message::event> history;
  for (int company = 0; company < 10; ++company)
    for (int n = 0; n < 6; ++n)
      history.push_back(activity_of(company, company * 10 + n, n % 2 ? "quote" : "load_plan",
                                    n % 2 ? std::to_string(100 * n) : "", std::chrono::minutes(9 * n)));
  const auto digest =
      "select i.external_id, c.company_name, c.email, c.first_name, l.origin, l.data, l.estimated_value,"
      " l.created_at, count(a.id), max(a.at) from lead l join customer c on c.id = l.customer_id"
      " join identity i on i.customer_id = c.id join activity a on a.lead_id = l.id"
      " group by c.id, l.id, i.id order by 1";
  process(history);
  const auto clean = ask(digest);
  for (unsigned seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    url_ = fresh_database();
    rules_file(first_come_first_served);
    std::mt19937 random(seed);
    // The first of each company comes first, so that the window is the same.
    std::vector<hub::message::event> first, told;
    for (const auto& e : history) {
      if (e.time == story_begins()) first.push_back(e);
      told.insert(told.end(), 1 + random() % 3, e);
    }
    std::shuffle(told.begin(), told.end(), random);
    told.insert(told.begin(), first.begin(), first.end());
    auto w = worker();
    for (std::size_t at = 0; at < told.size();) {
      const auto size = std::min<std::size_t>(1 + random() % 20, told.size() - at);
      w.process(items_of({told.begin() + static_cast<long>(at), told.begin() + static_cast<long>(at + size)}));
      at += size;
    }
    EXPECT_EQ(ask(digest), clean);
  }
}

}  // namespace
