#pragma once
// hubctl beside a running hub whose Viber is the simulated platform.

#include "hub/async/runtime.hpp"
#include "hub/ctl/simulated_viber.hpp"
#include "tests/support/process.hpp"
#include "tests/support/running_hub.hpp"
#include "tests/support/servers.hpp"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <string>
#include <thread>
#include <vector>

namespace ctl_tests {

/// The platform on a loop of its own.
class platform_thread {
 public:
  explicit platform_thread(const std::string& token) : platform_(loop_, {.token = token}) {
    platform_.start();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~platform_thread() {
    loop_.stop();
    thread_.join();
  }
  std::string url() const { return platform_.url(); }
  /// As somebody else would who holds the token.
  void set_webhook(const std::string& url) {
    boost::asio::post(loop_, boost::asio::use_future([&] { platform_.set_webhook(url); })).get();
  }

 private:
  boost::asio::io_context loop_;
  hub::ctl::simulated_viber platform_;
  std::thread thread_;
};

/// hubctl with a database of its own and no hub beside it.
class database_only : public testing::Test {
 protected:
  hub::ctl::finished hubctl(std::vector<std::string> arguments) {
    test_support::process::options how;
    how.arguments = std::move(arguments);
    how.environment = {{"LEADYARD_HOME", home_.path()}, {"HUB__DATABASE__URL", url_}};
    how.directory = LEADYARD_SOURCE_DIR;
    return test_support::run("hubctl", how);
  }
  std::string ask(const std::string& sql) { return test_support::ask_database(url_, sql); }

  test_support::temp_dir home_;
  std::string url_ = test_support::fresh_database();
};

struct told {
  int code = 0;
  std::string text;
};

inline told hubctl(const test_support::running_hub& hub, std::vector<std::string> arguments) {
  test_support::process::options how;
  how.arguments = std::move(arguments);
  how.environment = hub.environment();
  how.directory = LEADYARD_SOURCE_DIR;
  const auto done = test_support::run("hubctl", how);
  return {done.exit_code, done.output};
}

inline test_support::hub_options options_for(const std::string& platform_url, const std::string& token) {
  test_support::hub_options options;
  options.workers = 0;
  const auto port = std::to_string(test_support::free_port());
  options.settings = {{"HUB__INTAKE__LISTEN__PORT", port},
                      {"HUB__INTAKE__PUBLIC_URL", "http://127.0.0.1:" + port},
                      {"HUB__CONNECTORS__VIBER__MAIN__API_BASE", platform_url + "/pa"},
                      {"HUB__CONNECTORS__VIBER__MAIN__AUTH_TOKEN", token}};
  return options;
}

}  // namespace ctl_tests
