#pragma once
// A platform's HTTP API on loopback, on a thread of its own, for connectors to ask: records every request, answers as the test
// says. A test's platform derives from it, adds its routes and starts it; those that only answer do so on the platform's thread.

#include "hub/http/client.hpp"
#include "hub/http/server.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace connector_tests {

class http_platform {
 public:
  using request = hub::http::request;
  using response = hub::http::response;

  virtual ~http_platform() { stop(); }

  std::string base() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  /// What it was asked for, in order.
  std::vector<request> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::size_t times_asked() const {
    const std::lock_guard lock(mutex_);
    return asked_.size();
  }

 protected:
  void add(const std::string& method, const std::string& pattern, std::function<response(const request&)> answer) {
    add_task(method, pattern, [answer = std::move(answer)](request r) { return at_once(&answer, std::move(r)); });
  }
  void add_task(const std::string& method, const std::string& pattern,
                std::function<hub::async::task<response>(request)> answer) {
    hub::http::route r;
    r.method = method;
    r.pattern = pattern;
    r.limits.body = hub::byte_count{64 << 20};
    r.handle = [this, answer = std::move(answer)](request asked) {
      {
        const std::lock_guard lock(mutex_);
        asked_.push_back(asked);
      }
      return answer(std::move(asked));
    };
    routes_.add(std::move(r));
  }
  void start() {
    server_ = std::make_unique<hub::http::server>(loop_, "platform", std::move(routes_), hub::http::listen_options{});
    server_->start();
    thread_ = std::thread([this] { loop_.run(); });
  }
  /// Whoever derives calls it first of all in its destructor: afterwards nobody asks it any more.
  void stop() {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
  }

  mutable std::mutex mutex_;
  boost::asio::io_context loop_;

 private:
  static hub::async::task<response> at_once(const std::function<response(const request&)>* answer, request asked) {
    auto made = (*answer)(asked);
    co_return made;
  }

  std::vector<request> asked_;
  hub::http::router routes_;
  std::unique_ptr<hub::http::server> server_;
  std::thread thread_;
};

}  // namespace connector_tests
