// Who sees which leads, in which order, and that a look at a customer is written down.

#include "tests/integration/api_fixture.hpp"

#include <algorithm>
#include <set>

namespace hub::api {
namespace {

struct sight {
  std::set<std::string> visible, open;
};

TEST_F(api, shows_each_role_exactly_the_leads_of_the_policy_on_every_route) {
  const std::set<std::string> everything{"anns", "waiting", "bobs", "service waiting", "eves"};
  const std::set<std::string> sales{"anns", "waiting", "bobs"};
  const std::map<std::string, sight> expected{{"ann", {{"anns", "waiting"}, {"anns", "waiting"}}},
                                              {"bob", {{"bobs", "waiting"}, {"bobs", "waiting"}}},
                                              {"eve", {{"eves", "service waiting"}, {"eves", "service waiting"}}},
                                              {"sue", {sales, sales}},
                                              {"ada", {everything, sales}},
                                              {"adam", {everything, {}}},
                                              {"ian", {everything, {}}}};
  for (const auto& [who, sees] : expected) {
    const auto& token = sessions_[who];
    std::set<std::int64_t> listed, wanted;
    const auto page = json(hub_->get("/api/v1/leads?limit=200", token));
    for (const auto& lead : page.at("leads").as_array()) listed.insert(lead.at("id").as_int64());
    for (const auto& name : sees.visible) wanted.insert(leads_[name]);
    EXPECT_EQ(listed, wanted) << who;
    for (const auto& name : everything) {
      SCOPED_TRACE(who + " looks at " + name);
      const auto id = leads_[name];
      const bool visible = sees.visible.count(name), open = sees.open.count(name);
      const auto one = hub_->get(lead_path(name), token);
      const auto timeline = hub_->get(lead_path(name) + "/timeline", token);
      const auto customer = hub_->get("/api/v1/customers/" + std::to_string(customers_[id]), token);
      const auto file = hub_->get("/api/v1/media/" + std::to_string(media_[id]), token);
      EXPECT_EQ(one.status, visible ? 200 : 404);
      EXPECT_EQ(timeline.status, visible ? 200 : 404);
      EXPECT_EQ(customer.status, visible ? 200 : 404);
      EXPECT_EQ(file.status, who == "ian" ? 403 : open ? 200 : 404);
      for (const auto* answer : {&one, &timeline, &customer}) {
        if (open) {
          EXPECT_THAT(answer->body, HasSubstr(answer == &timeline ? "a secret of" : "Customer of"));
        } else {
          EXPECT_THAT(answer->body, Not(HasSubstr("a secret of")));
          EXPECT_THAT(answer->body, Not(HasSubstr("Customer of")));
        }
      }
    }
  }
}

TEST_F(api, lets_nobody_in_without_a_session) {
  for (const auto& row : policy()) {
    if (row.open) continue;
    const auto path = filled(row.route, leads_["anns"]);
    EXPECT_EQ(hub_->ask(hub_->to(std::string(row.method), path)).status, 401) << path;
    EXPECT_EQ(hub_->ask(hub_->to(std::string(row.method), path, random_token())).status, 401) << path;
  }
}

TEST_F(api, does_not_find_masked_customers_by_name) {
  EXPECT_EQ(json(hub_->get("/api/v1/leads?q=Customer", sessions_["ian"])).at("leads").as_array().size(), 0u);
  EXPECT_EQ(json(hub_->get("/api/v1/leads?q=customer%20of%20ANNS", sessions_["sue"])).at("leads").as_array().size(), 1u);
  EXPECT_EQ(json(hub_->get("/api/v1/leads?q=%25", sessions_["sue"])).at("leads").as_array().size(), 0u);
}

TEST_F(api, filters_and_pages_without_gap_or_double) {
  std::set<std::int64_t> seen;
  std::string before;
  for (int page = 0; page < 10; ++page) {
    const auto answer = json(hub_->get("/api/v1/leads?limit=2" + before, sessions_["adam"]));
    for (const auto& lead : answer.at("leads").as_array()) EXPECT_TRUE(seen.insert(lead.at("id").as_int64()).second);
    if (answer.at("next").is_null()) break;
    before = "&before=" + std::string(answer.at("next").as_string());
  }
  EXPECT_EQ(seen.size(), 5u);
  const auto count = [&](const std::string& query) {
    return json(hub_->get("/api/v1/leads?" + query, sessions_["sue"])).at("leads").as_array().size();
  };
  EXPECT_EQ(count("owner=none"), 1u);
  EXPECT_EQ(count("owner=me"), 0u);
  EXPECT_EQ(count("owner=" + std::to_string(staff_["ann"])), 1u);
  EXPECT_EQ(count("team=sales"), 3u);
  EXPECT_EQ(count("team=service"), 0u);
  EXPECT_EQ(count("status=lost"), 0u);
  for (const auto& [query, field] : std::vector<std::pair<std::string, std::string>>{{"status=nonsense", "status"},
                                                                                     {"limit=0", "limit"},
                                                                                     {"limit=x", "limit"},
                                                                                     {"before=1", "before"},
                                                                                     {"owner=-1", "owner"}}) {
    const auto answer = hub_->get("/api/v1/leads?" + query, sessions_["sue"]);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(json(answer).at("field").as_string(), field);
  }
}

TEST_F(api, writes_down_who_looked_at_a_customer_once_a_look) {
  const auto lead = make_lead("Looked at", "sales", "ann");
  const auto looks = [&] {
    return hub_->number(
        "select count(*) from hub.audit where action = 'customer_view' and subject = 'customer:' || $1::bigint and staff_id = $2",
        customers_[lead], staff_["ann"]);
  };
  EXPECT_EQ(looks(), 0);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(hub_->get("/api/v1/customers/" + std::to_string(customers_[lead]), sessions_["ann"]).status, 200);
  EXPECT_EQ(looks(), 1);
  hub_->run("update hub.lead set stage = 'lost', attachable = false, closed_at = now() where id = $1", lead);
  hub_->run("delete from hub.message_media where media_id = $1", media_[lead]);
}

TEST_F(api, orders_the_timeline_by_the_platforms_clock_and_pages_backwards) {
  const auto lead = make_lead("Talkative", "sales", "ann");
  hub_->run("delete from hub.message_media where media_id = $1", media_[lead]);
  hub_->run("delete from hub.message where lead_id = $1", lead);
  hub_->run(
      "insert into hub.message (lead_id, customer_id, channel, direction, type, content, sent_at)"
      " select $1, $2, 'viber', 'incoming', 'text', n::text, timestamptz '2026-01-01' + ((n * 37) % 101) * interval '1 minute' "
      "from generate_series(1, 100) n",
      lead, customers_[lead]);
  std::vector<std::string> times;
  std::string before;
  for (int page = 0; page < 20; ++page) {
    const auto answer = json(hub_->get("/api/v1/leads/" + std::to_string(lead) + "/timeline?limit=7" + before, sessions_["ann"]));
    std::vector<std::string> these;
    for (const auto& m : answer.at("messages").as_array()) these.emplace_back(m.at("at").as_string());
    times.insert(times.begin(), these.begin(), these.end());
    if (answer.at("earlier").is_null()) break;
    before = "&before=" + std::string(answer.at("earlier").as_string());
  }
  EXPECT_EQ(times.size(), 100u);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(std::set<std::string>(times.begin(), times.end()).size(), 100u);
  hub_->run("update hub.lead set stage = 'lost', attachable = false, closed_at = now() where id = $1", lead);
}

}  // namespace
}  // namespace hub::api
