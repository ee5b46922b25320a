#include "hub/async/runtime.hpp"
#include "hub/async/within.hpp"
#include "hub/base/failure.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include <unistd.h>

namespace hub::async {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using steady = std::chrono::steady_clock;

template <class T>
struct outcome {
  T value{};
  std::exception_ptr failed;

  std::string code() const { return failed ? classify(failed).code : ""; }
};

/// Runs one coroutine on a loop of its own.
template <class T>
outcome<T> run(task<T> work) {
  asio::io_context loop;
  outcome<T> result;
  asio::co_spawn(loop, std::move(work), [&](std::exception_ptr failed, T value) {
    result.failed = failed;
    result.value = std::move(value);
  });
  loop.run();
  return result;
}

task<int> answer_after(milliseconds time, int value, bool* ended = nullptr) {
  struct mark {
    bool* ended;
    ~mark() {
      if (ended) *ended = true;
    }
  } at_end{ended};
  co_await sleep_for(time);
  co_return value;
}

task<int> fail_at_once() {
  throw error(failure::permanent, "broken", "broken");
  co_return 0;
}

task<int> limited(milliseconds limit, task<int> work) {
  auto guarded = within(limit, std::move(work));
  co_return co_await std::move(guarded);
}

TEST(within, hands_over_the_result) {
  const auto r = run(limited(seconds(30), answer_after(milliseconds(1), 7)));
  EXPECT_FALSE(r.failed);
  EXPECT_EQ(r.value, 7);
}

TEST(within, throws_transient_timeout_when_the_limit_passes_first) {
  const auto r = run(limited(milliseconds(5), answer_after(seconds(60), 7)));
  ASSERT_TRUE(r.failed);
  EXPECT_EQ(r.code(), "timeout");
  EXPECT_EQ(classify(r.failed).kind, failure::transient);
}

TEST(within, hands_over_an_error_at_once_and_not_at_the_limit) {
  const auto begin = steady::now();
  const auto r = run(limited(seconds(60), fail_at_once()));
  EXPECT_EQ(r.code(), "broken");
  EXPECT_LT(steady::now() - begin, seconds(20));
}

task<bool> ended_before_the_error() {
  bool ended = false;
  bool seen = false;
  auto guarded = within(milliseconds(5), answer_after(seconds(60), 1, &ended));
  try {
    co_await std::move(guarded);
  } catch (const error&) {
    seen = ended;
  }
  co_return seen;
}

TEST(within, has_ended_the_work_before_it_throws) { EXPECT_TRUE(run(ended_before_the_error()).value); }

task<> stubborn(bool& finished) {
  co_await asio::this_coro::throw_if_cancelled(false);
  try {
    co_await sleep_for(seconds(60));
  } catch (...) {
  }
  finished = true;
}

task<bool> finish_in_spite() {
  bool finished = false;
  auto guarded = within(milliseconds(5), stubborn(finished));
  co_await std::move(guarded);
  co_return finished;
}

TEST(within, does_not_call_done_work_late) {
  const auto r = run(finish_in_spite());
  EXPECT_FALSE(r.failed);
  EXPECT_TRUE(r.value);
}

TEST(within, nests_and_the_inner_limit_counts) {
  const auto r = run(limited(seconds(60), limited(milliseconds(5), answer_after(seconds(60), 1))));
  EXPECT_EQ(r.code(), "timeout");
}

TEST(within, nests_and_the_outer_limit_counts) {
  bool ended = false;
  const auto r = run(limited(milliseconds(5), limited(seconds(60), answer_after(seconds(60), 1, &ended))));
  EXPECT_EQ(r.code(), "timeout");
  EXPECT_TRUE(ended);
}

TEST(within, passes_a_cancellation_from_outside_to_the_work) {
  asio::io_context loop;
  asio::cancellation_signal cancel;
  bool ended = false;
  std::exception_ptr failed;
  asio::co_spawn(loop, limited(seconds(60), answer_after(seconds(60), 1, &ended)),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr e, int) { failed = e; }));
  asio::post(loop, [&] { cancel.emit(asio::cancellation_type::terminal); });
  loop.run();
  ASSERT_TRUE(failed);
  EXPECT_EQ(classify(failed).kind, failure::cancelled);
  EXPECT_TRUE(ended);
}

task<std::unique_ptr<int>> make_pointer() { co_return std::make_unique<int>(3); }
task<int> take_pointer() {
  auto guarded = within(seconds(30), make_pointer());
  const auto p = co_await std::move(guarded);
  co_return *p;
}

TEST(within, moves_results_that_cannot_be_copied) { EXPECT_EQ(run(take_pointer()).value, 3); }

task<std::string> on_pool(asio::thread_pool& pool, std::thread::id& where) {
  const std::string owned = "a text that is longer than the small buffer of a string";
  auto work = [owned, &where] {
    where = std::this_thread::get_id();
    return owned + "!";
  };
  auto result = co_await on_thread(pool, work);
  if (where == std::this_thread::get_id()) result = "still on the pool";
  co_return result;
}

TEST(on_thread, runs_elsewhere_and_comes_back_with_the_result) {
  asio::thread_pool pool(1);
  std::thread::id where;
  EXPECT_EQ(run(on_pool(pool, where)).value, "a text that is longer than the small buffer of a string!");
  EXPECT_NE(where, std::this_thread::get_id());
}

task<int> throw_on_pool(asio::thread_pool& pool) {
  auto work = [] { throw error(failure::transient, "disk", "full"); };
  co_await on_thread(pool, work);
  co_return 1;
}

TEST(on_thread, brings_exceptions_back) {
  asio::thread_pool pool(1);
  EXPECT_EQ(run(throw_on_pool(pool)).code(), "disk");
}

task<int> count_many(asio::thread_pool& pool) {
  int sum = 0;
  for (int i = 0; i < 500; ++i) {
    auto work = [i] { return i; };
    sum += co_await on_thread(pool, work);
  }
  co_return sum;
}

TEST(on_thread, may_be_called_again_and_again) {
  asio::thread_pool pool(3);
  EXPECT_EQ(run(count_many(pool)).value, 499 * 500 / 2);
}

struct recorder {
  std::vector<std::string> order;
};

task<> note(recorder& r, const char* name) {
  r.order.push_back(name);
  co_return;
}

TEST(runtime, stops_parts_last_registered_first) {
  runtime rt;
  recorder r;
  rt.on_stop("first", [&] { return note(r, "first"); });
  rt.on_stop("second", [&] { return note(r, "second"); });
  rt.stop();
  EXPECT_EQ(rt.run(), 0);
  EXPECT_EQ(r.order, (std::vector<std::string>{"second", "first"}));
}

task<> fail_to_stop() {
  throw error(failure::transient, "x", "cannot");
  co_return;
}

TEST(runtime, goes_on_with_the_other_steps_when_one_fails) {
  runtime rt;
  recorder r;
  rt.on_stop("first", [&] { return note(r, "first"); });
  rt.on_stop("failing", fail_to_stop);
  rt.stop();
  EXPECT_EQ(rt.run(), 1);
  EXPECT_EQ(r.order, std::vector<std::string>{"first"});
}

task<> wait_long() { co_await sleep_for(std::chrono::hours(1)); }

TEST(runtime, leaves_after_the_drain_limit_and_says_so_by_its_exit_code) {
  runtime rt;
  rt.on_stop("stuck", wait_long);
  rt.stop();
  EXPECT_EQ(rt.run(milliseconds(20)), 1);
}

TEST(runtime, cancels_spawned_work_after_the_stop_steps) {
  runtime rt;
  rt.spawn("waiting", wait_long());
  rt.stop();
  EXPECT_EQ(rt.run(), 0);
}

task<> fail_spawned() {
  throw error(failure::permanent, "x", "broken");
  co_return;
}

TEST(runtime, stops_with_exit_code_1_when_spawned_work_throws) {
  runtime rt;
  recorder r;
  rt.on_stop("part", [&] { return note(r, "part"); });
  rt.spawn("failing", fail_spawned());
  EXPECT_EQ(rt.run(), 1);
  EXPECT_EQ(r.order, std::vector<std::string>{"part"});
}

TEST(runtime, stops_in_order_on_sigterm) {
  runtime rt;
  recorder r;
  rt.on_stop("part", [&] { return note(r, "part"); });
  asio::post(rt.context(), [] { std::raise(SIGTERM); });
  EXPECT_EQ(rt.run(), 0);
  EXPECT_EQ(r.order, std::vector<std::string>{"part"});
}

TEST(runtime, reloads_on_sighup_and_survives_a_reload_that_throws) {
  runtime rt;
  int reloads = 0;
  rt.on_reload([&] {
    if (++reloads == 1) {
      asio::post(rt.context(), [] { std::raise(SIGHUP); });
      throw error(failure::permanent, "config", "wrong");
    }
    rt.stop();
  });
  asio::post(rt.context(), [] { std::raise(SIGHUP); });
  EXPECT_EQ(rt.run(), 0);
  EXPECT_EQ(reloads, 2);
}

TEST(runtime, may_be_stopped_from_another_thread) {
  runtime rt;
  std::thread other([&] { rt.stop(); });
  EXPECT_EQ(rt.run(), 0);
  other.join();
}

TEST(runtime, survives_a_write_to_a_closed_pipe) {
  runtime rt;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_EQ(write(ends[1], "x", 1), -1);
  close(ends[1]);
}

void ask_twice() {
  runtime rt;
  rt.on_stop("stuck", [] {
    std::raise(SIGTERM);
    return wait_long();
  });
  asio::post(rt.context(), [] { std::raise(SIGTERM); });
  rt.run(std::chrono::hours(1));
}

TEST(runtime_death, ends_at_once_on_the_second_sigterm) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(ask_twice(), testing::ExitedWithCode(128 + SIGTERM), "second signal");
}

}  // namespace
}  // namespace hub::async
