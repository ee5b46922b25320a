// Who is let in, for how long, and what another site cannot make them do.

#include "tests/integration/api_fixture.hpp"

#include <set>

namespace hub::api {
namespace {

TEST_F(api, opens_a_session_for_the_right_password_and_keeps_only_its_hash) {
  const auto answer = hub_->post("/api/v1/session", "", sign_in_body(" Ann@Example.com ", "a right password"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json(answer).at("name").as_string(), "ann");
  const auto line = header(answer, "Set-Cookie");
  EXPECT_THAT(line, HasSubstr("; HttpOnly"));
  EXPECT_THAT(line, HasSubstr("; SameSite=Lax"));
  EXPECT_THAT(line, HasSubstr("; Path=/"));
  const auto token = line.substr(line.find('=') + 1, line.find(';') - line.find('=') - 1);
  EXPECT_EQ(hub_->get("/api/v1/me", token).status, 200);
  EXPECT_EQ(hub_->number("select count(*) from hub.web_session where token_hash = sha256(convert_to($1, 'utf8'))", token), 1);
  EXPECT_EQ(hub_->number("select count(*) from hub.web_session w where w::text like '%' || $1 || '%'", token), 0);

  auto sign_out = hub_->to("DELETE", "/api/v1/session", token);
  EXPECT_EQ(hub_->ask(sign_out).status, 204);
  EXPECT_EQ(hub_->get("/api/v1/me", token).status, 401);
}

TEST_F(api, answers_a_wrong_password_and_an_unknown_person_alike) {
  const auto wrong = hub_->post("/api/v1/session", "", sign_in_body("bob@example.com", "a wrong password"));
  const auto unknown = hub_->post("/api/v1/session", "", sign_in_body("nobody@example.com", "a wrong password"));
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(header(wrong, "Set-Cookie"), "");
  EXPECT_EQ(header(wrong, "Content-Type"), "application/problem+json");
}

TEST_F(api, slows_down_guesses_and_lets_the_person_in_again_after_the_wait) {
  std::set<int> answers;
  for (int i = 0; i < 8; ++i) answers.insert(hub_->post("/api/v1/session", "", sign_in_body("eve@example.com", "guess")).status);
  EXPECT_THAT(answers, UnorderedElementsAre(401, 429));
  const auto right = hub_->post("/api/v1/session", "", sign_in_body("eve@example.com", "a right password"));
  EXPECT_EQ(right.status, 429);
  EXPECT_GT(std::stoi(header(right, "Retry-After")), 0);
  hub_->time.ahead += 60;
  EXPECT_EQ(hub_->post("/api/v1/session", "", sign_in_body("eve@example.com", "a right password")).status, 200);
  hub_->time.ahead -= 60;
}

TEST_F(api, names_the_field_of_a_bad_sign_in) {
  const auto answer = hub_->post("/api/v1/session", "", R"({"email": "ann@example.com"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(json(answer).at("field").as_string(), "password");
  EXPECT_EQ(hub_->post("/api/v1/session", "", "{").status, 400);
  EXPECT_EQ(hub_->post("/api/v1/session", "", R"({"email": "a@example.com", "password": "x", "role": "admin"})").status, 400);
}

TEST_F(api, ends_a_session_after_half_an_hour_without_use_and_keeps_it_while_used) {
  const auto used = hub_->session_of(staff_["ann"]);
  const auto left = hub_->session_of(staff_["ann"]);
  for (int minutes = 20; minutes <= 60; minutes += 20) {
    hub_->time.ahead = minutes * 60;
    EXPECT_EQ(hub_->get("/api/v1/me", used).status, 200);
    auto by_itself = hub_->to("GET", "/api/v1/me", left);
    by_itself.head.set("Leadyard-Background", "true");
    EXPECT_EQ(hub_->ask(by_itself).status, minutes < 30 ? 200 : 401);
  }
  hub_->time.ahead = 13 * 3600;
  EXPECT_EQ(hub_->get("/api/v1/me", used).status, 401);
  hub_->time.ahead = 0;
}

TEST_F(api, shuts_out_a_person_who_is_deactivated) {
  const auto token = hub_->session_of(staff_["bob"]);
  EXPECT_EQ(hub_->get("/api/v1/leads", token).status, 200);
  hub_->run("update hub.staff set active = false where name = 'bob'");
  EXPECT_EQ(hub_->get("/api/v1/leads", token).status, 401);
  hub_->run("update hub.staff set active = true where name = 'bob'");
}

TEST_F(api, refuses_every_change_that_another_site_asks_for) {
  for (const auto& row : policy()) {
    if (row.method == "GET") continue;
    const auto path = filled(row.route, leads_["waiting"]);
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}}) {
      auto request = hub_->to(std::string(row.method), path, sessions_["ann"], row.method == "POST" ? "{}" : "");
      request.head.set(name, value);
      EXPECT_EQ(hub_->ask(request).status, 403) << path << " " << name;
    }
  }
  EXPECT_EQ(hub_->number("select count(*) from hub.lead where id = $1 and manager_id is null", leads_["waiting"]), 1);
}

TEST_F(api, changes_nothing_by_get) { EXPECT_EQ(hub_->get(lead_path("waiting") + "/claim", sessions_["ann"]).status, 405); }

}  // namespace
}  // namespace hub::api
