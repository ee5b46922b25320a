// The race of this product class: several messages of one new customer at one moment become several customers, several
// leads, several owners. First as it happens (an album through the webhook), then with sharding bypassed so that only
// the database protects, then with each protection taken away, which must show: a race test that cannot fail proves
// nothing.

#include "hub/amqp/publisher.hpp"
#include "hub/ctl/viber_player.hpp"
#include "hub/message/codec.hpp"
#include "tests/fault/campaign.hpp"
#include "tests/support/running_hub.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

constexpr int album = 64;
constexpr unsigned connections = 16;
constexpr std::uint32_t shards = 4;

const char* const people = R"(select count(*) || ' customers, ' || (select count(*) from lead where attachable) || ' leads, ' ||
  (select count(*) from lead where manager_id is not null) || ' owned, ' ||
  (select count(*) from ownership_history) || ' given, ' || (select count(*) from message) || ' messages' from customer)";
std::string exactly(int rounds) {
  const auto n = std::to_string(rounds);
  return n + " customers, " + n + " leads, " + n + " owned, " + n + " given, " + std::to_string(rounds * album) + " messages";
}
const char* const smallest_and_largest_lead =
    "select min(n), max(n) from (select count(*) n from message group by lead_id, customer_id) x";

TEST(race, an_album_of_a_new_customer_is_one_customer_one_lead_and_one_owner) {
  const int rounds = campaign(40, 200);
  running_hub hub({.workers = 2, .settings = {{"HUB__INGEST__SHARDS", "4"}, {"HUB__MEDIA__FETCHERS", "1"}}});
  hub::ctl::story_options story;
  story.seed = campaign_seed(1);
  story.customers = static_cast<std::size_t>(rounds);
  story.album = album;
  story.start = story_begins();
  story.media_url = "http://127.0.0.1:1";
  std::map<std::string, std::vector<std::string>> albums;
  for (const auto& e : hub::ctl::tell_stories(story)) albums[e.who.id].push_back(hub::ctl::viber_body(e));
  ASSERT_EQ(albums.size(), static_cast<std::size_t>(rounds));

  std::barrier together(connections);
  std::atomic<int> refused{0};
  std::vector<std::thread> callers;
  for (unsigned n = 0; n < connections; ++n)
    callers.emplace_back([&, n] {
      auto connection = hub.webhook();
      for (const auto& [who, bodies] : albums) {
        connection.connect();
        together.arrive_and_wait();
        for (std::size_t i = n; i < bodies.size(); i += connections) refused += hub.post(connection, bodies[i]).status != 200;
      }
    });
  for (auto& c : callers) c.join();
  EXPECT_EQ(refused, 0);
  EXPECT_TRUE(hub.wait_for(people, exactly(rounds), 60s)) << hub.ask(people);
  EXPECT_EQ(hub.ask(smallest_and_largest_lead), "64 64");
  EXPECT_EQ(hub.ask("select count(*) from quarantine"), "0");
  std::cout << "seed " << story.seed << ", " << rounds << " rounds: " << hub.ask(people) << "\n";
}

/// Four workers that all get a part of everybody's events: each event goes to the shard the test says.
class bypassed : public testing::Test {
 protected:
  void start(const std::string& worker_failpoints) {
    // One album's part in one transaction: four transactions about one customer at the same time.
    hub_.emplace(hub_options{.workers = 1,
                             .settings = {{"HUB__INGEST__SHARDS", std::to_string(shards)},
                                          {"HUB__INGEST__BATCH", "16"},
                                          {"HUB__MEDIA__FETCHERS", "1"}},
                             .worker_failpoints = worker_failpoints});
    hub::amqp::publisher_options how;
    how.broker.url = hub_->broker_url();
    how.shards = shards;
    how.batch_events = album / shards;
    publisher_ = std::make_unique<hub::amqp::publisher>(how, [this](std::vector<hub::amqp::settlement> list) {
      for (const auto& one : list) (one.result == hub::amqp::outcome::confirmed ? confirmed_ : failed_)++;
    });
    ASSERT_TRUE(wait_until([&] { return publisher_->ready(); }, 20s));
  }

  void publish(const std::vector<std::pair<std::uint32_t, hub::message::event>>& list) {
    std::vector<hub::amqp::publication> out;
    for (const auto& [shard, e] : list) out.push_back({++ticket_, shard, e.key, hub::message::encode(e)});
    publisher_->submit(std::move(out));
    ASSERT_TRUE(wait_until([&] { return confirmed_ == ticket_; }, 20s)) << failed_;
  }

  /// The first 64 messages of `rounds` customers, each album spread over all queues.
  void albums(int rounds) {
    for (int r = 0; r < rounds; ++r) {
      std::vector<std::pair<std::uint32_t, hub::message::event>> list;
      for (int i = 0; i < album; ++i)
        list.emplace_back(static_cast<std::uint32_t>(i) % shards, photo_from(r, r * album + i, std::chrono::milliseconds(i)));
      publish(list);
    }
  }

  void wait_for_keys(std::size_t n) {
    ASSERT_TRUE(hub_->wait_for("select count(distinct key) from event_key", std::to_string(n), 60s))
        << hub_->ask("select count(*) from event_key") << hub_->log("hub-worker.1");
  }
  int number(const std::string& sql) { return std::stoi(hub_->ask(sql)); }
  /// Without its unique index a table keeps a plain one, so that only the protection is gone and not the speed.
  void make_plain(const std::string& drop, const std::string& columns) { hub_->ask(drop + "; create index on " + columns); }

  std::optional<running_hub> hub_;
  std::unique_ptr<hub::amqp::publisher> publisher_;
  std::atomic<std::uint64_t> confirmed_{0}, failed_{0};
  std::uint64_t ticket_ = 0;
};

constexpr auto no_customer_lock = "ingest.no_customer_lock=on";

TEST_F(bypassed, the_database_alone_keeps_one_customer_one_lead_and_one_owner) {
  const int rounds = campaign(40, 200);
  start("");
  albums(rounds);
  EXPECT_TRUE(hub_->wait_for(people, exactly(rounds), 90s)) << hub_->ask(people);
  EXPECT_EQ(hub_->ask(smallest_and_largest_lead), "64 64");
  EXPECT_EQ(hub_->ask("select count(*) from quarantine"), "0");
}

TEST_F(bypassed, the_unique_indexes_alone_keep_one_customer_one_lead_and_one_owner) {
  const int rounds = campaign(40, 200);
  start(no_customer_lock);
  albums(rounds);
  EXPECT_TRUE(hub_->wait_for(people, exactly(rounds), 90s)) << hub_->ask(people);
  EXPECT_EQ(hub_->ask(smallest_and_largest_lead), "64 64");
  EXPECT_EQ(hub_->ask("select count(*) from quarantine"), "0");
}

TEST_F(bypassed, without_the_unique_identity_customers_double) {
  const int rounds = campaign(20, 100);
  start(no_customer_lock);
  make_plain("drop index identity_is_unique", "identity (external_id, space, account)");
  albums(rounds);
  wait_for_keys(static_cast<std::size_t>(rounds * album));
  EXPECT_GT(number("select count(*) from customer"), rounds);
  EXPECT_GT(number("select count(*) from lead"), rounds);
  std::cout << rounds << " albums became " << hub_->ask(people) << "\n";
}

// A stranger's messages wait for each other at the unique identity, before any lead is looked for. The index on leads
// is what protects those who are known and have none: they opened the chat, then wrote.
TEST_F(bypassed, without_one_attachable_lead_leads_double) {
  const int rounds = campaign(20, 100);
  for (const bool protected_by_index : {true, false}) {
    SCOPED_TRACE(protected_by_index);
    publisher_.reset();
    confirmed_ = ticket_ = 0;
    start(no_customer_lock);
    if (!protected_by_index) make_plain("drop index lead_one_attachable", "lead (customer_id, pipeline)");
    std::vector<std::pair<std::uint32_t, hub::message::event>> opened;
    for (int r = 0; r < rounds; ++r) opened.emplace_back(0u, opened_by(r, 1'000'000 + r));
    publish(opened);
    wait_for_keys(static_cast<std::size_t>(rounds));
    albums(rounds);
    wait_for_keys(static_cast<std::size_t>(rounds + rounds * album));
    EXPECT_EQ(number("select count(*) from customer"), rounds);
    std::cout << rounds << " albums became " << hub_->ask(people) << "\n";
    if (protected_by_index)
      EXPECT_EQ(hub_->ask(people), exactly(rounds));
    else
      EXPECT_GT(number("select count(*) from lead"), rounds);
  }
}

// One event in four queues, as if a platform told it again through another way in: each copy has its own arrival.
TEST_F(bypassed, without_the_permanent_key_repeated_events_double) {
  const int events = campaign(200, 1000);
  const auto repeat = [&](const std::function<hub::message::event(int)>& make) {
    for (int at = 0; at < events; at += 16) {
      std::vector<std::pair<std::uint32_t, hub::message::event>> list;
      for (int n = at; n < std::min(at + 16, events); ++n)
        for (std::uint32_t shard = 0; shard < shards; ++shard) {
          auto e = make(n);
          e.received_at += std::chrono::milliseconds(shard);
          list.emplace_back(shard, std::move(e));
        }
      publish(list);
    }
  };
  const auto messages = [](int n) { return message_from(n, n); };
  const auto receipts = [](int n) { return status_of(n, n, hub::message::delivery_state::delivered); };
  // What a queue holds is done when its last event, of a customer of its own, is there.
  const auto drained = [&] {
    std::vector<std::pair<std::uint32_t, hub::message::event>> last;
    for (std::uint32_t shard = 0; shard < shards; ++shard)
      last.emplace_back(shard, message_from(900'000 + static_cast<int>(shard), 900'000 + static_cast<int>(shard)));
    publish(last);
    return hub_->wait_for("select count(*) from event_key where key ~ ':90000[0-3]$'", "4", 60s);
  };
  const char* const keys = "select count(*) - 4 from event_key";
  const char* const rows = "select count(*) - 4 from message";

  {
    SCOPED_TRACE("as it is");
    start(no_customer_lock);
    repeat(messages);
    ASSERT_TRUE(drained());
    EXPECT_EQ(number(keys), events);
    EXPECT_EQ(number(rows), events);
  }
  {
    SCOPED_TRACE("without the key");
    publisher_.reset();
    confirmed_ = ticket_ = 0;
    start(no_customer_lock);
    make_plain("alter table event_key drop constraint event_key_pkey", "event_key (key)");
    repeat(receipts);
    ASSERT_TRUE(drained());
    EXPECT_GT(number(keys), events);
  }
  {
    SCOPED_TRACE("without the message's own key, behind which the permanent one still stands");
    publisher_.reset();
    confirmed_ = ticket_ = 0;
    start(no_customer_lock);
    make_plain("drop index message_event", "message (event_key)");
    repeat(messages);
    ASSERT_TRUE(drained());
    EXPECT_EQ(number(rows), events);
  }
  {
    SCOPED_TRACE("without both");
    publisher_.reset();
    confirmed_ = ticket_ = 0;
    start(no_customer_lock);
    make_plain("alter table event_key drop constraint event_key_pkey", "event_key (key)");
    make_plain("drop index message_event", "message (event_key)");
    repeat(messages);
    ASSERT_TRUE(drained());
    EXPECT_GT(number(rows), events);
  }
}

}  // namespace
