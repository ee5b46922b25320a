// The broker room against a real RabbitMQ: what a confirm, a return, a nack and a lost connection look like, and what
// a shard's consumer gets back. Tests that hurt the node have one of their own.

#include "hub/amqp/consumer.hpp"
#include "hub/amqp/publisher.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/metrics.hpp"
#include "hub/message/codec.hpp"
#include "tests/support/servers.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace hub::amqp;
using std::chrono::steady_clock;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// What a publisher settled, and a way to wait for it.
class settlements {
 public:
  void add(const std::vector<settlement>& list) {
    std::lock_guard lock(mutex_);
    for (const auto& s : list) {
      by_ticket_[s.ticket].push_back(s.result);
      ++counts_[s.result];
      ++total_;
    }
    changed_.notify_all();
  }
  bool wait_for(std::size_t total, std::chrono::milliseconds most = 20s) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, most, [&] { return total_ >= total; });
  }
  bool wait_for(outcome result, std::size_t count, std::chrono::milliseconds most = 20s) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, most, [&] { return counts_[result] >= count; });
  }
  std::size_t total() {
    std::lock_guard lock(mutex_);
    return total_;
  }
  std::size_t count(outcome result) {
    std::lock_guard lock(mutex_);
    return counts_[result];
  }
  std::map<std::uint64_t, std::vector<outcome>> by_ticket() {
    std::lock_guard lock(mutex_);
    return by_ticket_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, std::vector<outcome>> by_ticket_;
  std::map<outcome, std::size_t> counts_;
  std::size_t total_ = 0;
};

std::string key_of(std::uint64_t n) { return "viber:main:message:" + std::to_string(1'000'000 + n); }

publication event_number(std::uint64_t n, std::uint32_t shard = 0, std::size_t padding = 20) {
  hub::message::event e;
  e.key = key_of(n);
  e.channel = "viber";
  e.account = "main";
  e.conversation = "viber:main:Olena";
  e.data = hub::message::unparsed{std::string(padding, 's'), "for a test"};
  return {n, shard, e.key, hub::message::encode(e)};
}

std::vector<publication> events(std::uint64_t first, std::uint64_t count, std::uint32_t shard = 0) {
  std::vector<publication> list;
  for (auto n = first; n < first + count; ++n) list.push_back(event_number(n, shard));
  return list;
}

std::vector<std::string> keys_of(std::uint64_t first, std::uint64_t count) {
  std::vector<std::string> list;
  for (auto n = first; n < first + count; ++n) list.push_back(key_of(n));
  return list;
}

std::vector<std::string> keys_in(const std::vector<delivery>& list) {
  std::vector<std::string> keys;
  for (const auto& d : list)
    for (const auto& element : hub::message::decode(d.body)) keys.push_back(element.key);
  return keys;
}

publisher_options publishing_to(const std::string& url) {
  publisher_options options;
  options.broker.url = url;
  options.broker.client_name = "amqp_test publisher";
  return options;
}

consumer_options consuming_from(const std::string& url, std::uint32_t shard = 0) {
  consumer_options options;
  options.broker.url = url;
  options.broker.client_name = "amqp_test consumer";
  options.shard = shard;
  return options;
}

/// A publisher that is connected, and what it settles.
struct publishing {
  settlements settled;
  publisher to;

  explicit publishing(const publisher_options& options) : to(options, [this](std::vector<settlement> list) { settled.add(list); }) {
    EXPECT_TRUE(test_support::wait_until([&] { return to.ready(); }, 20s));
  }
  /// Publishes and waits for the confirms.
  void confirm(std::vector<publication> list) {
    const auto before = settled.count(outcome::confirmed), count = list.size();
    to.submit(std::move(list));
    ASSERT_TRUE(settled.wait_for(outcome::confirmed, before + count));
  }
};

const std::atomic<bool> go_on{false};

/// `count` deliveries, or fewer when no more came for 10 s.
std::vector<delivery> take_all(consumer& from, std::size_t count) {
  std::vector<delivery> all;
  while (all.size() < count) {
    auto some = from.take(count - all.size(), 10s, 0us, go_on);
    if (some.empty()) break;
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

publisher_options singly(publisher_options options) {
  options.batch_events = 1;
  return options;
}

/// The Erlang term of a queue or exchange in the virtual host of `url`.
std::string resource(const std::string& url, const std::string& kind, const std::string& name) {
  return "rabbit_misc:r(<<\"" + url.substr(url.rfind('/') + 1) + "\">>, " + kind + ", <<\"" + name + "\">>)";
}

void delete_queue(const std::string& url, std::uint32_t shard) {
  test_support::in_broker("{ok, Q} = rabbit_amqqueue:lookup(" + resource(url, "queue", queue_name(2, shard)) +
                          "), rabbit_amqqueue:delete(Q, false, false, <<\"test\">>)");
}

// ---- publishing ------------------------------------------------------------------------------------------

TEST(publisher_test, confirms_what_lies_on_the_queue) {
  const auto url = test_support::fresh_vhost();
  publishing p(publishing_to(url));
  p.confirm(events(1, 1));
  p.confirm(events(2, 1, 1));
  EXPECT_TRUE(test_support::wait_until([&] { return messages_ready({.url = url}, 2, 0) == 1 && messages_ready({.url = url}, 2, 1) == 1; }, 10s));
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
  test_support::in_broker("rabbit_policy:set(<<\"" + url.substr(url.rfind('/') + 1) +
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

// ---- consuming -------------------------------------------------------------------------------------------

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
  try {
    c.take(10, 10s, 0us, go_on);
    FAIL() << "no error";
  } catch (const hub::error& e) {
    EXPECT_EQ(e.kind(), hub::failure::transient);
    EXPECT_EQ(e.code(), "broker cancel");
  }
  EXPECT_FALSE(c.is_open());
  EXPECT_THROW(c.ack_up_to(1), hub::error);
  c.open();
  publishing p(publishing_to(url));
  p.confirm(events(1, 1));
  EXPECT_THAT(take_all(c, 1), SizeIs(1));
}

TEST(topology_test, is_refused_when_a_queue_exists_with_other_arguments) {
  const auto url = test_support::fresh_vhost();
  test_support::in_broker("rabbit_amqqueue:declare(" + resource(url, "queue", queue_name(2, 1)) + ", true, false, [], none, <<\"test\">>)");
  consumer c(consuming_from(url));
  try {
    c.open();
    FAIL() << "no error";
  } catch (const hub::error& e) {
    EXPECT_EQ(e.kind(), hub::failure::permanent);
    EXPECT_THAT(e.what(), HasSubstr("q.ingest.2.1 exists on the broker with other arguments"));
  }
}

TEST(connection_test, names_the_broker_but_no_password_when_it_is_refused) {
  auto url = test_support::fresh_vhost();
  const auto start = url.find(':', 7) + 1;
  url.replace(start, url.find('@') - start, "wrong-secret");
  consumer c(consuming_from(url));
  try {
    c.open();
    FAIL() << "no error";
  } catch (const hub::error& e) {
    EXPECT_EQ(e.kind(), hub::failure::permanent);
    EXPECT_EQ(e.code(), "broker 403");
    EXPECT_THAT(e.what(), testing::Not(HasSubstr("wrong-secret")));
    EXPECT_THAT(e.what(), HasSubstr("127.0.0.1"));
  }
}

// ---- TLS -------------------------------------------------------------------------------------------------

/// A TLS server that never says a word of AMQP: enough to see whether its certificate is taken.
struct tls_server {
  test_support::temp_dir files;
  std::uint16_t port = test_support::free_port();
  hub::ctl::process_id process;
  const std::string certificate = files / "certificate.pem";

  explicit tls_server(const std::string& names) {
    const auto made = hub::ctl::run({.program = "openssl",
                                     .arguments = {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                                                   "-subj", "/CN=test", "-addext", "subjectAltName=" + names, "-keyout", files / "key.pem", "-out",
                                                   certificate}},
                                    20s);
    EXPECT_EQ(made.exit_code, 0) << made.output;
    process = hub::ctl::start({.program = "openssl",
                               .arguments = {"s_server", "-accept", "127.0.0.1:" + std::to_string(port), "-cert", certificate, "-key",
                                             files / "key.pem", "-quiet"},
                               .output = files / "log"});
  }
  ~tls_server() { hub::ctl::end(process, SIGTERM, 5s); }

  /// What a consumer says that trusts `ca_file`; asked again until the server listens.
  std::string answer(const std::string& ca_file) const {
    auto options = consuming_from("amqps://hub:secret@127.0.0.1:" + std::to_string(port) + "/v");
    options.broker.ca_file = ca_file;
    options.broker.connect_time = 1s;
    std::string said;
    test_support::wait_until(
        [&] {
          try {
            consumer(options).open();
          } catch (const hub::error& e) {
            said = e.what();
          }
          return said.find("socket error") == std::string::npos;
        },
        10s);
    return said;
  }
};

TEST(tls_test, takes_a_certificate_that_names_the_host_and_comes_from_a_trusted_authority) {
  const tls_server server("IP:127.0.0.1");
  EXPECT_THAT(server.answer(server.certificate), HasSubstr("signing in"));
}

TEST(tls_test, refuses_a_certificate_that_names_another_host) {
  const tls_server server("DNS:broker.example,IP:127.0.0.2");
  EXPECT_THAT(server.answer(server.certificate), HasSubstr("SSL peer cert verification failed"));
}

TEST(tls_test, refuses_a_certificate_of_an_authority_it_does_not_trust) {
  const tls_server server("IP:127.0.0.1"), other("IP:127.0.0.1");
  EXPECT_THAT(server.answer(other.certificate), HasSubstr("SSL peer cert verification failed"));
}

// ---- a node that is hurt ---------------------------------------------------------------------------------

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
