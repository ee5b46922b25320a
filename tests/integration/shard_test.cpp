// One shard with a real queue and a real database: what fails alone, what fails for the world's reasons, what came back.

#include "hub/amqp/publisher.hpp"
#include "hub/message/codec.hpp"
#include "tests/support/events.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/waiting.hpp"
#include "workers/ingest/shard.hpp"

#include <gtest/gtest.h>

#include <future>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

class shard : public testing::Test {
 protected:
  void SetUp() override { put_in_force(database_, {}); }

  /// Puts bodies on the queue and returns when all are confirmed.
  void publish(const std::vector<std::string>& bodies) {
    std::promise<void> all;
    std::size_t confirmed = 0;
    hub::amqp::publisher to({.broker = {.url = vhost_, .client_name = "test"}, .shards = 1},
                            [&](std::vector<hub::amqp::settlement> list) {
                              for (const auto& s : list) confirmed += s.result == hub::amqp::outcome::confirmed;
                              if (confirmed == bodies.size()) all.set_value();
                            });
    ASSERT_TRUE(wait_until([&] { return to.ready(); }, 20s));
    std::vector<hub::amqp::publication> list;
    for (std::size_t i = 0; i < bodies.size(); ++i) list.push_back({i + 1, 0, "key " + std::to_string(i), bodies[i]});
    to.submit(std::move(list));
    ASSERT_EQ(all.get_future().wait_for(20s), std::future_status::ready);
  }

  std::unique_ptr<workers::ingest::shard> start(std::size_t batch = 200) {
    workers::ingest::shard_options options;
    options.queue = {.broker = {.url = vhost_, .client_name = "test shard"}, .shards = 1, .shard = 0};
    options.database = {.url = hub::secret(database_), .application_name = "test shard"};
    options.batch = batch;
    auto made = std::make_unique<workers::ingest::shard>(options, hub::real_clock(), std::make_shared<std::shared_mutex>());
    made->start();
    return made;
  }

  std::string ask(const std::string& sql, bool as_root = false) {
    hub::db::connection c({.url = hub::secret(as_root ? as_superuser(database_) : database_), .application_name = "test"});
    return c.transact([&](pqxx::work& tx) {
      const auto rows = tx.exec(sql);
      return rows.empty() || rows[0][0].is_null() ? std::string() : std::string(rows[0][0].c_str());
    });
  }
  bool becomes(const std::string& sql, const std::string& expected, std::chrono::milliseconds within = 20s) {
    return wait_until([&] { return ask(sql) == expected; }, within);
  }
  static std::string text_message(int n, const std::string& text) {
    return hub::message::encode(message_from(n, n, text, std::chrono::seconds(n)));
  }

  std::string database_ = fresh_database();
  std::string vhost_ = fresh_vhost();
};

TEST_F(shard, quarantines_only_the_culprit_of_a_batch) {
  ask("alter table message add constraint no_bad check (content <> 'bad')");
  std::vector<std::string> bodies;
  for (int i = 1; i <= 100; ++i) bodies.push_back(text_message(i, i == 57 ? "bad" : "good"));
  publish(bodies);
  const auto running = start();
  ASSERT_TRUE(becomes("select count(*) from message", "99"));
  EXPECT_EQ(ask("select string_agg(event_key, ',') from quarantine"), "viber:main:message:57");
  EXPECT_EQ(ask("select cause from quarantine"), "sqlstate 23514");
  // The reason is the server's first line: the rest shows the row, and with it what a customer wrote.
  EXPECT_EQ(ask("select reason from quarantine"),
            "ERROR:  new row for relation \"message\" violates check constraint \"no_bad\"");
  EXPECT_EQ(ask("select count(*) from event_key where key = 'viber:main:message:57'"), "0");
}

TEST_F(shard, keeps_what_cannot_be_decoded) {
  publish({"not json at all"});
  publish({R"({"specversion":"1.0","id":"viber:main:message:9"})", text_message(1, "good")});
  const auto running = start();
  ASSERT_TRUE(becomes("select count(*) from message", "1"));
  ASSERT_TRUE(becomes("select count(*) from quarantine where cause = 'undecodable'", "2"));
  EXPECT_EQ(ask("select convert_from(body, 'UTF8') from quarantine where event_key like 'sha256:%'"), "not json at all");
  EXPECT_EQ(ask("select count(*) from quarantine where event_key = 'viber:main:message:9'"), "1");
}

TEST_F(shard, stops_quarantining_when_everything_fails_with_one_cause_and_goes_on_when_it_is_mended) {
  ask("alter table message add constraint no_bad check (content <> 'bad')");
  std::vector<std::string> bodies;
  for (int i = 1; i <= 40; ++i) bodies.push_back(text_message(i, "bad"));
  publish(bodies);
  const auto running = start();
  ASSERT_TRUE(becomes("select count(*) from quarantine", "20"));
  EXPECT_TRUE(wait_until([&] { return !running->healthy(); }, 20s));
  ask("alter table message drop constraint no_bad");
  // One delivery is tried after 10 s and commits. All forty travelled in it, so the twenty are processed after all.
  ASSERT_TRUE(becomes("select count(*) from message", "40", 30s));
  EXPECT_EQ(ask("select count(*) from quarantine where state = 'open'"), "0");
  EXPECT_TRUE(wait_until([&] { return running->healthy(); }, 20s));
}

TEST_F(shard, loses_and_doubles_nothing_while_its_sessions_are_ended) {
  std::vector<std::string> bodies;
  for (int i = 0; i < 2000; ++i)
    bodies.push_back(hub::message::encode(message_from(i % 300, 10'000 + i, "text", std::chrono::seconds(i))));
  publish(bodies);
  const auto running = start(20);
  int ended = 0;
  ASSERT_TRUE(wait_until(
      [&] {
        ended += ask("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test shard' limit 1",
                     true) == "t";
        return ask("select count(*) from message") == "2000";
      },
      60s));
  EXPECT_GT(ended, 3);
  EXPECT_EQ(ask("select count(*) from quarantine"), "0");
  EXPECT_EQ(ask("select count(*) = count(distinct event_key) from message"), "t");
  EXPECT_EQ(ask("select count(*) from lead"), "300");
}

TEST_F(shard, handles_alone_what_came_back_and_leaves_no_marker) {
  publish({text_message(1, "one"), text_message(2, "two")});
  // Two consumers die over it.
  for (int i = 0; i < 2; ++i) {
    hub::amqp::consumer dying({.broker = {.url = vhost_, .client_name = "dying"}, .shards = 1, .shard = 0});
    dying.open();
    std::atomic<bool> stop{false};
    std::size_t taken = 0;
    ASSERT_TRUE(wait_until([&] { return (taken += dying.take(10, 1s, 0us, stop).size()) > 0; }, 10s));
    dying.close();
  }
  const auto running = start();
  ASSERT_TRUE(becomes("select count(*) from message", "2"));
  ASSERT_TRUE(becomes("select count(*) from suspect", "0"));
  EXPECT_EQ(ask("select count(*) from quarantine"), "0");
}

TEST_F(shard, quarantines_what_three_processes_died_over) {
  publish({text_message(1, "one"), text_message(2, "two")});
  ask("insert into suspect (event_key, crashes, process) values ('viber:main:message:1', 2, 'pid 1')");
  for (int i = 0; i < 2; ++i) {
    hub::amqp::consumer dying({.broker = {.url = vhost_, .client_name = "dying"}, .shards = 1, .shard = 0});
    dying.open();
    std::atomic<bool> stop{false};
    std::size_t taken = 0;
    ASSERT_TRUE(wait_until([&] { return (taken += dying.take(10, 1s, 0us, stop).size()) > 0; }, 10s));
  }
  const auto running = start();
  ASSERT_TRUE(becomes("select cause from quarantine where event_key = 'viber:main:message:1'", "crash"));
  ASSERT_TRUE(becomes("select count(*) from message", "1"));
  EXPECT_EQ(ask("select count(*) from quarantine"), "1");
}

}  // namespace
