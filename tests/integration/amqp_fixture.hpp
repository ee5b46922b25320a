#pragma once
// What the tests of the broker room share: a connected publisher and what it settled, numbered events, and a look into
// the broker. Waits end by what they wait for, or fail the test.

#include "hub/amqp/consumer.hpp"
#include "hub/amqp/publisher.hpp"
#include "hub/base/failure.hpp"
#include "hub/message/codec.hpp"
#include "tests/support/servers.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace amqp_tests {

using namespace std::chrono_literals;
using namespace hub::amqp;
using std::chrono::steady_clock;
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

inline std::string key_of(std::uint64_t n) { return "viber:main:message:" + std::to_string(1'000'000 + n); }

inline publication event_number(std::uint64_t n, std::uint32_t shard = 0, std::size_t padding = 20) {
  hub::message::event e;
  e.key = key_of(n);
  e.channel = "viber";
  e.account = "main";
  e.conversation = "viber:main:Olena";
  e.data = hub::message::unparsed{std::string(padding, 's'), "for a test"};
  return {n, shard, e.key, hub::message::encode(e)};
}

inline std::vector<publication> events(std::uint64_t first, std::uint64_t count, std::uint32_t shard = 0) {
  std::vector<publication> list;
  for (auto n = first; n < first + count; ++n) list.push_back(event_number(n, shard));
  return list;
}

inline std::vector<std::string> keys_of(std::uint64_t first, std::uint64_t count) {
  std::vector<std::string> list;
  for (auto n = first; n < first + count; ++n) list.push_back(key_of(n));
  return list;
}

inline std::vector<std::string> keys_in(const std::vector<delivery>& list) {
  std::vector<std::string> keys;
  for (const auto& d : list)
    for (const auto& element : hub::message::decode(d.body)) keys.push_back(element.key);
  return keys;
}

inline publisher_options publishing_to(const std::string& url) {
  publisher_options options;
  options.broker.url = url;
  options.broker.client_name = "amqp_test publisher";
  return options;
}

inline consumer_options consuming_from(const std::string& url, std::uint32_t shard = 0) {
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

  explicit publishing(const publisher_options& options)
      : to(options, [this](std::vector<settlement> list) { settled.add(list); }) {
    EXPECT_TRUE(test_support::wait_until([&] { return to.ready(); }, 20s));
  }
  /// Publishes and waits for the confirms.
  void confirm(std::vector<publication> list) {
    const auto before = settled.count(outcome::confirmed), count = list.size();
    to.submit(std::move(list));
    ASSERT_TRUE(settled.wait_for(outcome::confirmed, before + count));
  }
};

inline const std::atomic<bool> go_on{false};

/// `count` deliveries, or fewer when no more came for 10 s.
inline std::vector<delivery> take_all(consumer& from, std::size_t count) {
  std::vector<delivery> all;
  while (all.size() < count) {
    auto some = from.take(count - all.size(), 10s, 0us, go_on);
    if (some.empty()) break;
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

/// What `act` throws; the test fails when it throws nothing.
template <class F>
hub::error error_of(F act) {
  try {
    act();
  } catch (const hub::error& e) {
    return e;
  }
  ADD_FAILURE() << "no error";
  return {hub::failure::transient, "", ""};
}

inline publisher_options singly(publisher_options options) {
  options.batch_events = 1;
  return options;
}

/// The Erlang term of a queue or exchange in the virtual host of `url`.
inline std::string resource(const std::string& url, const std::string& kind, const std::string& name) {
  return "rabbit_misc:r(<<\"" + url.substr(url.rfind('/') + 1) + "\">>, " + kind + ", <<\"" + name + "\">>)";
}

inline void delete_queue(const std::string& url, std::uint32_t shard) {
  test_support::in_broker("{ok, Q} = rabbit_amqqueue:lookup(" + resource(url, "queue", queue_name(2, shard)) +
                          "), rabbit_amqqueue:delete(Q, false, false, <<\"test\">>)");
}

}  // namespace amqp_tests
