// One event that throws and one that kills its worker, among a thousand good ones: both end in quarantine within a
// minute, with nobody beside them.

#include "hub/ctl/viber_player.hpp"
#include "tests/fault/campaign.hpp"
#include "tests/support/running_hub.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

TEST(poison, what_throws_and_what_kills_its_worker_is_quarantined_within_a_minute_and_nobody_with_it) {
  const auto seed = campaign_seed(3);
  const int thousands = campaign(2, 20);
  std::mt19937_64 random(seed);
  const std::uint64_t first_token = 6'300'000'000'000'000'000ULL;
  const auto key = [&](std::uint64_t n) { return "viber:main:message:" + std::to_string(first_token + n); };

  std::vector<std::string> bodies;
  std::set<std::string> throwing, killing;
  std::string failpoints;
  for (int block = 0; block < thousands; ++block) {
    const auto from = static_cast<std::uint64_t>(block) * 1000;
    const auto a = from + random() % 500, b = from + 500 + random() % 500;
    throwing.insert(key(a));
    killing.insert(key(b));
    failpoints += (failpoints.empty() ? "" : ",") + ("ingest.fold=throw@" + key(a)) + ",ingest.fold=kill@" + key(b);
    for (std::uint64_t n = from; n < from + 1000; ++n) {
      hub::ctl::viber_event e;
      e.token = first_token + n;
      e.time = story_begins() + std::chrono::milliseconds(n);
      e.who = hub::ctl::invent_person(seed, n % 97);
      e.content.text = "повідомлення " + std::to_string(n);
      bodies.push_back(hub::ctl::viber_body(e));
    }
  }

  running_hub hub({.workers = 2, .settings = {{"HUB__INGEST__SHARDS", "2"}}, .worker_failpoints = failpoints});
  const auto sent = hub.deliver(bodies);
  ASSERT_EQ(sent.count(), bodies.size());
  // What a supervisor does; each poison that kills needs five workers: twice unnoticed in a batch, then three alone.
  std::size_t killed = 0;
  const auto expected = std::to_string(throwing.size() + killing.size());
  const auto begun = std::chrono::steady_clock::now();
  const bool quarantined = wait_until(
      [&] {
        killed += hub.tend();
        return hub.ask_or_nothing("select count(*) from quarantine") >= expected &&
               hub.ask_or_nothing("select count(*) from quarantine") == expected;
      },
      60s * (is_campaign() ? thousands / 2 : 1));
  const auto took = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun);
  EXPECT_TRUE(quarantined) << hub.ask("select cause, event_key from quarantine") << " after " << killed << " restarts";

  const auto good = bodies.size() - throwing.size() - killing.size();
  EXPECT_TRUE(wait_until(
      [&] {
        killed += hub.tend();
        return hub.ask_or_nothing("select count(*) from message") == std::to_string(good);
      },
      60s));
  for (const auto& [keys, cause] : {std::pair{throwing, "failpoint"}, std::pair{killing, "crash"}}) {
    std::string wanted;
    for (const auto& k : keys) wanted += (wanted.empty() ? "" : "\n") + k;
    EXPECT_EQ(hub.ask("select event_key from quarantine where cause = '" + std::string(cause) + "' order by event_key"), wanted);
  }
  EXPECT_EQ(hub.ask("select count(*) from suspect"), "0");
  const auto rows = static_cast<std::size_t>(std::stoul(hub.ask("select count(*) from message")));
  const auto distinct = static_cast<std::size_t>(std::stoul(hub.ask("select count(distinct event_key) from message")));
  tell({.seed = seed,
        .faults = throwing.size() + killed,
        .accepted = sent.count(),
        .lost = good - distinct,
        .duplicated = rows - distinct});
  std::cout << throwing.size() << " throwing and " << killing.size() << " killing events quarantined in " << took.count()
            << " s, " << killed << " workers died\n";
}

}  // namespace
