// What a killed media worker leaves: never a row without its file.

#include "hub/base/crypto.hpp"
#include "tests/integration/media_fixture.hpp"

#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

namespace media_tests {
namespace {

#ifdef LEADYARD_FAILPOINTS
/// What the killed worker runs; started by the next test as a program of its own.
TEST(media_child, DISABLED_works_until_nothing_waits) {
  hub::media::store store(std::getenv("MEDIA_DIRECTORY"));
  media_options with;
  with.database = {.url = hub::secret(std::getenv("MEDIA_DATABASE")), .application_name = "child"};
  with.connector_url = [] { return std::string(std::getenv("MEDIA_CONNECTOR")); };
  with.internal_token = hub::secret("internal");
  with.fetchers = 1;
  with.process = "child";
  with.idle = 20ms;
  media_pool pool(with, store);
  pool.start();
  hub::db::connection database({.url = hub::secret(std::getenv("MEDIA_DATABASE")), .application_name = "child"});
  wait_until(
      [&] {
        return database.transact([](pqxx::work& in) {
          return in.exec1("select count(*) from media_fetch where state = 'pending'")[0].as<int>();
        }) == 0;
      },
      20s);
}

TEST_F(media, never_leaves_a_row_without_its_file_wherever_the_worker_is_killed) {
  const auto work = [&](const std::string& failpoints) {
    const pid_t child = fork();
    if (child == 0) {
      setenv("LEADYARD_FAILPOINTS", failpoints.c_str(), 1);
      setenv("MEDIA_DIRECTORY", directory.path().c_str(), 1);
      setenv("MEDIA_DATABASE", url.c_str(), 1);
      setenv("MEDIA_CONNECTOR", connector.url().c_str(), 1);
      execl("/proc/self/exe", "media", "--gtest_also_run_disabled_tests", "--gtest_filter=media_child.*", "--gtest_brief=1",
            nullptr);
      _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  };
  const auto all_rows_have_their_files = [&] {
    hub::media::store store(directory.path());
    return database.transact([&](pqxx::work& in) {
      bool good = true;
      for (const auto& row : in.exec("select sha256, size, file_path from media")) {
        const auto bytes = read(store.find(row[0].as<std::string>()));
        good = good && hub::to_hex(hub::sha256(bytes)) == row[0].as<std::string>() && bytes.size() == row[1].as<std::size_t>() &&
               store.find(row[0].as<std::string>()) == directory / row[2].as<std::string>();
      }
      return good;
    });
  };
  int number = 0;
  for (const std::string place : {"media.taken", "media.partial", "media.synced", "media.renamed", "media.row", "media.done"}) {
    const std::string key = "k" + std::to_string(++number);
    wanted(key);
    connector.script(key, {{.body = png + key}});
    const int killed = work(place + "=kill");
    ASSERT_TRUE(WIFSIGNALED(killed) && WTERMSIG(killed) == SIGKILL) << place;
    EXPECT_TRUE(all_rows_have_their_files()) << place;
    EXPECT_EQ(state(key), place == "media.done" ? "stored" : "pending") << place;
    run("update media_fetch set taken_until = now() where taken_until is not null");
    const int finished = work("");
    ASSERT_TRUE(WIFEXITED(finished) && WEXITSTATUS(finished) == 0) << place;
    EXPECT_TRUE(all_rows_have_their_files()) << place;
    EXPECT_EQ(state(key), "stored") << place;
  }
  EXPECT_EQ(value("select count(*) from media"), "6");
  EXPECT_EQ(files(), 6u);
  EXPECT_TRUE(std::filesystem::is_empty(directory / "tmp"));
}
#endif

}  // namespace
}  // namespace media_tests
