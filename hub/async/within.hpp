#pragma once
// A deadline around an awaitable, and the way from the loop to a blocking thread and back. On the loop.

#include "hub/async/task.hpp"

#include <chrono>
#include <type_traits>

namespace boost::asio {
class thread_pool;
}

namespace hub::async {

/// The result of `work`; hub::error (transient, "timeout") when `limit` passes first, in which case `work` is
/// cancelled and has ended before the error is thrown.
template <class T>
task<T> within(std::chrono::milliseconds limit, task<T> work);

/// Waits without blocking the loop.
task<> sleep_for(std::chrono::milliseconds time);

/// Runs `fn` on a thread of `pool`; its result or exception arrives back on the loop.
template <class F>
task<std::invoke_result_t<F>> on_thread(asio::thread_pool& pool, F fn);
/// The same for what waits long: when the task is cancelled `interrupt` is called on the loop, and is to make `fn` end soon.
template <class F, class I>
task<std::invoke_result_t<F>> on_thread(asio::thread_pool& pool, F fn, I interrupt);

}  // namespace hub::async

#include "hub/async/within.ipp"
