// The use cases of a car dealer (docs/domain.md) that customers and staff can have without an answer going out: Viber calls
// with signed webhooks, managers and the owner work through the API, operators through hubctl.

#include "tests/e2e/office.hpp"

namespace {

using namespace std::chrono_literals;
using e2e::json::object;

constexpr char profile[] = "autodealer";

class autodealer : public e2e::in_office<profile> {
 protected:
  struct owned {
    std::string lead, owner;
  };
  /// Writes and gets an owner by the rules.
  static owned writes(const std::string& name, const std::string& text) {
    EXPECT_EQ(hub().viber(name, text), 200);
    const auto seen = hub().lead_of("owner", name);
    return {seen["/lead/id"], mail_name(seen["/lead/owner/id"])};
  }
  static std::string mail_name(const std::string& id) {
    for (const std::string who : {"olena", "taras", "sofia", "dmytro", "iryna"})
      if (hub().staff_id(who) == id) return who;
    return {};
  }
  static std::string car(const std::string& vin) {
    const auto made = hub().ask(
        "owner", "POST", "/api/v1/vehicles",
        object{{"make", "Skoda"}, {"model", "Octavia"}, {"year", 2019}, {"vin", vin}, {"price", 15900}, {"currency", "USD"}});
    EXPECT_EQ(made.status, 201) << e2e::json::serialize(made.body);
    return made["/id"];
  }
  static e2e::answer move(const owned& by, const std::string& stage, const std::string& reason = "") {
    object body{{"stage", stage}};
    if (!reason.empty()) body["reason"] = reason;
    return hub().step(by.owner, by.lead, "stage", body);
  }
  static e2e::answer wants(const owned& by, const std::string& vehicle, bool chosen) {
    return hub().ask(by.owner, "PUT", "/api/v1/leads/" + by.lead + "/vehicles/" + vehicle, object{{"chosen", chosen}});
  }
};

TEST_F(autodealer, a_first_message_becomes_a_customer_a_lead_and_an_owner_with_the_reason) {
  const auto made = writes("Перша Прикладова", "Добрий день! Яка ціна Octavia?");
  const auto seen = hub().lead_of(made.owner, "Перша Прикладова");
  EXPECT_EQ(seen["/lead/channel"], "viber");
  EXPECT_EQ(seen["/lead/intent"], "buy");
  EXPECT_EQ(seen["/decisions/0/rule"], "asks about a car");
  EXPECT_EQ(seen["/decisions/0/strategy"], "round_robin");
  EXPECT_NE(seen["/lead/first_response_due_at"], "") << "the clock of the first response runs";
}

TEST_F(autodealer, further_messages_stay_with_the_lead_and_its_owner) {
  const auto made = writes("Друга Прикладова", "Добрий день");
  ASSERT_EQ(hub().viber("Друга Прикладова", "дякую"), 200);
  ASSERT_TRUE(e2e::office::eventually([&] {
    return hub().ask("owner", "GET", "/api/v1/leads/" + made.lead + "/timeline").body.at("messages").as_array().size() == 2;
  }));
  const auto seen = hub().lead_of("owner", "Друга Прикладова");
  EXPECT_EQ(seen["/lead/id"], made.lead);
  EXPECT_EQ(mail_name(seen["/lead/owner/id"]), made.owner);
}

TEST_F(autodealer, a_colleagues_lead_is_not_to_be_seen) {
  const auto made = writes("Чужа Прикладова", "Добрий день");
  const auto other = made.owner == "iryna" ? "olena" : "iryna";
  EXPECT_EQ(hub().ask(other, "GET", "/api/v1/leads/" + made.lead).status, 404);
  EXPECT_EQ(hub().leads_of(other, "Чужа Прикладова"), 0u);
}

TEST_F(autodealer, words_decide_the_team) {
  const auto import = writes("Імпорт Прикладний", "Хочу авто з Кореї, Encar");
  EXPECT_TRUE(import.owner == "taras" || import.owner == "dmytro") << import.owner;
  EXPECT_EQ(hub().lead_of("owner", "Імпорт Прикладний")["/lead/pipeline"], "import");
  EXPECT_EQ(writes("Сервіс Прикладний", "Потрібен ремонт").owner, "iryna");
}

TEST_F(autodealer, a_sale_goes_through_its_stages_and_the_car_with_it) {
  const auto made = writes("Покупець Прикладний", "Добрий день");
  const auto vehicle = car("TMBJG7NE1K0000001");
  ASSERT_EQ(move(made, "contacted").status, 200);
  ASSERT_EQ(move(made, "in_negotiation").status, 200);
  EXPECT_EQ(move(made, "prepayment").status, 409) << "no car is chosen";
  ASSERT_EQ(wants(made, vehicle, true).status, 200);
  ASSERT_EQ(move(made, "prepayment").status, 200);
  EXPECT_EQ(hub().ask("owner", "GET", "/api/v1/vehicles/" + vehicle)["/status"], "reserved");

  const auto other = writes("Запізнілий Прикладний", "Добрий день");
  ASSERT_EQ(move(other, "in_negotiation").status, 200);
  wants(other, vehicle, true);
  EXPECT_EQ(move(other, "prepayment").status, 409) << "it is reserved for somebody else";

  ASSERT_EQ(move(made, "sold", "cash").status, 200);
  EXPECT_EQ(hub().ask("owner", "GET", "/api/v1/vehicles/" + vehicle)["/status"], "sold");
  const auto seen = hub().lead_of("owner", "Покупець Прикладний");
  EXPECT_EQ(seen.body.at("stages").as_array().size(), 4u);
  EXPECT_NE(seen["/stages/0/seconds_in_stage"], "");
}

TEST_F(autodealer, a_lost_lead_frees_its_car_and_says_why) {
  const auto made = writes("Загублений Прикладний", "Добрий день");
  const auto vehicle = car("TMBJG7NE1K0000002");
  ASSERT_EQ(move(made, "in_negotiation").status, 200);
  ASSERT_EQ(wants(made, vehicle, true).status, 200);
  ASSERT_EQ(move(made, "prepayment").status, 200);
  EXPECT_EQ(hub().step(made.owner, made.lead, "lost", object{}).status, 400);
  ASSERT_EQ(hub().step(made.owner, made.lead, "lost", object{{"reason", "credit refused"}}).status, 200);
  EXPECT_EQ(hub().ask("owner", "GET", "/api/v1/vehicles/" + vehicle)["/status"], "available");
}

TEST_F(autodealer, a_lost_customer_who_writes_again_is_the_same_lead_opened_again) {
  const auto made = writes("Знову Прикладна", "Добрий день");
  ASSERT_EQ(hub().step(made.owner, made.lead, "lost", object{{"reason", "does not answer"}}).status, 200);
  ASSERT_EQ(hub().viber("Знову Прикладна", "Вибачте, була зайнята"), 200);
  ASSERT_TRUE(e2e::office::eventually([&] { return hub().lead_of("owner", "Знову Прикладна")["/lead/stage"] == "contacted"; }));
  EXPECT_EQ(mail_name(hub().lead_of("owner", "Знову Прикладна")["/lead/owner/id"]), made.owner);
}

TEST_F(autodealer, a_vin_in_a_message_suggests_the_car_in_stock) {
  const auto vehicle = car("TMBJG7NE1K0000003");
  const auto made = writes("Вінкод Прикладний", "Цікавить TMBJG7NE1K0000003");
  const auto seen = hub().lead_of("owner", "Вінкод Прикладний");
  EXPECT_EQ(seen["/vehicles/0/id"], vehicle);
  EXPECT_EQ(seen["/vehicles/0/suggested"], "true");
  EXPECT_EQ(seen["/vehicles/0/chosen"], "false");
}

TEST_F(autodealer, the_owner_hands_a_lead_over_with_a_reason_and_its_tasks_go_along) {
  const auto made = writes("Передана Прикладна", "Добрий день");
  const auto to = made.owner == "olena" ? "sofia" : "olena";
  ASSERT_EQ(hub().step(made.owner, made.lead, "tasks", object{{"title", "Call"}, {"due_date", e2e::tomorrow()}}).status, 201);
  const object given{{"staff_id", std::stoi(hub().staff_id(to))}, {"reason", "knows the customer"}};
  EXPECT_EQ(hub().step(made.owner, made.lead, "assign", given).status, 403);
  ASSERT_EQ(hub().step("owner", made.lead, "assign", given).status, 200);
  const auto seen = hub().lead_of(to, "Передана Прикладна");
  EXPECT_EQ(seen["/tasks/0/owner/id"], hub().staff_id(to));
  EXPECT_EQ(seen.body.at("owners").as_array().size(), 2u);
  EXPECT_EQ(hub().ask(made.owner, "GET", "/api/v1/leads/" + made.lead).status, 404);
}

TEST_F(autodealer, who_is_away_gets_no_leads_and_what_waits_is_given_out_on_return) {
  const auto absent = hub().ask(
      "owner", "POST", "/api/v1/absences",
      object{{"staff_id", std::stoi(hub().staff_id("iryna"))}, {"begins_at", e2e::moment(60min)}, {"reason", "holiday"}});
  ASSERT_EQ(absent.status, 201) << e2e::json::serialize(absent.body);
  ASSERT_EQ(hub().viber("Чекає Прикладна", "Потрібна діагностика"), 200);
  const auto waiting = hub().lead_of("owner", "Чекає Прикладна");
  EXPECT_EQ(waiting["/lead/owner"], "");
  EXPECT_NE(waiting["/lead/queue/reason"], "");
  ASSERT_EQ(hub().ask("owner", "DELETE", "/api/v1/absences/" + absent["/id"]).status, 204);
  EXPECT_TRUE(e2e::office::eventually(
      [&] { return hub().lead_of("owner", "Чекає Прикладна")["/lead/owner/id"] == hub().staff_id("iryna"); }));
}

TEST_F(autodealer, a_released_lead_returns_to_the_team_and_is_given_again) {
  const auto made = writes("Відпущена Прикладна", "Пропонуємо співпрацю");
  EXPECT_EQ(made.owner, "") << "a person decides about offers";
  ASSERT_EQ(hub().step("sofia", made.lead, "claim").status, 200);
  ASSERT_EQ(hub().step("sofia", made.lead, "release", object{{"reason", "not for sales"}}).status, 200);
  const auto seen = hub().lead_of("owner", "Відпущена Прикладна");
  EXPECT_EQ(seen["/lead/owner"], "");
  EXPECT_NE(seen["/lead/queue/since"], "");
}

TEST_F(autodealer, a_walk_in_is_entered_by_hand) {
  const auto made = hub().ask(
      "olena", "POST", "/api/v1/leads",
      object{{"customer", {{"first_name", "Завітав"}, {"last_name", "Прикладний"}}}, {"intent", "buy"}, {"notes", "Golf"}});
  ASSERT_EQ(made.status, 201) << e2e::json::serialize(made.body);
  const auto seen = hub().lead_of("olena", "Завітав");
  EXPECT_EQ(seen["/lead/channel"], "manual");
  EXPECT_EQ(seen["/lead/owner/id"], hub().staff_id("olena"));
  EXPECT_EQ(seen["/notes"], "Golf");
}

TEST_F(autodealer, two_records_of_one_person_are_joined_and_taken_apart) {
  const auto first = writes("Двічі Прикладний", "Добрий день");
  const auto second = writes("Двоє Прикладний", "Добрий день");
  const auto one = hub().lead_of("owner", "Двічі Прикладний")["/lead/customer/id"];
  const auto two = hub().lead_of("owner", "Двоє Прикладний")["/lead/customer/id"];
  const auto at = "/api/v1/customers/" + two;
  ASSERT_EQ(hub().ask("owner", "POST", at + "/merge", object{{"into", std::stoi(one)}, {"reason", "same person"}}).status, 200);
  EXPECT_EQ(hub().ask("owner", "GET", "/api/v1/customers/" + one).body.at("leads").as_array().size(), 2u);
  ASSERT_EQ(hub().ask("owner", "POST", at + "/unmerge", object{{"reason", "two brothers"}}).status, 200);
  EXPECT_EQ(hub().ask("owner", "GET", "/api/v1/customers/" + one).body.at("leads").as_array().size(), 1u);
}

TEST_F(autodealer, two_people_changing_one_lead_do_not_overwrite_each_other) {
  const auto made = writes("Версія Прикладна", "Добрий день");
  const auto path = "/api/v1/leads/" + made.lead;
  const auto version = std::stoi(hub().ask(made.owner, "GET", path)["/lead/version"]);
  ASSERT_EQ(hub().ask("owner", "PATCH", path, object{{"notes", "from the owner"}, {"version", version}}).status, 200);
  EXPECT_EQ(hub().ask(made.owner, "PATCH", path, object{{"notes", "older"}, {"version", version}}).status, 409);
  EXPECT_EQ(hub().ask(made.owner, "GET", path)["/notes"], "from the owner");
}

TEST_F(autodealer, a_manager_who_leaves_hands_the_leads_back) {
  const auto made = writes("Осиротіла Прикладна", "Хочу авто з Кореї");
  const auto id = hub().staff_id("dmytro");
  if (made.owner != "dmytro") {
    const object given{{"staff_id", std::stoi(id)}, {"reason", "knows Korea"}};
    ASSERT_EQ(hub().step("owner", made.lead, "assign", given).status, 200);
  }
  const auto left = hub().ask("admin", "PATCH", "/api/v1/staff/" + id, object{{"active", false}});
  ASSERT_EQ(left.status, 200) << e2e::json::serialize(left.body);
  // The rules give it to whoever is left.
  EXPECT_TRUE(e2e::office::eventually(
      [] { return mail_name(hub().lead_of("owner", "Осиротіла Прикладна")["/lead/owner/id"]) == "taras"; }));
}

TEST_F(autodealer, the_owner_sees_funnel_and_response_times) {
  for (const std::string report : {"funnel", "response-times", "overview", "ranking", "origins", "follow-ups"})
    EXPECT_EQ(hub().ask("owner", "GET", "/api/v1/reports/" + report).status, 200) << report;
  writes("Воронка Прикладна", "Добрий день");
  const auto entered_new = [] { return std::stoi(hub().ask("owner", "GET", "/api/v1/reports/funnel")["/stages/0/entered"]); };
  const auto before = entered_new();
  writes("Воронка Друга", "Добрий день");
  EXPECT_EQ(entered_new(), before + 1);
}

TEST_F(autodealer, an_operator_explains_and_proves_a_routing_change_before_it_is_live) {
  const auto words = hub().home() + "/message.txt";
  hub::ctl::write_file(words, "Потрібен ремонт", 0600);
  const auto explained = hub().hubctl({"rules", "explain", "--message", words});
  EXPECT_EQ(explained.exit_code, 0) << explained.output;
  EXPECT_NE(explained.output.find("service and repair"), std::string::npos) << explained.output;
  const auto bad = hub().home() + "/bad.yaml";
  hub::ctl::write_file(
      bad, "version: 1\nteams: {sales: {members: [sofia@example.test]}}\nrules: [{name: a, then: {team: selas}}]\n", 0600);
  const auto refused = hub().hubctl({"rules", "apply", bad});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE(refused.output.find("bad.yaml:"), std::string::npos) << refused.output;
}

TEST_F(autodealer, customers_come_over_from_a_sheet_once) {
  const auto sheet = hub().home() + "/customers.csv";
  hub::ctl::write_file(sheet, "id,first_name,last_name,phone\nx1,Імпортована,Прикладна,+12025550143\n", 0600);
  for (int again = 0; again < 2; ++again) {
    const auto done = hub().hubctl({"import", "customers", sheet});
    EXPECT_EQ(done.exit_code, 0) << done.output;
  }
  EXPECT_EQ(hub()
                .ask("owner", "GET", "/api/v1/customers?q=%D0%86%D0%BC%D0%BF%D0%BE%D1%80%D1%82%D0%BE%D0%B2%D0%B0%D0%BD%D0%B0")
                .body.at("customers")
                .as_array()
                .size(),
            1u);
}

}  // namespace
