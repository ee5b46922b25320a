#include "hub/async/within.hpp"

#include "hub/base/time.hpp"

namespace hub::async {

task<> sleep_for(std::chrono::milliseconds time) {
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

namespace detail {

void throw_timeout(std::chrono::milliseconds limit) {
  throw error(failure::transient, "timeout", "not done within " + to_text(limit));
}

}  // namespace detail

}  // namespace hub::async
