// Who gets how many, while transactions are rolled back and workers die: turns that a rollback took are given back,
// nobody goes past their capacity, and every decision can be made again from its receipt.

#include "hub/amqp/publisher.hpp"
#include "hub/base/text.hpp"
#include "hub/message/codec.hpp"
#include "routing/receipt.hpp"
#include "tests/fault/campaign.hpp"
#include "tests/support/running_hub.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

constexpr std::uint32_t shards = 4;

class fairness : public testing::Test {
 protected:
  /// Two processes of four ingest threads: one consumes, the other takes over. Every fifth transaction is rolled back
  /// at its end; small batches make many of them.
  void start(const team_options& team) {
    hub_.emplace(hub_options{.workers = 2,
                             .team = team,
                             .settings = {{"HUB__INGEST__SHARDS", std::to_string(shards)}, {"HUB__INGEST__BATCH", "5"}},
                             .worker_failpoints = "ingest.before_commit=transient%5"});
  }

  void first_messages_of(int customers) {
    std::atomic<int> confirmed{0};
    hub::amqp::publisher_options how;
    how.broker.url = hub_->broker_url();
    how.shards = shards;
    hub::amqp::publisher publisher(how, [&](std::vector<hub::amqp::settlement> list) {
      for (const auto& one : list) confirmed += one.result == hub::amqp::outcome::confirmed;
    });
    ASSERT_TRUE(wait_until([&] { return publisher.ready(); }, 20s));
    std::vector<hub::amqp::publication> out;
    for (int n = 0; n < customers; ++n) {
      const auto e = message_from(n, n, "Добрий день", std::chrono::milliseconds(n));
      out.push_back(
          {static_cast<std::uint64_t>(n), hub::message::shard_of(e.conversation, shards), e.key, hub::message::encode(e)});
    }
    publisher.submit(std::move(out));
    ASSERT_TRUE(wait_until([&] { return confirmed == customers; }, 60s));
  }

  /// Kills a worker each time another share of the leads is there, until all are.
  campaign_result kill_until(int leads, int kills, std::uint64_t seed) {
    campaign_result done{.seed = seed};
    std::mt19937_64 random(seed);
    const auto have = [&] { return std::stoi("0" + hub_->ask_or_nothing("select count(*) from lead")); };
    for (int kill = 1; kill <= kills; ++kill) {
      const auto due = static_cast<int>(static_cast<long>(leads) * kill / (kills + 1));
      EXPECT_TRUE(wait_until([&] { return have() >= due; }, 60s)) << "after " << done.faults << " kills";
      done.faults += hub_->worker(1 + static_cast<unsigned>(random() % hub_->workers())).kill();
      wait_until([&] { return hub_->tend() > 0; }, 5s);
    }
    EXPECT_TRUE(hub_->wait_for("select count(*) from message", std::to_string(leads), 120s))
        << hub_->ask("select count(*), (select count(*) from quarantine) from message");
    done.accepted = static_cast<std::size_t>(leads);
    const auto there = static_cast<std::size_t>(std::stoi(hub_->ask("select count(distinct event_key) from message")));
    done.lost = done.accepted - there;
    done.duplicated = static_cast<std::size_t>(std::stoi(hub_->ask("select count(*) from message"))) - there;
    EXPECT_EQ(hub_->ask("select count(*) from quarantine"), "0");
    EXPECT_EQ(hub_->ask("select count(*), count(distinct customer_id) from lead"),
              std::to_string(leads) + " " + std::to_string(leads));
    return done;
  }

  void every_receipt_decides_again() {
    const auto rows = hub::split(hub_->ask("select coalesce(winner_id, 0), receipt from assignment_decision"), '\n');
    EXPECT_EQ(rows.size(), std::stoul(hub_->ask("select count(*) from lead")));
    for (const auto& row : rows) {
      const auto blank = row.find(' ');
      const auto kept = routing::receipt_from_json(row.substr(blank + 1));
      ASSERT_TRUE(kept) << row;
      const auto again = routing::re_evaluate(*kept);
      EXPECT_EQ(again.winner.value_or(0), std::stoll(row.substr(0, blank))) << row;
      EXPECT_EQ(again.reason, kept->reason);
    }
  }

  std::optional<running_hub> hub_;
};

TEST_F(fairness, round_robin_differs_by_at_most_one_over_rollbacks_and_kills) {
  const int leads = 2000;
  const int kills = campaign(6, 40);
  start({.members = 7});
  first_messages_of(leads);
  tell(kill_until(leads, kills, campaign_seed(1)));
  EXPECT_LE(std::stoi(hub_->ask("select max(open_leads) - min(open_leads) from staff")), 1)
      << hub_->ask("select email, open_leads from staff");
  EXPECT_EQ(hub_->ask("select sum(open_leads) from staff"), std::to_string(leads));
  EXPECT_EQ(hub_->ask("select count(*) from staff s where open_leads <> (select count(*) from lead where manager_id = s.id)"),
            "0");
  EXPECT_EQ(hub_->ask("select count(*) from ownership_history"), std::to_string(leads));
  every_receipt_decides_again();
}

TEST_F(fairness, workload_never_passes_the_capacity_and_the_rest_waits_oldest_first_with_the_reason) {
  const int leads = campaign(2000, 10000);
  const int capacity = campaign(5, 25);
  const int members = 40;
  start({.members = members, .strategy = "workload", .capacity = capacity});
  first_messages_of(leads);
  tell(kill_until(leads, campaign(4, 40), campaign_seed(2)));

  EXPECT_EQ(hub_->ask("select min(open_leads), max(open_leads) from staff"),
            std::to_string(capacity) + " " + std::to_string(capacity));
  EXPECT_EQ(hub_->ask("select max(n) from (select count(*) n from lead group by manager_id having manager_id is not null) x"),
            std::to_string(capacity));
  EXPECT_EQ(hub_->ask("select count(*) from lead where manager_id is null and queued_at is not null and queue_reason <> '' and "
                      "team_id is not null"),
            std::to_string(leads - members * capacity));
  EXPECT_EQ(hub_->ask("select count(*) from lead where manager_id is null and queued_at is null"), "0");
  std::cout << "queued because: " << hub_->ask("select distinct queue_reason from lead where queue_reason is not null") << "\n";
  // At no decision did the winner stand at the limit before it.
  EXPECT_EQ(hub_->ask("select count(*) from assignment_decision d, jsonb_array_elements(d.receipt -> 'candidates') c "
                      "where (c ->> 'id')::bigint = d.winner_id and (c ->> 'open_leads')::int >= " +
                      std::to_string(capacity)),
            "0");
  // Who wrote first stands first, in each shard: between shards there is no order to keep.
  std::vector<std::int64_t> last(shards, -1);
  for (const auto& row : hub::split(hub_->ask("select i.external_id, m.platform_id from lead l join identity i using "
                                              "(customer_id) join message m on m.lead_id = l.id "
                                              "where l.queued_at is not null order by l.queued_at, l.id"),
                                    '\n')) {
    const auto blank = row.find(' ');
    const auto shard = hub::message::shard_of("viber:main:" + row.substr(0, blank), shards);
    const auto token = std::stoll(row.substr(blank + 1));
    EXPECT_GT(token, last[shard]) << "shard " << shard;
    last[shard] = token;
  }
  every_receipt_decides_again();
}

}  // namespace
