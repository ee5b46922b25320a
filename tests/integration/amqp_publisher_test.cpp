// The publisher against a real RabbitMQ: what a confirm, a return, a nack and a lost connection look like.

#include "tests/integration/amqp_fixture.hpp"

namespace amqp_tests {
namespace {

TEST(publisher_test, confirms_what_lies_on_the_queue) {
  const auto url = test_support::fresh_vhost();
  publishing p(publishing_to(url));
  p.confirm(events(1, 1));
  p.confirm(events(2, 1, 1));
  EXPECT_TRUE(test_support::wait_until(
      [&] { return messages_ready({.url = url}, 2, 0) == 1 && messages_ready({.url = url}, 2, 1) == 1; }, 10s));
}

TEST(publisher_test, sends_one_alone_and_many_together_and_both_decode_in_order) {
  const auto url = test_support::fresh_vhost();
  publishing p(publishing_to(url));
  p.confirm(events(1, 1));
  p.confirm(events(2, 200));
  consumer c(consuming_from(url));
  c.open();
  const auto first = take_all(c, 1);
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].body.front(), '{');
  EXPECT_THAT(keys_in(first), ElementsAre(key_of(1)));
  std::vector<std::string> keys;
  std::size_t deliveries = 0;
  while (keys.size() < 200) {
    const auto more = c.take(100, 10s, 0us, go_on);
    ASSERT_THAT(more, testing::Not(IsEmpty()));
    deliveries += more.size();
    for (auto& key : keys_in(more)) keys.push_back(std::move(key));
  }
  EXPECT_EQ(keys, keys_of(2, 200));
  EXPECT_LE(deliveries, 8u);
}

TEST(publisher_test, carries_bodies_of_many_frames) {
  const auto url = test_support::fresh_vhost();
  publishing p(publishing_to(url));
  const auto large = event_number(1, 0, 900'000);
  p.confirm({large});
  consumer c(consuming_from(url));
  c.open();
  const auto got = take_all(c, 1);
  ASSERT_THAT(got, SizeIs(1));
  EXPECT_TRUE(got[0].body == large.body);
}

TEST(publisher_test, settles_as_returned_when_the_queue_is_deleted) {
  const auto url = test_support::fresh_vhost();
  publishing p(publishing_to(url));
  p.confirm(events(1, 1));
  delete_queue(url, 0);
  auto list = events(10, 130);
  list.push_back(event_number(500, 1));
  p.to.submit(std::move(list));
  ASSERT_TRUE(p.settled.wait_for(1 + 131));
  EXPECT_EQ(p.settled.count(outcome::returned), 130u);
  EXPECT_THAT(p.settled.by_ticket()[500], ElementsAre(outcome::confirmed));
}

TEST(publisher_test, settles_as_returned_when_the_binding_is_removed) {
  const auto url = test_support::fresh_vhost();
  publishing p(singly(publishing_to(url)));
  p.confirm(events(1, 1));
  test_support::in_broker("rabbit_binding:remove({binding, " + resource(url, "exchange", exchange_name(2)) + ", <<\"0\">>, " +
                          resource(url, "queue", queue_name(2, 0)) + ", []}, fun(_, _) -> ok end, <<\"test\">>)");
  p.to.submit(events(2, 20));
  p.to.submit({event_number(100, 1)});
  ASSERT_TRUE(p.settled.wait_for(22));
  EXPECT_EQ(p.settled.count(outcome::returned), 20u);
  EXPECT_THAT(p.settled.by_ticket()[100], ElementsAre(outcome::confirmed));
}

TEST(publisher_test, settles_as_returned_what_is_for_a_shard_that_does_not_exist) {
  publishing p(publishing_to(test_support::fresh_vhost()));
  p.to.submit({event_number(1, 2)});
  ASSERT_TRUE(p.settled.wait_for(1));
  EXPECT_THAT(p.settled.by_ticket()[1], ElementsAre(outcome::returned));
}

TEST(publisher_test, settles_as_nacked_what_a_full_queue_refuses) {
  const auto url = test_support::fresh_vhost();
  publishing p(singly(publishing_to(url)));
  test_support::in_broker(
      "rabbit_policy:set(<<\"" + url.substr(url.rfind('/') + 1) +
      "\">>, <<\"short\">>, <<\"^q.ingest\">>, [{<<\"max-length\">>, 3}, {<<\"overflow\">>, <<\"reject-publish\">>}], 0, "
      "<<\"queues\">>, <<\"test\">>)");
  // The queue takes the policy when it gets round to it.
  std::uint64_t n = 0;
  while (p.settled.count(outcome::nacked) == 0 && n < 500) {
    p.to.submit(events(++n, 1));
    ASSERT_TRUE(p.settled.wait_for(n));
  }
  EXPECT_GT(p.settled.count(outcome::nacked), 0u);
  EXPECT_EQ(p.settled.count(outcome::confirmed) + p.settled.count(outcome::nacked), n);
}

TEST(publisher_test, connects_and_declares_again_when_the_exchange_is_deleted) {
  const auto url = test_support::fresh_vhost();
  publishing p(publishing_to(url));
  p.confirm(events(1, 1));
  test_support::in_broker("rabbit_exchange:delete(" + resource(url, "exchange", exchange_name(2)) + ", false, <<\"test\">>)");
  p.to.submit(events(2, 1));
  ASSERT_TRUE(p.settled.wait_for(2));
  EXPECT_THAT(p.settled.by_ticket()[2], ElementsAre(outcome::lost));
  ASSERT_TRUE(test_support::wait_until([&] { return p.to.ready(); }, 10s));
  p.confirm(events(3, 1));
}

TEST(publisher_test, settles_at_once_while_there_is_no_broker) {
  settlements settled;
  publisher to(publishing_to("amqp://nobody:x@127.0.0.1:" + std::to_string(test_support::free_port()) + "/none"),
               [&](std::vector<settlement> list) { settled.add(list); });
  EXPECT_FALSE(to.ready());
  to.submit(events(1, 5));
  EXPECT_TRUE(settled.wait_for(outcome::lost, 5, 1s));
}

TEST(publisher_test, settles_what_is_left_when_it_ends) {
  const auto url = test_support::fresh_vhost();
  settlements settled;
  {
    publisher to(publishing_to(url), [&](std::vector<settlement> list) { settled.add(list); });
    ASSERT_TRUE(test_support::wait_until([&] { return to.ready(); }, 20s));
    for (std::uint64_t n = 0; n < 50; ++n) to.submit(events(n * 100, 100));
  }
  EXPECT_EQ(settled.total(), 5000u);
  EXPECT_THAT(settled.by_ticket(), SizeIs(5000));
}

}  // namespace
}  // namespace amqp_tests
