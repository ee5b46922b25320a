// `hubctl up` with small stand-ins for the programs: what is watched over is the watching.

#include "hub/ctl/files.hpp"
#include "tests/support/process.hpp"
#include "tests/support/servers.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test_support::temp_dir;
using test_support::wait_until;
using lines = std::map<std::string, std::string>;

/// Announces a port, says what it was given, ends when told.
constexpr const char* stand_in = R"(#!/bin/bash
case ${LEADYARD_PROGRAM%%.*} in hub-connector) name=webhooks ;; hub-api) name=api ;; *) name=other ;; esac
trap 'exit 0' TERM
echo "database=$HUB__DATABASE__URL" > "$LEADYARD_HOME/run/$LEADYARD_PROGRAM.given"
echo "$name=7" > "$LEADYARD_HOME/run/$LEADYARD_PROGRAM.new"
mv "$LEADYARD_HOME/run/$LEADYARD_PROGRAM.new" "$LEADYARD_HOME/run/$LEADYARD_PROGRAM.ports"
while :; do sleep 0.1; done
)";

class hubctl_up : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"hub-connector", "hub-worker", "hub-api"}) place(name, stand_in);
  }
  void TearDown() override { hubctl({"down"}); }

  void place(const std::string& name, const std::string& script) { hub::ctl::write_file(programs_ / name, script, 0755); }

  test_support::process::options how(std::vector<std::string> arguments) {
    test_support::process::options all{.arguments = std::move(arguments)};
    all.environment = {{"LEADYARD_HOME", home_.path()}, {"LEADYARD_BIN", programs_.path()}};
    // Servers of their own are what most of these tests do without: one shared pair serves all of them.
    if (!private_servers_) {
      all.environment["HUB__DATABASE__URL"] = database_;
      all.environment["HUB__BROKER__URL"] = "amqp://nobody@127.0.0.1:1/none";
    }
    all.directory = LEADYARD_SOURCE_DIR;
    return all;
  }
  hub::ctl::finished hubctl(std::vector<std::string> arguments) {
    return test_support::run(LEADYARD_BIN_DIR "/hubctl", how(std::move(arguments)));
  }
  test_support::process up() {
    auto options = how({"up", "--workers", "2"});
    options.output = programs_ / "hubctl.log";
    return test_support::process(LEADYARD_BIN_DIR "/hubctl", options);
  }
  lines status() {
    const auto file = home_ / "status.seen";
    hub::ctl::write_file(file, hubctl({"status"}).output, 0600);
    return hub::ctl::read_map(file);
  }
  bool runs() {
    return wait_until([&] { return status()["state"] == "running"; }, 60s);
  }
  pid_t pid(const std::string& name) {
    const auto all = status();
    const auto found = all.find("pid." + name);
    return found == all.end() ? 0 : std::stoi(found->second);
  }

  temp_dir home_, programs_;
  std::string database_ = test_support::empty_database();
  bool private_servers_ = false;
};

TEST_F(hubctl_up, starts_the_programs_and_tells_scripts_where_they_are) {
  auto supervisor = up();
  ASSERT_TRUE(runs()) << hub::ctl::read_file(programs_ / "hubctl.log");
  auto all = status();
  for (const char* key : {"webhooks", "api", "console", "database_url", "broker_url", "pid.hub-connector", "pid.hub-worker",
                          "pid.hub-worker.2", "pid.hub-api", "hubctl", "secrets"})
    EXPECT_FALSE(all[key].empty()) << key;
  EXPECT_EQ(all["webhooks"], "http://127.0.0.1:7");
  EXPECT_EQ(hub::ctl::read_file(home_ / "run/hub-connector.given"), "database=\n") << "hub-connector never holds the database";
  EXPECT_EQ(hub::ctl::read_file(home_ / "run/hub-worker.given"), "database=" + database_ + "\n");
  struct stat secrets {};
  ASSERT_EQ(stat(all["secrets"].c_str(), &secrets), 0);
  EXPECT_EQ(secrets.st_mode & 0777U, 0600U);
}

TEST_F(hubctl_up, brings_a_dead_program_back_within_a_second) {
  auto supervisor = up();
  ASSERT_TRUE(runs());
  const auto before = pid("hub-worker.2");
  ASSERT_GT(before, 0);
  ASSERT_EQ(::kill(before, SIGKILL), 0);
  const auto again = [&] {
    const auto now = pid("hub-worker.2");
    return now != 0 && now != before;
  };
  EXPECT_TRUE(wait_until(again, 1s));
}

TEST_F(hubctl_up, gives_up_on_a_program_that_never_gets_ready_and_shows_its_log) {
  place("hub-worker", "#!/bin/bash\necho 'the disk is made of cheese'\nexit 3\n");
  auto supervisor = up();
  EXPECT_EQ(supervisor.wait(30s), 1);
  EXPECT_NE(hub::ctl::read_file(programs_ / "hubctl.log").find("made of cheese"), std::string::npos);
  EXPECT_EQ(status()["state"], "stopped");
}

TEST_F(hubctl_up, ends_everything_when_told_and_kills_what_does_not_listen) {
  place("hub-api", std::string(stand_in).replace(std::string(stand_in).find("exit 0"), 6, ":"));
  auto supervisor = up();
  ASSERT_TRUE(runs());
  const auto deaf = hub::ctl::identify(pid("hub-api")), polite = hub::ctl::identify(pid("hub-worker"));
  ASSERT_TRUE(deaf && polite);
  supervisor.kill(SIGTERM);
  EXPECT_EQ(supervisor.wait(20s), 0);
  EXPECT_FALSE(hub::ctl::is_alive(*deaf));
  EXPECT_FALSE(hub::ctl::is_alive(*polite));
  EXPECT_EQ(hubctl({"status"}).exit_code, 3);
}

TEST_F(hubctl_up, leaves_no_orphan_when_it_is_killed_and_starts_again) {
  private_servers_ = true;
  auto supervisor = up();
  ASSERT_TRUE(runs());
  std::vector<hub::ctl::process_id> children;
  for (const char* name : {"hub-connector", "hub-worker", "hub-worker.2", "hub-api", "postgres", "rabbitmq"}) {
    const auto child = hub::ctl::identify(pid(name));
    ASSERT_TRUE(child) << name;
    children.push_back(*child);
  }
  supervisor.kill(SIGKILL);
  for (const auto& child : children) EXPECT_TRUE(wait_until([&] { return !hub::ctl::is_alive(child); }, 30s)) << child.pid;
  EXPECT_EQ(status()["state"], "stopped");

  const auto begun = std::chrono::steady_clock::now();
  auto next = up();
  ASSERT_TRUE(runs());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s);
  EXPECT_EQ(hubctl({"up"}).exit_code, 0) << "a second supervisor says so and leaves";
  EXPECT_EQ(hubctl({"down", "--clean", "--yes"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(home_ / "servers"));
}

}  // namespace
