// Server and client in one process over loopback sockets; what no client of ours would send comes from a raw socket.
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
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

task_log handled;

async::task<response> echo(request r) {
  handled.add(r.method + " " + r.path);
  std::string text = r.method + " " + r.path + "\npeer " + r.peer + (r.secure ? " secure" : "") + "\n";
  for (const auto& [name, value] : r.params) text += "param " + name + "=" + value + "\n";
  for (const auto& [name, value] : r.query) text += "query " + name + "=" + value + "\n";
  for (const auto& [name, value] : r.head.list) text += "head " + name + "=" + value + "\n";
  text += "body " + r.body;
  co_return response::text(200, std::move(text));
}

async::task<response> break_permanently(request) {
  throw std::runtime_error("secret detail");
  co_return response();
}

async::task<response> break_for_a_while(request) {
  throw error(failure::transient, "broker", "secret detail");
  co_return response();
}

async::task<response> inject(request r) {
  auto answer = response::text(200, "x");
  answer.head.list.emplace_back("X-Echo", r.query.at("v"));
  co_return answer;
}

async::task<response> large(request r) { co_return response::text(200, std::string(std::stoul(r.query.at("n")), 'x')); }

async::task<> write_three(body_writer& to) {
  for (const auto* part : {"one", "two", "three"}) co_await to.write(part);
}
async::task<response> stream(request) {
  response r;
  r.stream = write_three;
  co_return r;
}

async::task<> break_off(body_writer& to) {
  co_await to.write("begin");
  throw error(failure::permanent, "x", "broken in the middle");
}
async::task<response> stream_broken(request) {
  response r;
  r.stream = break_off;
  co_return r;
}

std::promise<std::string>* stream_end = nullptr;

async::task<> wait_in_stream(body_writer& to) {
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
async::task<response> stream_forever(request) {
  response r;
  r.stream = wait_in_stream;
  co_return r;
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
    r.file = file_body{files.path(q.query.at("name")), std::stoul(q.query.at("offset")), std::stoul(q.query.at("size"))};
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

  incoming fetch(outgoing request) { return asio::co_spawn(rt.context(), asker->fetch(std::move(request)), asio::use_future).get(); }

  outgoing get(const std::string& path) const {
    outgoing o;
    o.url = url(path);
    return o;
  }

  /// What fetch() threw: "code sent".
  std::string failure_of(outgoing request) {
    try {
      fetch(std::move(request));
      return "none";
    } catch (const exchange_error& e) {
      last_what = e.what();
      return std::string(to_text_of(e.kind())) + " " + e.code() + " " + to_text_of(e.sent());
    }
  }
  std::string last_what;
};

// ---- requests that are refused ----------------------------------------------------------------------------

struct malformed {
  const char* name;
  std::string bytes;
  int status;
};

std::string with(const std::string& headers, const std::string& body = "", const std::string& line = "POST /echo HTTP/1.1") {
  return line + "\r\nHost: h\r\n" + headers + "\r\n" + body;
}

std::vector<malformed> malformed_requests() {
  const std::string zero(1, '\0');
  return {
      {"not_http", "hello there\r\n\r\n", 400},
      {"tls_hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + "\r\n\r\n", 400},
      {"zeros", std::string(64, '\0'), 400},
      {"no_version", "GET /echo/a\r\n\r\n", 400},
      {"http_0_9", "GET /echo/a HTTP/0.9\r\nHost: h\r\n\r\n", 400},
      {"http_2", "GET /echo/a HTTP/2.0\r\nHost: h\r\n\r\n", 400},
      {"http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"two_blanks", "GET  /echo/a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"lower_case_http", "GET /echo/a http/1.1\r\nHost: h\r\n\r\n", 400},
      {"bare_line_feeds", "GET /echo/a HTTP/1.1\nHost: h\n\n", 400},
      {"leading_blank", " GET /echo/a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"method_with_control", "GE\x01T /echo/a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"absolute_target", "GET http://h/echo/a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"asterisk_target", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"connect_target", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"control_in_target", "GET /echo/\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"broken_escape", "GET /echo/%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"escaped_nul", "GET /echo/%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"dot_dot", "GET /echo/../livez HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"escaped_dot_dot", "GET /echo/%2e%2e/livez HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"broken_query", "GET /echo/a?x=%1 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"no_host", "GET /echo/a HTTP/1.1\r\n\r\n", 400},
      {"two_hosts", "GET /echo/a HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", 400},
      {"blank_before_colon", with("Content-Length : 2\r\n", "ab"), 400},
      {"empty_header_name", with(": x\r\n"), 400},
      {"header_without_colon", with("just text\r\n"), 400},
      {"blank_in_header_name", with("X A: 1\r\n"), 400},
      {"nul_in_value", with("X-A: a" + zero + "b\r\n"), 400},
      {"control_in_value", with("X-A: a\x02" "b\r\n"), 400},
      {"carriage_return_in_value", with("X-A: a\rb\r\n"), 400},
      {"length_and_chunked", with("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"chunked_and_length", with("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "0\r\n\r\n"), 400},
      {"two_equal_lengths", with("Content-Length: 2\r\nContent-Length: 2\r\n", "ab"), 400},
      {"two_different_lengths", with("Content-Length: 2\r\nContent-Length: 3\r\n", "abc"), 400},
      {"list_of_lengths", with("Content-Length: 2, 2\r\n", "ab"), 400},
      {"negative_length", with("Content-Length: -1\r\n"), 400},
      {"signed_length", with("Content-Length: +2\r\n", "ab"), 400},
      {"hex_length", with("Content-Length: 0x2\r\n", "ab"), 400},
      {"length_with_letters", with("Content-Length: 2a\r\n", "ab"), 400},
      {"empty_length", with("Content-Length:\r\n"), 400},
      {"length_beyond_64_bits", with("Content-Length: 99999999999999999999\r\n"), 400},
      {"two_transfer_encodings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"hidden_chunked", with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400},
      {"gzip_then_chunked", with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
      {"chunked_then_identity", with("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 400},
      {"quoted_chunked", with("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 400},
      {"chunked_in_http_1_0", with("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "POST /echo HTTP/1.0"), 400},
      {"chunk_size_not_hex", with("Transfer-Encoding: chunked\r\n", "zz\r\nab\r\n0\r\n\r\n"), 400},
      {"negative_chunk_size", with("Transfer-Encoding: chunked\r\n", "-2\r\nab\r\n0\r\n\r\n"), 400},
      {"chunk_size_beyond_64_bits", with("Transfer-Encoding: chunked\r\n", "11111111111111111\r\nab\r\n0\r\n\r\n"), 400},
      {"chunk_longer_than_its_size", with("Transfer-Encoding: chunked\r\n", "2\r\nabcd\r\n0\r\n\r\n"), 400},
      {"chunk_extension_without_end", with("Transfer-Encoding: chunked\r\n", "2;" + std::string(80'000, 'x')), 400},
      {"length_in_trailer", with("Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\nContent-Length: 3\r\n\r\n"), 400},
      {"gzip_body", with("Content-Encoding: gzip\r\nContent-Length: 2\r\n", "ab"), 415},
      {"deflate_body", with("Content-Encoding: deflate\r\nContent-Length: 2\r\n", "ab"), 415},
      {"unknown_expectation", with("Expect: magic\r\nContent-Length: 2\r\n", "ab"), 417},
      {"long_header_line", with("X-A: " + std::string(17'000, 'a') + "\r\n"), 431},
      {"many_header_bytes", with([] {
         std::string lines;
         for (int i = 0; i < 60; ++i) lines += "X-" + std::to_string(i) + ": " + std::string(300, 'a') + "\r\n";
         return lines;
       }()), 431},
      {"many_header_fields", with([] {
         std::string lines;
         for (int i = 0; i < 200; ++i) lines += "A: b\r\n";
         return lines;
       }()), 431},
      {"long_target", "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 431},
      {"length_over_the_limit", with("Content-Length: 1001\r\n"), 413},
      {"huge_length", with("Content-Length: 18446744073709551615\r\n"), 413},
      {"chunks_over_the_limit", with("Transfer-Encoding: chunked\r\n", "3e9\r\n" + std::string(1001, 'a') + "\r\n0\r\n\r\n"), 413},
      {"many_chunks_over_the_limit", with("Transfer-Encoding: chunked\r\n", [] {
         std::string chunks;
         for (int i = 0; i < 1100; ++i) chunks += "1\r\na\r\n";
         return chunks + "0\r\n\r\n";
       }()), 413},
      {"announced_chunk_over_the_limit", with("Transfer-Encoding: chunked\r\n", "fffffff\r\na"), 413},
      {"unknown_path", "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n", 404},
      {"wrong_method", "DELETE /only-get HTTP/1.1\r\nHost: h\r\n\r\n", 405},
      {"method_in_lower_case", "get /only-get HTTP/1.1\r\nHost: h\r\n\r\n", 405},
      {"silent_in_the_request_line", "GET /ec", 408},
      {"silent_in_the_header", "GET /echo/a HTTP/1.1\r\nHost: h\r\nX-A: ", 408},
      {"silent_before_the_body", with("Content-Length: 5\r\n"), 408},
      {"silent_in_the_body", with("Content-Length: 5\r\n", "ab"), 408},
      {"silent_in_a_chunk", with("Transfer-Encoding: chunked\r\n", "5\r\nab"), 408},
      {"silent_before_the_last_chunk", with("Transfer-Encoding: chunked\r\n", "2\r\nab\r\n"), 408},
      {"silent_in_the_trailer", with("Transfer-Encoding: chunked\r\n", "0\r\nX-A: "), 408},
  };
}

std::ostream& operator<<(std::ostream& to, const malformed& m) { return to << m.name; }

class refused_test : public http_test, public testing::WithParamInterface<malformed> {};

TEST_P(refused_test, gets_its_status_and_a_close_before_a_handler_sees_it) {
  start(quick());
  const auto answer = ask(GetParam().bytes);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(GetParam().status) + " "));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(handled.empty());
  EXPECT_THAT(ask("GET /echo/after HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

INSTANTIATE_TEST_SUITE_P(raw, refused_test, testing::ValuesIn(malformed_requests()),
                         [](const auto& each) { return each.param.name; });

TEST_F(http_test, answers_405_with_the_methods_that_are_taken) {
  start();
  EXPECT_THAT(ask("PUT /only-get HTTP/1.1\r\nHost: h\r\n\r\n"), HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST_F(http_test, does_not_answer_the_second_half_of_a_smuggled_request) {
  start(quick());
  const auto answer = ask(with("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                               "0\r\n\r\nGET /echo/smuggled HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_THAT(answer, testing::Not(HasSubstr("200 OK")));
  EXPECT_TRUE(handled.empty());
}

TEST_F(http_test, closes_a_connection_that_says_nothing_without_a_word) {
  start(quick());
  EXPECT_EQ(raw_peer(at->port()).read_to_end(), "");
}

TEST_F(http_test, closes_an_idle_connection_after_its_time) {
  auto options = quick();
  options.idle_time = milliseconds(40);
  start(options);
  EXPECT_THAT(ask("GET /echo/a HTTP/1.1\r\nHost: h\r\n\r\n"), EndsWith("body "));
}

TEST_F(http_test, refuses_a_client_that_sends_one_byte_at_a_time_too_slowly) {
  start(quick());
  raw_peer peer(at->port());
  const std::string request = with("X-A: " + std::string(200, 'a') + "\r\n");
  // Each byte waits for the answer a little, as a slow client would; the deadline is for the whole header.
  std::string answer;
  for (std::size_t i = 0; i < request.size() && answer.empty(); ++i) {
    peer.send(request.substr(i, 1));
    answer = peer.read_for(milliseconds(2));
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 "));
}

TEST_F(http_test, closes_connections_over_the_limit) {
  listen_options options;
  options.max_connections = 2;
  start(options);
  raw_peer first(at->port()), second(at->port());
  first.send("GET /echo/1 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(first.read_until("body "), StartsWith("HTTP/1.1 200"));
  second.send("GET /echo/2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(second.read_until("body "), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(raw_peer(at->port()).read_to_end(), "");
}

TEST_F(http_test, closes_connections_of_one_peer_over_its_limit) {
  listen_options options;
  options.max_connections_per_peer = 1;
  start(options);
  raw_peer first(at->port());
  first.send("GET /echo/1 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(first.read_until("body "), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(raw_peer(at->port()).read_to_end(), "");
}

// ---- requests that are answered ----------------------------------------------------------------------------

TEST_F(http_test, hands_a_handler_the_decoded_request) {
  start();
  const auto answer = ask("GET /echo/a%20b?x=1&y=%26 HTTP/1.1\r\nHost: h\r\nX-A:  padded \r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("GET /echo/a b\npeer 127.0.0.1\nparam name=a b\nquery x=1\nquery y=&\n"));
  EXPECT_THAT(answer, HasSubstr("head X-A=padded\n"));
}

TEST_F(http_test, joins_chunks_and_drops_trailers) {
  start();
  const auto answer = ask(with("Transfer-Encoding: chunked\r\nConnection: close\r\n",
                               "3;a=b\r\nabc\r\n02\r\nde\r\n0\r\nX-Evil: 1\r\n\r\n"));
  EXPECT_THAT(answer, EndsWith("body abcde"));
  EXPECT_THAT(answer, testing::Not(HasSubstr("X-Evil")));
}

TEST_F(http_test, answers_pipelined_requests_in_order) {
  start();
  std::string many;
  for (int i = 0; i < 20; ++i) many += with("Content-Length: 2\r\n", std::to_string(10 + i));
  many += "GET /echo/last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  const auto answer = ask(many);
  std::size_t at_byte = 0;
  for (int i = 0; i < 20; ++i) {
    at_byte = answer.find("body " + std::to_string(10 + i), at_byte);
    ASSERT_NE(at_byte, std::string::npos) << i;
  }
  EXPECT_NE(answer.find("GET /echo/last", at_byte), std::string::npos);
}

TEST_F(http_test, reads_a_request_that_comes_byte_by_byte) {
  start();
  raw_peer peer(at->port());
  for (const char c : with("Content-Length: 5\r\nConnection: close\r\n", "hello")) peer.send(std::string(1, c));
  EXPECT_THAT(peer.read_to_end(), EndsWith("body hello"));
}

TEST_F(http_test, asks_for_the_body_when_the_client_waits_for_that) {
  start();
  raw_peer peer(at->port());
  peer.send(with("Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n"));
  EXPECT_EQ(peer.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("ab");
  EXPECT_THAT(peer.read_to_end(), EndsWith("body ab"));
}

TEST_F(http_test, does_not_ask_for_a_body_over_the_limit) {
  start();
  EXPECT_THAT(ask(with("Content-Length: 5000\r\nExpect: 100-continue\r\n")), StartsWith("HTTP/1.1 413 "));
}

TEST_F(http_test, lets_the_client_read_413_while_it_still_sends) {
  start();
  EXPECT_THAT(ask(with("Content-Length: 900000\r\n", std::string(900'000, 'a'))), StartsWith("HTTP/1.1 413 "));
}

TEST_F(http_test, takes_a_large_body_whole) {
  start();
  auto request = get("/large-body");
  request.method = "POST";
  request.body = random_text(3'000'000);
  request.max_body = 8_MiB;
  const auto sent = request.body;
  const auto answer = fetch(request);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.substr(answer.body.find("body ") + 5), sent);
}

TEST_F(http_test, speaks_http_1_0) {
  start();
  const auto closed = ask("GET /echo/a HTTP/1.0\r\n\r\n");
  EXPECT_THAT(closed, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(closed, EndsWith("body "));
  raw_peer peer(at->port());
  peer.send("GET /echo/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(peer.read_until("body "), HasSubstr("Connection: keep-alive\r\n"));
  EXPECT_THAT(ask("GET /stream HTTP/1.0\r\n\r\n"), EndsWith("\r\n\r\nonetwothree"));
}

TEST_F(http_test, answers_head_without_a_body) {
  start();
  const auto answer = ask("HEAD /large?n=5000 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 5000\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(http_test, turns_exceptions_into_500_and_503_without_their_text) {
  start();
  const auto permanent = fetch(get("/permanent")), transient = fetch(get("/transient"));
  EXPECT_EQ(permanent.status, 500);
  EXPECT_EQ(transient.status, 503);
  EXPECT_THAT(permanent.body + transient.body, testing::Not(HasSubstr("secret")));
}

TEST_F(http_test, never_sends_a_header_that_begins_another) {
  start();
  const auto answer = ask("GET /inject?v=a%0d%0aSet-Cookie:%20x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, testing::Not(HasSubstr("Set-Cookie")));
}

TEST_F(http_test, streams_in_chunks_as_they_are_written) {
  start();
  const auto raw = ask("GET /stream HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(raw, EndsWith("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n"));
  EXPECT_EQ(fetch(get("/stream")).body, "onetwothree");
}

TEST_F(http_test, cuts_a_stream_that_fails_instead_of_ending_it) {
  start();
  EXPECT_EQ(failure_of(get("/stream-broken")), "transient closed all");
}

TEST_F(http_test, ends_a_waiting_stream_when_the_client_closes) {
  start();
  std::promise<std::string> end;
  stream_end = &end;
  {
    raw_peer peer(at->port());
    peer.send("GET /stream-forever HTTP/1.1\r\nHost: h\r\n\r\n");
    peer.read_until("hello");
  }
  EXPECT_EQ(end.get_future().get(), "cancelled");
  stream_end = nullptr;
}

TEST_F(http_test, ends_streams_when_it_stops) {
  start();
  std::promise<std::string> end;
  stream_end = &end;
  raw_peer peer(at->port());
  peer.send("GET /stream-forever HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.read_until("hello");
  const auto begin = std::chrono::steady_clock::now();
  stop();
  EXPECT_EQ(end.get_future().get(), "cancelled");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(4));
  stream_end = nullptr;
}

TEST_F(http_test, sends_part_of_a_file) {
  const auto content = random_text(700'000);
  files.write("media", content);
  start();
  const auto whole = fetch(get("/file?name=media&offset=0&size=700000"));
  EXPECT_EQ(whole.body, content);
  EXPECT_EQ(fetch(get("/file?name=media&offset=1000&size=300000")).body, content.substr(1000, 300'000));
  EXPECT_EQ(fetch(get("/file?name=media&offset=0&size=0")).body, "");
}

TEST_F(http_test, answers_500_for_a_file_that_is_missing_or_short) {
  files.write("short", "abc");
  start();
  EXPECT_EQ(fetch(get("/file?name=none&offset=0&size=1")).status, 500);
  EXPECT_EQ(fetch(get("/file?name=short&offset=0&size=4")).status, 500);
  EXPECT_EQ(fetch(get("/file?name=short&offset=9&size=1")).status, 500);
}

TEST_F(http_test, finishes_the_request_under_way_when_it_stops) {
  start();
  raw_peer peer(at->port());
  raw_peer idle(at->port());
  idle.send("GET /echo/a HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.read_until("body ");
  peer.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  entered.get_future().wait();
  rt.stop();
  EXPECT_EQ(idle.read_to_end(), "");  // the idle one goes at once
  EXPECT_FALSE(raw_peer::can_connect(at->port()));
  release.set_value();
  const auto answer = peer.read_to_end();
  EXPECT_THAT(answer, EndsWith("waited"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  thread.join();
}

TEST_F(http_test, believes_forwarded_headers_of_a_trusted_proxy_only) {
  auto options = quick();
  options.trusted_proxies = {"127.0.0.0/8"};
  start(options);
  const std::string request =
      "GET /echo/a HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.1.1.1, 8.8.8.8\r\nX-Forwarded-For: 127.0.0.9\r\n"
      "X-Forwarded-Proto: https\r\nConnection: close\r\n\r\n";
  EXPECT_THAT(ask(request), HasSubstr("peer 8.8.8.8 secure\n"));
  server other(rt.context(), "other", routes(), quick());
  run_on(rt, [&] { other.start(); });
  EXPECT_THAT(raw_peer(other.port()).exchange(request), HasSubstr("peer 127.0.0.1\n"));
  stop();
}

TEST_F(http_test, takes_the_next_free_port_only_when_told) {
  start();
  listen_options same;
  same.port = at->port();
  server refused(rt.context(), "refused", router(), same);
  EXPECT_THAT(failure_text(rt, [&] { refused.start(); }), HasSubstr("cannot listen on 127.0.0.1 port " + std::to_string(same.port)));
  same.next_free_port = true;
  server next(rt.context(), "next", router(), same);
  run_on(rt, [&] { next.start(); });
  EXPECT_GT(next.port(), same.port);
  stop();
}

TEST_F(http_test, answers_the_admin_routes_and_counts) {
  start();
  EXPECT_EQ(fetch(get("/livez")).status, 200);
  EXPECT_EQ(fetch(get("/readyz")).status, 503);
  EXPECT_THAT(fetch(get("/readyz")).body, HasSubstr("spool full"));
  EXPECT_THAT(fetch(get("/version")).body, HasSubstr(R"("name":"leadyard")"));
  EXPECT_THAT(fetch(get("/metrics")).body, HasSubstr("hub_http_requests_total{code=\"2xx\",server=\"test\"}"));
}

// ---- the client ---------------------------------------------------------------------------------------------

TEST_F(http_test, keeps_connections_and_asks_without_compression) {
  start();
  auto request = get("/echo/a");
  request.head.list = {{"X-A", "1"}, {"Content-Length", "77"}, {"Host", "evil"}};
  const auto first = fetch(request);
  EXPECT_THAT(first.body, HasSubstr("head Accept-Encoding=identity\n"));
  EXPECT_THAT(first.body, HasSubstr("head X-A=1\n"));
  EXPECT_THAT(first.body, testing::Not(HasSubstr("evil")));
  EXPECT_THAT(first.body, testing::Not(HasSubstr("77")));
}

TEST_F(http_test, uses_one_connection_for_requests_one_after_another) {
  scripted_peer far({.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb"}});
  start();
  outgoing o;
  o.url = far.url("/");
  EXPECT_EQ(fetch(o).body, "a");
  EXPECT_EQ(fetch(o).body, "b");
  EXPECT_EQ(far.connections(), 1);
}

TEST_F(http_test, notices_a_kept_connection_that_was_closed) {
  scripted_peer far({.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"}, .close_after_each = true, .repeat = true});
  start();
  outgoing o;
  o.url = far.url("/");
  o.method = "POST";
  EXPECT_EQ(fetch(o).body, "a");
  far.wait_closed(1);
  EXPECT_EQ(fetch(o).body, "a");
  EXPECT_EQ(far.connections(), 2);
}

TEST_F(http_test, reads_answers_of_every_framing) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "abc"},
      {"HTTP/1.1 200 OK\r\n\r\nuntil the close", "until the close"},
      {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", "ab"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", "ab"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
      {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", ""},
  };
  start();
  for (const auto& [answer, body] : cases) {
    scripted_peer far({.answers = {answer}, .close_after_each = true});
    outgoing o;
    o.url = far.url("/");
    EXPECT_EQ(fetch(o).body, body) << answer;
  }
}

TEST_F(http_test, tells_how_an_exchange_failed_and_how_much_was_sent) {
  struct failing {
    scripted_peer::script script;
    std::string expected;
  };
  const std::vector<failing> cases{
      {{.answers = {""}, .close_after_each = true}, "transient closed all"},
      {{.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}, .close_after_each = true}, "transient closed all"},
      {{.answers = {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}, .close_after_each = true}, "transient closed all"},
      {{.answers = {"220 mail.example ESMTP\r\n"}, .close_after_each = true}, "transient answer all"},
      {{.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"}}, "permanent too large all"},
      {{.answers = {"HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'a')}, .close_after_each = true}, "permanent too large all"},
      {{.answers = {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'a') + "\r\n0\r\n\r\n"}},
       "permanent too large all"},
      {{.answers = {"HTTP/1.1 101 Switching Protocols\r\n\r\n"}}, "transient answer all"},
      {{.answers = {"HTTP/1.1 200 OK\r\nX: " + std::string(300'000, 'a')}}, "transient answer all"},
      {{.answers = {}}, "transient timeout all"},
      {{.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}}, "transient timeout all"},
  };
  start();
  for (const auto& each : cases) {
    scripted_peer far(each.script);
    outgoing o;
    o.url = far.url("/bot-token/x");
    o.total_time = milliseconds(each.expected.find("timeout") != std::string::npos ? 60 : 10'000);
    o.max_body = byte_count{1000};
    EXPECT_EQ(failure_of(o), each.expected) << (each.script.answers.empty() ? "silence" : each.script.answers.front().substr(0, 60));
    EXPECT_THAT(last_what, testing::Not(HasSubstr("token")));
  }
}

TEST_F(http_test, knows_that_nothing_was_sent_when_nobody_listens) {
  start();
  outgoing o;
  o.url = "http://127.0.0.1:" + std::to_string(unused_port()) + "/";
  EXPECT_EQ(failure_of(o), "transient connect nothing");
}

TEST_F(http_test, knows_that_part_was_sent_when_the_peer_stops_reading) {
  scripted_peer far({.reads = false});
  start();
  outgoing o;
  o.url = far.url("/");
  o.method = "POST";
  o.body = std::string(50'000'000, 'a');
  o.total_time = milliseconds(300);
  EXPECT_EQ(failure_of(o), "transient timeout part");
}

TEST_F(http_test, refuses_urls_that_are_not_plain_http) {
  start();
  for (const auto* url : {"", "x", "/path", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://", "http:///x",
                          "http://user@127.0.0.1/", "http://user:pw@127.0.0.1/", "http://127.0.0.1:0/", "http://127.0.0.1:99999/",
                          "http://127.0.0.1:x/", "http://a b/", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: 1", "http://[::1/",
                          "http://[v1.x]/", "http://%31%32%37.0.0.1%00/", "javascript:alert(1)", "//127.0.0.1/"}) {
    outgoing o;
    o.url = url;
    EXPECT_EQ(failure_of(o), "permanent url nothing") << url;
  }
}

TEST_F(http_test, refuses_requests_that_would_begin_another_header) {
  start();
  auto bad_value = get("/echo/a"), bad_name = get("/echo/a"), bad_method = get("/echo/a");
  bad_value.head.list = {{"X-A", "1\r\nX-B: 2"}};
  bad_name.head.list = {{"X-A: 1\r\nX-B", "2"}};
  bad_method.method = "GET / HTTP/1.1\r\nX:";
  for (const auto& o : {bad_value, bad_name, bad_method}) EXPECT_EQ(failure_of(o), "permanent request nothing");
  EXPECT_TRUE(handled.empty());
}

TEST_F(http_test, refuses_hosts_that_lead_inside_however_they_are_written) {
  start();
  for (const auto* host : {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1",
                           "0", "10.0.0.1", "169.254.169.254", "[fd00::1]", "[64:ff9b::7f00:1]"}) {
    outgoing o;
    o.url = "http://" + std::string(host) + ":" + std::to_string(at->port()) + "/echo/a";
    o.public_addresses_only = true;
    o.total_time = o.connect_time = seconds(3);
    const auto how = failure_of(o);
    // A machine without IPv6 does not even resolve some of them.
    EXPECT_TRUE(how == "permanent address nothing" || how == "transient resolve nothing") << host << ": " << how;
  }
  EXPECT_TRUE(handled.empty());
}

TEST_F(http_test, does_not_take_an_open_connection_for_a_stricter_request) {
  start();
  EXPECT_EQ(fetch(get("/echo/a")).status, 200);
  auto strict = get("/echo/a");
  strict.public_addresses_only = true;
  EXPECT_EQ(failure_of(strict), "permanent address nothing");
}

TEST_F(http_test, hands_over_a_body_in_pieces) {
  start();
  auto request = get("/large?n=900000");
  std::size_t bytes = 0, pieces = 0;
  request.on_bytes = [&](std::string_view piece) {
    bytes += piece.size();
    ++pieces;
  };
  const auto answer = fetch(request);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(bytes, 900'000u);
  EXPECT_GT(pieces, 1u);
}

TEST_F(http_test, passes_on_what_the_taker_of_pieces_throws) {
  start();
  auto request = get("/large?n=900000");
  request.on_bytes = [](std::string_view) { throw error(failure::permanent, "disk", "full"); };
  EXPECT_EQ(failure_of(request), "permanent disk all");
}

TEST_F(http_test, keeps_the_body_of_an_error_away_from_the_taker) {
  start();
  auto request = get("/nothing");
  request.on_bytes = [](std::string_view) { FAIL(); };
  EXPECT_THAT(fetch(request).body, HasSubstr("Not Found"));
}

TEST_F(http_test, gives_up_on_a_body_that_trickles) {
  scripted_peer far({.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc"}});
  start();
  outgoing o;
  o.url = far.url("/");
  o.slowest_bytes_per_second = 1000;
  o.speed_window = milliseconds(50);
  EXPECT_EQ(failure_of(o), "transient too slow all");
}

TEST_F(http_test, resolves_names) {
  start();
  outgoing o;
  o.url = "http://localhost:" + std::to_string(at->port()) + "/echo/a";
  EXPECT_EQ(fetch(o).status, 200);
  o.url = "http://no-such-host.invalid/";
  o.total_time = o.connect_time = seconds(5);
  const auto how = failure_of(o);
  EXPECT_TRUE(how == "transient resolve nothing" || how == "transient timeout nothing") << how;
}

// ---- TLS ----------------------------------------------------------------------------------------------------

class tls_test : public http_test {
 protected:
  void SetUp() override {
    http_test::SetUp();
    make_certificate(files, "a", 1, "localhost");
    make_certificate(files, "other", 2, "elsewhere.example");
    make_certificate(files, "unknown", 3, "localhost");
    files.write("trusted.pem", files.read("a.pem") + files.read("other.pem"));
    setenv("SSL_CERT_FILE", files.path("trusted.pem").c_str(), 1);
  }
  void TearDown() override {
    http_test::TearDown();
    unsetenv("SSL_CERT_FILE");
  }
  listen_options with_certificate(const std::string& name) {
    listen_options o;
    o.tls = {files.path(name + ".pem"), files.path(name + ".key")};
    return o;
  }
  outgoing over_tls(const std::string& path, const std::string& host = "localhost") {
    outgoing o;
    o.url = "https://" + host + ":" + std::to_string(at->port()) + path;
    return o;
  }
};

TEST_F(tls_test, serves_whoever_verifies_it) {
  start(with_certificate("a"));
  for (int i = 0; i < 3; ++i) {
    const auto answer = fetch(over_tls("/echo/a"));
    EXPECT_THAT(answer.body, HasSubstr("peer 127.0.0.1 secure\n"));
  }
  auto upload = over_tls("/large-body");
  upload.method = "POST";
  upload.body = random_text(1'000'000);
  upload.max_body = 4_MiB;
  EXPECT_THAT(fetch(upload).body, EndsWith(upload.body));
  EXPECT_EQ(fetch(over_tls("/stream")).body, "onetwothree");
}

TEST_F(tls_test, names_an_address_that_the_certificate_does_not) {
  start(with_certificate("a"));
  EXPECT_EQ(failure_of(over_tls("/echo/a", "127.0.0.1")), "transient tls nothing");
}

TEST_F(tls_test, refuses_a_certificate_of_another_host) {
  start(with_certificate("other"));
  EXPECT_EQ(failure_of(over_tls("/echo/a")), "transient tls nothing");
  EXPECT_TRUE(handled.empty());
}

TEST_F(tls_test, refuses_a_certificate_nobody_vouches_for) {
  start(with_certificate("unknown"));
  EXPECT_EQ(failure_of(over_tls("/echo/a")), "transient tls nothing");
  EXPECT_THAT(last_what, HasSubstr("certificate"));
}

TEST_F(tls_test, refuses_a_plain_server) {
  start();
  EXPECT_EQ(failure_of(over_tls("/echo/a")), "transient tls nothing");
}

TEST_F(tls_test, survives_bytes_that_are_not_tls) {
  start(with_certificate("a"));
  ask("GET /echo/a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(fetch(over_tls("/echo/a")).status, 200);
}

TEST_F(tls_test, closes_a_handshake_that_does_not_come) {
  auto options = with_certificate("a");
  options.header_time = milliseconds(60);
  start(options);
  EXPECT_EQ(raw_peer(at->port()).read_to_end(), "");
}

TEST_F(tls_test, answers_408_over_tls_too) {
  auto options = with_certificate("a");
  options.header_time = milliseconds(300);
  start(options);
  EXPECT_THAT(exchange_over_tls(at->port(), "GET /echo/a HTTP/1.1\r\nHost"), StartsWith("HTTP/1.1 408 "));
}

TEST_F(tls_test, does_not_start_with_files_that_do_not_fit) {
  auto options = with_certificate("a");
  options.tls.key = files.path("other.key");
  EXPECT_THROW(server(rt.context(), "test", routes(), options), error);
  options.tls.key = files.path("none");
  EXPECT_THROW(server(rt.context(), "test", routes(), options), error);
}

TEST_F(tls_test, takes_a_changed_certificate_without_a_restart_and_keeps_the_old_one_when_it_is_wrong) {
  make_certificate(files, "live", 10, "localhost");
  start(with_certificate("live"));
  EXPECT_EQ(serial_of(at->port()), 10);
  files.write("live.pem", "half a file");
  files.age("live.pem", seconds(10));
  EXPECT_EQ(serial_of(at->port()), 10);
  make_certificate(files, "live", 11, "localhost");
  files.age("live.pem", seconds(20));
  EXPECT_TRUE(within_seconds(10, [&] { return serial_of(at->port()) == 11; }));
  EXPECT_EQ(serial_of(at->port()), 11);
}

}  // namespace
}  // namespace hub::http
