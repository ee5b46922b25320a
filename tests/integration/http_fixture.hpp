#pragma once
// Server and client in one process over loopback sockets; what no client of ours would send comes from a raw
// socket. The tests of hub/http stand on this.

#include "hub/async/runtime.hpp"
#include "hub/async/within.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/metrics.hpp"
#include "hub/http/client.hpp"
#include "hub/http/server.hpp"
#include "tests/integration/http_peer.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

namespace hub::http {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

inline task_log handled;

inline async::task<response> echo(request r) {
  handled.add(r.method + " " + r.path);
  std::string text = r.method + " " + r.path + "\npeer " + r.peer + (r.secure ? " secure" : "") + "\n";
  for (const auto& [name, value] : r.params) text += "param " + name + "=" + value + "\n";
  for (const auto& [name, value] : r.query) text += "query " + name + "=" + value + "\n";
  for (const auto& [name, value] : r.head.list) text += "head " + name + "=" + value + "\n";
  text += "body " + r.body;
  co_return response::text(200, std::move(text));
}

inline async::task<response> break_permanently(request) {
  throw std::runtime_error("secret detail");
  co_return response();
}

inline async::task<response> break_for_a_while(request) {
  throw error(failure::transient, "broker", "secret detail");
  co_return response();
}

inline async::task<response> inject(request r) {
  auto answer = response::text(200, "x");
  answer.head.list.emplace_back("X-Echo", r.query.at("v"));
  co_return answer;
}

inline async::task<response> large(request r) {
  co_return response::text(200, std::string(std::stoul(r.query.at("n")), 'x'));
}

inline async::task<> write_three(body_writer& to) {
  for (const auto* part : {"one", "two", "three"}) co_await to.write(part);
}
inline async::task<response> stream(request) {
  response r;
  r.stream = write_three;
  co_return r;
}

inline async::task<> break_off(body_writer& to) {
  co_await to.write("begin");
  throw error(failure::permanent, "x", "broken in the middle");
}
inline async::task<response> stream_broken(request) {
  response r;
  r.stream = break_off;
  co_return r;
}

inline std::promise<std::string>* stream_end = nullptr;

inline async::task<> wait_in_stream(body_writer& to) {
  co_await to.write("hello");
  std::string how = "returned";
  try {
    co_await async::sleep_for(std::chrono::hours(1));
  } catch (...) {
    how = to_text_of(classify(std::current_exception()).kind);
  }
  if (stream_end) stream_end->set_value(how);
  if (how != "returned") throw error(failure::cancelled, "gone", "gone");
}
inline async::task<response> stream_forever(request) {
  response r;
  r.stream = wait_in_stream;
  co_return r;
}

/// A request with a Host and these headers.
inline std::string with(const std::string& headers, const std::string& body = "",
                 const std::string& line = "POST /echo HTTP/1.1") {
  return line + "\r\nHost: h\r\n" + headers + "\r\n" + body;
}

/// A server with every kind of route, its client, and the thread of their loop.
class http_test : public testing::Test {
 protected:
  async::runtime rt;
  std::unique_ptr<server> at;
  std::unique_ptr<client> asker;
  std::thread thread;
  test_directory files;
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::promise<void> entered;

  void SetUp() override { handled.clear(); }

  router routes() {
    router r;
    route_limits small{.body = byte_count{1000}, .body_time = milliseconds(60)};
    r.add({"POST", "/echo", echo, small});
    r.add({"GET", "/echo/{name}", echo, small});
    r.add({"GET", "/only-get", echo, small});
    r.add({"POST", "/large-body", echo, {.body = 4_MiB}});
    r.add({"GET", "/permanent", break_permanently});
    r.add({"GET", "/transient", break_for_a_while});
    r.add({"GET", "/inject", inject});
    r.add({"GET", "/large", large});
    r.add({"GET", "/stream", stream});
    r.add({"GET", "/stream-broken", stream_broken});
    r.add({"GET", "/stream-forever", stream_forever});
    r.add({"GET", "/file", [this](request q) { return send_file(std::move(q)); }});
    r.add({"GET", "/wait", [this](request q) { return wait(std::move(q)); }});
    add_admin_routes(r, [] { return std::string("spool full"); });
    return r;
  }

  async::task<response> send_file(request q) {
    response r;
    r.file =
        file_body{files.path(q.query.at("name")), std::stoul(q.query.at("offset")), std::stoul(q.query.at("size"))};
    co_return r;
  }

  asio::thread_pool waiting{1};
  async::task<response> wait(request) {
    entered.set_value();
    auto until_released = [this] { released.wait(); };
    co_await async::on_thread(waiting, until_released);
    co_return response::text(200, "waited");
  }

  void start(listen_options options = {}) {
    at = std::make_unique<server>(rt.context(), "test", routes(), std::move(options));
    at->start();
    asker = std::make_unique<client>(rt.context());
    rt.on_stop("server", [this] { return at->stop(); });
    thread = std::thread([this] { rt.run(seconds(5)); });
  }

  void stop() {
    if (!thread.joinable()) return;
    rt.stop();
    thread.join();
  }

  void TearDown() override {
    stop();
    asker.reset();
    at.reset();
  }

  static listen_options quick() {
    listen_options o;
    o.header_time = milliseconds(60);
    o.idle_time = seconds(30);
    return o;
  }

  std::string ask(const std::string& bytes) { return raw_peer(at->port()).exchange(bytes); }

  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(at->port()) + path; }

  incoming fetch(outgoing request) {
    return asio::co_spawn(rt.context(), asker->fetch(std::move(request)), asio::use_future).get();
  }

  outgoing get(const std::string& path) const {
    outgoing o;
    o.url = url(path);
    return o;
  }

  /// What fetch() threw: "kind code sent". Put into words on the loop: an exception that two threads hold is a race
  /// in the eyes of ThreadSanitizer, which does not see into libstdc++'s counting.
  std::string failure_of(outgoing request) {
    auto [how, what] = asio::co_spawn(rt.context(), describe(std::move(request)), asio::use_future).get();
    last_what = what;
    return how;
  }
  async::task<std::pair<std::string, std::string>> describe(outgoing request) {
    std::pair<std::string, std::string> words{"none", ""};
    try {
      auto asking = asker->fetch(std::move(request));
      co_await std::move(asking);
    } catch (const exchange_error& e) {
      words.first = std::string(to_text_of(e.kind())) + " " + e.code() + " " + to_text_of(e.sent());
      words.second = e.what();
    }
    co_return words;
  }
  std::string last_what;
};

}  // namespace hub::http
