// The first command of the README, as somebody runs it: deploy/up --demo in a home of its own, with the programs of this
// build. Driven through its command line, the status lines, the API and the webhook only.

#include "hub/ctl/files.hpp"
#include "hub/ctl/process.hpp"
#include "tests/support/caller.hpp"
#include "tests/support/process.hpp"
#include "tests/support/running_hub.hpp"
#include "tests/support/sockets.hpp"
#include "tests/support/waiting.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test_support::process;

class demo : public testing::Test {
 protected:
  std::map<std::string, std::string> environment() const {
    return {{"LEADYARD_HOME", home_.path()}, {"LEADYARD_BIN", LEADYARD_BIN_DIR}};
  }
  hub::ctl::finished up(std::vector<std::string> words) {
    return test_support::run(LEADYARD_SOURCE_DIR "/deploy/up", {.arguments = std::move(words), .environment = environment()},
                             180s);
  }
  std::map<std::string, std::string> status() {
    std::map<std::string, std::string> pairs;
    std::istringstream lines(up({"--status"}).output);
    for (std::string line; std::getline(lines, line);)
      if (const auto at = line.find('='); at != std::string::npos) pairs[line.substr(0, at)] = line.substr(at + 1);
    return pairs;
  }
  static std::uint16_t port_of(const std::string& address) {
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  /// Which of these ports (in hex) anybody listens on.
  static std::set<std::string> listening_among(const std::set<std::string>& ports) {
    std::set<std::string> open;
    for (const auto& socket : test_support::listening_sockets())
      if (const auto port = socket.substr(socket.rfind(':') + 1); ports.contains(port)) open.insert(port);
    return open;
  }
  void TearDown() override { up({"--stop"}); }

  test_support::temp_dir home_;
};

TEST_F(demo, one_command_plays_customers_and_leaves_nothing_of_itself_behind) {
  const auto listening_before = test_support::listening_sockets();

  const auto first = up({"--demo", "--detach"});
  ASSERT_EQ(first.exit_code, 0) << first.output;
  // What it needs stands before what it does, the table of what happened at the end.
  EXPECT_LT(first.output.find("Leadyard needs"), first.output.find("PostgreSQL"));
  std::smatch found;
  const std::regex row(R"((messages|calls|customers|leads|media stored) +(\d+))");
  std::map<std::string, int> table;
  for (auto rest = first.output; std::regex_search(rest, found, row); rest = found.suffix())
    table[found[1]] = std::stoi(found[2]);
  // Twelve on Viber, four on WhatsApp and on Telegram each, three by mail.
  EXPECT_GE(table["messages"], 80) << first.output;
  EXPECT_EQ(table["customers"], 23);
  EXPECT_GE(table["leads"], 20);
  EXPECT_GE(table["media stored"], 15);
  EXPECT_EQ(test_support::ask_database(status()["database_url"], "select count(distinct source_channel) from hub.lead"), "5");
  // Those on WhatsApp rang before they wrote: nobody answered first, then somebody talked with them.
  EXPECT_EQ(table["calls"], 8);
  EXPECT_EQ(test_support::ask_database(status()["database_url"],
                                       "select count(*) filter (where status = 'missed'), count(*) filter (where media_id is not "
                                       "null and manager_id is not null), count(distinct customer_id) from hub.call_record"),
            "4 4 4");
  EXPECT_NE(first.output.find("owned by"), std::string::npos);

  auto now = status();
  EXPECT_EQ(now["state"], "running");
  for (const std::string key :
       {"webhooks", "api", "console", "database_url", "broker_url", "hubctl", "secrets", "pid.hub-connector", "pid.hub-worker",
        "pid.hub-api", "admin.hub-connector", "admin.hub-worker", "admin.hub-api"})
    EXPECT_FALSE(now[key].empty()) << key << " is missing";
  EXPECT_EQ(fs::status(now["secrets"]).permissions() & fs::perms::others_all, fs::perms::none);

  // The supervisor signs in with what was printed and sees leads, their reasons, and a photo.
  ASSERT_TRUE(std::regex_search(first.output, found, std::regex(R"(owner@example\.test +(\S+))"))) << first.output;
  test_support::caller browser([&] { return port_of(now["console"]); });
  const auto signed_in = browser.ask("POST", "/api/v1/session", {{"Content-Type", "application/json"}},
                                     R"({"email":"owner@example.test","password":")" + found[1].str() + "\"}");
  ASSERT_EQ(signed_in.status, 200) << signed_in.body;
  const std::map<std::string, std::string> as_owner = {{"Cookie", signed_in.cookie}};
  const auto leads = browser.ask("GET", "/api/v1/leads", as_owner);
  EXPECT_EQ(leads.status, 200);
  EXPECT_NE(leads.body.find("\"why\""), std::string::npos) << leads.body;
  std::smatch photo;
  ASSERT_TRUE(std::regex_search(leads.body, photo, std::regex(R"("photo":(\d+))"))) << leads.body;
  EXPECT_EQ(browser.ask("GET", "/api/v1/media/" + photo[1].str(), as_owner).status, 200);
  EXPECT_EQ(browser.ask("GET", "/api/v1/leads", {}).status, 401);

  for (const auto& socket : test_support::listening_sockets())
    EXPECT_TRUE(listening_before.contains(socket) || test_support::is_loopback(socket)) << socket << " is open to the network";
  std::set<std::string> ours = test_support::server_ports(home_.path());
  for (const std::string key : {"webhooks", "console", "admin.hub-connector", "admin.hub-worker", "admin.hub-api"})
    ours.insert(test_support::hex_port(port_of(now[key])));
  EXPECT_GE(ours.size(), 9u);  // five of programs, PostgreSQL, three of RabbitMQ
  EXPECT_EQ(listening_among(ours), ours);

  // A second start finds everything running and is quick.
  const auto begun = std::chrono::steady_clock::now();
  const auto second = up({"--detach"});
  EXPECT_EQ(second.exit_code, 0) << second.output;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s);
  EXPECT_EQ(status()["pid.hub-worker"], now["pid.hub-worker"]);

  const auto stopped = up({"--stop"});
  EXPECT_EQ(stopped.exit_code, 0) << stopped.output;
  EXPECT_EQ(status()["state"], "stopped");
  EXPECT_TRUE(test_support::wait_until([&] { return listening_among(ours).empty(); }, 10s))
      << testing::PrintToString(listening_among(ours));

  // Data stays: the next start has it, without playing the demo again.
  const auto third = up({"--detach"});
  EXPECT_EQ(third.exit_code, 0) << third.output;
  const auto doctor = test_support::run("hubctl", {.arguments = {"doctor", "--offline"}, .environment = environment()}, 30s);
  EXPECT_EQ(doctor.exit_code, 0) << doctor.output;
  const auto summary = test_support::run("hubctl", {.arguments = {"leads", "--summary"}, .environment = environment()}, 30s);
  EXPECT_NE(summary.output.find(" 23\n"), std::string::npos) << summary.output;
}

// The Mini CRM from end to end: a website's activities become leads that nobody owns until somebody claims one, and the
// team's work on them becomes figures.
TEST_F(demo, the_pilot_cars_profile_plays_a_website_and_a_team_that_sells) {
  const auto first = up({"--demo", "--profile", "pilot-cars", "--detach"});
  ASSERT_EQ(first.exit_code, 0) << first.output;
  auto now = status();
  const auto count = [&](const std::string& sql) {
    return test_support::ask_database(now["database_url"], "select count(*) from " + sql);
  };
  EXPECT_EQ(count("hub.customer"), "10");
  EXPECT_GE(std::stoi(count("hub.activity")), 15);
  EXPECT_EQ(count("hub.lead where source_channel <> 'website'"), "0");
  EXPECT_EQ(count("hub.lead where estimated_value is null"), "0");
  // Nobody is given a lead: every owner claimed it.
  EXPECT_EQ(
      count("hub.lead l where manager_id is not null and not exists (select from hub.ownership_history h where h.lead_id = l.id"
            " and h.to_id = l.manager_id and h.by_staff is not null and h.reason = 'claimed')"),
      "0");
  EXPECT_EQ(count("hub.lead where stage = 'sold'"), count("hub.conversion"));
  EXPECT_EQ(count("hub.lead where stage = 'lost' and close_reason is null"), "0");
  EXPECT_GE(std::stoi(count("hub.sales_action")), 4);
  EXPECT_EQ(count("hub.web_session"), "0") << "the story signed out";

  std::smatch found;
  ASSERT_TRUE(std::regex_search(first.output, found, std::regex(R"(director@example\.test +(\S+))"))) << first.output;
  test_support::caller browser([&] { return port_of(now["console"]); });
  const auto signed_in = browser.ask("POST", "/api/v1/session", {{"Content-Type", "application/json"}},
                                     R"({"email":"director@example.test","password":")" + found[1].str() + "\"}");
  ASSERT_EQ(signed_in.status, 200) << signed_in.body;
  const auto ranking = browser.ask("GET", "/api/v1/reports/ranking", {{"Cookie", signed_in.cookie}});
  EXPECT_EQ(ranking.status, 200);
  EXPECT_NE(ranking.body.find("\"conversions\":1"), std::string::npos) << ranking.body;
  EXPECT_NE(first.output.find("RANKING"), std::string::npos) << first.output;
}

TEST_F(demo, a_dead_program_is_back_within_seconds) {
  ASSERT_EQ(up({"--detach"}).exit_code, 0);
  const auto before = status();
  ASSERT_EQ(::kill(std::stoi(before.at("pid.hub-worker")), SIGKILL), 0);
  EXPECT_TRUE(test_support::wait_until(
      [&] {
        auto now = status();
        return now["pid.hub-worker"] != before.at("pid.hub-worker") && !now["admin.hub-worker"].empty();
      },
      10s));
}

}  // namespace
