// What the server answers, streams, counts and finishes.
#include "tests/integration/http_fixture.hpp"

namespace hub::http {
namespace {

TEST_F(http_test, hands_a_handler_the_decoded_request) {
  start();
  const auto answer =
      ask("GET /echo/a%20b?x=1&y=%26 HTTP/1.1\r\nHost: h\r\nX-A:  padded \r\nConnection: close\r\n\r\n");
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

/// A client in the middle of a stream that has no end of its own.
struct endless_stream {
  std::promise<std::string> end;
  std::unique_ptr<raw_peer> peer;

  explicit endless_stream(std::uint16_t port) : peer(std::make_unique<raw_peer>(port)) {
    stream_end = &end;
    peer->send("GET /stream-forever HTTP/1.1\r\nHost: h\r\n\r\n");
    peer->read_until("hello");
  }
  ~endless_stream() { stream_end = nullptr; }
  std::string ended_as() { return end.get_future().get(); }
};

TEST_F(http_test, ends_a_waiting_stream_when_the_client_closes) {
  start();
  endless_stream stream(at->port());
  stream.peer.reset();
  EXPECT_EQ(stream.ended_as(), "cancelled");
}

TEST_F(http_test, ends_streams_when_it_stops) {
  start();
  endless_stream stream(at->port());
  const auto begin = std::chrono::steady_clock::now();
  stop();
  EXPECT_EQ(stream.ended_as(), "cancelled");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(4));
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
  EXPECT_THAT(failure_text(rt, [&] { refused.start(); }),
              HasSubstr("cannot listen on 127.0.0.1 port " + std::to_string(same.port)));
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

}  // namespace
}  // namespace hub::http
