#pragma once
// A value that a coroutine waits for and something else on the same loop delivers, once. Loop only; both sides
// hold it by shared_ptr, so either may end first.

#include "hub/async/task.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace connectors {

template <class T>
class promised {
 public:
  explicit promised(const boost::asio::any_io_executor& loop) : bell_(loop, boost::asio::steady_timer::time_point::max()) {}

  void set(T value) {
    value_.emplace(std::move(value));
    bell_.cancel();
  }
  bool is_set() const { return value_.has_value(); }

  hub::async::task<T> wait() {
    boost::system::error_code ended;
    while (!value_) co_await bell_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ended));
    co_return std::move(*value_);
  }

 private:
  std::optional<T> value_;
  boost::asio::steady_timer bell_;
};

/// What a call returns that has begun its work already.
template <class T>
using later = std::shared_ptr<promised<T>>;

}  // namespace connectors
