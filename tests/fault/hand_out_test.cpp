// Queues while everything moves: leads are closed and released, people come and go, workers are killed in the middle of
// handing out. Nobody is ever given more than their capacity, who waits longest is given first, nobody is forgotten, and
// every decision can be made again from its receipt.

#include "hub/base/clock.hpp"
#include "hub/base/text.hpp"
#include "hub/db/connection.hpp"
#include "hub/message/codec.hpp"
#include "routing/receipt.hpp"
#include "tests/fault/campaign.hpp"
#include "tests/support/running_hub.hpp"
#include "workers/ingest/ingestor.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

constexpr int members = 5;
constexpr int capacity = 4;

class hand_out : public testing::Test {
 protected:
  /// Every fourth page that the workers hand out is rolled back at its end; from its first restart on, the first worker dies at
  /// the end of its twelfth.
  void start(const std::string& strategy) {
    hub_.emplace(hub_options{.workers = 2,
                             .team = {.members = members, .strategy = strategy, .capacity = capacity},
                             .settings = {{"HUB__INGEST__SHARDS", "1"}},
                             .worker_failpoints = "clock.before_commit=transient%4"});
    hub_->set_failpoints("hub-worker.1", "clock.before_commit=kill:12");
    database_.emplace(hub::db::connect_options{.url = hub::secret(hub_->database_url()), .application_name = "test"});
  }

  void arrive(int leads) {
    workers::ingest::ingestor ingest({.url = hub::secret(hub_->database_url()), .application_name = "test"}, hub::real_clock());
    for (int from = 0; from < leads; from += 20) {
      std::vector<workers::ingest::item> batch;
      for (int n = from; n < std::min(leads, from + 20); ++n) {
        auto e = message_from(n, n, "Добрий день", std::chrono::milliseconds(n));
        const auto body = hub::message::encode(e);
        batch.push_back({std::move(e), body});
      }
      ingest.process(batch);
    }
  }

  std::string ask(const std::string& sql) {
    return database_->transact([&](pqxx::work& tx) {
      std::string text;
      for (const auto& row : tx.exec(sql)) {
        if (!text.empty()) text += '\n';
        for (int i = 0; i < static_cast<int>(row.size()); ++i) text += (i ? " " : "") + std::string(row[i].c_str());
      }
      return text;
    });
  }

  /// One of the owned open leads, or 0; locked as whoever changes it would.
  static std::int64_t some_lead(pqxx::work& tx, std::mt19937_64& random) {
    const auto ids = tx.exec("select id from lead where manager_id is not null and stage not in ('sold', 'lost') order by id");
    if (ids.empty()) return 0;
    const auto id = ids[static_cast<pqxx::result::size_type>(random() % ids.size())][0].as<std::int64_t>();
    const auto locked = tx.exec_params(
        "select id from lead where id = $1 and manager_id is not null"
        " and stage not in ('sold', 'lost') for no key update",
        id);
    return locked.empty() ? 0 : id;
  }

  /// What a day brings: a lead closed, one given back, somebody away for a moment or back again.
  void something_happens(std::mt19937_64& random) {
    database_->transact([&](pqxx::work& tx) {
      const auto dice = random() % 20;
      const auto who = static_cast<int>(1 + random() % members);
      if (dice < 15) {
        if (const auto id = some_lead(tx, random))
          tx.exec_params(
              "select change_stage(array[$1::bigint], array['lost']::lead_stage[], array[false], null, array['no money'],"
              " now())",
              id);
      } else if (dice < 17) {
        if (const auto id = some_lead(tx, random))
          tx.exec_params("select change_owner(array[$1::bigint], array[null::bigint], null, array['released: test'], now())", id);
      } else if (dice < 19) {
        tx.exec_params("insert into absence (staff_id, begins_at, ends_at) values ($1, now(), now() + interval '200 ms')", who);
      } else {
        tx.exec_params("delete from absence where staff_id = $1", who);
      }
    });
    ASSERT_LE(std::stoi(ask("select coalesce(max(n), 0) from (select count(*) n from lead where stage not in ('sold', 'lost')"
                            " and manager_id is not null group by manager_id) x")),
              capacity);
  }

  /// Starts workers that have died; true when there were any.
  bool tend() {
    const auto died = hub_->tend();
    faults_ += died;
    return died > 0;
  }

  /// Until nobody waits while somebody has room.
  bool settled(std::chrono::milliseconds deadline) {
    return wait_until(
        [&] {
          tend();
          return ask("select not exists (select from lead where queued_at is not null) or not exists (select from staff s where "
                     "open_leads < " +
                     std::to_string(capacity) + ")") == "t";
        },
        deadline);
  }

  void campaign_of(const std::string& strategy, std::uint64_t usual_seed) {
    const int leads = campaign(200, 2000);
    const int kills = campaign(8, 60);
    campaign_result done{.seed = campaign_seed(usual_seed)};
    std::mt19937_64 random(done.seed);
    start(strategy);
    arrive(leads);
    EXPECT_EQ(ask("select count(*) from lead where queued_at is not null"), std::to_string(leads - members * capacity));

    // Everybody is given somebody's place sooner or later; two thirds of them while workers die.
    int closed = 0, killed = 0;
    while (closed < leads * 2 / 3) {
      something_happens(random);
      if (HasFatalFailure()) return;
      closed = std::stoi(ask("select count(*) from lead where stage = 'lost'"));
      if (closed >= leads * 2 / 3 * killed / kills && killed < kills) {
        ++killed;
        hub_->worker(1 + static_cast<unsigned>(random() % hub_->workers())).kill();
        wait_until([&] { return tend(); }, 5s);
      }
      // Leads are closed faster than they are given away: let the workers come along.
      const auto somebody_has_some = [&] { return tend(), ask("select sum(open_leads) from staff") != "0"; };
      ASSERT_TRUE(wait_until(somebody_has_some, 40s));
    }
    ASSERT_TRUE(settled(60s)) << ask("select kind, state, due_at, payload, now() from timer where state = 'waiting'");
    EXPECT_GE(std::stoi(ask("select count(*) from ownership_history where reason like 'from the queue%'")),
              leads * 2 / 3 - members * capacity);
    done.accepted = static_cast<std::size_t>(leads);
    done.faults = faults_;
    tell(done);
  }

  void everything_adds_up() {
    EXPECT_EQ(ask("select count(*) from staff s where open_leads <> (select count(*) from lead l where l.manager_id = s.id"
                  " and l.stage not in ('sold', 'lost'))"),
              "0");
    EXPECT_EQ(ask("select count(*) from lead where manager_id is null and queued_at is null and stage not in ('sold', 'lost')"),
              "0");
    EXPECT_EQ(ask("select count(*) from assignment_decision d, jsonb_array_elements(d.receipt -> 'candidates') c"
                  " where (c ->> 'id')::bigint = d.winner_id and (c ->> 'open_leads')::int >= " +
                  std::to_string(capacity)),
              "0");
    // A decision is one change of owner, and none is written twice.
    EXPECT_EQ(ask("select (select count(*) from assignment_decision where winner_id is not null)"
                  " - (select count(*) from ownership_history where to_id is not null)"),
              "0");
    EXPECT_EQ(ask("select count(*) - count(distinct event_key) from assignment_decision"), "0");
  }

  /// Everybody asks for the same here, so nobody is passed by: at each change of owner from the queue no lead that had been
  /// waiting longer is still waiting.
  void oldest_first() {
    EXPECT_EQ(ask("with turns as (select o.id, o.lead_id, o.at, o.from_id, o.to_id, lead(o.id) over (partition by lead_id order "
                  "by id) as"
                  " next from ownership_history o),"
                  " waits as ("
                  "  select l.id as lead_id, d.decided_at as since, 0::bigint as after, (select min(o.id) from ownership_history "
                  "o where"
                  "   o.lead_id = l.id) as until from lead l join lateral (select decided_at, winner_id from assignment_decision "
                  "where lead_id"
                  "   = l.id order by id limit 1) d on d.winner_id is null"
                  "  union all"
                  "  select t.lead_id, t.at, t.id, t.next from turns t where t.to_id is null)"
                  " select count(*) from waits w join waits older on (older.since, older.lead_id) < (w.since, w.lead_id)"
                  "  and older.after < w.until and (older.until is null or older.until > w.until)"
                  "  join ownership_history given on given.id = w.until"
                  "  where given.reason like 'from the queue%' and older.lead_id <> w.lead_id"),
              "0");
  }

  void every_receipt_decides_again() {
    for (const auto& row : hub::split(ask("select coalesce(winner_id, 0), receipt from assignment_decision"), '\n')) {
      const auto blank = row.find(' ');
      const auto kept = routing::receipt_from_json(row.substr(blank + 1));
      ASSERT_TRUE(kept) << row;
      const auto again = routing::re_evaluate(*kept);
      EXPECT_EQ(again.winner.value_or(0), std::stoll(row.substr(0, blank))) << row;
      EXPECT_EQ(again.reason, kept->reason);
    }
  }

  std::size_t faults_ = 0;
  std::optional<running_hub> hub_;
  std::optional<hub::db::connection> database_;
};

TEST_F(hand_out, in_the_ring_keeps_capacity_and_order_over_kills_and_rollbacks) {
  campaign_of("round_robin", 1);
  if (HasFatalFailure()) return;
  everything_adds_up();
  oldest_first();
  every_receipt_decides_again();
}

TEST_F(hand_out, by_workload_keeps_capacity_and_order_over_kills_and_rollbacks) {
  campaign_of("workload", 2);
  if (HasFatalFailure()) return;
  everything_adds_up();
  oldest_first();
  every_receipt_decides_again();
}

}  // namespace
