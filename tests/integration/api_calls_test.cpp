// Telephone calls as the API shows them: rows that ingest made, for whoever may see their lead; recordings with them.

#include "tests/integration/api_calls_fixture.hpp"

namespace hub::api {
namespace {

TEST_F(api_calls, show_a_missed_one_with_its_call_back_to_whoever_sees_its_lead) {
  const auto call = miss("c1", 'a');
  for (const auto* who : {"ann", "bob", "sue", "adam", "ian"}) EXPECT_EQ(status(path(call), who), 200) << who;
  EXPECT_EQ(status(path(call), "eve"), 404);
  hub_->run("update hub.customer set first_name = 'Олена' where id = (select customer_id from hub.call_record where id = $1)",
            call);

  const auto got = hub_->get(path(call), sessions_["ann"]);
  EXPECT_THAT(got.body, Not(HasSubstr("fp:")));
  const auto whole = json(got);
  const auto& one = whole.at("call");
  EXPECT_EQ(one.at("at"), "2026-11-20T10:00:00.000Z");
  EXPECT_EQ(one.at("ended_at"), "2026-11-20T10:00:20.000Z");
  EXPECT_TRUE(one.at("answered_at").is_null());
  EXPECT_EQ(one.at("direction"), "inbound");
  EXPECT_EQ(one.at("status"), "missed");
  EXPECT_EQ(one.at("provider"), "ringostat");
  EXPECT_EQ(one.at("line"), "Showroom");
  EXPECT_EQ(one.at("wait_seconds"), 20);
  EXPECT_EQ(one.at("talk_seconds"), 0);
  EXPECT_TRUE(one.at("manager").is_null());
  EXPECT_EQ(one.at("customer").at("name"), "Олена");
  EXPECT_FALSE(one.at("lead_id").is_null());
  EXPECT_EQ(whole.at("call_back").at("kind"), "call_back");
  EXPECT_EQ(whole.at("call_back").at("lead_id"), one.at("lead_id"));

  const auto masked = json(hub_->get(path(call), sessions_["ian"]));
  EXPECT_EQ(masked.at("call").at("masked"), true);
  EXPECT_EQ(masked.at("call").at("customer").at("known"), false);
  EXPECT_EQ(masked.at("call_back").at("title"), "");

  talk("c2", 'a', ten + 600s, call_direction::outbound);
  EXPECT_TRUE(json(hub_->get(path(call), sessions_["ann"])).at("call_back").is_null()) << "they talked since";
}

TEST_F(api_calls, name_no_line_that_has_no_name) {
  const auto call = miss("c1", 'm');
  hub_->run("update hub.call_record set line = 'fp:11111111:' || repeat('c', 64) where id = $1", call);
  const auto got = hub_->get(path(call), sessions_["sue"]);
  EXPECT_EQ(json(got).at("call").at("line"), "");
  EXPECT_THAT(got.body, Not(HasSubstr("fp:")));
}

TEST_F(api_calls, are_listed_newest_first_in_pages_and_by_what_is_asked) {
  const auto first = miss("c1", 'b'), second = talk("c2", 'b', ten + 3600s),
             third = talk("c3", 'c', ten + 90000s, call_direction::inbound, "binotel");
  EXPECT_THAT(listed("", "sue"), ElementsAre(third, second, first));
  const auto page = json(hub_->get("/api/v1/calls?limit=2", sessions_["sue"]));
  const std::string next(page.at("next").as_string());
  EXPECT_THAT(listed("?limit=2&before=" + next, "sue"), ElementsAre(first));
  EXPECT_THAT(listed("?status=missed", "sue"), ElementsAre(first));
  EXPECT_THAT(listed("?provider=binotel", "sue"), ElementsAre(third));
  EXPECT_THAT(listed("?direction=outbound", "sue"), ElementsAre());
  EXPECT_THAT(listed("?manager=none", "sue"), ElementsAre(first));
  EXPECT_THAT(listed("?manager=" + std::to_string(staff_["ann"]), "sue"), ElementsAre(third, second));
  EXPECT_THAT(listed("?manager=me", "ann"), ElementsAre(third, second));
  EXPECT_THAT(listed("?from=2026-11-21", "sue"), ElementsAre(third));
  EXPECT_THAT(listed("?to=2026-11-20", "sue"), ElementsAre(second, first));
  const auto customer = hub_->number("select customer_id from hub.call_record where id = $1", first);
  const auto lead = hub_->number("select lead_id from hub.call_record where id = $1", third);
  EXPECT_THAT(listed("?customer=" + std::to_string(customer), "sue"), ElementsAre(second, first));
  EXPECT_THAT(listed("?lead=" + std::to_string(lead), "sue"), ElementsAre(third));
  for (const auto* wrong : {"?status=lost", "?direction=in", "?lead=x", "?manager=0", "?from=today", "?limit=0", "?before=x"})
    EXPECT_EQ(status(std::string("/api/v1/calls") + wrong, "sue"), 400) << wrong;

  give(third, "bob");
  EXPECT_THAT(listed("", "ann"), ElementsAre(second, first)) << "a colleague's lead";
  EXPECT_THAT(listed("", "bob"), ElementsAre(third, second, first));
  EXPECT_THAT(listed("", "eve"), ElementsAre());
  EXPECT_THAT(listed("", "ian"), ElementsAre(third, second, first));
}

TEST_F(api_calls, of_no_lead_are_shown_to_supervisors_of_who_took_them_and_to_admins) {
  const auto nobodys = miss("c1", 0);
  const auto anns = talk("c2", 'd', ten + 60s, call_direction::outbound);
  hub_->run("update hub.staff set extension = '901' where name = 'eve'");
  const auto eves = talk("c3", 0, ten + 120s);
  hub_->run("update hub.call_record set manager_id = $2 where id = $1", eves, staff_["eve"]);
  ASSERT_EQ(hub_->number("select count(*) from hub.call_record where lead_id is null"), 3);
  EXPECT_THAT(listed("", "sue"), ElementsAre(anns, nobodys)) << "eve is of a team that nobody supervises";
  EXPECT_THAT(listed("", "adam"), ElementsAre(eves, anns, nobodys));
  for (const auto* who : {"ann", "eve", "ian"}) EXPECT_THAT(listed("", who), ElementsAre()) << who;
  EXPECT_EQ(status(path(anns), "sue"), 200);
  EXPECT_EQ(status(path(anns), "adam"), 200);
  EXPECT_EQ(status(path(anns), "ann"), 404);
  EXPECT_EQ(status(path(anns), "ian"), 404);
  EXPECT_TRUE(json(hub_->get(path(nobodys), sessions_["sue"])).at("call").at("customer").is_null());
  EXPECT_EQ(json(hub_->get(path(anns), sessions_["adam"])).at("call").at("masked"), true);
  hub_->run("update hub.staff set extension = null where name = 'eve'");
}

TEST_F(api_calls, hand_out_their_recording_by_the_rules_of_their_lead) {
  record("c1");
  EXPECT_THAT(listed("", "adam"), ElementsAre()) << "a recording of a call that has not been told of";
  EXPECT_EQ(status(path(row_of("c1")), "adam"), 404);
  const auto call = talk("c1", 'e');
  give(call, "ann");
  auto shown = json(hub_->get(path(call), sessions_["ann"])).at("call").at("recording");
  EXPECT_EQ(shown.at("state"), "pending");
  EXPECT_TRUE(shown.at("id").is_null());
  store_recording();

  const auto lead = hub_->number("select lead_id from hub.call_record where id = $1", call);
  const auto timeline = json(hub_->get("/api/v1/leads/" + std::to_string(lead) + "/timeline", sessions_["ann"]));
  const boost::json::value* told = nullptr;
  for (const auto& e : timeline.at("events").as_array())
    if (e.at("kind") == "call") told = &e;
  ASSERT_TRUE(told);
  EXPECT_EQ(told->at("id"), call);
  EXPECT_EQ(told->at("what"), "inbound");
  EXPECT_EQ(told->at("outcome"), "completed");
  EXPECT_EQ(told->at("who").at("name"), "ann");
  EXPECT_EQ(told->at("call").at("talk_seconds"), 60);
  EXPECT_EQ(told->at("call").at("recording").at("state"), "stored");
  const auto media = told->at("call").at("recording").at("id").as_int64();
  EXPECT_EQ(json(hub_->get(path(call), sessions_["ann"])).at("call").at("recording").at("id"), media);

  const auto file = "/api/v1/media/" + std::to_string(media);
  EXPECT_EQ(status(file, "ann"), 200);
  EXPECT_EQ(status(file, "sue"), 200);
  EXPECT_EQ(status(file, "bob"), 404);
  EXPECT_EQ(status(file, "eve"), 404);
  EXPECT_EQ(status(file, "ian"), 403);
  EXPECT_TRUE(json(hub_->get(path(call), sessions_["ian"])).at("call").at("recording").is_null());

  // The file was stored before the call had a lead, and after it lost one: the call decides.
  hub_->run("update hub.media set lead_id = null where id = $1", media);
  EXPECT_EQ(status(file, "ann"), 200);
  hub_->run("update hub.call_record set lead_id = null where id = $1", call);
  EXPECT_EQ(status(file, "ann"), 404);
  EXPECT_EQ(status(file, "sue"), 200);
  EXPECT_EQ(status(file, "adam"), 404) << "an admin supervises nobody";
}

TEST_F(api_calls, are_looked_at_on_record) {
  const auto known = miss("c1", 'f'), hidden = miss("c2", 0);
  EXPECT_EQ(status(path(known), "sue"), 200);
  EXPECT_EQ(status(path(hidden), "sue"), 200);
  EXPECT_EQ(hub_->number("select count(*) from hub.audit where staff_id = $1 and action = 'customer_view' and subject ="
                         " 'customer:' || (select customer_id from hub.call_record where id = $2)",
                         staff_["sue"], known),
            1);
  EXPECT_EQ(
      hub_->number("select count(*) from hub.audit where staff_id = $1 and action = 'call_view' and subject = 'call:' || $2",
                   staff_["sue"], hidden),
      1);
}

TEST_F(api_calls, are_counted_for_who_talked_and_who_should_have) {
  const auto first = miss("c1", 'j'), second = miss("c2", 'k', ten + 60s), unowned = miss("c3", 'l', ten + 120s);
  miss("c4", 0, ten + 180s);
  give(first, "ann");
  give(second, "bob");
  talk("c5", 'j', ten + 600s, call_direction::outbound);
  talk("c6", 'j', ten + 1200s);
  talk("c7", 'j', ten + 86400s * 3);
  const auto figures = [&](const std::string& who, const std::string& more = "") {
    return json(hub_->get("/api/v1/reports/calls?from=2026-11-20&to=2026-11-20" + more, sessions_[who]));
  };
  const auto of = [&](const boost::json::value& told, const std::string& name) {
    for (const auto& one : told.at("people").as_array())
      if (one.at("person").at("name").as_string() == name) {
        std::vector<std::int64_t> numbers;
        for (const auto* what : {"inbound", "outbound", "talk_seconds", "missed", "called_back"})
          numbers.push_back(one.at(what).as_int64());
        return numbers;
      }
    return std::vector<std::int64_t>{};
  };
  const auto all = figures("sue");
  EXPECT_THAT(of(all, "ann"), ElementsAre(1, 1, 120, 1, 1));
  EXPECT_THAT(of(all, "bob"), ElementsAre(0, 0, 0, 1, 0));
  EXPECT_THAT(of(all, "eve"), ElementsAre());
  EXPECT_EQ(all.at("missed_unowned"), 2);
  EXPECT_EQ(figures("sue", "&team=sales").at("missed_unowned"), 1) << "a call of no lead is of no team";
  const auto own = figures("ann");
  EXPECT_THAT(of(own, "ann"), ElementsAre(1, 1, 120, 1, 1));
  EXPECT_THAT(of(own, "bob"), ElementsAre());
  EXPECT_EQ(own.at("missed_unowned"), 0);
  EXPECT_THAT(of(figures("ian"), "eve"), ElementsAre(0, 0, 0, 0, 0));
  // Whose extension rang missed it, whoever owns the lead.
  hub_->run("update hub.call_record set manager_id = $2 where id = $1", second, staff_["ann"]);
  hub_->run("update hub.call_record set status = 'voicemail' where id = $1", unowned);
  const auto later = figures("sue");
  EXPECT_THAT(of(later, "ann"), ElementsAre(1, 1, 120, 2, 1));
  EXPECT_THAT(of(later, "bob"), ElementsAre(0, 0, 0, 0, 0));
  EXPECT_EQ(later.at("missed_unowned"), 2);
}

}  // namespace
}  // namespace hub::api
