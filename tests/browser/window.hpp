#pragma once
// A whole hub for the scenarios of a browser (tests/browser/*.mjs): an office whose Viber is platform.mjs, so that pictures come
// and what is sent is delivered, and the programs of node that play a scenario in Debian's chromium. One per test suite.

#include "tests/e2e/office.hpp"
#include "tests/support/servers.hpp"

#include <map>
#include <memory>
#include <string>

namespace browser {

using namespace std::chrono_literals;

template <const char* Profile>
class in_window : public e2e::in_office<Profile> {
 protected:
  using base = e2e::in_office<Profile>;

  /// `people` get passwords (an admin last: it ends the session that gives them), `more` are settings of the hub.
  static void begin(const std::vector<std::string>& people, std::map<std::string, std::string> more = {}) {
    const auto port = test_support::free_port();
    const auto address = "http://127.0.0.1:" + std::to_string(port);
    more["HUB__INTAKE__PUBLIC_URL"] = address + "/hub";
    more["HUB__CONNECTORS__VIBER__MAIN__API_BASE"] = address + "/pa";
    more["HUB__CONNECTORS__VIBER__MAIN__MEDIA_HOSTS"] = "127.0.0.1";
    platform_ = std::make_unique<test_support::process>(
        LEADYARD_NODE, test_support::process::options{.arguments = {LEADYARD_SOURCE_DIR "/tests/browser/platform.mjs"},
                                                      .environment = {{"PORT", std::to_string(port)}}});
    base::begin(more);
    environment_ = {{"CONSOLE", base::hub().address("console")},
                    {"WEBHOOKS", base::hub().address("webhooks")},
                    {"PLATFORM", address},
                    {"ERP_LOGIN", "erp_demo:sample-password"},
                    {"RINGOSTAT_TOKEN", e2e::office::ringostat_token}};
    for (const std::string secret : {"VIBER__MAIN__AUTH_TOKEN", "ACTIVITY__MAIN__SECRET"})
      environment_[secret.substr(0, secret.find('_')) + "_SECRET"] = base::hub().secret("HUB__CONNECTORS__" + secret);
    // Where the platform calls, and what signs it.
    const e2e::json::object hub_at{{"webhooks", environment_["WEBHOOKS"]}, {"secret", environment_["VIBER_SECRET"]}};
    test_support::caller to_platform([port] { return port; });
    EXPECT_EQ(to_platform.ask("PUT", "/hub", {}, e2e::json::serialize(hub_at)).status, 204);
    for (const auto& who : people) {
      auto name = "PASSWORD_" + who;
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
      environment_[name] = base::hub().new_password(who);
    }
  }
  static void TearDownTestSuite() {
    base::TearDownTestSuite();
    platform_.reset();
  }

  /// Runs a program of tests/browser to its end; what it printed.
  static hub::ctl::finished run(const std::string& program, const std::string& words = {}, std::chrono::seconds deadline = 120s) {
    return test_support::run("/bin/sh",
                             {.arguments = {"-c", "cd " LEADYARD_BUILD_DIR "/browser && exec " LEADYARD_NODE
                                                  " " LEADYARD_SOURCE_DIR "/tests/browser/" +
                                                      program + " " + words},
                              .environment = environment_},
                             deadline);
  }
  static void play(const std::string& scenario) {
    const auto done = run("scenarios.mjs", scenario);
    EXPECT_EQ(done.exit_code, 0) << done.output;
  }

  inline static std::map<std::string, std::string> environment_;

 private:
  inline static std::unique_ptr<test_support::process> platform_;
};

}  // namespace browser
