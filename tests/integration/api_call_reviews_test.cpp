// Reviews of calls: who may score, how often and what; what whoever talked sees and answers; lists and figures.

#include "tests/integration/api_calls_fixture.hpp"

namespace hub::api {
namespace {

class call_reviews : public api_calls {
 protected:
  static void SetUpTestSuite() {
    api_calls::SetUpTestSuite();
    staff_["una"] =
        hub_->number("insert into hub.staff (name, email, role) values ('una', 'una@example.com', 'supervisor') returning id");
    sessions_["una"] = hub_->session_of(staff_["una"]);
  }
  void SetUp() override {
    api_calls::SetUp();
    hub_->run("delete from hub.notification");
  }

  /// A call in which ann talked with the customer of her lead.
  static std::int64_t anns(const std::string& id, char person) {
    const auto call = talk(id, person);
    give(call, "ann");
    return call;
  }
  static http::incoming review(std::int64_t call, const std::string& who, const std::string& body = all_of(4)) {
    return hub_->post(path(call) + "/reviews", sessions_[who], body);
  }
  static std::string all_of(int points) {
    boost::json::array list;
    for (const auto* key : {"greeting", "needs", "offer", "next_step"})
      list.push_back(boost::json::object{{"key", key}, {"points", points}});
    return boost::json::serialize(boost::json::object{{"criteria", list}, {"feedback", "Well done"}});
  }
  static boost::json::value reviews(std::int64_t call, const std::string& who) {
    return json(hub_->get(path(call) + "/reviews", sessions_[who]));
  }
  static http::incoming change(std::int64_t id, const std::string& who, const std::string& body) {
    return hub_->ask(hub_->to("PATCH", "/api/v1/call-reviews/" + std::to_string(id), sessions_[who], body));
  }
  static http::incoming reply(std::int64_t id, const std::string& who, const std::string& text = "I will") {
    return hub_->post("/api/v1/call-reviews/" + std::to_string(id) + "/answer", sessions_[who],
                      boost::json::serialize(boost::json::object{{"text", text}}));
  }
  static std::string kinds_told(const std::string& who) {
    std::string kinds;
    const auto page = json(hub_->get("/api/v1/notifications", sessions_[who]));
    for (const auto& one : page.at("notifications").as_array())
      kinds += std::string(one.at("kind").as_string()) + " " + std::to_string(one.at("call_id").as_int64()) + ";";
    return kinds;
  }
  static double number_in(const boost::json::value& of) { return of.to_number<double>(); }
  static boost::json::value score_listed(const std::string& who) {
    return json(hub_->get("/api/v1/calls", sessions_[who])).at("calls").at(0).at("score");
  }
};

TEST_F(call_reviews, score_what_applies_and_keep_what_was_written_and_cited) {
  const auto call = anns("r1", 'a');
  const auto form = reviews(call, "sue");
  ASSERT_EQ(form.at("criteria").as_array().size(), 4u);
  EXPECT_EQ(form.at("criteria").at(0).at("key"), "greeting");
  EXPECT_EQ(form.at("may_review"), true);
  EXPECT_EQ(form.at("reviews").as_array().size(), 0u);

  const auto got = review(call, "sue", R"({"criteria": [
      {"key": "offer", "points": 3, "at": [41, 7, 41], "comment": " Ring +380 00 000 00 42 back "},
      {"key": "greeting", "points": 5},
      {"key": "needs", "points": null, "comment": "They knew what they wanted"}], "feedback": "Calm and clear"})");
  ASSERT_EQ(got.status, 201) << got.body;
  const auto made = json(got);
  EXPECT_EQ(number_in(made.at("score")), 80.0) << "8 of 10: one did not apply, one was not asked about";
  EXPECT_EQ(made.at("reviewer").at("name"), "sue");
  EXPECT_EQ(made.at("feedback"), "Calm and clear");
  ASSERT_EQ(made.at("criteria").as_array().size(), 3u);
  EXPECT_EQ(made.at("criteria").at(0).at("key"), "greeting") << "in the order of the settings";
  EXPECT_TRUE(made.at("criteria").at(1).at("points").is_null());
  EXPECT_EQ(boost::json::serialize(made.at("criteria").at(2).at("at")), "[7,41]");
  EXPECT_EQ(made.at("criteria").at(2).at("max"), 5);
  EXPECT_THAT(got.body, Not(HasSubstr("00 42"))) << "no number is kept";
  EXPECT_EQ(
      hub_->number("select count(*) from hub.audit where action = 'call_review' and staff_id = $1 and subject = 'call:' || $2",
                   staff_["sue"], call),
      1);
}

TEST_F(call_reviews, stay_what_they_were_when_the_criteria_change) {
  const auto call = anns("r1", 'a');
  const auto id = json(review(call, "sue")).at("id").as_int64();
  const auto before = hub_->with->criteria;
  hub_->with->criteria = {{"manner", "Манера", "Manner", 10}};
  const auto shown = reviews(call, "sue");
  EXPECT_EQ(shown.at("criteria").as_array().size(), 1u);
  EXPECT_EQ(shown.at("reviews").at(0).at("criteria").as_array().size(), 4u);
  EXPECT_EQ(change(id, "sue", R"({"feedback": "Other words"})").status, 200);
  EXPECT_EQ(number_in(reviews(call, "sue").at("reviews").at(0).at("score")), 80.0);
  hub_->with->criteria = before;
}

TEST_F(call_reviews, are_made_by_supervisors_of_the_team_and_admins_only) {
  const auto call = anns("r1", 'a');
  for (const auto* who : {"ann", "bob", "eve", "ian"}) EXPECT_EQ(review(call, who).status, 403) << who;
  EXPECT_EQ(review(call, "una").status, 404) << "a supervisor of no team";
  EXPECT_EQ(review(call, "adam").status, 201);
  EXPECT_EQ(review(call, "ada").status, 201);
  EXPECT_EQ(review(call, "sue").status, 201);
  EXPECT_EQ(review(999999999, "sue").status, 404);
  EXPECT_EQ(hub_->post(path(call) + "/reviews", "", all_of(4)).status, 401);

  const auto stray = talk("r2", 0);
  hub_->run("update hub.call_record set manager_id = $2 where id = $1", stray, staff_["ann"]);
  EXPECT_EQ(review(stray, "una").status, 404);
  EXPECT_EQ(review(stray, "sue").status, 201) << "of no lead, by who supervises whoever took it";
}

TEST_F(call_reviews, are_never_of_ones_own_call_nor_of_one_in_which_nobody_talked) {
  const auto missed = miss("r1", 'a');
  give(missed, "ann");
  EXPECT_EQ(review(missed, "sue").status, 409);
  const auto own = anns("r2", 'b');
  hub_->run("update hub.call_record set manager_id = $2 where id = $1", own, staff_["sue"]);
  EXPECT_EQ(review(own, "sue").status, 409);
  EXPECT_EQ(reviews(own, "sue").at("may_review"), false);
  EXPECT_EQ(review(own, "ada").status, 201);
  const auto told = json(hub_->get("/api/v1/notifications", sessions_["sue"])).at("notifications");
  EXPECT_EQ(told.at(0).at("kind"), "call_reviewed") << "a supervisor who talks is reviewed too";
}

TEST_F(call_reviews, refuse_points_keys_and_seconds_that_cannot_be) {
  const auto call = anns("r1", 'a');
  const auto refused = [&](const std::string& criteria) {
    const auto got = review(call, "sue", "{\"criteria\": [" + criteria + "]}");
    EXPECT_EQ(got.status, 400) << criteria << got.body;
    const auto told = json(got);
    const auto* field = told.as_object().if_contains("field");
    return field ? std::string(field->as_string()) : std::string(told.at("detail").as_string());
  };
  EXPECT_EQ(refused(R"({"key": "offer", "points": 6})"), "criteria[0].points");
  EXPECT_EQ(refused(R"({"key": "offer", "points": 1}, {"key": "offer", "points": 1})"), "criteria[1].key");
  EXPECT_EQ(refused(R"({"key": "manners", "points": 1})"), "criteria[0].key");
  EXPECT_EQ(refused(R"({"key": "offer", "points": 1, "at": [-1]})"), "criteria[0].at");
  EXPECT_EQ(refused(R"({"key": "offer", "points": 1, "at": [86401]})"), "criteria[0].at");
  EXPECT_EQ(refused(R"({"key": "offer", "points": null})"), "criteria");
  EXPECT_THAT(refused(""), HasSubstr("criteria"));
  EXPECT_THAT(refused(R"({"key": "offer", "points": -1})"), HasSubstr("points"));
  EXPECT_THAT(refused(R"({"key": "offer", "points": 1.5})"), HasSubstr("points"));
  EXPECT_EQ(reviews(call, "sue").at("reviews").as_array().size(), 0u);
}

TEST_F(call_reviews, are_made_once_and_changed_until_they_are_answered) {
  const auto call = anns("r1", 'a');
  const auto id = json(review(call, "sue")).at("id").as_int64();
  EXPECT_EQ(review(call, "sue").status, 409);
  EXPECT_EQ(reviews(call, "sue").at("may_review"), false);
  EXPECT_EQ(reviews(call, "ada").at("may_review"), true) << "somebody else may, too";
  EXPECT_EQ(change(id, "ada", R"({"feedback": "Mine"})").status, 404);
  EXPECT_EQ(change(id, "ann", R"({"feedback": "Mine"})").status, 403);

  reviews(call, "ann");
  const auto changed = json(change(id, "sue", R"({"criteria": [{"key": "offer", "points": 1}]})"));
  EXPECT_EQ(number_in(changed.at("score")), 20.0);
  EXPECT_EQ(changed.at("feedback"), "Well done");
  EXPECT_FALSE(changed.at("changed_at").is_null());
  EXPECT_TRUE(changed.at("seen_at").is_null()) << "what was read was something else";
  EXPECT_EQ(change(id, "sue", R"({"criteria": [{"key": "offer", "points": 9}]})").status, 400);

  EXPECT_EQ(reply(id, "ann").status, 200);
  EXPECT_EQ(change(id, "sue", R"({"feedback": "Too late"})").status, 409);
  EXPECT_EQ(reviews(call, "sue").at("reviews").at(0).at("feedback"), "Well done");
}

TEST_F(call_reviews, are_repeated_under_one_key_without_another) {
  const auto call = anns("r1", 'a');
  const auto once = [&] {
    auto request = hub_->to("POST", path(call) + "/reviews", sessions_["sue"], all_of(4));
    request.head.set("Idempotency-Key", "review once");
    return hub_->ask(std::move(request));
  };
  const auto first = once(), second = once();
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(first.body, second.body);
  EXPECT_EQ(hub_->number("select count(*) from hub.notification where kind = 'call_reviewed'"), 1);
}

TEST_F(call_reviews, are_seen_and_answered_once_by_whoever_talked) {
  const auto call = anns("r1", 'a');
  const auto id = json(review(call, "sue")).at("id").as_int64();
  EXPECT_EQ(kinds_told("ann"), "call_reviewed " + std::to_string(call) + ";");
  EXPECT_TRUE(reviews(call, "sue").at("reviews").at(0).at("seen_at").is_null()) << "a supervisor's look is none of hers";
  EXPECT_EQ(reviews(call, "adam").at("reviews").as_array().size(), 1u);
  const auto seen = reviews(call, "ann").at("reviews").at(0).at("seen_at");
  EXPECT_FALSE(seen.is_null());
  hub_->time.ahead = 60;
  EXPECT_EQ(reviews(call, "ann").at("reviews").at(0).at("seen_at"), seen) << "the first time";
  hub_->time.ahead = 0;

  EXPECT_EQ(reply(id, "bob").status, 404);
  EXPECT_EQ(reply(id, "sue").status, 404);
  EXPECT_EQ(reply(id, "ian").status, 403);
  EXPECT_EQ(reply(id, "ann", " ").status, 400);
  const auto answered = json(reply(id, "ann"));
  EXPECT_EQ(answered.at("answer"), "I will");
  EXPECT_FALSE(answered.at("answered_at").is_null());
  EXPECT_EQ(kinds_told("sue"), "review_answered " + std::to_string(call) + ";");
  EXPECT_EQ(reply(id, "ann", "Again").status, 409);
  EXPECT_EQ(reviews(call, "sue").at("reviews").at(0).at("answer"), "I will");
}

TEST_F(call_reviews, are_nobody_elses_to_read) {
  const auto call = anns("r1", 'a');
  review(call, "sue");
  EXPECT_EQ(status(path(call) + "/reviews", "bob"), 404) << "a colleague's lead";
  EXPECT_EQ(status(path(call) + "/reviews", "ian"), 403);
  EXPECT_EQ(number_in(score_listed("ann")), 80.0);
  EXPECT_EQ(number_in(score_listed("sue")), 80.0);
  EXPECT_TRUE(score_listed("ian").is_null());
  // The lead becomes bob's: he sees the call and not what ann was told.
  give(call, "bob");
  EXPECT_EQ(status(path(call) + "/reviews", "bob"), 403);
  EXPECT_TRUE(score_listed("bob").is_null());
}

TEST_F(call_reviews, reach_whoever_talked_also_on_a_colleagues_lead) {
  const auto call = anns("r1", 'a');
  give(call, "bob");
  ASSERT_EQ(status(path(call), "ann"), 404);
  const auto id = json(review(call, "sue")).at("id").as_int64();
  EXPECT_EQ(kinds_told("ann"), "call_reviewed " + std::to_string(call) + ";");
  EXPECT_EQ(kinds_told("bob"), "");
  EXPECT_EQ(reviews(call, "ann").at("reviews").at(0).at("feedback"), "Well done");
  EXPECT_EQ(reviews(call, "ann").at("may_review"), false);
  EXPECT_EQ(reply(id, "ann").status, 200);
  EXPECT_EQ(status(path(call), "ann"), 404) << "the call and its recording stay its lead's";
  hub_->run("update hub.staff set active = false where name = 'ann'");
  EXPECT_EQ(review(call, "ada").status, 201);
  EXPECT_EQ(hub_->number("select count(*) from hub.notification where kind = 'call_reviewed'"), 1) << "nobody who works here";
  hub_->run("update hub.staff set active = true where name = 'ann'");
}

TEST_F(call_reviews, change_what_consoles_show_of_the_call) {
  const auto call = anns("r1", 'a');
  const auto changes = [&] {
    return hub_->number("select count(*) from hub.live_change where kind = 'call' and subject_id = $1", call);
  };
  const auto before = changes();
  const auto id = json(review(call, "sue")).at("id").as_int64();
  EXPECT_EQ(changes(), before + 1);
  reviews(call, "ann");
  reviews(call, "ann");
  EXPECT_EQ(changes(), before + 2) << "seen once";
  reply(id, "ann");
  EXPECT_EQ(changes(), before + 3);
}

TEST_F(call_reviews, tell_which_calls_still_have_none) {
  const auto first = anns("r1", 'a'), second = anns("r2", 'b');
  miss("r3", 'c');
  EXPECT_THAT(listed("?reviewed=no", "sue"), testing::UnorderedElementsAre(first, second));
  review(first, "sue");
  EXPECT_THAT(listed("?reviewed=no", "sue"), ElementsAre(second));
  EXPECT_THAT(listed("?reviewed=yes", "sue"), ElementsAre(first));
  EXPECT_THAT(listed("?reviewed=yes", "ann"), ElementsAre(first));
  EXPECT_THAT(listed("?reviewed=yes", "ian"), ElementsAre());
  EXPECT_THAT(listed("?reviewed=no", "ann"), ElementsAre()) << "a manager reviews nobody";
  EXPECT_EQ(status("/api/v1/calls?reviewed=perhaps", "sue"), 400);
}

TEST_F(call_reviews, are_counted_by_person_and_criterion) {
  const auto first = anns("r1", 'a'), second = anns("r2", 'b');
  anns("r3", 'c');
  const auto later = talk("r4", 'd', ten + 86400s * 3);
  give(later, "ann");
  for (const auto call : {first, later})
    review(call, "sue", R"({"criteria": [{"key": "greeting", "points": 5}, {"key": "offer", "points": 0}]})");
  review(second, "sue", R"({"criteria": [{"key": "offer", "points": 4}, {"key": "needs", "points": null}]})");
  review(second, "ada", R"({"criteria": [{"key": "offer", "points": 2}]})");
  const auto figures = [&](const std::string& who) {
    return json(hub_->get("/api/v1/reports/call-reviews?from=2026-11-20&to=2026-11-20", sessions_[who]));
  };
  const auto told = figures("sue");
  const auto& ann = told.at("people").at(0);
  EXPECT_EQ(ann.at("person").at("name"), "ann");
  EXPECT_EQ(ann.at("calls"), 3);
  EXPECT_EQ(ann.at("reviewed"), 2);
  EXPECT_EQ(number_in(ann.at("score")), 56.67) << "50, 80 and 40";
  ASSERT_EQ(ann.at("criteria").as_array().size(), 2u);
  EXPECT_EQ(ann.at("criteria").at(0).at("key"), "greeting");
  EXPECT_EQ(number_in(ann.at("criteria").at(0).at("score")), 100.0);
  EXPECT_EQ(number_in(ann.at("criteria").at(1).at("score")), 40.0) << "0, 80 and 40";
  EXPECT_EQ(ann.at("criteria").at(1).at("reviews"), 3);
  EXPECT_EQ(told.at("criteria"), ann.at("criteria")) << "nobody else was reviewed";
  EXPECT_TRUE(told.at("people").at(1).at("score").is_null());
  EXPECT_EQ(figures("ann").at("people").as_array().size(), 1u);
  EXPECT_EQ(figures("bob").at("criteria").as_array().size(), 0u);
  EXPECT_EQ(number_in(figures("ian").at("people").at(0).at("score")), 56.67);
}

TEST_F(call_reviews, lose_their_words_with_the_customer_and_keep_their_points) {
  const auto call = anns("r1", 'e');
  const auto id =
      json(review(call, "sue", R"({"criteria": [{"key": "offer", "points": 4, "at": [7], "comment": "Olena wanted a discount"}],
                                               "feedback": "Olena was pleased"})"))
          .at("id")
          .as_int64();
  reply(id, "ann", "Olena will come again");
  const auto customer = hub_->number("select customer_id from hub.call_record where id = $1", call);
  hub_->run("select hub.erase_customer($1, $2, now())", customer, staff_["adam"]);
  const auto got = hub_->get(path(call) + "/reviews", sessions_["sue"]);
  EXPECT_THAT(got.body, Not(HasSubstr("Olena")));
  const auto left = json(got).at("reviews").at(0);
  EXPECT_EQ(number_in(left.at("score")), 80.0);
  EXPECT_EQ(left.at("criteria").at(0).at("points"), 4);
  EXPECT_FALSE(left.at("answered_at").is_null());
}

}  // namespace
}  // namespace hub::api
