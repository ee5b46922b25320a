// The figures of docs/reports.md against a recount that knows nothing of their SQL, over invented histories around a day
// on which the clocks change.

#include "tests/integration/api_fixture.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace hub::api {
namespace {

struct came {
  std::int64_t lead, person;
  instant at;
};
struct won {
  std::int64_t lead, person;
  instant at;
  std::int64_t cents;
  std::string currency;
};

class reports : public api {
 protected:
  static void SetUpTestSuite() {
    api::SetUpTestSuite();
    const std::string text = rules_text() + "timezone: Europe/Kyiv\n";
    const auto rules = routing::read_rules(text, "test rules").rules;
    hub_->run("select hub.activate_rules($1, $2, 'test', $3::jsonb)", rules->hash, text, routing::teams_json(*rules));
    std::mt19937_64 random(seed);
    // Two days before to two days after the 29th of March 2026, when Kyiv's clocks go forward.
    const auto begin = parse_rfc3339("2026-03-27T00:00:00Z").value();
    const auto any_time = [&] { return begin + std::chrono::milliseconds(random() % (5ULL * 24 * 3600 * 1000)); };
    const std::vector<std::string> people{"ann", "bob", "eve", "sue"};
    const auto person = [&] { return staff_[people[random() % people.size()]]; };
    for (int i = 0; i < 120; ++i) {
      const auto customer = hub_->number("insert into hub.customer (first_name) values ('Reported') returning id");
      const auto lead = hub_->number(
          "insert into hub.lead (customer_id, source_channel, attachable, last_activity_at, created_at, team_id) select $1, "
          "'viber',"
          " false, $2::timestamptz, $2::timestamptz, t.id from hub.team t where t.name = 'sales' returning id",
          customer, to_rfc3339(begin - std::chrono::hours(24)));
      for (auto n = random() % 4; n > 0; --n) {
        came one{lead, person(), any_time()};
        hub_->run("insert into hub.ownership_history (lead_id, to_id, at, reason) values ($1, $2, $3::timestamptz, 'test')",
                  one.lead, one.person, to_rfc3339(one.at));
        came_.push_back(one);
      }
      if (random() % 3 == 0) {
        won one{lead, person(), any_time(), static_cast<std::int64_t>(random() % 2'000'000), random() % 4 ? "USD" : "UAH"};
        hub_->run(
            "insert into hub.conversion (lead_id, conversion_value, currency, conversion_type, staff_id, created_at)"
            " values ($1, $2::numeric / 100, $3, 'manual_mark', $4, $5::timestamptz)",
            one.lead, one.cents, one.currency, one.person, to_rfc3339(one.at));
        won_.push_back(one);
      }
    }
  }

  /// Midnights of Kyiv: the 29th has 23 hours.
  static inline const std::map<std::string, std::string> midnights{{"2026-03-27", "2026-03-26T22:00:00Z"},
                                                                   {"2026-03-28", "2026-03-27T22:00:00Z"},
                                                                   {"2026-03-29", "2026-03-28T22:00:00Z"},
                                                                   {"2026-03-30", "2026-03-29T21:00:00Z"},
                                                                   {"2026-03-31", "2026-03-30T21:00:00Z"}};
  static bool within(instant at, const std::string& from, const std::string& after) {
    return at >= parse_rfc3339(midnights.at(from)).value() && at < parse_rfc3339(midnights.at(after)).value();
  }

  static constexpr std::uint64_t seed = 20260329;
  static inline std::vector<came> came_;
  static inline std::vector<won> won_;
};

TEST_F(reports, rank_people_as_a_recount_does_also_over_the_short_day) {
  const std::vector<std::array<std::string, 3>> ranges{{"2026-03-27", "2026-03-30", "2026-03-31"},
                                                       {"2026-03-29", "2026-03-29", "2026-03-30"},
                                                       {"2026-03-28", "2026-03-28", "2026-03-29"}};
  for (const auto& [from, to, after] : ranges) {
    const auto told = hub_->get("/api/v1/reports/ranking?from=" + from + "&to=" + to, sessions_["adam"]);
    ASSERT_EQ(told.status, 200) << told.body;
    const auto page = json(told);
    std::map<std::int64_t, std::set<std::int64_t>> assigned;
    for (const auto& one : came_)
      if (within(one.at, from, after)) assigned[one.person].insert(one.lead);
    std::map<std::int64_t, std::int64_t> conversions;
    std::map<std::pair<std::int64_t, std::string>, std::pair<std::int64_t, std::int64_t>> money;
    for (const auto& one : won_)
      if (within(one.at, from, after)) {
        ++conversions[one.person];
        auto& [n, cents] = money[{one.person, one.currency}];
        ++n;
        cents += one.cents;
      }
    double before = 1e18;
    EXPECT_EQ(page.at("people").as_array().size(), 4U);
    for (const auto& person : page.at("people").as_array()) {
      const auto id = person.at("person").at("id").as_int64();
      const auto all = static_cast<std::int64_t>(assigned[id].size());
      EXPECT_EQ(person.at("assigned").as_int64(), all) << from << " seed " << seed;
      EXPECT_EQ(person.at("conversions").as_int64(), conversions[id]) << from << " seed " << seed;
      const double rate = person.at("rate").to_number<double>();
      EXPECT_NEAR(rate, all ? 100.0 * static_cast<double>(conversions[id]) / static_cast<double>(all) : 0, 1e-9);
      EXPECT_LE(rate, before);
      before = rate;
      for (const auto& line : person.at("revenue").as_array()) {
        const auto [n, cents] = money.at({id, std::string(line.at("currency").as_string())});
        EXPECT_EQ(line.at("conversions").as_int64(), n);
        EXPECT_NEAR(line.at("total").to_number<double>(), static_cast<double>(cents) / 100, 0.001);
        EXPECT_NEAR(line.at("average").to_number<double>(), static_cast<double>(cents) / 100 / static_cast<double>(n), 0.006);
        money.erase({id, std::string(line.at("currency").as_string())});
      }
    }
    EXPECT_TRUE(money.empty()) << "some revenue is told of nobody";
  }
}

TEST_F(reports, show_each_role_what_the_policy_gives_it) {
  const auto people = [&](const std::string& who) {
    const auto told = json(hub_->get("/api/v1/reports/ranking?from=2026-03-27&to=2026-03-30", sessions_[who]));
    std::set<std::string> names;
    for (const auto& one : told.at("people").as_array()) names.emplace(one.at("person").at("name").as_string());
    return names;
  };
  EXPECT_EQ(people("ann"), (std::set<std::string>{"ann"}));
  EXPECT_EQ(people("sue"), (std::set<std::string>{"ann", "bob", "sue"}));
  EXPECT_EQ(people("ian"), (std::set<std::string>{"ann", "bob", "eve", "sue"}));
}

TEST_F(reports, are_zero_and_not_broken_where_nothing_happened) {
  for (const auto* name : {"overview", "ranking", "origins", "funnel", "follow-ups", "response-times"}) {
    const auto told = hub_->get("/api/v1/reports/" + std::string(name) + "?from=2001-01-01&to=2001-01-02", sessions_["adam"]);
    EXPECT_EQ(told.status, 200) << name << told.body;
  }
  const auto empty = json(hub_->get("/api/v1/reports/overview?from=2001-01-01&to=2001-01-02", sessions_["adam"]));
  EXPECT_EQ(empty.at("rate").to_number<double>(), 0);
  EXPECT_TRUE(empty.at("seconds_to_conversion").is_null());
}

TEST_F(reports, refuse_ranges_that_cannot_be) {
  for (const auto* range :
       {"from=2026-02-30", "from=2026-03-02&to=2026-03-01", "from=2020-01-01&to=2026-01-01", "from=yesterday"}) {
    const auto told = hub_->get("/api/v1/reports/overview?" + std::string(range), sessions_["adam"]);
    EXPECT_EQ(told.status, 400) << range;
    EXPECT_EQ(json(told).at("field").as_string(), "from") << range;
  }
}

TEST_F(reports, follow_up_and_funnel_figures_come_from_what_people_did) {
  const auto lead = make_lead("Figures", "sales", "ann");
  const auto at = [&](const std::string& what) { return "/api/v1/leads/" + std::to_string(lead) + what; };
  const auto send = [&](const std::string& path, const std::string& body) { return hub_->post(path, sessions_["ann"], body); };
  ASSERT_EQ(send(at("/stage"), R"({"stage":"contacted"})").status, 200);
  ASSERT_EQ(
      send(at("/tasks"), R"({"title":"call","kind":"follow_up","due_at":")" + to_rfc3339(hub_->time.now() + 1h) + "\"}").status,
      201);
  const auto task = json(hub_->get("/api/v1/tasks?owner=me", sessions_["ann"])).at("tasks").at(0).at("id").as_int64();
  ASSERT_EQ(send("/api/v1/tasks/" + std::to_string(task) + "/complete", "").status, 200);
  ASSERT_EQ(send(at("/actions"), R"({"action_type":"call"})").status, 201);
  const auto followed = json(hub_->get("/api/v1/reports/follow-ups", sessions_["ann"]));
  // The task may be due after midnight.
  const auto due = followed.at("due").as_int64();
  EXPECT_LE(due, 1);
  EXPECT_EQ(followed.at("done_in_time").as_int64(), due);
  const auto funnel = json(hub_->get("/api/v1/reports/funnel", sessions_["ann"]));
  EXPECT_EQ(funnel.at("stages").at(1).at("stage").as_string(), "contacted");
  EXPECT_GE(funnel.at("stages").at(1).at("entered").as_int64(), 1);
  EXPECT_FALSE(funnel.at("stages").at(0).at("seconds_in_stage").is_null());
}

}  // namespace
}  // namespace hub::api
