// Intake with a test in the broker's place.

#include "connectors/intake.hpp"

#include "hub/message/codec.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <set>

namespace {

using namespace connectors;
using hub::amqp::outcome;
using hub::amqp::publication;
namespace fs = std::filesystem;
using std::chrono::milliseconds;

hub::message::event event_number(int n, const std::string& conversation = "viber:main:a") {
  hub::message::event e;
  e.key = "viber:main:message:" + std::to_string(n);
  e.channel = "viber";
  e.account = "main";
  e.conversation = conversation;
  hub::message::chat_message m;
  m.sender.identities.push_back({"viber", "main", "a"});
  m.platform_id = std::to_string(n);
  e.data = std::move(m);
  return e;
}

enum class mood { confirms, silent, returns, nacks, loses };

class intake_with_a_broker : public testing::Test {
 protected:
  void SetUp() override {
    const auto* name = testing::UnitTest::GetInstance()->current_test_info()->name();
    directory = fs::temp_directory_path() / ("intake-" + std::to_string(::getpid()) + "-" + name);
    fs::remove_all(directory);
    files = std::make_unique<spool>(loop.get_executor(), spool_options{directory.string(), hub::byte_count{limit}});
    make_intake();
  }
  void TearDown() override {
    run(door->stop());
    files.reset();
    fs::remove_all(directory);
  }

  void make_intake() {
    broker_link link;
    link.submit = [this](std::vector<publication> list) { submit(std::move(list)); };
    link.ready = [this] { return connected; };
    link.abandon = [this] {
      ++abandoned;
      std::vector<hub::amqp::settlement> lost;
      for (const auto& p : held) lost.push_back({p.ticket, outcome::lost});
      held.clear();
      door->settled(std::move(lost));
      if (mends_when_abandoned) now = mood::confirms;
    };
    intake_options options;
    options.shards = 4;
    options.confirm_wait = milliseconds(60);
    options.drain_patience = milliseconds(80);
    options.first_probe = milliseconds(1);
    options.longest_probe = milliseconds(5);
    options.drain_window = 7;
    door = std::make_unique<intake>(loop, link, *files, options);
    door->start();
  }

  void submit(std::vector<publication> list) {
    std::vector<hub::amqp::settlement> settled;
    for (auto& p : list) {
      EXPECT_TRUE(tickets.insert(p.ticket).second) << "a ticket is used once";
      order.push_back(p.key);
      EXPECT_EQ(p.shard, hub::message::shard_of(hub::message::decode(p.body).at(0).value.value().conversation, 4));
      switch (now) {
        case mood::confirms:
          confirmed.insert(p.key);
          confirmed_order.push_back(p.key);
          settled.push_back({p.ticket, outcome::confirmed});
          break;
        case mood::silent: held.push_back(p); break;
        case mood::returns: settled.push_back({p.ticket, outcome::returned}); break;
        case mood::nacks: settled.push_back({p.ticket, outcome::nacked}); break;
        case mood::loses: settled.push_back({p.ticket, outcome::lost}); break;
      }
    }
    if (!settled.empty()) door->settled(std::move(settled));
  }

  /// Answers for what it has been holding.
  void confirm_held() {
    std::vector<hub::amqp::settlement> settled;
    for (const auto& p : held) {
      confirmed.insert(p.key);
      settled.push_back({p.ticket, outcome::confirmed});
    }
    held.clear();
    door->settled(std::move(settled));
  }

  template <class T>
  T run(hub::async::task<T> work) {
    auto done = boost::asio::co_spawn(loop, std::move(work), boost::asio::use_future);
    while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) loop.run_one();
    return done.get();
  }
  std::future<bool> begin(int n) {
    std::vector<hub::message::event> list;
    list.push_back(event_number(n));
    return boost::asio::co_spawn(loop, door->accept(std::move(list)), boost::asio::use_future);
  }
  bool accept(int n) {
    std::vector<hub::message::event> list;
    list.push_back(event_number(n));
    return run(door->accept(std::move(list)));
  }
  template <class Done>
  bool until(Done done, milliseconds limit = std::chrono::seconds(10)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done() && std::chrono::steady_clock::now() < end) loop.run_one_for(milliseconds(5));
    return done();
  }
  static std::string key(int n) { return "viber:main:message:" + std::to_string(n); }

  std::uint64_t limit = 1 << 30;
  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stay = boost::asio::make_work_guard(loop);
  fs::path directory;
  std::unique_ptr<spool> files;
  std::unique_ptr<intake> door;
  mood now = mood::confirms;
  bool connected = true;
  bool mends_when_abandoned = false;
  int abandoned = 0;
  std::set<std::uint64_t> tickets;
  std::vector<publication> held;
  std::vector<std::string> order;
  std::set<std::string> confirmed;
  std::vector<std::string> confirmed_order;  ///< of those confirmed at once
};

TEST_F(intake_with_a_broker, says_safe_when_the_broker_confirmed) {
  EXPECT_TRUE(accept(1));
  EXPECT_FALSE(door->is_spooling());
  EXPECT_EQ(files->pending(), 0u);
  EXPECT_TRUE(confirmed.contains(key(1)));
}

TEST_F(intake_with_a_broker, has_nothing_to_do_for_no_events) {
  EXPECT_TRUE(run(door->accept({})));
  EXPECT_TRUE(order.empty());
}

TEST_F(intake_with_a_broker, waits_once_and_then_never_again) {
  now = mood::silent;
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(accept(1));
  const auto first = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(first, milliseconds(50));
  EXPECT_TRUE(door->is_spooling());
  EXPECT_EQ(files->pending(), 1u);
  for (int n = 2; n < 20; ++n) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(accept(n));
    EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(50));
  }
}

TEST_F(intake_with_a_broker, puts_the_unconfirmed_first_and_everything_new_behind) {
  now = mood::silent;
  std::vector<std::future<bool>> waiting;
  for (int n = 1; n <= 5; ++n) waiting.push_back(begin(n));
  ASSERT_TRUE(until([&] { return door->is_spooling(); }));
  connected = false;
  for (int n = 6; n <= 9; ++n) waiting.push_back(begin(n));
  for (auto& one : waiting) {
    ASSERT_TRUE(until([&] { return one.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }));
    EXPECT_TRUE(one.get());
  }
  now = mood::confirms;
  connected = true;
  ASSERT_TRUE(until([&] { return !door->is_spooling(); }));
  std::vector<std::string> wanted;
  for (int n = 1; n <= 9; ++n) wanted.push_back(key(n));
  EXPECT_EQ(confirmed_order, wanted);
  EXPECT_EQ(files->pending(), 0u);
}

TEST_F(intake_with_a_broker, spools_what_was_returned_nacked_or_lost) {
  for (const auto kind : {mood::returns, mood::nacks, mood::loses}) {
    now = kind;
    const int n = 10 + static_cast<int>(kind);
    EXPECT_TRUE(accept(n));
    EXPECT_TRUE(door->is_spooling());
    EXPECT_FALSE(confirmed.contains(key(n)));
    now = mood::confirms;
    ASSERT_TRUE(until([&] { return !door->is_spooling(); }));
    EXPECT_TRUE(confirmed.contains(key(n)));
  }
}

TEST_F(intake_with_a_broker, asks_for_a_new_connection_when_the_queues_are_gone) {
  now = mood::returns;
  EXPECT_TRUE(accept(1));
  ASSERT_TRUE(until([&] { return abandoned > 0; }));
  now = mood::confirms;
  ASSERT_TRUE(until([&] { return !door->is_spooling(); }));
}

TEST_F(intake_with_a_broker, does_not_wait_for_a_broker_that_is_away) {
  connected = false;
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(accept(1));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(50));
  EXPECT_TRUE(order.empty());
  connected = true;
  ASSERT_TRUE(until([&] { return !door->is_spooling(); }));
  EXPECT_TRUE(confirmed.contains(key(1)));
  EXPECT_TRUE(accept(2));
  EXPECT_EQ(order.back(), key(2));
}

TEST_F(intake_with_a_broker, gives_up_a_connection_that_hangs) {
  now = mood::silent;
  mends_when_abandoned = true;
  EXPECT_TRUE(accept(1));
  ASSERT_TRUE(until([&] { return !door->is_spooling(); }));
  EXPECT_GE(abandoned, 1);
  EXPECT_TRUE(confirmed.contains(key(1)));
}

TEST_F(intake_with_a_broker, takes_a_late_confirm_for_what_it_is) {
  now = mood::silent;
  EXPECT_TRUE(accept(1));
  confirm_held();
  now = mood::confirms;
  ASSERT_TRUE(until([&] {
    if (!held.empty()) confirm_held();
    return !door->is_spooling();
  }));
  EXPECT_EQ(files->pending(), 0u);
}

TEST_F(intake_with_a_broker, drains_what_a_former_process_left_before_anything_new) {
  connected = false;
  for (int n = 1; n <= 30; ++n) EXPECT_TRUE(accept(n));
  run(door->stop());
  make_intake();
  EXPECT_TRUE(door->is_spooling());
  connected = true;
  EXPECT_TRUE(accept(31));
  ASSERT_TRUE(until([&] { return !door->is_spooling(); }));
  std::vector<std::string> wanted;
  for (int n = 1; n <= 31; ++n) wanted.push_back(key(n));
  EXPECT_EQ(order, wanted);
}

TEST_F(intake_with_a_broker, keeps_order_while_appends_and_the_drain_race) {
  now = mood::loses;
  EXPECT_TRUE(accept(0));
  now = mood::confirms;
  std::vector<std::future<bool>> waiting;
  for (int n = 1; n <= 300; ++n) {
    waiting.push_back(begin(n));
    if (n % 11 == 0) loop.poll();
  }
  for (auto& one : waiting)
    ASSERT_TRUE(until([&] { return one.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }));
  for (auto& one : waiting) EXPECT_TRUE(one.get());
  ASSERT_TRUE(until([&] { return !door->is_spooling(); }));
  std::vector<std::string> wanted;
  for (int n = 0; n <= 300; ++n) wanted.push_back(key(n));
  EXPECT_EQ(confirmed_order, wanted);
}

class intake_with_a_small_spool : public intake_with_a_broker {
 protected:
  intake_with_a_small_spool() { limit = 600; }
};

TEST_F(intake_with_a_small_spool, says_unsafe_when_neither_broker_nor_spool_take_it) {
  connected = false;
  EXPECT_TRUE(accept(1));
  EXPECT_FALSE(accept(2));
  connected = true;
  ASSERT_TRUE(until([&] { return !door->is_spooling(); }));
  EXPECT_TRUE(accept(2));
  EXPECT_EQ(confirmed, (std::set<std::string>{key(1), key(2)}));
}

}  // namespace
