// Who holds a file that is to be fetched: one worker, for a while, and nobody after it was stopped.

#include "tests/integration/media_fixture.hpp"

namespace media_tests {
namespace {

TEST_F(media, takes_the_earliest_deadline_first_and_the_passed_ones_last) {
  wanted("passed", "photo", "now() - interval '1 minute'");
  wanted("last", "photo", "now() + interval '50 minutes'");
  wanted("open", "photo", "null");
  wanted("first", "photo", "now() + interval '5 minutes'");
  wanted("middle", "photo", "now() + interval '20 minutes'");
  workers::media::rows rows({.url = hub::secret(url), .application_name = "test"});
  std::vector<std::string> order;
  while (const auto job = rows.take("test", 1min)) order.push_back(job->event_key);
  EXPECT_EQ(order, (std::vector<std::string>{"first", "middle", "last", "open", "passed"}));
}

TEST_F(media, gives_a_row_to_one_holder_and_lets_no_late_one_write) {
  wanted("a");
  workers::media::rows first({.url = hub::secret(url), .application_name = "first"});
  workers::media::rows second({.url = hub::secret(url), .application_name = "second"});
  const auto slow = first.take("first", 1min);
  ASSERT_TRUE(slow);
  EXPECT_FALSE(second.take("second", 1min));
  run("update media_fetch set taken_until = now() - interval '1 second'");
  const auto taken_over = second.take("second", 1min);
  ASSERT_TRUE(taken_over);
  EXPECT_EQ(taken_over->attempt, 2);
  EXPECT_EQ(taken_over->deaths, 1);
  EXPECT_FALSE(first.renew(*slow, 1min));
  EXPECT_FALSE(first.settle_stored(*slow, {.sha256 = std::string(64, 'a'), .path = "aa/aa/a", .size = 1, .type = "image/png"}));
  EXPECT_FALSE(first.settle(*slow, {workers::media::ending::refused, "late"}));
  EXPECT_FALSE(first.give_back(*slow, "late", 1s));
  EXPECT_EQ(value("select count(*) from media"), "0");
  EXPECT_TRUE(
      second.settle_stored(*taken_over, {.sha256 = std::string(64, 'b'), .path = "bb/bb/b", .size = 1, .type = "image/png"}));
  EXPECT_EQ(state("a"), "stored");
  EXPECT_EQ(value("select count(*) from suspect"), "0");
}

TEST_F(media, refuses_a_file_that_three_workers_died_over) {
  wanted("a");
  workers::media::rows rows({.url = hub::secret(url), .application_name = "test"});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(rows.take("dead", 1min));
    run("update media_fetch set taken_until = now() - interval '1 second'");
  }
  hub::media::store store(directory.path());
  media_pool pool(options(connector.url()), store);
  pool.start();
  ASSERT_TRUE(settled("a"));
  EXPECT_EQ(state("a"), "refused");
  EXPECT_EQ(reason("a"), "the worker that fetched it died, 3 times");
  EXPECT_TRUE(connector.asked().empty());
}

TEST_F(media, extends_the_lease_while_bytes_drip) {
  wanted("a");
  connector.script("a", {{.drip = 60ms}});
  auto with = options(connector.url());
  with.lease = 600ms;
  hub::media::store store(directory.path());
  media_pool pool(with, store);
  pool.start();
  ASSERT_TRUE(settled("a"));
  EXPECT_EQ(state("a"), "stored");
  EXPECT_EQ(value("select attempts from media_fetch"), "1");
}

TEST_F(media, gives_up_a_transfer_that_takes_too_long_and_tries_again) {
  wanted("a");
  connector.script("a", {{.drip = 10s}, {}});
  auto with = options(connector.url());
  with.transfer = 300ms;
  hub::media::store store(directory.path());
  media_pool pool(with, store);
  pool.start();
  ASSERT_TRUE(settled("a"));
  EXPECT_EQ(state("a"), "stored");
  EXPECT_EQ(value("select attempts from media_fetch"), "2");
}

TEST_F(media, gives_rows_back_when_it_is_stopped_in_the_middle) {
  wanted("a");
  connector.script("a", {{.drip = 10s}});
  hub::media::store store(directory.path());
  media_pool pool(options(connector.url()), store);
  pool.start();
  ASSERT_TRUE(wait_until([&] { return !connector.asked().empty(); }, 15s));
  pool.stop(50ms);
  EXPECT_EQ(state("a"), "pending");
  EXPECT_EQ(value("select coalesce(taken_by, 'nobody') from media_fetch"), "nobody");
  EXPECT_EQ(files(), 0u);
}

TEST_F(media, counts_what_waits) {
  wanted("a", "photo", "now() + interval '10 minutes'");
  wanted("b", "photo", "now() + interval '20 minutes'");
  workers::media::rows rows({.url = hub::secret(url), .application_name = "test"});
  const auto waiting = rows.count();
  EXPECT_EQ(waiting.pending, 2);
  EXPECT_NEAR(waiting.seconds_to_first_deadline, 600, 30);
}

}  // namespace
}  // namespace media_tests
