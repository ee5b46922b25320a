#pragma once
// A telephony connector that fetches for itself, a host that keeps what it brings, and a clock of the test's, on one loop.

#include "config/node.hpp"
#include "connectors/connector.hpp"
#include "hub/base/metrics.hpp"
#include "hub/http/client.hpp"
#include "tests/unit/telephony_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <set>

namespace telephony_test {

using namespace std::chrono_literals;

class own_clock : public hub::clock {
 public:
  hub::instant now() const override { return at; }
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
  hub::instant at = received_at;
};

class fetching_connector : public testing::Test {
 protected:
  connector& make(const connector_kind& kind, const std::string& yaml) {
    of_ = context(std::string(kind.channel));
    of_.public_url = "https://hub.example";
    of_.clock = &clock_;
    const auto read = config::parse_yaml(yaml + "poll_every: 1s\n", "hub.yaml");
    hub::problems found;
    it_ = kind.make(of_, read.root, found);
    EXPECT_TRUE(it_) << hub::to_text(found);
    return *it_;
  }
  /// Runs the connector until `done`; it goes on the next time.
  void run_until(const std::function<bool()>& done) {
    if (!running_) {
      running_ = true;
      boost::asio::co_spawn(loop_, it_->run(port()), boost::asio::detached);
    }
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!done() && std::chrono::steady_clock::now() < end) loop_.run_one_for(1s);
    EXPECT_TRUE(done()) << trouble;
  }
  template <class T>
  T wait_for(hub::async::task<T> work) {
    std::optional<T> got;
    const auto wait = [&]() -> hub::async::task<> { got = co_await std::move(work); };
    boost::asio::co_spawn(loop_, wait(), boost::asio::detached);
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!got && std::chrono::steady_clock::now() < end) loop_.run_one_for(1s);
    return got.value();
  }
  hub::http::client& http() { return http_; }
  std::set<std::string> ids() const {
    std::set<std::string> all;
    for (const auto& one : taken)
      if (const auto* call = std::get_if<call_record>(&one.data)) all.insert(call->call_id);
    return all;
  }
  static prometheus::Counter& repaired(const std::string& channel) {
    return hub::metrics::counter("hub_intake_repaired_total", "Calls that the provider's list mended.",
                                 {{"channel", channel}, {"account", "main"}});
  }

  std::vector<event> taken;
  std::string position, trouble;
  bool keeps = true;
  own_clock clock_;
  boost::asio::io_context loop_;

 private:
  intake_port port() {
    intake_port made{http_, {}, {}, {}, {}, {}, {}, {}};
    made.accept = [this](std::vector<event> events) -> hub::async::task<bool> {
      if (keeps)
        for (auto& one : events) taken.push_back(std::move(one));
      co_return keeps;
    };
    made.position = [this](std::string_view) { return position; };
    made.keep_position = [this](std::string_view, std::string_view value) { position = value; };
    made.trouble = [this](std::string what) { trouble = std::move(what); };
    return made;
  }

  hub::http::client http_{loop_};
  account_context of_;
  std::unique_ptr<connector> it_;
  bool running_ = false;
};

}  // namespace telephony_test
