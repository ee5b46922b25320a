// What a shard's consumer gets from a real RabbitMQ, gets back, and is told when it cannot have it.

#include "tests/integration/amqp_fixture.hpp"

namespace amqp_tests {
namespace {

TEST(consumer_test, gets_unacknowledged_deliveries_again_in_order_with_a_growing_count) {
  const auto url = test_support::fresh_vhost();
  publishing p(singly(publishing_to(url)));
  p.confirm(events(1, 20));
  consumer c(consuming_from(url));
  for (std::uint64_t times = 0; times < 3; ++times) {
    c.open();
    const auto got = take_all(c, 20);
    EXPECT_EQ(keys_in(got), keys_of(1, 20));
    for (const auto& d : got) EXPECT_EQ(d.count, times);
    c.close();
    EXPECT_FALSE(c.is_open());
  }
}

TEST(consumer_test, acknowledges_up_to_a_delivery_and_gets_only_the_rest_again) {
  const auto url = test_support::fresh_vhost();
  publishing p(singly(publishing_to(url)));
  p.confirm(events(1, 10));
  consumer c(consuming_from(url));
  c.open();
  const auto got = take_all(c, 10);
  ASSERT_THAT(got, SizeIs(10));
  c.ack_up_to(got[5].tag);
  c.ack(got[7].tag);
  c.close();
  c.open();
  const auto rest = take_all(c, 3);
  EXPECT_THAT(keys_in(rest), ElementsAre(key_of(7), key_of(9), key_of(10)));
  c.ack_up_to(rest.back().tag);
  c.close();
  EXPECT_EQ(messages_ready({.url = url}, 2, 0), 0u);
}

TEST(consumer_test, waits_behind_the_active_consumer_and_takes_over_from_the_head) {
  const auto url = test_support::fresh_vhost();
  consumer active(consuming_from(url)), waiting(consuming_from(url));
  active.open();
  waiting.open();
  publishing p(singly(publishing_to(url)));
  p.confirm(events(1, 6));
  const auto got = take_all(active, 6);
  EXPECT_EQ(keys_in(got), keys_of(1, 6));
  EXPECT_THAT(waiting.take(10, 200ms, 0us, go_on), IsEmpty());
  active.ack_up_to(got[1].tag);
  active.close();
  p.confirm(events(7, 2));
  EXPECT_EQ(keys_in(take_all(waiting, 6)), keys_of(3, 6));
}

TEST(consumer_test, takes_no_more_than_asked_and_lingers_for_company) {
  const auto url = test_support::fresh_vhost();
  publishing p(singly(publishing_to(url)));
  consumer c(consuming_from(url));
  c.open();
  p.confirm(events(1, 5));
  EXPECT_THAT(take_all(c, 3), SizeIs(3));
  EXPECT_THAT(take_all(c, 2), SizeIs(2));
  // The second event is published while the consumer, which has the first, lingers.
  std::thread late([&] {
    p.confirm(events(6, 1));
    p.confirm(events(7, 1));
  });
  EXPECT_THAT(c.take(2, 10s, 10s, go_on), SizeIs(2));
  late.join();
}

TEST(consumer_test, keeps_deliveries_for_take_while_it_services_the_connection) {
  const auto url = test_support::fresh_vhost();
  publishing p(singly(publishing_to(url)));
  p.confirm(events(1, 3));
  consumer c(consuming_from(url));
  c.open();
  for (int i = 0; i < 10; ++i) c.service();
  EXPECT_EQ(keys_in(take_all(c, 3)), keys_of(1, 3));
}

TEST(consumer_test, stops_waiting_when_told_to) {
  consumer c(consuming_from(test_support::fresh_vhost()));
  c.open();
  std::atomic<bool> stop{false};
  const auto began = steady_clock::now();
  std::thread teller([&] { stop = true; });
  EXPECT_THAT(c.take(10, 60s, 0us, stop), IsEmpty());
  teller.join();
  EXPECT_LT(steady_clock::now() - began, 5s);
}

TEST(consumer_test, says_so_when_its_queue_is_deleted_and_can_open_again) {
  const auto url = test_support::fresh_vhost();
  consumer c(consuming_from(url));
  c.open();
  delete_queue(url, 0);
  const auto e = error_of([&] { c.take(10, 10s, 0us, go_on); });
  EXPECT_EQ(e.kind(), hub::failure::transient);
  EXPECT_EQ(e.code(), "broker cancel");
  EXPECT_FALSE(c.is_open());
  EXPECT_THROW(c.ack_up_to(1), hub::error);
  c.open();
  publishing p(publishing_to(url));
  p.confirm(events(1, 1));
  EXPECT_THAT(take_all(c, 1), SizeIs(1));
}

TEST(topology_test, is_refused_when_a_queue_exists_with_other_arguments) {
  const auto url = test_support::fresh_vhost();
  test_support::in_broker("rabbit_amqqueue:declare(" + resource(url, "queue", queue_name(2, 1)) +
                          ", true, false, [], none, <<\"test\">>)");
  consumer c(consuming_from(url));
  const auto e = error_of([&] { c.open(); });
  EXPECT_EQ(e.kind(), hub::failure::permanent);
  EXPECT_THAT(e.what(), HasSubstr("q.ingest.2.1 exists on the broker with other arguments"));
}

TEST(connection_test, names_the_broker_but_no_password_when_it_is_refused) {
  auto url = test_support::fresh_vhost();
  const auto start = url.find(':', 7) + 1;
  url.replace(start, url.find('@') - start, "wrong-secret");
  consumer c(consuming_from(url));
  const auto e = error_of([&] { c.open(); });
  EXPECT_EQ(e.kind(), hub::failure::permanent);
  EXPECT_EQ(e.code(), "broker 403");
  EXPECT_THAT(e.what(), testing::Not(HasSubstr("wrong-secret")));
  EXPECT_THAT(e.what(), HasSubstr("127.0.0.1"));
}

}  // namespace
}  // namespace amqp_tests
