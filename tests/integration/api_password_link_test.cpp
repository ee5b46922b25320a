// Links to a new password: shown once, good once, for a time.

#include "tests/integration/api_fixture.hpp"

namespace hub::api {
namespace {

class password_link : public api {
 protected:
  static std::string made_for(const std::string& person) {
    const auto made = ask_for(person, "adam");
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(json(made).at("token").as_string());
  }
  static http::incoming ask_for(const std::string& person, const std::string& by) {
    return hub_->post("/api/v1/staff/" + std::to_string(staff_[person]) + "/password-link", sessions_.at(by));
  }
  static http::incoming open(const std::string& token, const std::string& password) {
    return hub_->post("/api/v1/password", "",
                      boost::json::serialize(boost::json::object{{"token", token}, {"password", password}}));
  }
  static int sign_in(const std::string& person, const std::string& password) {
    return hub_->post("/api/v1/session", "", sign_in_body(person + "@example.com", password)).status;
  }
  static std::int64_t audited(const char* action, const std::string& person) {
    return hub_->number("select count(*) from hub.audit where action = $1 and subject = 'staff:' || $2::bigint", action,
                        staff_[person]);
  }
};

TEST_F(password_link, sets_a_password_once_and_ends_the_sessions) {
  const auto before = hub_->session_of(staff_["bob"]);
  const auto token = made_for("bob");
  EXPECT_EQ(hub_->number("select count(*) from hub.password_link k where k::text like '%' || $1 || '%'", token), 0);
  EXPECT_EQ(hub_->number("select count(*) from hub.audit x where x::text like '%' || $1 || '%'", token), 0);
  EXPECT_EQ(hub_->get("/api/v1/me", before).status, 200) << "until it is used nothing changes";
  EXPECT_EQ(sign_in("bob", "a right password"), 200);

  EXPECT_EQ(open(token, "too short").status, 400);
  const auto set = open(token, "another right password");
  ASSERT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(json(set).at("email").as_string(), "bob@example.com");
  EXPECT_EQ(hub_->get("/api/v1/me", before).status, 401);
  EXPECT_EQ(sign_in("bob", "a right password"), 401);
  EXPECT_EQ(sign_in("bob", "another right password"), 200);
  EXPECT_EQ(open(token, "a third right password").status, 410);
  EXPECT_EQ(sign_in("bob", "another right password"), 200);
  EXPECT_EQ(audited("password_link_make", "bob"), 1);
  EXPECT_EQ(audited("password_link_use", "bob"), 1);
}

TEST_F(password_link, is_worth_nothing_when_late_replaced_or_overtaken) {
  const auto first = made_for("eve"), second = made_for("eve");
  EXPECT_EQ(open(first, "a new right password").status, 410) << "a newer one was made";
  hub_->time.ahead = 24 * 3600;
  EXPECT_EQ(open(second, "a new right password").status, 410) << "24 hours are over";
  hub_->time.ahead = 0;

  const auto third = made_for("eve");
  hub_->run("update hub.staff set password_hash = $2 where id = $1", staff_["eve"], hash_password("set by hand here"));
  EXPECT_EQ(open(third, "a new right password").status, 410) << "the password was changed otherwise";
  EXPECT_EQ(sign_in("eve", "set by hand here"), 200);

  const auto fourth = made_for("eve");
  hub_->run("update hub.staff set active = false where id = $1", staff_["eve"]);
  EXPECT_EQ(open(fourth, "a new right password").status, 410) << "nobody who works here";
  EXPECT_EQ(ask_for("eve", "adam").status, 404);
  hub_->run("update hub.staff set active = true where id = $1", staff_["eve"]);
}

TEST_F(password_link, is_made_by_admins_only_and_not_kept_for_a_repeated_request) {
  EXPECT_EQ(ask_for("ann", "sue").status, 403);
  EXPECT_EQ(ask_for("ann", "ann").status, 403);
  for (const auto* of : {"/password-link", "/password"}) {
    auto repeated = hub_->to("POST", "/api/v1/staff/" + std::to_string(staff_["ann"]) + of, sessions_.at("adam"));
    repeated.head.set("Idempotency-Key", "once more");
    EXPECT_EQ(hub_->ask(repeated).status, 400) << of << ": it would be kept in plain text";
  }
  EXPECT_EQ(hub_->number("select count(*) from hub.password_link where staff_id = $1", staff_["ann"]), 0);
}

TEST_F(password_link, is_spent_by_one_of_two_who_open_it_at_once) {
  const auto token = made_for("ian");
  const auto body = boost::json::serialize(boost::json::object{{"token", token}, {"password", "one right password"}});
  auto one = hub_->spawn(hub_->fetch(hub_->to("POST", "/api/v1/password", "", body)));
  auto other = hub_->spawn(hub_->fetch(hub_->to("POST", "/api/v1/password", "", body)));
  const std::multiset<int> answers{one.get().status, other.get().status};
  EXPECT_EQ(answers, (std::multiset<int>{200, 410}));
}

TEST_F(password_link, slows_down_whoever_tries_many) {
  int refused = 0, tried = 0;
  while (refused == 0 && tried < 80) {
    const auto answer = open("guess " + std::to_string(++tried), "a guessed password");
    if (answer.status == 429) {
      ++refused;
      EXPECT_GT(std::stoi(header(answer, "Retry-After")), 0);
    } else {
      EXPECT_EQ(answer.status, 410);
    }
  }
  EXPECT_EQ(refused, 1) << tried;
}

}  // namespace
}  // namespace hub::api
