// The journal of what was begun, and the addresses where platforms fetch what we send.

#include "connectors/send_journal.hpp"
#include "connectors/media_links.hpp"
#include "hub/base/crypto.hpp"
#include "tests/support/waiting.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <thread>

namespace {

using namespace std::chrono_literals;
using connectors::media_links;
using connectors::send_entry;
using connectors::send_journal;

struct hand_clock : hub::clock {
  hub::instant wall{std::chrono::milliseconds(1'763'632'800'000)};
  hub::instant now() const override { return wall; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
};

send_entry entry(std::uint64_t id, std::uint32_t attempt, const std::string& digest = "d") {
  send_entry made;
  made.outbox_id = id;
  made.attempt = attempt;
  made.digest = digest;
  made.channel = "viber";
  made.account = "main";
  made.conversation = "viber:main:c";
  return made;
}

hub::message::send_told sent(const std::string& id) {
  hub::message::send_told told;
  told.state = hub::message::send_state::sent;
  told.platform_ids = {id};
  told.counts = false;
  return told;
}

class journal : public testing::Test {
 protected:
  test_support::temp_dir home_;
  hand_clock time_;
};

TEST_F(journal, begins_an_attempt_once_and_remembers_it_over_a_restart) {
  {
    send_journal first(home_ / "sends.db", time_.now());
    EXPECT_TRUE(first.begin(entry(7, 1), time_.now()));
    EXPECT_FALSE(first.begin(entry(7, 1), time_.now()));
    EXPECT_TRUE(first.begin(entry(7, 2), time_.now()));
    auto done = entry(7, 1);
    done.told = sent("p1");
    first.end(done);
  }
  const auto later = time_.now() + 1h;
  send_journal second(home_ / "sends.db", later);
  EXPECT_EQ(second.since(), time_.now());
  EXPECT_FALSE(second.begin(entry(7, 1), later));
  EXPECT_EQ(second.find(7, 1)->told, sent("p1"));
  EXPECT_FALSE(second.find(7, 2)->told.has_value());
  EXPECT_FALSE(second.find(8, 1).has_value());
}

TEST_F(journal, another_message_under_the_same_number_is_begun) {
  send_journal one(home_ / "sends.db", time_.now());
  auto done = entry(7, 1);
  EXPECT_TRUE(one.begin(done, time_.now()));
  done.told = sent("p1");
  one.end(done);
  EXPECT_TRUE(one.begin(entry(7, 1, "other"), time_.now()));
  EXPECT_FALSE(one.find(7, 1)->told.has_value());
}

TEST_F(journal, tells_outcomes_until_they_are_published_and_leaves_a_living_process_its_attempts) {
  send_journal one(home_ / "sends.db", time_.now());
  auto done = entry(1, 1);
  one.begin(done, time_.now());
  one.begin(entry(2, 1), time_.now());
  done.told = sent("p1");
  one.end(done);
  const auto left = one.unfinished();
  ASSERT_EQ(left.size(), 1u) << "the other one is ours, and under way";
  EXPECT_EQ(left[0].outbox_id, 1u);
  one.published(done);
  EXPECT_TRUE(one.unfinished().empty());
  one.forget(time_.now() + 1h);
  EXPECT_FALSE(one.find(1, 1).has_value());
  EXPECT_TRUE(one.find(2, 1).has_value());
}

TEST_F(journal, keeps_what_many_write_at_the_same_time_and_lets_one_of_two_begin_the_same) {
  send_journal one(home_ / "sends.db", time_.now());
  std::atomic<int> begun{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread)
      threads.emplace_back([&, thread] {
        for (std::uint64_t n = 1; n <= 20; ++n) {
          // Each message is begun by two of them.
          auto mine = entry(static_cast<std::uint64_t>(thread / 2) * 100 + n, 1);
          if (!one.begin(mine, time_.now())) continue;
          ++begun;
          mine.told = sent("p" + std::to_string(mine.outbox_id));
          one.end(mine);
          if (n % 2 == 0) one.published(mine);
        }
      });
  }
  EXPECT_EQ(begun, 80);
  send_journal later(home_ / "sends.db", time_.now());
  EXPECT_EQ(later.unfinished().size(), 40u);
  for (const std::uint64_t id : {1u, 20u, 301u, 320u}) EXPECT_EQ(later.find(id, 1)->told, sent("p" + std::to_string(id)));
}

class links : public testing::Test {
 protected:
  links() : files_(home_ / "media"), links_("https://hub.example/", hub::secret("a key"), files_, time_) {
    hub::crypto_start();
    links_.add_route(routes_);
    auto file = files_.begin();
    file.write("\xff\xd8\xff\xe0 invented picture");
    kept_ = file.finish();
  }
  int status(const std::string& path) {
    const auto found = routes_.find("GET", path);
    if (!found.match) return 404;
    hub::http::request from;
    from.params = found.params;
    boost::asio::io_context loop;
    auto answer = boost::asio::co_spawn(loop, found.match->handle(std::move(from)), boost::asio::use_future);
    loop.run();
    return answer.get().status;
  }
  std::string path() { return links_.link(kept_.sha256, "jpg", 1h).substr(std::string("https://hub.example").size()); }

  test_support::temp_dir home_;
  hand_clock time_;
  hub::media::store files_;
  media_links links_;
  hub::http::router routes_;
  hub::media::stored kept_;
};

TEST_F(links, hand_out_exactly_what_they_were_made_for_until_they_expire) {
  EXPECT_EQ(status(path()), 200);
  const auto whole = path();
  for (const auto at : {std::size_t{8}, std::size_t{25}, whole.size() - 6, whole.size() - 1}) {
    auto changed = whole;
    changed[at] = changed[at] == '1' ? '2' : '1';
    EXPECT_EQ(status(changed), 404) << changed;
  }
  time_.wall += 59min;
  EXPECT_EQ(status(whole), 200);
  time_.wall += 1min;
  EXPECT_EQ(status(whole), 404);
}

TEST_F(links, are_not_given_for_what_is_not_there_or_without_a_public_address) {
  EXPECT_EQ(links_.link(std::string(64, 'a'), "jpg", 1h), "");
  const media_links nowhere("", hub::secret("a key"), files_, time_);
  EXPECT_EQ(nowhere.link(kept_.sha256, "jpg", 1h), "");
  const media_links foreign("https://hub.example", hub::secret("another key"), files_, time_);
  EXPECT_EQ(status(foreign.link(kept_.sha256, "jpg", 1h).substr(std::string("https://hub.example").size())), 404);
}

}  // namespace
