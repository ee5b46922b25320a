#pragma once
// The templates of within.hpp.

#include "hub/base/failure.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace hub::async {

namespace detail {

[[noreturn]] void throw_timeout(std::chrono::milliseconds limit);

/// What fn returned or threw, carried from the pool's thread to the loop.
template <class R>
struct outcome {
  std::optional<R> value;
  std::exception_ptr failed;

  void run(auto& fn) { value.emplace(fn()); }
  R take() { return std::move(*value); }
};

template <>
struct outcome<void> {
  std::exception_ptr failed;

  void run(auto& fn) { fn(); }
  void take() {}
};

}  // namespace detail

template <class T>
task<T> within(std::chrono::milliseconds limit, task<T> work) {
  // Not `work || timer`: that operator waits for the first success, so an error of `work` would stay hidden
  // until the timer fires. wait_for_one ends at the first completion of either kind and cancels the other.
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  auto group = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(work), asio::deferred),
                                                       timer.async_wait(asio::deferred));
  auto first = asio::experimental::wait_for_one();
  if constexpr (std::is_void_v<T>) {
    auto [order, failed, timer_error] = co_await group.async_wait(first, asio::use_awaitable);
    if (!failed) co_return;  // also when it finished in spite of the cancellation: what is done is done
    if (order[0] == 1 && !timer_error) detail::throw_timeout(limit);
    std::rethrow_exception(failed);
  } else {
    auto [order, failed, value, timer_error] = co_await group.async_wait(first, asio::use_awaitable);
    if (!failed) co_return std::move(value);
    if (order[0] == 1 && !timer_error) detail::throw_timeout(limit);
    std::rethrow_exception(failed);
  }
}

template <class F, class I>
task<std::invoke_result_t<F>> on_thread(asio::thread_pool& pool, F fn, I interrupt) {
  // The coroutine stays suspended on the loop while fn runs (instead of moving to the pool and back), so that a
  // cancellation arriving on the loop never touches a coroutine that another thread is resuming.
  auto executor = co_await asio::this_coro::executor;
  detail::outcome<std::invoke_result_t<F>> result;
  auto start = [&pool, &fn, &interrupt, &result, executor](auto resume) {
    auto cancelled = asio::get_associated_cancellation_slot(resume);
    if (cancelled.is_connected()) cancelled.assign([&interrupt](asio::cancellation_type) { interrupt(); });
    asio::post(pool,
               [&fn, &result, executor, cancelled, work = asio::make_work_guard(executor), resume = std::move(resume)]() mutable {
                 try {
                   result.run(fn);
                 } catch (...) {
                   result.failed = std::current_exception();
                 }
                 asio::post(executor, [cancelled, resume = std::move(resume)]() mutable {
                   if (cancelled.is_connected()) cancelled.clear();
                   std::move(resume)();
                 });
               });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(start, asio::use_awaitable);
  if (result.failed) std::rethrow_exception(result.failed);
  co_return result.take();
}

template <class F>
task<std::invoke_result_t<F>> on_thread(asio::thread_pool& pool, F fn) {
  return on_thread(pool, std::move(fn), [] {});
}

}  // namespace hub::async
