// How people choose to be told outside the console, and ask for a password by mail.

#include "tests/integration/api_fixture.hpp"

namespace hub::api {
namespace {

using boost::json::object;

class notice_choices : public api {
 protected:
  void SetUp() override { hub_->with->notify = {true, true, true, "avto_leads_bot"}; }
  static http::incoming ways(const std::string& who) { return hub_->get("/api/v1/notifications/ways", sessions_.at(who)); }
  static http::incoming choose(const std::string& who, const std::string& kind, const std::string& way) {
    return hub_->ask(hub_->to("PUT", "/api/v1/notifications/ways", sessions_.at(who),
                              boost::json::serialize(object{{"kind", kind}, {"way", way}})));
  }
  static http::incoming ask_for(const std::string& email) {
    return hub_->post("/api/v1/password/ask", "", boost::json::serialize(object{{"email", email}}));
  }
};

TEST_F(notice_choices, are_each_persons_own_and_begin_with_the_console_alone) {
  EXPECT_EQ(ways("ann").body,
            R"({"email":true,"telegram":true,"telegram_linked_at":null,"choices":[{"kind":"lead_new","way":"live"},)"
            R"({"kind":"task_due","way":"live"},{"kind":"first_response_missed","way":"live"},)"
            R"({"kind":"call_reviewed","way":"live"},{"kind":"review_answered","way":"live"}]})");
  ASSERT_EQ(choose("ann", "task_due", "email").status, 200);
  EXPECT_THAT(ways("ann").body, HasSubstr(R"({"kind":"task_due","way":"email"})"));
  EXPECT_THAT(ways("bob").body, Not(HasSubstr(R"("way":"email")")));
  EXPECT_EQ(choose("ann", "birthday", "email").status, 400);
  ASSERT_EQ(choose("ann", "task_due", "live").status, 200);
  EXPECT_EQ(hub_->number("select count(*) from hub.notice_choice"), 0);

  hub_->with->notify = {};
  EXPECT_EQ(choose("ann", "task_due", "email").status, 409);
  EXPECT_EQ(choose("ann", "task_due", "telegram").status, 409);
}

TEST_F(notice_choices, of_telegram_need_a_chat_that_a_code_links) {
  EXPECT_EQ(choose("bob", "task_due", "telegram").status, 409) << "no chat yet";
  const auto made = hub_->post("/api/v1/notifications/telegram", sessions_.at("bob"));
  ASSERT_EQ(made.status, 201) << made.body;
  const auto text = std::string(json(made).at("text").as_string());
  ASSERT_TRUE(text.starts_with("/start staff-")) << text;
  const auto code = text.substr(text.find(' ') + 1);
  EXPECT_LE(code.size(), 64U) << "what Telegram carries in a link";
  EXPECT_EQ(json(made).at("link").as_string(), "https://t.me/avto_leads_bot?start=" + code);
  EXPECT_EQ(hub_->number("select count(*) from hub.telegram_code k where k::text like '%' || $1 || '%'", code), 0);
  EXPECT_EQ(
      hub_->number("select coalesce(hub.link_telegram(sha256(convert_to($1, 'utf8')), 'main', '77', now()), 0)", code + "x"), 0);
  EXPECT_EQ(hub_->number("select hub.link_telegram(sha256(convert_to($1, 'utf8')), 'main', '77', now())", code), staff_["bob"]);
  EXPECT_EQ(choose("bob", "task_due", "telegram").status, 200);
  const auto left = hub_->ask(hub_->to("DELETE", "/api/v1/notifications/telegram", sessions_.at("bob")));
  ASSERT_EQ(left.status, 200) << left.body;
  EXPECT_EQ(json(left).at("telegram_linked_at"), nullptr);
  EXPECT_EQ(hub_->number("select count(*) from hub.notice_choice"), 0) << "told in the console alone";
}

TEST_F(notice_choices, a_link_by_mail_is_asked_for_with_the_same_answer_for_everybody) {
  EXPECT_EQ(hub_->get("/api/v1/password").body, R"({"by_mail":true})");
  const auto known = ask_for("Ann@example.com"), unknown = ask_for("nobody@example.com");
  EXPECT_EQ(known.status, 202);
  EXPECT_EQ(unknown.status, 202);
  EXPECT_EQ(known.body, unknown.body);
  EXPECT_EQ(hub_->number("select count(*) from hub.notice where kind = 'password' and staff_id = $1", staff_["ann"]), 1);
  EXPECT_EQ(hub_->number("select count(*) from hub.notice where kind = 'password'"), 1);
  int refused = 0;
  for (int n = 0; n < 8; ++n) refused += ask_for("ann@example.com").status == 429;
  EXPECT_GT(refused, 0);
  EXPECT_EQ(hub_->number("select count(*) from hub.notice where kind = 'password'"), 1) << "one in five minutes";

  hub_->with->notify.has_address = false;
  EXPECT_EQ(hub_->get("/api/v1/password").body, R"({"by_mail":false})");
  EXPECT_EQ(ask_for("bob@example.com").status, 409);
}

}  // namespace
}  // namespace hub::api
