// People, their absences, tokens and sessions over the API.

#include "tests/integration/api_fixture.hpp"

#include <algorithm>

namespace hub::api {
namespace {

using boost::json::object;

class staff : public api {
 protected:
  static http::incoming send(const std::string& method, const std::string& path, const std::string& who,
                             const object& body = {}) {
    return hub_->ask(hub_->to(method, "/api/v1" + path, sessions_.at(who), boost::json::serialize(body)));
  }
  static http::incoming look(const std::string& path, const std::string& who) {
    return hub_->get("/api/v1" + path, sessions_.at(who));
  }
  static std::string text(const http::incoming& from, const char* member) {
    return std::string(json(from).at(member).as_string());
  }
  static http::incoming with_token(const std::string& method, const std::string& path, const std::string& token,
                                   const std::string& body = {}) {
    auto request = hub_->to(method, "/api/v1" + path, "", body);
    request.head.set("Authorization", "Bearer " + token);
    return hub_->ask(request);
  }
};

TEST_F(staff, are_invited_changed_and_deactivated_by_an_admin) {
  const object person{{"name", "Nova Osoba"}, {"email", "Nova@Example.com"}, {"role", "manager"}};
  EXPECT_EQ(send("POST", "/staff", "sue", person).status, 403);
  const auto made = send("POST", "/staff", "adam", person);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json(made).at("person").at("email").as_string(), "nova@example.com");
  EXPECT_EQ(text(send("POST", "/staff", "adam", person), "field"), "email") << "known already";
  const auto password = text(made, "password");
  EXPECT_EQ(hub_->post("/api/v1/session", "", sign_in_body("nova@example.com", password)).status, 200);

  const auto id = json(made).at("person").at("id").as_int64();
  const auto path = "/staff/" + std::to_string(id);
  const auto lead = make_lead("Of somebody who leaves", "sales", "");
  hub_->run("select hub.change_owner(array[$1::bigint], array[$2::bigint], null, array['test'], now())", lead, id);
  EXPECT_EQ(text(send("PATCH", path, "adam", {{"zone", "Mars/Base"}}), "field"), "zone");
  const auto reset = send("POST", path + "/password", "adam");
  ASSERT_EQ(reset.status, 200) << reset.body;
  EXPECT_EQ(hub_->post("/api/v1/session", "", sign_in_body("nova@example.com", password)).status, 401) << "the old one";
  const auto left = send("PATCH", path, "adam", {{"active", false}});
  ASSERT_EQ(left.status, 200) << left.body;
  EXPECT_EQ(json(left).at("queued_leads").as_int64(), 1);
  EXPECT_EQ(hub_->number("select count(*) from hub.lead where id = $1 and manager_id is null and queued_at is not null", lead),
            1);
  EXPECT_EQ(hub_->post("/api/v1/session", "", sign_in_body("nova@example.com", text(reset, "password"))).status, 401);
  EXPECT_EQ(hub_->number("select count(*) from hub.audit where subject = 'staff:' || $1::bigint and action like 'staff_%'", id),
            3);
}

TEST_F(staff, always_keep_somebody_who_can_administer) {
  ASSERT_EQ(send("PATCH", "/staff/" + std::to_string(staff_["ada"]), "adam", {{"role", "supervisor"}}).status, 200);
  const auto last = send("PATCH", "/staff/" + std::to_string(staff_["adam"]), "adam", {{"active", false}});
  EXPECT_EQ(last.status, 409) << last.body;
  ASSERT_EQ(send("PATCH", "/staff/" + std::to_string(staff_["ada"]), "adam", {{"role", "admin"}}).status, 200);
}

TEST_F(staff, let_their_programs_in_with_a_token) {
  const auto made = send("POST", "/tokens", "ann", {{"name", "export"}});
  ASSERT_EQ(made.status, 201) << made.body;
  const auto token = text(made, "token");
  EXPECT_TRUE(token.starts_with("lyd_"));
  EXPECT_EQ(json(with_token("GET", "/me", token)).at("name").as_string(), "ann");
  EXPECT_EQ(with_token("GET", "/leads/" + std::to_string(leads_["bobs"]), token).status, 404) << "no more than the person";
  auto foreign = hub_->to("POST", lead_path("waiting") + "/claim", "");
  foreign.head.set("Authorization", "Bearer " + token);
  foreign.head.set("Origin", "https://elsewhere.example");
  EXPECT_EQ(hub_->ask(foreign).status, 200) << "no browser adds a token by itself";
  EXPECT_THAT(look("/tokens", "ann").body, Not(HasSubstr(token)));
  EXPECT_EQ(with_token("POST", "/me/password", token, R"({"current":"a right password","password":"another password"})").status,
            403);

  const auto id = std::to_string(json(made).at("made").at("id").as_int64());
  EXPECT_EQ(send("DELETE", "/tokens/" + id, "bob").status, 404);
  ASSERT_EQ(send("DELETE", "/tokens/" + id, "adam").status, 200);
  EXPECT_EQ(with_token("GET", "/me", token).status, 401);
  EXPECT_EQ(with_token("GET", "/me", "lyd_nothing").status, 401);

  const auto soon = send("POST", "/tokens", "ann", {{"name", "short"}, {"expires_at", to_rfc3339(hub_->time.now() + 1h)}});
  ASSERT_EQ(soon.status, 201) << soon.body;
  hub_->time.ahead = 7200;
  EXPECT_EQ(with_token("GET", "/me", text(soon, "token")).status, 401) << "it is over";
  hub_->time.ahead = 0;
  EXPECT_EQ(text(send("POST", "/tokens", "ann", {{"name", "of bob"}, {"staff_id", staff_["bob"]}}), "field"), "staff_id");
}

TEST_F(staff, see_and_end_their_sessions_and_change_their_password) {
  const auto other = hub_->session_of(staff_["eve"]);
  const auto list = json(look("/sessions", "eve"));
  ASSERT_EQ(list.as_array().size(), 2U);
  const auto& rows = list.as_array();
  EXPECT_EQ(std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.at("current").as_bool(); }), 1);
  EXPECT_EQ(send("POST", "/me/password", "eve", {{"current", "wrong"}, {"password", "a much better one"}}).status, 403);
  EXPECT_EQ(text(send("POST", "/me/password", "eve", {{"current", "a right password"}, {"password", "short"}}), "field"),
            "password");
  ASSERT_EQ(send("POST", "/me/password", "eve", {{"current", "a right password"}, {"password", "a much better one"}}).status,
            204);
  EXPECT_EQ(hub_->get("/api/v1/me", other).status, 401) << "every other session ended";
  EXPECT_EQ(look("/me", "eve").status, 200);
}

TEST_F(staff, say_when_they_are_away) {
  const object week{
      {"begins_at", to_rfc3339(hub_->time.now() - 1h)}, {"ends_at", to_rfc3339(hub_->time.now() + 24h)}, {"reason", "leave"}};
  auto of_bob = week;
  of_bob["staff_id"] = staff_["bob"];
  EXPECT_EQ(send("POST", "/absences", "ann", of_bob).status, 400) << "ann does not speak for bob";
  const auto made = send("POST", "/absences", "sue", of_bob);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(text(send("POST", "/absences", "ann",
                      {{"begins_at", to_rfc3339(hub_->time.now())}, {"ends_at", to_rfc3339(hub_->time.now())}}),
                 "field"),
            "ends_at");
  ASSERT_EQ(send("PUT", "/presence", "ann", {{"available", false}}).status, 200);
  const auto teams = json(look("/teams", "sue"));
  ASSERT_EQ(teams.as_array().size(), 1U);
  EXPECT_EQ(teams.at(0).at("name").as_string(), "sales");
  for (const auto& member : teams.at(0).at("members").as_array()) {
    const auto& name = member.at("person").at("name").as_string();
    EXPECT_EQ(member.at("absent").as_bool(), name == "bob") << name;
    EXPECT_EQ(member.at("available").as_bool(), name != "ann") << name;
  }
  const auto path = "/absences/" + std::to_string(json(made).at("id").as_int64());
  EXPECT_EQ(send("DELETE", path, "ann").status, 404);
  EXPECT_EQ(send("DELETE", path, "bob").status, 204);
  EXPECT_GT(hub_->number("select count(*) from hub.timer where kind = 'hand_out'"), 0) << "the clock pool is told";
}

TEST_F(staff, leave_an_audit_that_an_admin_reads) {
  ASSERT_EQ(hub_->post(lead_path("anns") + "/notes", sessions_["ann"], R"({"text":"for the audit"})").status, 201);
  EXPECT_EQ(look("/audit", "sue").status, 403);
  const auto page = json(look("/audit?subject=lead:" + std::to_string(leads_["anns"]) + "&limit=1", "adam"));
  ASSERT_EQ(page.at("entries").as_array().size(), 1U);
  EXPECT_EQ(page.at("entries").at(0).at("action").as_string(), "lead_note");
  EXPECT_EQ(page.at("entries").at(0).at("by").at("name").as_string(), "ann");
  EXPECT_THAT(boost::json::serialize(page), Not(HasSubstr("for the audit"))) << "no texts";
}

}  // namespace
}  // namespace hub::api
