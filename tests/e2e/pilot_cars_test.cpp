// The use cases of the Pilot Cars Mini CRM (docs/domain.md), each driven as its users do: a website's signed calls, people's
// sessions, nothing else. Olha, Maksym and Natalia are its admins (managers here), the director its super admin.

#include "tests/e2e/office.hpp"

namespace {

using namespace std::chrono_literals;
using e2e::json::object;

constexpr char profile[] = "pilot-cars";

class pilot_cars : public e2e::in_office<profile> {
 protected:
  /// A lead of that company, worth a quote of 1,000.
  static std::string quoted(const std::string& company) {
    EXPECT_EQ(hub().website(company, "quote", "1000"), 200);
    return hub().lead_of("director", company)["/lead/id"];
  }
  static std::string claimed(const std::string& company, const std::string& who) {
    const auto lead = quoted(company);
    EXPECT_EQ(hub().step(who, lead, "claim").status, 200);
    return lead;
  }
  static object conversion(double value) {
    return {{"conversion_type", "manual_mark"}, {"conversion_value", value}, {"reason", "ordered by phone"}};
  }
};

TEST_F(pilot_cars, a_saved_load_plan_becomes_a_pending_lead_worth_five_hundred) {
  ASSERT_EQ(hub().website("Plan Example", "load_plan"), 200);
  const auto lead = hub().lead_of("olha", "Plan Example");
  EXPECT_EQ(lead["/lead/status"], "pending");
  EXPECT_EQ(lead["/lead/origin"], "load_plan");
  EXPECT_EQ(lead["/lead/estimated_value"], "500");
  EXPECT_EQ(lead["/lead/owner"], "");
}

TEST_F(pilot_cars, a_quote_makes_a_lead_worth_its_total) {
  ASSERT_EQ(hub().website("Quote Example", "quote", "1250.5"), 200);
  EXPECT_EQ(std::stod(hub().lead_of("olha", "Quote Example")["/lead/estimated_value"]), 1250.5);
}

TEST_F(pilot_cars, a_shared_location_is_worth_the_average_of_its_kinds_conversions) {
  ASSERT_EQ(hub().website("First Place Example", "location_share"), 200);
  const auto first = hub().lead_of("maksym", "First Place Example");
  EXPECT_EQ(first["/lead/estimated_value"], "0") << "nothing of its kind was sold yet";
  ASSERT_EQ(hub().step("maksym", first["/lead/id"], "claim").status, 200);
  ASSERT_EQ(hub().step("maksym", first["/lead/id"], "convert", conversion(640)).status, 200);
  // A conversion counts for what happens after it.
  const auto later = e2e::moment(-1min);
  ASSERT_EQ(hub().website("Second Place Example", "location_share", "", later), 200);
  EXPECT_EQ(hub().lead_of("maksym", "Second Place Example")["/lead/estimated_value"], "640");
}

TEST_F(pilot_cars, an_order_attempt_asks_for_a_call_at_once) {
  ASSERT_EQ(hub().website("Order Example", "order_attempt", "3000"), 200);
  const auto lead = hub().lead_of("olha", "Order Example");
  EXPECT_EQ(lead["/lead/priority"], "90");
  EXPECT_EQ(lead["/tasks/0/title"], "Call about the order");
  EXPECT_EQ(lead["/tasks/0/owner"], "") << "whoever claims the lead gets it";
  ASSERT_EQ(hub().step("olha", lead["/lead/id"], "claim").status, 200);
  EXPECT_EQ(hub().lead_of("olha", "Order Example")["/tasks/0/owner/id"], hub().staff_id("olha"));
}

TEST_F(pilot_cars, what_a_company_does_within_the_hour_is_one_lead) {
  ASSERT_EQ(hub().website("Hour Example", "load_plan", "", e2e::moment(60min)), 200);
  ASSERT_EQ(hub().website("Hour Example", "quote", "900", e2e::moment(1min)), 200);
  ASSERT_TRUE(
      e2e::office::eventually([] { return hub().lead_of("olha", "Hour Example").body.at("activities").as_array().size() == 2; }));
  EXPECT_EQ(hub().lead_of("olha", "Hour Example")["/lead/estimated_value"], "900");
}

TEST_F(pilot_cars, what_it_does_after_the_hour_is_another_lead) {
  ASSERT_EQ(hub().website("Later Example", "load_plan", "", e2e::moment(70min)), 200);
  ASSERT_EQ(hub().website("Later Example", "quote", "900", e2e::moment(5min)), 200);
  EXPECT_TRUE(e2e::office::eventually([] { return hub().leads_of("olha", "Later Example") == 2; }));
}

TEST_F(pilot_cars, an_activity_told_twice_counts_once) {
  const auto at = e2e::moment(2min);
  for (int again = 0; again < 3; ++again) ASSERT_EQ(hub().website("Twice Example", "quote", "1000", at, "told-often"), 200);
  ASSERT_EQ(hub().website("Twice Example", "load_plan"), 200);
  ASSERT_TRUE(e2e::office::eventually(
      [] { return hub().lead_of("olha", "Twice Example").body.at("activities").as_array().size() >= 2; }));
  EXPECT_EQ(hub().lead_of("olha", "Twice Example").body.at("activities").as_array().size(), 2u);
}

TEST_F(pilot_cars, a_company_that_comes_back_is_the_same_customer) {
  ASSERT_EQ(hub().website("Back Example", "load_plan", "", e2e::moment(48h)), 200);
  ASSERT_EQ(hub().website("Back Example", "load_plan", "", e2e::moment(24h)), 200);
  ASSERT_TRUE(e2e::office::eventually([] { return hub().leads_of("olha", "Back Example") == 2; }));
  const auto found = hub().ask("director", "GET", "/api/v1/customers?q=Back");
  ASSERT_EQ(found.body.at("customers").as_array().size(), 1u);
  EXPECT_EQ(found["/customers/0/leads"], "2");
}

TEST_F(pilot_cars, nobody_is_given_a_lead_by_the_hub) {
  const auto lead = quoted("Nobody Example");
  const auto seen = hub().lead_of("director", "Nobody Example");
  EXPECT_EQ(seen["/lead/owner"], "");
  EXPECT_EQ(seen["/lead/why/strategy"], "manual");
  EXPECT_EQ(seen["/decisions/0/winner"], "");
}

TEST_F(pilot_cars, first_come_first_served_and_who_came_second_is_told_the_winner) {
  const auto lead = quoted("Race Example");
  EXPECT_EQ(hub().step("olha", lead, "claim").status, 200);
  const auto second = hub().step("maksym", lead, "claim");
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(second["/owner/id"], hub().staff_id("olha"));
  EXPECT_NE(second["/since"], "");
  EXPECT_EQ(hub().lead_of("olha", "Race Example")["/lead/status"], "assigned");
}

TEST_F(pilot_cars, the_super_admin_assigns_to_any_admin_with_a_reason) {
  const auto lead = quoted("Assign Example");
  const object given{{"staff_id", std::stoi(hub().staff_id("natalia"))}, {"reason", "speaks Polish"}};
  EXPECT_EQ(hub().step("olha", lead, "assign", given).status, 403) << "an admin does not";
  ASSERT_EQ(hub().step("director", lead, "assign", given).status, 200);
  const auto seen = hub().lead_of("natalia", "Assign Example");
  EXPECT_EQ(seen["/lead/owner/id"], hub().staff_id("natalia"));
  EXPECT_EQ(seen["/owners/0/reason"], "assigned: speaks Polish");
}

TEST_F(pilot_cars, only_the_assigned_admin_or_the_super_admin_works_on_a_lead) {
  const auto lead = claimed("Mine Example", "olha");
  const object action{{"action_type", "call"}, {"outcome", "answered"}};
  const object lost{{"reason", "too expensive"}};
  EXPECT_EQ(hub().step("maksym", lead, "actions", action).status, 404);
  EXPECT_EQ(hub().step("maksym", lead, "convert", conversion(1)).status, 404);
  EXPECT_EQ(hub().step("maksym", lead, "lost", lost).status, 404);
  EXPECT_EQ(hub().step("olha", lead, "actions", action).status, 201);
  EXPECT_EQ(hub().step("director", lead, "lost", lost).status, 200);
}

TEST_F(pilot_cars, a_sales_action_with_a_follow_up_date_becomes_a_task_of_that_day) {
  const auto lead = claimed("Follow Example", "olha");
  const object action{{"action_type", "call"},
                      {"action_description", "asked about the dates"},
                      {"outcome", "voicemail"},
                      {"notes", "call again"},
                      {"follow_up_date", e2e::tomorrow()}};
  ASSERT_EQ(hub().step("olha", lead, "actions", action).status, 201);
  const auto seen = hub().lead_of("olha", "Follow Example");
  EXPECT_EQ(seen["/actions/0/outcome"], "voicemail");
  EXPECT_EQ(seen["/tasks/0/kind"], "follow_up");
  EXPECT_EQ(seen["/tasks/0/due_date"], e2e::tomorrow());
  const auto task = seen["/tasks/0/id"];
  EXPECT_EQ(hub().ask("olha", "POST", "/api/v1/tasks/" + task + "/complete").status, 200);
}

TEST_F(pilot_cars, a_lead_is_converted_with_its_value) {
  const auto lead = claimed("Sold Example", "natalia");
  ASSERT_EQ(hub().step("natalia", lead, "convert", conversion(1800)).status, 200);
  const auto seen = hub().lead_of("natalia", "Sold Example");
  EXPECT_EQ(seen["/lead/status"], "converted");
  EXPECT_EQ(seen["/conversions/0/conversion_value"], "1800");
  EXPECT_EQ(hub().step("natalia", lead, "convert", conversion(1800)).status, 409) << "once";
}

TEST_F(pilot_cars, a_lead_is_lost_only_with_a_reason_of_the_list) {
  const auto lead = claimed("Lost Example", "natalia");
  EXPECT_EQ(hub().step("natalia", lead, "lost", object{{"reason", ""}}).status, 400);
  EXPECT_EQ(hub().step("natalia", lead, "lost", object{{"reason", "mercury retrograde"}}).status, 400);
  ASSERT_EQ(hub().step("natalia", lead, "lost", object{{"reason", "trip cancelled"}, {"note", "in spring"}}).status, 200);
  const auto seen = hub().lead_of("natalia", "Lost Example");
  EXPECT_EQ(seen["/lead/status"], "lost");
  EXPECT_EQ(seen["/lead/close_reason"], "trip cancelled");
}

TEST_F(pilot_cars, leads_are_assigned_and_lost_in_bulk) {
  const auto first = quoted("Bulk One Example"), second = quoted("Bulk Two Example");
  const e2e::json::array ids{std::stoi(first), std::stoi(second)};
  const auto assigned = hub().ask(
      "director", "POST", "/api/v1/leads/bulk",
      object{{"ids", ids}, {"do", "assign"}, {"staff_id", std::stoi(hub().staff_id("maksym"))}, {"reason", "his region"}});
  ASSERT_EQ(assigned.status, 200) << e2e::json::serialize(assigned.body);
  EXPECT_EQ(hub().lead_of("maksym", "Bulk Two Example")["/lead/owner/id"], hub().staff_id("maksym"));
  ASSERT_EQ(hub()
                .ask("director", "POST", "/api/v1/leads/bulk", object{{"ids", ids}, {"do", "lost"}, {"reason", "not a customer"}})
                .status,
            200);
  EXPECT_EQ(hub().lead_of("maksym", "Bulk One Example")["/lead/status"], "lost");
}

TEST_F(pilot_cars, the_addresses_of_the_mini_crm_still_work) {
  const auto lead = quoted("Alias Example");
  const auto crm = [&](const std::string& who, const std::string& deed, const object& body) {
    return hub().ask(who, "POST", "/admin/crm/" + deed + "/" + lead, body).status;
  };
  EXPECT_EQ(crm("olha", "assign-lead", {{"staff_id", std::stoi(hub().staff_id("olha"))}, {"reason", "x"}}), 403);
  EXPECT_EQ(crm("director", "assign-lead", {{"staff_id", std::stoi(hub().staff_id("olha"))}, {"reason", "x"}}), 200);
  EXPECT_EQ(crm("olha", "add-action", {{"action_type", "email"}, {"outcome", "interested"}}), 201);
  EXPECT_EQ(crm("maksym", "convert-lead", conversion(1)), 404);
  EXPECT_EQ(crm("olha", "convert-lead", conversion(700)), 200);
  const auto other = quoted("Alias Gone Example");
  EXPECT_EQ(hub().ask("director", "POST", "/admin/crm/lost-lead/" + other, object{{"reason", "too expensive"}}).status, 200);
}

TEST_F(pilot_cars, the_super_admin_sees_the_teams_figures_and_ranking) {
  const auto figure = [](std::string_view pointer) {
    const auto text = hub().ask("director", "GET", "/api/v1/reports/overview")[pointer];
    return std::stod(text.empty() ? "0" : text);
  };
  const auto ranked = [](const std::string& who, std::string_view member) {
    const auto ranking = hub().ask("director", "GET", "/api/v1/reports/ranking");
    for (const auto& one : ranking.body.at("people").as_array())
      if (e2e::text_of(one, "/person/id") == hub().staff_id(who)) return std::stod(e2e::text_of(one, member));
    return 0.0;
  };
  const auto assigned = figure("/assigned"), conversions = figure("/conversions");
  const auto own = ranked("olha", "/conversions");
  claimed("Figure One Example", "olha");
  const auto sold = claimed("Figure Two Example", "olha");
  ASSERT_EQ(hub().step("olha", sold, "convert", conversion(500)).status, 200);
  EXPECT_EQ(figure("/assigned"), assigned + 2);
  EXPECT_EQ(figure("/conversions"), conversions + 1);
  EXPECT_NEAR(figure("/rate"), 100 * (conversions + 1) / (assigned + 2), 0.01);
  EXPECT_EQ(ranked("olha", "/conversions"), own + 1);
  EXPECT_EQ(hub().ask("olha", "GET", "/api/v1/reports/origins").status, 200);
}

TEST_F(pilot_cars, a_call_that_breaks_the_sites_contract_is_told_so) {
  EXPECT_EQ(hub().website("Known Example", "quote", "-5"), 400);
  EXPECT_EQ(hub().leads_of("director", "Known Example"), 0u);
}

}  // namespace
