// A node that is killed, stands still or runs short of memory: one of the tests' own is hurt.

#include "hub/base/metrics.hpp"
#include "tests/integration/amqp_fixture.hpp"

#include <set>

namespace amqp_tests {
namespace {

struct own_node : testing::Test {
  static inline std::unique_ptr<test_support::own_rabbitmq> node;
  std::string url;

  static void SetUpTestSuite() { node = std::make_unique<test_support::own_rabbitmq>(); }
  static void TearDownTestSuite() { node.reset(); }
  void SetUp() override {
    const std::string vhost = testing::UnitTest::GetInstance()->current_test_info()->name();
    node->server().add_vhost(vhost);
    url = node->server().url(vhost);
  }
};

TEST_F(own_node, holds_every_confirmed_event_after_it_was_killed_under_load) {
  std::set<std::string> on_queue;
  std::map<std::uint64_t, std::vector<outcome>> by_ticket;
  std::uint64_t n = 0;
  {
    auto options = publishing_to(url);
    options.batch_events = 8;
    publishing p(options);
    // RabbitMQ 3.10 writes the register of its quorum queues half a second late: a queue whose node dies younger than
    // that is lost with what was confirmed on it, and never elects a leader again.
    node->server().evaluate("[dets:sync(T) || T <- dets:all()]");
    std::atomic<bool> killed{false};
    std::thread killer([&] {
      p.settled.wait_for(outcome::confirmed, 5000);
      node->kill();
      killed = true;
    });
    while (!killed) {
      auto list = events(n, 100, 0);
      for (auto& more : events(n + 100, 100, 1)) list.push_back(std::move(more));
      n += 200;
      p.to.submit(std::move(list));
      ASSERT_TRUE(p.settled.wait_for(n < 4000 ? 0 : n - 4000));
    }
    killer.join();
    p.to.submit(events(n, 100));
    n += 100;
    ASSERT_TRUE(p.settled.wait_for(n, 10s));
    EXPECT_EQ(p.settled.total(), n);
    EXPECT_GE(p.settled.count(outcome::lost), 100u);
    EXPECT_FALSE(p.to.ready());

    node->start();
    ASSERT_TRUE(test_support::wait_until([&] { return p.to.ready(); }, 15s));
    p.confirm(events(n++, 1));
    by_ticket = p.settled.by_ticket();
  }
  for (std::uint32_t shard = 0; shard < 2; ++shard) {
    consumer c(consuming_from(url, shard));
    c.open();
    for (auto got = c.take(500, 10s, 0us, go_on); !got.empty(); got = c.take(500, 1s, 0us, go_on)) {
      for (auto& key : keys_in(got)) on_queue.insert(std::move(key));
      c.ack_up_to(got.back().tag);
    }
  }
  ASSERT_THAT(by_ticket, SizeIs(n));
  std::size_t confirmed = 0, missing = 0;
  for (const auto& [ticket, outcomes] : by_ticket) {
    ASSERT_THAT(outcomes, SizeIs(1)) << ticket;
    if (outcomes[0] != outcome::confirmed) continue;
    ++confirmed;
    missing += !on_queue.contains(key_of(ticket));
  }
  EXPECT_GT(confirmed, 5000u);
  EXPECT_EQ(missing, 0u);
  RecordProperty("confirmed", static_cast<int>(confirmed));
}

TEST_F(own_node, that_stands_still_is_abandoned_within_the_second) {
  auto options = publishing_to(url);
  options.broker.connect_time = 2s;
  publishing p(options);
  p.confirm(events(1, 1));
  node->freeze();
  // More than the sockets' buffers take, so that the write itself hangs.
  std::vector<publication> list;
  for (std::uint64_t n = 10; n < 40; ++n) list.push_back(event_number(n, 0, 1'000'000));
  p.to.submit(std::move(list));
  EXPECT_FALSE(p.settled.wait_for(2, 300ms));
  const auto began = steady_clock::now();
  p.to.abandon();
  EXPECT_TRUE(p.settled.wait_for(outcome::lost, 30, 1s));
  // Connecting hangs too now; what is submitted meanwhile is told at once.
  p.to.submit(events(50, 3));
  EXPECT_TRUE(p.settled.wait_for(outcome::lost, 33, 1s));
  EXPECT_LT(steady_clock::now() - began, 1s);
  node->thaw();
  ASSERT_TRUE(test_support::wait_until([&] { return p.to.ready(); }, 20s));
  p.confirm(events(60, 1));
}

TEST_F(own_node, that_is_short_of_memory_blocks_publishers_and_takes_the_waiting_events_later) {
  auto options = singly(publishing_to(url));
  options.window = 10;
  publishing p(options);
  p.confirm(events(1, 1));
  const auto blocked = [] {
    const auto text = hub::metrics::expose();
    return text.find("\nhub_broker_blocked 1") != std::string::npos;
  };
  ASSERT_EQ(node->server().rabbitmqctl({"set_vm_memory_high_watermark", "0.000001"}).exit_code, 0);
  // The broker says so when it meets the first publication.
  std::uint64_t n = 100;
  ASSERT_TRUE(test_support::wait_until(
      [&] {
        if (p.to.ready()) p.to.submit(events(n++, 1));
        return !p.to.ready();
      },
      10s));
  EXPECT_TRUE(blocked());
  const auto before = n;
  p.to.submit(events(n, 30));
  n += 30;
  EXPECT_TRUE(p.settled.wait_for(outcome::lost, 20, 5s));
  ASSERT_EQ(node->server().rabbitmqctl({"set_vm_memory_high_watermark", "0.6"}).exit_code, 0);
  ASSERT_TRUE(test_support::wait_until([&] { return p.to.ready(); }, 20s));
  EXPECT_FALSE(blocked());
  ASSERT_TRUE(p.settled.wait_for(1 + n - 100));
  EXPECT_EQ(p.settled.count(outcome::confirmed) + p.settled.count(outcome::lost), 1 + n - 100);
  EXPECT_LE(p.settled.count(outcome::lost), 30u);
  EXPECT_THAT(p.settled.by_ticket()[before - 1], ElementsAre(outcome::confirmed));
}

}  // namespace
}  // namespace amqp_tests
