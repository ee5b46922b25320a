// A shared queue and many hands: two hub-api processes, 160 signed-in people who want the same leads at the same instant,
// supervisors and rules that give them away meanwhile. One owner each, and every loser is told who was faster.

#include "hub/base/announce.hpp"
#include "hub/base/crypto.hpp"
#include "hub/db/connection.hpp"
#include "tests/fault/campaign.hpp"
#include "tests/support/caller.hpp"
#include "tests/support/process.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/waiting.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <atomic>
#include <barrier>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

constexpr int people = 160;

/// The three ways to an owner take different times: each sets out up to 3 ms late, so that each wins some races.
void set_out_late(std::mt19937_64& random) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 3000);
  while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
}

class claims : public testing::Test {
 protected:
  void SetUp() override {
    hub::crypto_start();
    database_.emplace(options());
    database_->transact([&](pqxx::work& in) {
      in.exec(
          "insert into staff (name, email, role) select 'Person ' || n, 'p' || n || '@example.test', 'manager' from "
          "generate_series(1, " +
          std::to_string(people) + ") n");
      in.exec("insert into staff (name, email, role) values ('Supervisor', 's@example.test', 'supervisor')");
      std::string members;
      for (int n = 1; n <= people; ++n) members += (n > 1 ? ", " : "") + ("p" + std::to_string(n) + "@example.test");
      const std::string text =
          "version: 1\nteams: {sales: {members: [" + members +
          "], supervisors: [s@example.test]}}\nrules: [{name: all, then: {team: sales, strategy: manual}}]\n";
      std::string teams = R"([{"name": "sales", "members": [{"email": "s@example.test", "supervisor": true})";
      for (int n = 1; n <= people; ++n) teams += R"(, {"email": "p)" + std::to_string(n) + R"(@example.test"})";
      in.exec_params("select activate_rules($1, $2, 'test', $3::jsonb)", hub::to_hex(hub::sha256(text)), text, teams + "]}]");
      for (const auto& row : in.exec("select id, email from staff order by id")) {
        const auto token = hub::random_token();
        const auto hash = hub::sha256(token);
        in.exec_params("insert into web_session (token_hash, staff_id, expires_at) values ($1, $2, now() + interval '1 hour')",
                       pqxx::binarystring(hash.data(), hash.size()), row[0].as<std::int64_t>());
        tokens_.push_back(token);
        ids_.push_back(row[0].as<std::int64_t>());
      }
    });
    for (auto& one : apis_) one = start(homes_[&one - apis_]);
  }

  hub::db::connect_options options() const { return {.url = hub::secret(url_), .deadline = 60s, .application_name = "test"}; }

  std::optional<process> start(const temp_dir& home) {
    process::options how;
    how.environment = {{"LEADYARD_HOME", home.path()},
                       {"HUB__DATABASE__URL", url_},
                       {"HUB__BROKER__URL", "amqp://nobody:nothing@127.0.0.1:1/x"},
                       {"HUB__API__LISTEN__PORT", "0"}};
    how.arguments = {LEADYARD_SOURCE_DIR "/config/hub.yaml"};
    how.output = home / "log";
    std::optional<process> made(std::in_place, "hub-api", how);
    EXPECT_TRUE(wait_until([&] { return port_of(home) != 0; }, 20s)) << ask("select 1");
    return made;
  }
  static std::uint16_t port_of(const temp_dir& home) {
    const auto ports = hub::announced(home.path(), "hub-api");
    const auto api = ports.find("api");
    return api == ports.end() ? std::uint16_t{0} : static_cast<std::uint16_t>(api->second);
  }

  std::string ask(const std::string& sql) {
    return database_->transact([&](pqxx::work& in) { return in.exec1(sql)[0].as<std::string>(""); });
  }

  std::vector<std::int64_t> make_leads(int n) {
    return database_->transact([&](pqxx::work& in) {
      std::vector<std::int64_t> made;
      for (const auto& row :
           in.exec("with c as (insert into customer (first_name) select 'Queued' from generate_series(1, " + std::to_string(n) +
                   ") returning id) insert into lead (customer_id, source_channel, team_id, queued_at, queue_reason, "
                   "last_activity_at) select c.id, 'website', t.id, now(), 'manual', now() from c, team t returning id"))
        made.push_back(row[0].as<std::int64_t>());
      return made;
    });
  }

  caller client(int n) {
    return caller([this, n] { return port_of(homes_[n % 2]); }, 60s);
  }
  std::map<std::string, std::string> head(int person) const {
    return {{"Cookie", "leadyard_session=" + tokens_[static_cast<std::size_t>(person)]}, {"Content-Type", "application/json"}};
  }

  void expect_one_owner_each() {
    EXPECT_EQ(ask("select count(*) from (select lead_id, from_id, lag(to_id) over (partition by lead_id order by id) as before"
                  " from ownership_history) h where from_id is distinct from before"),
              "0")
        << "every change begins where the one before ended";
    EXPECT_EQ(
        ask("select count(*) from lead l where manager_id is distinct from (select to_id from ownership_history h where h.lead_id"
            " = l.id order by h.id desc limit 1)"),
        "0");
    EXPECT_EQ(ask("select count(*) from staff s where open_leads <> (select count(*) from lead where manager_id = s.id)"), "0");
  }

  const std::string url_ = fresh_database();
  std::optional<hub::db::connection> database_;
  temp_dir homes_[2];
  std::optional<process> apis_[2];
  std::vector<std::string> tokens_;  ///< people, then the supervisor
  std::vector<std::int64_t> ids_;
};

TEST_F(claims, of_160_people_give_each_lead_one_owner_and_tell_every_loser_who_it_is) {
  const int wanted = campaign(2000, 10000);
  constexpr int at_once = 10;  // so many want each lead
  const auto leads = make_leads(wanted / at_once);
  struct told {
    std::int64_t lead, person;
    int status;
    std::string owner, since, name;
  };
  std::vector<told> answers;
  std::mutex mutex;
  std::atomic<int> next{0};
  const auto begun = std::chrono::steady_clock::now();
  {
    std::barrier ready(people);
    std::vector<std::jthread> threads;
    for (int n = 0; n < people; ++n)
      threads.emplace_back([&, n] {
        auto api = client(n);
        api.connect();
        ready.arrive_and_wait();
        for (int i = next++; i < wanted; i = next++) {
          const auto lead = leads[static_cast<std::size_t>(i / at_once)];
          const auto got = api.ask("POST", "/api/v1/leads/" + std::to_string(lead) + "/claim", head(n));
          told one{lead, ids_[static_cast<std::size_t>(n)], got.status, "", "", ""};
          if (got.status == 200 || got.status == 409) {
            const auto page = boost::json::parse(got.body);
            const auto& owner = page.at("owner").at("id").as_int64();
            one.owner = std::to_string(owner);
            one.name = std::string(page.at("owner").at("name").as_string());
            one.since = std::string(page.at(got.status == 200 ? "assigned_at" : "since").as_string());
          }
          const std::lock_guard lock(mutex);
          answers.push_back(std::move(one));
        }
      });
  }
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  ASSERT_EQ(answers.size(), static_cast<std::size_t>(wanted));
  struct owner {
    std::string id, since, name;
  };
  std::map<std::int64_t, owner> owners;
  database_->transact([&](pqxx::work& in) {
    for (const auto& row :
         in.exec("select l.id, s.id, to_char(assigned_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), s.name"
                 "  from lead l join staff s on s.id = l.manager_id"))
      owners[row[0].as<std::int64_t>()] = {row[1].c_str(), row[2].c_str(), row[3].c_str()};
  });
  int winners = 0, losers = 0;
  std::map<std::int64_t, int> winners_of;
  for (const auto& one : answers) {
    ASSERT_TRUE(one.status == 200 || one.status == 409) << one.status;
    EXPECT_EQ(one.owner, owners[one.lead].id) << "told another owner than the lead has";
    EXPECT_EQ(one.since, owners[one.lead].since);
    EXPECT_EQ(one.name, owners[one.lead].name);
    if (one.status == 200) {
      EXPECT_EQ(one.owner, std::to_string(one.person));
      ++winners;
      ++winners_of[one.lead];
    } else {
      ++losers;
    }
  }
  for (const auto lead : leads) EXPECT_EQ(winners_of[lead], 1) << lead;
  EXPECT_EQ(ask("select count(*) from ownership_history"), std::to_string(leads.size()));
  expect_one_owner_each();
  std::cout << people << " people, " << wanted << " claims on " << leads.size() << " leads in " << seconds << " s: " << winners
            << " winners, " << losers << " losers told, 0 double owners\n";
}

TEST_F(claims, raced_by_an_assignment_and_a_rule_have_one_winner) {
  const int races = campaign(300, 10000);
  const auto seed = campaign_seed(3);
  const auto leads = make_leads(races);
  std::atomic<int> by_claim{0}, by_assign{0}, by_rule{0};
  {
    std::barrier together(3);
    std::jthread claimer([&] {
      std::mt19937_64 random(seed + 0);
      auto api = client(0);
      for (int i = 0; i < races; ++i) {
        together.arrive_and_wait();
        set_out_late(random);
        const auto got =
            api.ask("POST", "/api/v1/leads/" + std::to_string(leads[static_cast<std::size_t>(i)]) + "/claim", head(0));
        by_claim += got.status == 200;
        EXPECT_TRUE(got.status == 200 || got.status == 409) << got.status << got.body;
      }
    });
    std::jthread supervisor([&] {
      std::mt19937_64 random(seed + 1);
      auto api = client(1);
      // The version that was read: whoever came between makes it a conflict.
      const std::string body = R"({"staff_id":)" + std::to_string(ids_[1]) + R"(,"reason":"race","version":1})";
      for (int i = 0; i < races; ++i) {
        together.arrive_and_wait();
        set_out_late(random);
        const auto got = api.ask("POST", "/api/v1/leads/" + std::to_string(leads[static_cast<std::size_t>(i)]) + "/assign",
                                 head(people), body);
        by_assign += got.status == 200;
        EXPECT_TRUE(got.status == 200 || got.status == 409) << got.status << got.body;
      }
    });
    std::jthread rules([&] {
      std::mt19937_64 random(seed + 2);
      hub::db::connection own(options());
      for (int i = 0; i < races; ++i) {
        together.arrive_and_wait();
        set_out_late(random);
        const auto lead = leads[static_cast<std::size_t>(i)];
        // As the pools do it: an owner only for a lead that has none under its lock.
        by_rule += own.transact([&](pqxx::work& in) {
          if (in.exec_params("select 1 from lead where id = $1 and manager_id is null for no key update", lead).empty()) return 0;
          in.exec_params("select change_owner(array[$1::bigint], array[$2::bigint], null, array['rule race'], now())", lead,
                         ids_[2]);
          return 1;
        });
      }
    });
  }
  EXPECT_EQ(by_claim + by_assign + by_rule, races) << "one winner each";
  EXPECT_TRUE(by_claim > 0 && by_assign > 0 && by_rule > 0) << "a way that never wins was not raced";
  EXPECT_EQ(ask("select count(*) from ownership_history"), std::to_string(races));
  expect_one_owner_each();
  std::cout << "seed " << seed << ", " << races << " races: claim won " << by_claim << ", assign " << by_assign << ", rule "
            << by_rule << "\n";
}

}  // namespace
