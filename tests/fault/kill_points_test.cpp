// Killed at every named place between the webhook and the acknowledgement: the place is certain here, where
// nothing_lost_test leaves it to chance.

#include "hub/ctl/viber_player.hpp"
#include "tests/fault/campaign.hpp"
#include "tests/support/running_hub.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

struct place {
  std::string program;  ///< hub-connector or hub-worker
  std::string name;
  int latest_arrival;  ///< at one of the first so many
};

// The last two are reached only while the connector begins, before the broker has answered it.
const std::vector<place> places{{"hub-connector", "intake.read", 40},
                                {"hub-connector", "intake.parsed", 40},
                                {"hub-connector", "intake.before_publish", 40},
                                {"hub-connector", "intake.before_answer", 40},
                                {"hub-worker", "ingest.fold", 40},
                                {"hub-worker", "ingest.loaded", 4},
                                {"hub-worker", "ingest.before_commit", 4},
                                {"hub-worker", "ingest.committed", 4},
                                {"hub-worker", "ingest.acknowledged", 4},
                                {"hub-connector", "spool.commit", 1},
                                {"hub-connector", "intake.before_forget", 1}};

TEST(kill_points, a_program_killed_at_any_named_place_loses_nothing_and_doubles_nothing) {
  const auto seed = campaign_seed(6);
  std::mt19937_64 random(seed);
  running_hub hub({.workers = 2, .settings = {{"HUB__INGEST__SHARDS", "2"}}});
  const std::uint64_t first_token = 6'500'000'000'000'000'000ULL;
  const int times = campaign(1, 20);
  constexpr std::size_t per_place = 200;
  campaign_result done{.seed = seed};
  std::size_t owed = 0;

  for (int time = 0; time < times; ++time)
    for (const auto& at : places) {
      const auto points = at.name + "=kill:" + std::to_string(1 + random() % static_cast<unsigned>(at.latest_arrival));
      SCOPED_TRACE(points);
      std::vector<std::string> programs{"hub-connector"};
      if (at.program == "hub-worker") programs = {"hub-worker.1", "hub-worker.2"};
      const auto start_all = [&](const std::string& with) {
        for (const auto& p : programs) {
          hub.set_failpoints(p, with);
          hub.restart(p);
        }
      };
      std::vector<std::string> bodies;
      for (std::size_t n = 0; n < per_place; ++n) {
        hub::ctl::viber_event e;
        e.token = first_token + owed + n;
        e.time = story_begins() + std::chrono::milliseconds(owed + n);
        e.who = hub::ctl::invent_person(seed, n % 31);
        e.content.text = "повідомлення";
        bodies.push_back(hub::ctl::viber_body(e));
      }
      start_all(points);
      delivered sent;
      std::atomic<bool> gone{false};
      std::thread platform([&] {
        sent = hub.deliver(bodies, {.connections = 4, .rate = 400});
        gone = true;
      });
      const auto died = [&] {
        return at.program == "hub-connector" ? !hub.connector().running() : !hub.worker(1).running() || !hub.worker(2).running();
      };
      wait_until([&] { return died() || gone; }, 30s);
      const bool fired = died();
      start_all("");
      platform.join();
      EXPECT_EQ(sent.count(), bodies.size());
      owed += bodies.size();
      EXPECT_TRUE(hub.wait_for("select count(*) from message", std::to_string(owed), 60s))
          << hub.ask("select count(*) from message");
      // The spool's places need an event within the few milliseconds of a start: not in every one.
      if (at.latest_arrival > 1) {
        EXPECT_TRUE(fired) << "the place was not reached";
      }
      done.faults += fired;
      done.accepted += sent.count();
    }
  EXPECT_GE(done.faults, places.size() - 2);
  const auto distinct = static_cast<std::size_t>(std::stoul(hub.ask("select count(distinct event_key) from message")));
  done.lost = owed - distinct;
  done.duplicated = static_cast<std::size_t>(std::stoul(hub.ask("select count(*) from message"))) - distinct;
  EXPECT_EQ(hub.ask("select count(*) from quarantine"), "0");
  tell(done);
}

}  // namespace
