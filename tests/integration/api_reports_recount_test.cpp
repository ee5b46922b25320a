// Every report against a recount in plain C++ that knows nothing of its SQL, over invented histories of leads that change
// hands, move through the stages, convert, are answered and followed up, around the day on which Kyiv's clocks go forward.

#include "tests/fault/campaign.hpp"
#include "tests/integration/api_fixture.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <set>

namespace hub::api {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using moment = std::int64_t;  // ms since 1970

constexpr std::array<const char*, 7> stages{"new", "contacted", "qualified", "in_negotiation", "prepayment", "sold", "lost"};

struct step {
  int from, to;
  moment at, in_stage;
};
struct won {
  std::int64_t person, cents;
  std::string currency;
  moment at;
};
struct follow_up {
  std::int64_t person;
  moment due;
  std::optional<moment> done;
};
struct history {
  std::int64_t id = 0;
  std::string origin;
  moment created = 0;
  std::vector<std::pair<std::optional<std::int64_t>, moment>> owners;
  std::vector<step> steps;
  std::vector<won> conversions;
  std::vector<follow_up> follow_ups;
  std::optional<std::pair<std::int64_t, moment>> answered;
  std::optional<moment> response_due;
  int stage() const { return steps.empty() ? 0 : steps.back().to; }
  bool open() const { return stage() < 5; }
  std::optional<std::int64_t> owner() const { return owners.empty() ? std::nullopt : owners.back().first; }
};

double median(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  const auto middle = all.size() / 2;
  return all.size() % 2 ? all[middle] : (all[middle - 1] + all[middle]) / 2;
}

class recount : public api {
 protected:
  static void SetUpTestSuite() {
    api::SetUpTestSuite();
    const std::string text = rules_text() + "timezone: Europe/Kyiv\n";
    const auto rules = routing::read_rules(text, "test rules").rules;
    hub_->run("select hub.activate_rules($1, $2, 'test', $3::jsonb)", rules->hash, text, routing::teams_json(*rules));
    before_overview_ = report("overview", "2026-03-27", "2026-03-30");
    before_funnel_ = report("funnel", "2026-03-27", "2026-03-30");
    before_overdue_ = report("response-times", "2026-03-27", "2026-03-30").at("overdue").as_int64();
    seed_ = test_support::campaign_seed(20260329);
    invent(test_support::campaign(20'000, 100'000));
    for (std::size_t from = 0; from < told_.size(); from += 2000) write(from, std::min(told_.size(), from + 2000));
  }

  static value report(const std::string& name, const std::string& from, const std::string& to) {
    const auto told = hub_->get("/api/v1/reports/" + name + "?from=" + from + "&to=" + to, sessions_["adam"]);
    EXPECT_EQ(told.status, 200) << told.body;
    return json(told);
  }

  static void invent(int leads) {
    std::mt19937_64 random(seed_);
    const auto begin = at("2026-03-26T00:00:00Z"), end = at("2026-04-01T00:00:00Z");
    const auto any = [&](moment from) {
      return from + static_cast<moment>(random() % static_cast<std::uint64_t>(end - from + 1));
    };
    const std::vector<std::int64_t> people{staff_["ann"], staff_["bob"], staff_["eve"], staff_["sue"]};
    const auto person = [&] { return people[random() % people.size()]; };
    for (int n = 0; n < leads; ++n) {
      history h;
      h.id = 1'000'000 + n;
      h.origin = std::array{"", "quote", "load_plan", "order_attempt"}[random() % 4];
      h.created = any(begin);
      moment last = h.created;
      for (auto k = random() % 5; k > 0; --k) {
        last = any(last);
        std::optional<std::int64_t> to;
        if (random() % 6) to = person();
        if (to != h.owner() || h.owners.empty()) h.owners.emplace_back(to, last);
      }
      last = h.created;
      for (auto k = random() % 5; k > 0; --k) {
        const auto then = any(last);
        const int to = static_cast<int>(random() % stages.size());
        if (to == h.stage()) continue;
        h.steps.push_back({h.stage(), to, then, then - last});
        last = then;
      }
      for (auto k = random() % 8; k >= 6; --k)
        h.conversions.push_back(
            {person(), static_cast<std::int64_t>(random() % 2'000'000), random() % 4 ? "USD" : "UAH", any(h.created)});
      for (auto k = random() % 6; k >= 4; --k) {
        follow_up f{person(), any(h.created), std::nullopt};
        if (random() % 3) f.done = any(h.created);
        // On the very instant is in time.
        if (f.done && random() % 8 == 0) f.done = f.due;
        h.follow_ups.push_back(f);
      }
      if (random() % 3) h.answered = {person(), any(h.created)};
      if (h.open() && random() % 3 == 0) h.response_due = random() % 2 ? any(h.created) : at("2040-01-01T00:00:00Z");
      told_.push_back(std::move(h));
    }
  }

  static value maybe(const std::optional<moment>& at) { return at ? value(*at) : value(nullptr); }
  static void send(const std::string& sql, const array& rows) { hub_->run(sql, boost::json::serialize(rows)); }

  static void write(std::size_t from, std::size_t to) {
    array leads, owners, steps, won, tasks;
    for (std::size_t i = from; i < to; ++i) {
      const auto& h = told_[i];
      const auto owner = h.owner();
      leads.push_back(object{{"id", h.id},
                             {"origin", h.origin},
                             {"created", h.created},
                             {"stage", stages[static_cast<std::size_t>(h.stage())]},
                             {"manager", owner ? value(*owner) : value(nullptr)},
                             {"closed", h.open() ? value(nullptr) : value(h.steps.back().at)},
                             {"answered", h.answered ? value(h.answered->second) : value(nullptr)},
                             {"answered_by", h.answered ? value(h.answered->first) : value(nullptr)},
                             {"due", maybe(h.response_due)}});
      std::optional<std::int64_t> before;
      for (const auto& [to_whom, when] : h.owners) {
        owners.push_back(object{{"lead", h.id}, {"from", maybe(before)}, {"to", maybe(to_whom)}, {"at", when}});
        before = to_whom;
      }
      for (const auto& s : h.steps)
        steps.push_back(object{{"lead", h.id},
                               {"from", stages[static_cast<std::size_t>(s.from)]},
                               {"to", stages[static_cast<std::size_t>(s.to)]},
                               {"at", s.at},
                               {"in_stage", s.in_stage}});
      for (const auto& w : h.conversions)
        won.push_back(object{{"lead", h.id}, {"person", w.person}, {"cents", w.cents}, {"currency", w.currency}, {"at", w.at}});
      for (const auto& f : h.follow_ups)
        tasks.push_back(object{{"lead", h.id}, {"person", f.person}, {"due", f.due}, {"done", maybe(f.done)}});
    }
    const std::string time = "timestamptz 'epoch' + interval '1 millisecond' * ";
    send(
        "with c as (insert into hub.customer (id, first_name) overriding system value select (r->>'id')::bigint, 'Reported'"
        " from jsonb_array_elements($1::jsonb) r returning id)"
        " insert into hub.lead (id, customer_id, source_channel, attachable, team_id, origin, stage, manager_id, created_at,"
        " last_activity_at, closed_at, first_response_at, first_response_by, first_response_due_at) overriding system value"
        " select (r->>'id')::bigint, (r->>'id')::bigint, 'website', false, t.id, r->>'origin', (r->>'stage')::hub.lead_stage,"
        " (r->>'manager')::bigint, " +
            time + "(r->>'created')::bigint, " + time + "(r->>'created')::bigint, " + time + "(r->>'closed')::bigint, " + time +
            "(r->>'answered')::bigint, (r->>'answered_by')::bigint, " + time +
            "(r->>'due')::bigint from jsonb_array_elements($1::jsonb) r, hub.team t where t.name = 'sales'",
        leads);
    send(
        "insert into hub.ownership_history (lead_id, from_id, to_id, at, reason) select (r->>'lead')::bigint, "
        "(r->>'from')::bigint,"
        " (r->>'to')::bigint, " +
            time + "(r->>'at')::bigint, 'test' from jsonb_array_elements($1::jsonb) r",
        owners);
    send(
        "insert into hub.stage_history (lead_id, from_stage, to_stage, at, reason, in_stage) select (r->>'lead')::bigint,"
        " (r->>'from')::hub.lead_stage, (r->>'to')::hub.lead_stage, " +
            time +
            "(r->>'at')::bigint, 'test', interval '1 millisecond' * (r->>'in_stage')::bigint from "
            "jsonb_array_elements($1::jsonb) r",
        steps);
    send(
        "insert into hub.conversion (lead_id, conversion_value, currency, conversion_type, staff_id, created_at)"
        " select (r->>'lead')::bigint, (r->>'cents')::numeric / 100, r->>'currency', 'manual_mark', (r->>'person')::bigint, " +
            time + "(r->>'at')::bigint from jsonb_array_elements($1::jsonb) r",
        won);
    send(
        "insert into hub.task (lead_id, manager_id, title, kind, due_at, due_date, completed, completed_at, completed_by)"
        " select (r->>'lead')::bigint, (r->>'person')::bigint, 'call', 'follow_up', " +
            time + "(r->>'due')::bigint, (" + time + "(r->>'due')::bigint)::date, r->>'done' is not null, " + time +
            "(r->>'done')::bigint, case when r->>'done' is not null"
            " then (r->>'person')::bigint end from jsonb_array_elements($1::jsonb) r",
        tasks);
  }

  static moment at(const std::string& rfc3339) { return parse_rfc3339(rfc3339).value().time_since_epoch().count(); }

  /// Days of Kyiv; the 29th has 23 hours.
  struct range {
    std::string from, to;
    moment begin, end;
    bool holds(moment when) const { return when >= begin && when < end; }
  };
  static std::vector<range> ranges() {
    return {{"2026-03-27", "2026-03-30", at("2026-03-26T22:00:00Z"), at("2026-03-30T21:00:00Z")},
            {"2026-03-29", "2026-03-29", at("2026-03-28T22:00:00Z"), at("2026-03-29T21:00:00Z")},
            {"2026-03-28", "2026-03-28", at("2026-03-27T22:00:00Z"), at("2026-03-28T22:00:00Z")}};
  }

  /// Equal up to the milliseconds that a double holds; null where there is nothing to take the middle of.
  static void expect_median(const value& shown, const std::vector<double>& all, const std::string& what) {
    ASSERT_EQ(shown.is_null(), all.empty()) << what;
    if (all.empty()) return;
    EXPECT_NEAR(shown.to_number<double>(), median(all), 0.001) << what;
  }
  static void expect_money(const value& shown, std::map<std::string, std::pair<std::int64_t, std::int64_t>> wanted,
                           const std::string& what) {
    for (const auto& line : shown.as_array()) {
      const auto found = wanted.find(std::string(line.at("currency").as_string()));
      ASSERT_NE(found, wanted.end()) << what;
      const auto [n, cents] = found->second;
      EXPECT_EQ(line.at("conversions").as_int64(), n) << what;
      EXPECT_NEAR(line.at("total").to_number<double>() * 100, static_cast<double>(cents), 0.5) << what;
      EXPECT_NEAR(line.at("average").to_number<double>(), static_cast<double>(cents) / 100 / static_cast<double>(n), 0.006)
          << what;
      wanted.erase(found);
    }
    EXPECT_TRUE(wanted.empty()) << what;
  }

  static inline std::uint64_t seed_ = 0;
  static inline std::vector<history> told_;
  static inline value before_overview_, before_funnel_;
  static inline std::int64_t before_overdue_ = 0;
};

using by_currency = std::map<std::string, std::pair<std::int64_t, std::int64_t>>;

TEST_F(recount, of_overview_and_ranking_differs_in_nothing) {
  for (const auto& r : ranges()) {
    const auto what = r.from + " to " + r.to + ", seed " + std::to_string(seed_);
    std::int64_t created = 0, lost = 0, pending = 0, active = 0, conversions = 0;
    std::set<std::pair<std::int64_t, std::int64_t>> assigned;
    std::map<std::int64_t, std::int64_t> came, converted;
    std::map<std::int64_t, by_currency> of_person;
    by_currency all;
    std::vector<double> seconds;
    for (const auto& h : told_) {
      created += r.holds(h.created);
      lost += h.stage() == 6 && r.holds(h.steps.back().at);
      pending += h.open() && !h.owner();
      active += h.open() && h.owner();
      for (const auto& [to, when] : h.owners)
        if (to && r.holds(when) && assigned.emplace(*to, h.id).second) ++came[*to];
      for (const auto& w : h.conversions) {
        if (!r.holds(w.at)) continue;
        ++conversions;
        ++converted[w.person];
        for (auto* money : {&all[w.currency], &of_person[w.person][w.currency]}) {
          ++money->first;
          money->second += w.cents;
        }
        seconds.push_back(static_cast<double>(w.at - h.created) / 1000);
      }
    }
    const auto shown = report("overview", r.from, r.to);
    EXPECT_EQ(shown.at("created").as_int64(), created) << what;
    EXPECT_EQ(shown.at("assigned").as_int64(), static_cast<std::int64_t>(assigned.size())) << what;
    EXPECT_EQ(shown.at("conversions").as_int64(), conversions) << what;
    EXPECT_EQ(shown.at("lost").as_int64(), lost) << what;
    EXPECT_EQ(shown.at("pending").as_int64(), pending + before_overview_.at("pending").as_int64()) << what;
    EXPECT_EQ(shown.at("active").as_int64(), active + before_overview_.at("active").as_int64()) << what;
    EXPECT_NEAR(shown.at("rate").to_number<double>(),
                100.0 * static_cast<double>(conversions) / static_cast<double>(assigned.size()), 1e-9);
    expect_median(shown.at("seconds_to_conversion"), seconds, what);
    expect_money(shown.at("revenue"), all, what);

    double before = 1e18;
    const auto ranked = report("ranking", r.from, r.to);
    ASSERT_EQ(ranked.at("people").as_array().size(), 4U);
    for (const auto& one : ranked.at("people").as_array()) {
      const auto id = one.at("person").at("id").as_int64();
      EXPECT_EQ(one.at("assigned").as_int64(), came[id]) << what;
      EXPECT_EQ(one.at("conversions").as_int64(), converted[id]) << what;
      const double rate = one.at("rate").to_number<double>();
      EXPECT_NEAR(rate, came[id] ? 100.0 * static_cast<double>(converted[id]) / static_cast<double>(came[id]) : 0, 1e-9);
      EXPECT_LE(rate, before);
      before = rate;
      expect_money(one.at("revenue"), of_person[id], what);
    }
  }
  std::size_t changes = 0;
  for (const auto& h : told_) changes += h.owners.size();
  std::cout << "seed " << seed_ << ", " << told_.size() << " leads that came to somebody or left them " << changes << " times\n";
}

TEST_F(recount, of_origins_and_funnel_differs_in_nothing) {
  for (const auto& r : ranges()) {
    const auto what = r.from + " to " + r.to + ", seed " + std::to_string(seed_);
    std::map<std::string, std::int64_t> leads, conversions;
    std::map<std::string, by_currency> money;
    std::array<std::int64_t, 7> entered{}, left{}, now{};
    std::array<std::vector<double>, 7> seconds;
    for (const auto& h : told_) {
      const auto origin = h.origin.empty() ? "website" : h.origin;
      leads[origin] += r.holds(h.created);
      entered[0] += r.holds(h.created);
      ++now[static_cast<std::size_t>(h.stage())];
      for (const auto& w : h.conversions)
        if (r.holds(w.at)) {
          ++conversions[origin];
          auto& [n, cents] = money[origin][w.currency];
          ++n;
          cents += w.cents;
        }
      for (const auto& s : h.steps)
        if (r.holds(s.at)) {
          ++entered[static_cast<std::size_t>(s.to)];
          ++left[static_cast<std::size_t>(s.from)];
          seconds[static_cast<std::size_t>(s.from)].push_back(static_cast<double>(s.in_stage) / 1000);
        }
    }
    const auto shown_origins = report("origins", r.from, r.to);
    for (const auto& one : shown_origins.at("origins").as_array()) {
      const std::string origin(one.at("origin").as_string());
      EXPECT_EQ(one.at("leads").as_int64(), leads[origin]) << origin << " " << what;
      EXPECT_EQ(one.at("conversions").as_int64(), conversions[origin]) << origin << " " << what;
      expect_money(one.at("revenue"), money[origin], what);
      leads.erase(origin);
    }
    EXPECT_TRUE(std::all_of(leads.begin(), leads.end(), [](const auto& one) { return one.second == 0; })) << what;

    const auto shown = report("funnel", r.from, r.to);
    for (std::size_t n = 0; n < stages.size(); ++n) {
      const auto& one = shown.at("stages").at(n);
      EXPECT_EQ(one.at("stage").as_string(), stages[n]);
      EXPECT_EQ(one.at("entered").as_int64(), entered[n]) << stages[n] << " " << what;
      EXPECT_EQ(one.at("left").as_int64(), left[n]) << stages[n] << " " << what;
      EXPECT_EQ(one.at("now").as_int64(), now[n] + before_funnel_.at("stages").at(n).at("now").as_int64()) << stages[n];
      expect_median(one.at("seconds_in_stage"), seconds[n], stages[n] + (" " + what));
    }
  }
}

TEST_F(recount, of_follow_ups_and_response_times_differs_in_nothing) {
  const auto clock = hub_->time.now().time_since_epoch().count();
  for (const auto& r : ranges()) {
    const auto what = r.from + " to " + r.to + ", seed " + std::to_string(seed_);
    std::int64_t due = 0, in_time = 0, leads = 0, converted = 0, overdue = 0;
    std::map<std::int64_t, std::vector<double>> seconds;
    for (const auto& h : told_) {
      bool kept = false;
      for (const auto& f : h.follow_ups) {
        if (!r.holds(f.due)) continue;
        ++due;
        const bool good = f.done && *f.done <= f.due;
        in_time += good;
        kept = kept || good;
      }
      leads += kept;
      converted += kept && !h.conversions.empty();
      if (h.answered && r.holds(h.answered->second))
        seconds[h.answered->first].push_back(static_cast<double>(h.answered->second - h.created) / 1000);
      overdue += h.response_due && *h.response_due < clock;
    }
    const auto shown = report("follow-ups", r.from, r.to);
    EXPECT_EQ(shown.at("due").as_int64(), due) << what;
    EXPECT_EQ(shown.at("done_in_time").as_int64(), in_time) << what;
    EXPECT_EQ(shown.at("leads").as_int64(), leads) << what;
    EXPECT_EQ(shown.at("converted").as_int64(), converted) << what;
    EXPECT_NEAR(shown.at("in_time_share").to_number<double>(), 100.0 * static_cast<double>(in_time) / static_cast<double>(due),
                1e-9);
    EXPECT_NEAR(shown.at("converted_share").to_number<double>(),
                100.0 * static_cast<double>(converted) / static_cast<double>(leads), 1e-9);

    const auto times = report("response-times", r.from, r.to);
    EXPECT_EQ(times.at("overdue").as_int64(), overdue + before_overdue_) << what;
    for (const auto& one : times.at("people").as_array()) {
      const auto& own = seconds[one.at("person").at("id").as_int64()];
      EXPECT_EQ(one.at("answered").as_int64(), static_cast<std::int64_t>(own.size())) << what;
      expect_median(one.at("seconds_to_first_response"), own, what);
    }
  }
}

}  // namespace
}  // namespace hub::api
