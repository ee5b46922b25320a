// The private servers: started once, started quickly again, gone without a trace, and nothing of the machine's own
// touched.

#include "hub/base/failure.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/private_servers.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/sockets.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using hub::ctl::private_postgres;
using hub::ctl::private_rabbitmq;
using test_support::temp_dir;

/// Processes with a file or directory of `home` in their command line.
std::vector<std::string> processes_of(const std::string& home) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string line = hub::ctl::read_file(entry.path() / "cmdline");
    if (line.find(home) != std::string::npos) out.push_back(line);
  }
  return out;
}

TEST(private_servers, start_answer_and_leave_no_process_and_no_port) {
  temp_dir home;
  private_postgres postgres({.home = home.path(), .for_tests = true});
  private_rabbitmq rabbitmq({.home = home.path(), .for_tests = true});
  EXPECT_TRUE(rabbitmq.launch());
  EXPECT_TRUE(postgres.start());
  rabbitmq.wait_until_ready();

  EXPECT_EQ(postgres.sql("leadyard", "select current_setting('fsync') || current_setting('synchronous_commit')"), "onon");
  EXPECT_NE(rabbitmq.evaluate("rabbit:is_running()").find("true"), std::string::npos);
  const auto mine = test_support::server_ports(home.path());
  EXPECT_EQ(mine.size(), 4U);
  for (const auto& socket : test_support::listening_sockets()) {
    const auto port = socket.substr(socket.find(':') + 1);
    EXPECT_TRUE(!mine.contains(port) || test_support::is_loopback(socket)) << socket;
  }
  for (const char* usual : {"1538", "1628", "1111"}) EXPECT_FALSE(mine.contains(usual));

  postgres.stop();
  rabbitmq.stop();
  EXPECT_EQ(processes_of(home.path()), std::vector<std::string>{});
  for (const auto& socket : test_support::listening_sockets())
    EXPECT_FALSE(mine.contains(socket.substr(socket.find(':') + 1))) << socket;
}

TEST(private_servers, a_second_start_is_quick_and_starts_nothing) {
  temp_dir home;
  private_postgres postgres({.home = home.path(), .for_tests = true});
  private_rabbitmq rabbitmq({.home = home.path(), .for_tests = true});
  rabbitmq.launch();
  postgres.start();
  rabbitmq.wait_until_ready();
  const auto before = std::pair(postgres.process(), rabbitmq.process());

  // Another program for the same home.
  private_postgres same_postgres({.home = home.path(), .for_tests = true});
  private_rabbitmq same_rabbitmq({.home = home.path(), .for_tests = true});
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(same_postgres.start());
  EXPECT_FALSE(same_rabbitmq.start());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
  EXPECT_EQ(std::pair(same_postgres.process(), same_rabbitmq.process()), before);
  EXPECT_EQ(same_postgres.url(), postgres.url());
  EXPECT_EQ(same_rabbitmq.url(), rabbitmq.url());
  postgres.stop();
  rabbitmq.stop();
}

TEST(private_servers, keep_their_data_and_ports_over_a_kill_and_a_restart) {
  test_support::own_postgres postgres;
  test_support::own_rabbitmq rabbitmq;
  const auto database_url = postgres.url(), broker_url = rabbitmq.url();
  postgres.server().sql("leadyard", "create table kept as select 7 as n");
  rabbitmq.server().add_vhost("kept");

  postgres.kill();
  rabbitmq.kill();
  EXPECT_FALSE(postgres.server().running());
  EXPECT_FALSE(rabbitmq.server().running());
  postgres.start();
  rabbitmq.start();
  EXPECT_EQ(postgres.url(), database_url);
  EXPECT_EQ(rabbitmq.url(), broker_url);
  EXPECT_EQ(postgres.server().sql("leadyard", "select n from kept"), "7");
  EXPECT_NE(rabbitmq.server().evaluate("rabbit_vhost:exists(<<\"kept\">>)").find("true"), std::string::npos);
}

TEST(private_servers, clean_what_a_dead_server_left_behind) {
  temp_dir home;
  private_postgres postgres({.home = home.path(), .for_tests = true});
  postgres.start();
  postgres.stop();
  // The numbers of a process that is somebody else's now.
  const std::string place = home / "servers/postgres";
  hub::ctl::write_file(place + "/pid", "1 1\n", 0644);
  hub::ctl::write_file(place + "/data/postmaster.pid", "1\n" + place + "/data\n", 0600);
  EXPECT_FALSE(postgres.running());
  EXPECT_TRUE(postgres.start());
  postgres.stop();
}

TEST(private_servers, the_role_of_the_hub_is_no_superuser) {
  const auto url = test_support::empty_database();
  EXPECT_NE(url.find("://leadyard:"), std::string::npos);
  EXPECT_NE(test_support::as_superuser(url).find("://postgres:"), std::string::npos);
}

TEST(test_databases, are_migrated_and_apart) {
  const auto first = test_support::fresh_database(), second = test_support::fresh_database();
  EXPECT_NE(first, second);
  EXPECT_NE(test_support::fresh_vhost(), test_support::fresh_vhost());
}

}  // namespace
