// How quiet the accounts are, learned from kept events and shown as metrics. The test owns the time and turns the clock.

#include "workers/clock/intake_watch.hpp"
#include "hub/base/metrics.hpp"
#include "tests/integration/ingest_fixture.hpp"
#include "workers/store/intake_times.hpp"
#include "workers/store/rules.hpp"

namespace {

using namespace std::chrono_literals;
using namespace test_support;

class own_clock : public hub::clock {
 public:
  hub::instant now() const override { return at; }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(at.time_since_epoch());
  }
  hub::instant at = hub::parse_rfc3339("2040-01-06T17:00:00Z").value();  // a Friday
};

class intake_watch : public ingest_fixture {
 protected:
  void SetUp() override {
    put_text_in_force(url_,
                      "version: 1\ntimezone: UTC\ncalendars: { house: { mon-fri: [\"09:00-18:00\"] } }\n"
                      "teams:\n  sales: { members: [m1@example.test, m2@example.test] }\n"
                      "rules:\n  - name: all\n    then: { intent: buy, team: sales, strategy: manual }\n",
                      2);
    database_.on_connect([](pqxx::connection& c) {
      workers::store::rules::prepare(c);
      workers::store::intake_times::prepare(c);
    });
  }
  /// Events of an account every so often, the last one now.
  void keep(const std::string& account, int count, int every_minutes) {
    ask("insert into event_body (received_at, key, body) select '" + hub::to_rfc3339(clock_.at) +
        "'::timestamptz - n * interval '" + std::to_string(every_minutes) + " minutes', 'viber:" + account +
        ":message:' || n, '{}' from generate_series(0, " + std::to_string(count - 1) + ") n");
  }
  static double metric(const std::string& name, const std::string& account) {
    const auto text = hub::metrics::expose();
    const auto line = "\n" + name + "{account=\"" + account + "\",channel=\"viber\"} ";
    const auto at = text.find(line);
    return at == std::string::npos ? -1 : std::strtod(text.c_str() + at + line.size(), nullptr);
  }

  own_clock clock_;
  hub::db::connection database_{options()};
  workers::rules_in_force rules_;
};

TEST_F(intake_watch, tells_a_silence_much_longer_than_usual_in_working_time_and_its_end) {
  keep("busy", 300, 10);
  workers::clock::intake_watch watch(clock_);
  watch.look(database_, rules_);
  EXPECT_EQ(metric("hub_intake_usual_gap_seconds", "busy"), 600);
  EXPECT_EQ(metric("hub_intake_silence_seconds", "busy"), 0);
  EXPECT_EQ(metric("hub_intake_silent", "busy"), 0);

  clock_.at += 30min;
  watch.look(database_, rules_);
  EXPECT_EQ(metric("hub_intake_silence_seconds", "busy"), 1800);
  EXPECT_EQ(metric("hub_intake_silent", "busy"), 0) << "17:30, thrice the usual";
  clock_.at = hub::parse_rfc3339("2040-01-09T08:59:00Z").value();
  watch.look(database_, rules_);
  EXPECT_EQ(metric("hub_intake_silent", "busy"), 1) << "until closing time it was an hour; the weekend added nothing";
  EXPECT_EQ(metric("hub_intake_silence_seconds", "busy"), 3600);

  ask("insert into event_body (received_at, key, body) values ('" + hub::to_rfc3339(clock_.at) +
      "', 'viber:busy:message:again', '{}')");
  clock_.at += 1min;
  watch.look(database_, rules_);
  EXPECT_EQ(metric("hub_intake_silent", "busy"), 0);
}

TEST_F(intake_watch, says_nothing_of_accounts_it_knows_little_about_or_that_are_not_configured) {
  keep("new", 20, 10);
  keep("gone", 300, 10);
  workers::clock::intake_watch watch(clock_, {{"viber", "new"}});
  clock_.at += 50min;
  watch.look(database_, rules_);
  EXPECT_EQ(metric("hub_intake_silence_seconds", "new"), 3000);
  EXPECT_EQ(metric("hub_intake_silent", "new"), -1);
  EXPECT_EQ(metric("hub_intake_silence_seconds", "gone"), -1);
}

}  // namespace
