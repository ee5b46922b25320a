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

TEST_F(api, takes_a_change_from_nowhere_but_its_own_page) {
  const auto path = lead_path("waiting") + "/claim";
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"Origin", "null"},
                                                                                    {"Origin", "http://127.0.0.1"},
                                                                                    {"Origin", "http://127.0.0.1:1"},
                                                                                    {"Origin", ""},
                                                                                    {"Sec-Fetch-Site", "same-site"},
                                                                                    {"Sec-Fetch-Site", "none"},
                                                                                    {"Sec-Fetch-Site", ""}}) {
    auto request = hub_->to("POST", path, sessions_["ann"]);
    request.head.set(name, value);
    EXPECT_EQ(hub_->ask(request).status, 403) << name << " " << value;
  }
  EXPECT_EQ(hub_->number("select count(*) from hub.lead where id = $1 and manager_id is null", leads_["waiting"]), 1);
}

TEST_F(api, ends_a_session_after_twelve_hours_however_much_it_is_used) {
  const auto used = hub_->session_of(staff_["ann"]);
  for (int minutes = 0; minutes < 12 * 60; minutes += 25) {
    hub_->time.ahead = minutes * 60;
    ASSERT_EQ(hub_->get("/api/v1/me", used).status, 200) << minutes;
  }
  hub_->time.ahead = 12 * 3600 + 60;
  EXPECT_EQ(hub_->get("/api/v1/me", used).status, 401);
  hub_->time.ahead = 0;
}

TEST_F(api, opens_a_new_session_at_every_sign_in_and_never_the_one_it_was_given) {
  const auto token_of = [](const http::incoming& from) {
    const auto line = header(from, "Set-Cookie");
    return line.substr(line.find('=') + 1, line.find(';') - line.find('=') - 1);
  };
  const auto sign_in = [&](const std::string& with) {
    return token_of(hub_->post("/api/v1/session", with, sign_in_body("bob@example.com", "a right password")));
  };
  // Planted in the browser before: it opens nothing, neither then nor later.
  const std::string planted(43, 'A');
  const auto first = sign_in(planted);
  EXPECT_NE(first, planted);
  EXPECT_GE(first.size(), 43u) << "256 bits";
  EXPECT_EQ(hub_->get("/api/v1/me", planted).status, 401);
  EXPECT_EQ(hub_->get("/api/v1/me", first).status, 200);
  // Signed in again in the same browser: what was known of the session before is worth nothing.
  const auto second = sign_in(first);
  EXPECT_NE(second, first);
  EXPECT_EQ(hub_->get("/api/v1/me", first).status, 401);
  EXPECT_EQ(hub_->get("/api/v1/me", second).status, 200);
}

TEST_F(api, ends_the_sessions_of_whoever_gets_another_role) {
  const auto token = hub_->session_of(staff_["eve"]);
  const auto path = "/api/v1/staff/" + std::to_string(staff_["eve"]);
  ASSERT_EQ(hub_->ask(hub_->to("PATCH", path, sessions_["adam"], R"({"role":"analyst"})")).status, 200);
  EXPECT_EQ(hub_->get("/api/v1/me", token).status, 401);
  ASSERT_EQ(hub_->ask(hub_->to("PATCH", path, sessions_["adam"], R"({"role":"manager"})")).status, 200);
  sessions_["eve"] = hub_->session_of(staff_["eve"]);
}

TEST_F(api, says_on_every_answer_what_a_browser_must_not_do_with_it) {
  for (const auto& row : policy()) {
    if (row.route == "/api/v1/events") continue;  // does not end
    const bool page = row.route == "/" || row.route.starts_with("/assets");
    for (const auto& token : {std::string(), sessions_["ann"]}) {
      const auto answer = hub_->ask(hub_->to(std::string(row.method), filled(row.route, leads_["bobs"]), token,
                                             row.method == "GET" || row.method == "DELETE" ? "" : "{"));
      const auto what = std::string(row.method) + " " + std::string(row.route) + " " + std::to_string(answer.status);
      EXPECT_EQ(header(answer, "X-Content-Type-Options"), "nosniff") << what;
      EXPECT_EQ(header(answer, "Referrer-Policy"), "no-referrer") << what;
      EXPECT_EQ(header(answer, "Cross-Origin-Resource-Policy"), "same-origin") << what;
      EXPECT_THAT(header(answer, "Content-Security-Policy"), HasSubstr("default-src 'none'")) << what;
      EXPECT_THAT(header(answer, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'")) << what;
      EXPECT_EQ(header(answer, "Access-Control-Allow-Origin"), "") << what;
      EXPECT_EQ(header(answer, "Strict-Transport-Security"), "") << what << ": not without TLS";
      if (!page && row.method != "GET") {
        EXPECT_EQ(header(answer, "Cache-Control"), "no-store") << what;
      }
    }
  }
  sessions_["ann"] = hub_->session_of(staff_["ann"]);  // signed out above
}

TEST(api_over_tls, binds_the_cookie_to_its_host_and_to_tls) {
  http::listen_options behind_a_proxy;
  behind_a_proxy.trusted_proxies = {"127.0.0.1"};
  running_api hub(behind_a_proxy);
  hub.run("insert into hub.staff (name, email, role, password_hash) values ('ann', 'ann@example.com', 'manager', $1)",
          hash_password("a right password"));
  auto request = hub.to("POST", "/api/v1/session", "", R"({"email":"ann@example.com","password":"a right password"})");
  request.head.set("X-Forwarded-For", "192.0.2.7");
  request.head.set("X-Forwarded-Proto", "https");
  const auto answer = hub.ask(request);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto line = header(answer, "Set-Cookie");
  EXPECT_THAT(line, testing::StartsWith("__Host-leadyard_session="));
  for (const auto* part : {"; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"}) EXPECT_THAT(line, HasSubstr(part));
  EXPECT_THAT(line, Not(HasSubstr("Domain")));
  EXPECT_EQ(header(answer, "Strict-Transport-Security"), "max-age=31536000");
  // The same value under the name for plain HTTP opens nothing over TLS.
  const auto token = line.substr(line.find('=') + 1, line.find(';') - line.find('=') - 1);
  auto look = hub.to("GET", "/api/v1/me", token);
  look.head.set("X-Forwarded-For", "192.0.2.7");
  look.head.set("X-Forwarded-Proto", "https");
  EXPECT_EQ(hub.ask(look).status, 401);
  look.head.set("Cookie", "__Host-leadyard_session=" + token);
  EXPECT_EQ(hub.ask(look).status, 200);
}

TEST(api_guesses, of_many_accounts_from_one_address_are_slowed_down_too) {
  running_api hub;
  int refused = 0;
  for (int i = 0; i < 120 && refused == 0; ++i)
    refused +=
        hub.post("/api/v1/session", "", R"({"email":"nobody)" + std::to_string(i) + R"(@example.com","password":"x"})").status ==
        429;
  EXPECT_EQ(refused, 1);
}

TEST_F(api, changes_nothing_by_get) { EXPECT_EQ(hub_->get(lead_path("waiting") + "/claim", sessions_["ann"]).status, 405); }

}  // namespace
}  // namespace hub::api
