// Claiming: only one wins, and everybody else is told who that was.

#include "tests/integration/api_fixture.hpp"

namespace hub::api {
namespace {

TEST_F(api, lets_only_the_team_of_a_lead_claim_it) {
  EXPECT_EQ(hub_->post(lead_path("waiting") + "/claim", sessions_["eve"]).status, 404);
  EXPECT_EQ(hub_->post(lead_path("waiting") + "/claim", sessions_["adam"]).status, 404);
  EXPECT_EQ(hub_->post(lead_path("waiting") + "/claim", sessions_["ian"]).status, 403);
  EXPECT_EQ(hub_->post("/api/v1/leads/999999/claim", sessions_["ann"]).status, 404);
  EXPECT_EQ(hub_->post("/api/v1/leads/nonsense/claim", sessions_["ann"]).status, 404);
  const auto taken = hub_->post(lead_path("bobs") + "/claim", sessions_["ann"]);
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(json(taken).at("owner").at("name").as_string(), "bob");
}

TEST_F(api, gives_each_lead_to_one_of_64_and_tells_all_others_who_that_was) {
  constexpr int people = 64, count = 100;
  hub_->run(
      "insert into hub.staff (name, email, role) select 'racer ' || n, 'racer' || n || '@example.com', 'manager' from "
      "generate_series(1, $1::int) n",
      people);
  hub_->run("insert into hub.team (name) values ('racers')");
  hub_->run(
      "insert into hub.team_member (team_id, staff_id, position) select t.id, s.id, 0 from hub.team t, hub.staff s where t.name "
      "= 'racers' and s.name like 'racer %'");
  const auto customer = hub_->number("insert into hub.customer (first_name) values ('Raced for') returning id");
  const auto first = hub_->number(
      "with made as (insert into hub.lead (customer_id, source_channel, pipeline, team_id, queued_at, last_activity_at)"
      " select $1::bigint, 'viber', 'race ' || n, t.id, now(), now() from hub.team t, generate_series(1, $2::int) n where t.name "
      "= 'racers' returning id)"
      " select min(id) from made",
      customer, count);

  struct result_of {
    std::map<std::int64_t, std::int64_t> won_by;     ///< lead -> person
    std::multimap<std::int64_t, std::int64_t> told;  ///< lead -> who the loser was told
    std::map<int, int> answers;
  } all;
  std::vector<std::pair<std::int64_t, std::string>> racers;
  hub_->direct->transact([&](pqxx::work& sql) {
    for (const auto& row : sql.exec("select id from hub.staff where name like 'racer %' order by id"))
      racers.emplace_back(row[0].as<std::int64_t>(), "");
  });
  for (auto& [id, token] : racers) token = hub_->session_of(id);

  auto race = [&](std::int64_t person, std::string token, int offset) -> async::task<int> {
    for (int i = 0; i < count; ++i) {
      const auto lead = first + (i + offset) % count;
      auto request = hub_->to("POST", "/api/v1/leads/" + std::to_string(lead) + "/claim", token);
      const auto answer = co_await hub_->fetch(std::move(request));
      ++all.answers[answer.status];
      if (answer.status == 200) {
        EXPECT_TRUE(all.won_by.emplace(lead, person).second) << "two winners of " << lead;
      } else if (answer.status == 409) {
        const auto body = boost::json::parse(answer.body);
        EXPECT_FALSE(body.at("since").is_null());
        all.told.emplace(lead, body.at("owner").at("id").as_int64());
      }
    }
    co_return 0;
  };
  std::vector<std::future<int>> running;
  for (std::size_t n = 0; n < racers.size(); ++n)
    running.push_back(hub_->spawn(race(racers[n].first, racers[n].second, static_cast<int>(n) % 7)));
  for (auto& r : running) r.get();

  EXPECT_EQ(all.answers[200], count);
  EXPECT_EQ(all.answers[409], count * (people - 1));
  for (const auto& [lead, told] : all.told) EXPECT_EQ(told, all.won_by.at(lead));
  EXPECT_EQ(hub_->number("select count(*) from hub.lead where pipeline like 'race %' and manager_id is not null and version = 2"),
            count);
  EXPECT_EQ(
      hub_->number(
          "select count(*) from hub.ownership_history h join hub.lead l on l.id = h.lead_id where l.pipeline like 'race %'"),
      count);
  EXPECT_EQ(hub_->number("select sum(open_leads) from hub.staff where name like 'racer %'"), count);
  hub_->run("update hub.lead set stage = 'lost', attachable = false, closed_at = now() where pipeline like 'race %'");
}

}  // namespace
}  // namespace hub::api
