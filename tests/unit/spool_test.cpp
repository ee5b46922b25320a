// The spool on real files in a directory of its own.

#include "connectors/spool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

using namespace connectors;
namespace fs = std::filesystem;

// One file's third commit fails, as a broken disk's fsync would; only in the directory of that test.
const bool failpoint_set = setenv("LEADYARD_FAILPOINTS", "spool.commit=throw:3@sick", 1) == 0;

class spool_files : public testing::Test {
 protected:
  void SetUp() override {
    const auto* name = testing::UnitTest::GetInstance()->current_test_info()->name();
    directory = fs::temp_directory_path() / ("spool-" + std::to_string(::getpid()) + "-" + name);
    fs::remove_all(directory);
  }
  void TearDown() override { fs::remove_all(directory); }

  spool_options options(std::uint64_t limit = 1 << 30) const { return {directory.string(), hub::byte_count{limit}}; }

  template <class T>
  T outcome(later<T> work) {
    loop.restart();
    auto waited = boost::asio::co_spawn(loop, work->wait(), boost::asio::use_future);
    while (waited.wait_for(std::chrono::seconds(0)) != std::future_status::ready) loop.run_one();
    return waited.get();
  }

  static spool_entry entry(int n, std::size_t size = 10) {
    return {"key" + std::to_string(n), "viber:main:" + std::to_string(n % 3), std::string(size, 'b')};
  }
  static std::vector<spool_entry> entries(int from, int to) {
    std::vector<spool_entry> list;
    for (int n = from; n < to; ++n) list.push_back(entry(n));
    return list;
  }
  static std::vector<std::string> keys(const std::vector<spooled>& list) {
    std::vector<std::string> found;
    for (const auto& one : list) found.push_back(one.entry.key);
    return found;
  }
  static std::vector<std::uint64_t> ids(const std::vector<spooled>& list) {
    std::vector<std::uint64_t> found;
    for (const auto& one : list) found.push_back(one.id);
    return found;
  }

  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stay = boost::asio::make_work_guard(loop);
  fs::path directory;
};

TEST_F(spool_files, give_back_what_was_put_in_in_its_order) {
  spool s(loop.get_executor(), options());
  EXPECT_TRUE(outcome(s.append(entries(0, 3))));
  EXPECT_TRUE(outcome(s.append(entries(3, 5))));
  EXPECT_EQ(s.pending(), 5u);
  const auto list = outcome(s.read(10));
  EXPECT_EQ(keys(list), (std::vector<std::string>{"key0", "key1", "key2", "key3", "key4"}));
  EXPECT_EQ(list[4].entry.conversation, "viber:main:1");
  EXPECT_EQ(list[4].entry.body, std::string(10, 'b'));
  EXPECT_EQ(keys(outcome(s.read(2))), (std::vector<std::string>{"key0", "key1"}));
}

TEST_F(spool_files, forget_only_what_they_are_told_to) {
  spool s(loop.get_executor(), options());
  outcome(s.append(entries(0, 4)));
  const auto list = outcome(s.read(10));
  EXPECT_TRUE(outcome(s.remove({list[0].id, list[2].id})));
  EXPECT_EQ(s.pending(), 2u);
  EXPECT_EQ(keys(outcome(s.read(10))), (std::vector<std::string>{"key1", "key3"}));
  EXPECT_TRUE(outcome(s.remove(ids(outcome(s.read(10))))));
  EXPECT_EQ(s.pending(), 0u);
  EXPECT_EQ(s.bytes(), 0u);
  EXPECT_EQ(s.oldest().count(), 0);
}

TEST_F(spool_files, keep_any_bytes) {
  spool s(loop.get_executor(), options());
  const std::string odd("a\0b\xFF\n'\"", 7);
  outcome(s.append({{"k", "c", odd}}));
  EXPECT_EQ(outcome(s.read(1)).at(0).entry.body, odd);
}

TEST_F(spool_files, take_nothing_above_the_limit_and_something_again_below_it) {
  spool s(loop.get_executor(), options(1000));
  EXPECT_TRUE(outcome(s.append({entry(1, 900)})));
  EXPECT_FALSE(outcome(s.append({entry(2, 200)})));
  EXPECT_FALSE(outcome(s.append({entry(3, 10), entry(4, 200)}))) << "all of a list or none of it";
  EXPECT_EQ(s.pending(), 1u);
  EXPECT_TRUE(outcome(s.append({entry(5, 10)})));
  outcome(s.remove(ids(outcome(s.read(1)))));
  EXPECT_TRUE(outcome(s.append({entry(6, 200)})));
  EXPECT_EQ(keys(outcome(s.read(10))), (std::vector<std::string>{"key5", "key6"}));
}

TEST_F(spool_files, of_a_process_that_was_killed_are_taken_over_whole) {
  const pid_t child = ::fork();
  if (child == 0) {
    boost::asio::io_context own;
    const auto guard = boost::asio::make_work_guard(own);
    spool s(own.get_executor(), options());
    const auto appended = s.append(entries(0, 100));
    while (!appended->is_set()) own.run_one();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  spool s(loop.get_executor(), options());
  EXPECT_EQ(s.pending(), 100u);
  EXPECT_EQ(keys(outcome(s.read(1000))).size(), 100u);
}

TEST_F(spool_files, of_living_processes_are_left_alone_and_those_of_the_dead_adopted) {
  {
    auto first = std::make_unique<spool>(loop.get_executor(), options());
    auto second = std::make_unique<spool>(loop.get_executor(), options());
    EXPECT_NE(first->number(), second->number());
    outcome(first->append(entries(0, 2)));
    outcome(second->append(entries(2, 4)));
    EXPECT_EQ(second->pending(), 2u);
  }
  spool s(loop.get_executor(), options());
  EXPECT_EQ(s.pending(), 4u);
  EXPECT_TRUE(outcome(s.append(entries(4, 5))));
  auto list = outcome(s.read(10));
  EXPECT_EQ(list.size(), 5u);
  EXPECT_EQ(list.back().entry.key, "key4");
  EXPECT_TRUE(outcome(s.remove(ids(list))));
  EXPECT_EQ(s.pending(), 0u);
  EXPECT_EQ(outcome(s.read(10)).size(), 0u);
  int files = 0;
  for (const auto& file : fs::directory_iterator(directory)) files += file.path().extension() == ".sqlite";
  EXPECT_EQ(files, 1) << "a drained adopted file is gone";
}

TEST_F(spool_files, that_are_damaged_are_set_aside_and_never_dropped) {
  fs::create_directories(directory);
  std::ofstream(directory / "spool-0.sqlite") << std::string(20000, 'x');
  spool s(loop.get_executor(), options());
  EXPECT_EQ(s.pending(), 0u);
  EXPECT_TRUE(outcome(s.append(entries(0, 1))));
  bool kept = false;
  for (const auto& file : fs::directory_iterator(directory))
    kept = kept || file.path().string().find(".damaged-") != std::string::npos;
  EXPECT_TRUE(kept);
}

TEST_F(spool_files, gather_many_callers_into_few_commits) {
  spool s(loop.get_executor(), options());
  std::vector<later<bool>> asked;
  for (int n = 0; n < 500; ++n) asked.push_back(s.append(entries(n, n + 1)));
  for (auto& one : asked) EXPECT_TRUE(outcome(one));
  const auto list = outcome(s.read(1000));
  ASSERT_EQ(list.size(), 500u);
  for (int n = 0; n < 500; ++n) EXPECT_EQ(list[static_cast<std::size_t>(n)].entry.key, "key" + std::to_string(n));
}

TEST_F(spool_files, that_are_sick_fail_the_append_and_are_not_written_again) {
  if (!failpoint_set) GTEST_SKIP();
  spool s(loop.get_executor(), options());
  EXPECT_TRUE(outcome(s.append(entries(0, 1))));
  EXPECT_TRUE(outcome(s.append(entries(1, 2))));
  EXPECT_FALSE(outcome(s.append(entries(2, 3)))) << "its fsync failed: nobody may answer 200";
  EXPECT_TRUE(outcome(s.append(entries(3, 4)))) << "a new file takes over";
  auto list = outcome(s.read(10));
  EXPECT_EQ(keys(list), (std::vector<std::string>{"key0", "key1", "key3"}));
  EXPECT_TRUE(outcome(s.remove(ids(list))));
  EXPECT_EQ(s.pending(), 0u);
  EXPECT_TRUE(outcome(s.read(10)).empty());
  EXPECT_TRUE(s.is_writable());
}

TEST_F(spool_files, need_a_directory_that_can_be_written) {
  fs::create_directories(directory);
  std::ofstream(directory / "file") << "x";
  EXPECT_THROW(spool(loop.get_executor(), spool_options{(directory / "file" / "deeper").string(), hub::byte_count{1000}}),
               std::exception);
}

}  // namespace
