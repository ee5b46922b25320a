#pragma once
// Coroutines on the loop. Inside `co_await` write names and calls only: g++ 12 destroys a temporary aggregate
// or a lambda with owning captures twice there (docs/decisions).

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace hub::async {

namespace asio = boost::asio;

template <class T = void>
using task = asio::awaitable<T>;

}  // namespace hub::async
