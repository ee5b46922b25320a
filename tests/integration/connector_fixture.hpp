#pragma once
// hub-connector as a process with a real RabbitMQ, in a home of its own, asked over HTTP as platforms and other programs of the
// hub do; its events are taken from the queues.

#include "hub/amqp/consumer.hpp"
#include "hub/base/announce.hpp"
#include "hub/base/crypto.hpp"
#include "hub/http/client.hpp"
#include "hub/message/codec.hpp"
#include "tests/integration/http_platform.hpp"
#include "tests/support/process.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/waiting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace connector_tests {

using namespace std::chrono_literals;
using test_support::wait_until;
using testing::HasSubstr;

inline constexpr const char* token = "4f0000000000000a-b100000000000002-c200000000000003";
inline constexpr const char* site_secret = "activity-secret";
inline constexpr const char* internal_token = "internal token of the test";
inline constexpr const char* usual_accounts = "viber: {main: {sender_name: Test, welcome: Hello}}, activity: {main: {}}";

/// A connector in a home of its own.
class connector_process {
 public:
  /// `accounts` in YAML: "viber: {main: {...}}"; secrets come along in the environment.
  explicit connector_process(std::string broker_url, const std::string& accounts = usual_accounts,
                             std::map<std::string, std::string> secrets = {})
      : broker_url_(std::move(broker_url)), secrets_(std::move(secrets)) {
    std::ofstream(home_ / "hub.yaml") << "intake: {listen: {port: 0}, public_url: \"http://127.0.0.1:1\"}\n"
                                      << "ingest: {shards: 2}\nmedia: {allow_private_addresses: true}\n"
                                      << "connectors: {" << accounts << "}\n";
  }

  void start(const std::string& failpoints = {}) {
    std::filesystem::remove(home_ / "run/hub-connector.ports");
    test_support::process::options how;
    how.arguments = {"--config", home_ / "hub.yaml"};
    how.environment = {{"LEADYARD_HOME", home_.path()},
                       {"HUB__BROKER__URL", broker_url_},
                       {"HUB__INTERNAL__TOKEN", internal_token},
                       {"HUB__PRIVACY__SEAL_KEY", "seal key of the test"},
                       {"HUB__PRIVACY__FINGERPRINT_KEY", "fingerprint key of the test"},
                       {"LEADYARD_FAILPOINTS", failpoints}};
    how.environment.insert(secrets_.begin(), secrets_.end());
    if (secrets_.empty()) {
      how.environment["HUB__CONNECTORS__VIBER__MAIN__AUTH_TOKEN"] = token;
      how.environment["HUB__CONNECTORS__ACTIVITY__MAIN__SECRET"] = site_secret;
    }
    how.output = home_ / "log";
    process_.emplace("hub-connector", how);
    ASSERT_TRUE(wait_until([&] { return !hub::announced(home_.path(), "hub-connector").empty(); }, 20s)) << log();
    ports_ = hub::announced(home_.path(), "hub-connector");
  }
  std::string log() const {
    std::ifstream in(home_ / "log");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string webhook(const std::string& channel = "viber") const {
    return "http://127.0.0.1:" + std::to_string(ports_.at("webhooks")) + "/webhooks/" + channel + "/main";
  }
  std::string admin(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(ports_.at("admin")) + path; }
  test_support::process& process() { return *process_; }

 private:
  std::string broker_url_;
  std::map<std::string, std::string> secrets_;
  test_support::temp_dir home_;
  std::optional<test_support::process> process_;
  std::map<std::string, std::uint16_t> ports_;
};

class connector_fixture : public testing::Test {
 protected:
  hub::http::incoming ask(hub::http::outgoing request) {
    loop.restart();
    auto done = boost::asio::co_spawn(loop, http.fetch(std::move(request)), boost::asio::use_future);
    while (done.wait_for(0s) != std::future_status::ready) loop.run_one();
    return done.get();
  }
  hub::http::incoming inside(const connector_process& at, const std::string& method, const std::string& path,
                             const std::string& body = {}, const std::string& shown = internal_token) {
    hub::http::outgoing r;
    r.method = method;
    r.url = at.admin(path);
    r.body = body;
    if (!shown.empty()) r.head.set("Authorization", "Bearer " + shown);
    return ask(std::move(r));
  }

  /// The keys of everything on both shards until each of `wanted` came; also what came besides.
  static std::multiset<std::string> take(const std::string& url, const std::set<std::string>& wanted,
                                         std::chrono::seconds limit = 30s) {
    std::multiset<std::string> keys;
    for (const auto& e : take_events(url, wanted, 0, limit)) keys.insert(e.key);
    return keys;
  }
  /// The events themselves, and at least so many.
  static std::vector<hub::message::event> take_events(const std::string& url, const std::set<std::string>& wanted,
                                                      std::size_t at_least = 0, std::chrono::seconds limit = 30s) {
    std::vector<hub::message::event> events;
    std::multiset<std::string> got;
    const auto end = std::chrono::steady_clock::now() + limit;
    std::vector<std::unique_ptr<hub::amqp::consumer>> shards;
    for (std::uint32_t shard = 0; shard < 2; ++shard) {
      hub::amqp::consumer_options o;
      o.broker.url = url;
      o.shard = shard;
      shards.push_back(std::make_unique<hub::amqp::consumer>(o));
      shards.back()->open();
    }
    const std::atomic<bool> never{false};
    const auto missing = [&] {
      return got.size() < at_least || std::any_of(wanted.begin(), wanted.end(), [&](const auto& k) { return !got.contains(k); });
    };
    while (missing() && std::chrono::steady_clock::now() < end)
      for (std::uint32_t shard = 0; shard < 2; ++shard)
        for (const auto& d : shards[shard]->take(500, 50ms, 0us, never)) {
          for (const auto& e : hub::message::decode(d.body)) {
            got.insert(e.key);
            EXPECT_TRUE(e.value.has_value());
            if (e.value) {
              EXPECT_EQ(hub::message::shard_of(e.value->conversation, 2), shard);
              events.push_back(*e.value);
            }
          }
          shards[shard]->ack(d.tag);
        }
    return events;
  }
  std::string connectors_list(const connector_process& at) { return inside(at, "GET", "/internal/connectors").body; }

  boost::asio::io_context loop;
  hub::http::client http{loop};
};

}  // namespace connector_tests
