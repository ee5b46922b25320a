// What the client reads, refuses and reports.
#include "tests/integration/http_fixture.hpp"

namespace hub::http {
namespace {

TEST_F(http_test, keeps_connections_and_asks_without_compression) {
  start();
  auto request = get("/echo/a");
  request.head.list = {{"X-A", "1"}, {"Content-Length", "77"}, {"Host", "evil"}};
  const auto first = fetch(request);
  EXPECT_THAT(first.body, HasSubstr("head Accept-Encoding=identity\n"));
  EXPECT_THAT(first.body, HasSubstr("head X-A=1\n"));
  EXPECT_THAT(first.body, testing::Not(HasSubstr("evil")));
  EXPECT_THAT(first.body, testing::Not(HasSubstr("Content-Length")));
}

TEST_F(http_test, uses_one_connection_for_requests_one_after_another) {
  scripted_peer far(
      {.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb"}});
  start();
  outgoing o;
  o.url = far.url("/");
  EXPECT_EQ(fetch(o).body, "a");
  EXPECT_EQ(fetch(o).body, "b");
  EXPECT_EQ(far.connections(), 1);
}

TEST_F(http_test, notices_a_kept_connection_that_was_closed) {
  scripted_peer far(
      {.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"}, .close_after_each = true, .repeat = true});
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
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
       "2\r\n\r\nab",
       "ab"},
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
      {{.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}, .close_after_each = true},
       "transient closed all"},
      {{.answers = {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}, .close_after_each = true},
       "transient closed all"},
      {{.answers = {"220 mail.example ESMTP\r\n"}, .close_after_each = true}, "transient answer all"},
      {{.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"}}, "permanent too large all"},
      {{.answers = {"HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'a')}, .close_after_each = true},
       "permanent too large all"},
      {{.answers = {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'a') +
                    "\r\n0\r\n\r\n"}},
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
    EXPECT_EQ(failure_of(o), each.expected)
        << (each.script.answers.empty() ? "silence" : each.script.answers.front().substr(0, 60));
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
  for (const auto* url : {"",
                          "x",
                          "/path",
                          "ftp://127.0.0.1/",
                          "file:///etc/passwd",
                          "gopher://127.0.0.1/",
                          "http://",
                          "http:///x",
                          "http://user@127.0.0.1/",
                          "http://user:pw@127.0.0.1/",
                          "http://127.0.0.1:0/",
                          "http://127.0.0.1:99999/",
                          "http://127.0.0.1:x/",
                          "http://a b/",
                          "http://127.0.0.1/a b",
                          "http://127.0.0.1/\r\nX: 1",
                          "http://[::1/",
                          "http://[v1.x]/",
                          "http://%31%32%37.0.0.1%00/",
                          "javascript:alert(1)",
                          "//127.0.0.1/"}) {
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
  for (const auto* host :
       {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0",
        "10.0.0.1", "169.254.169.254", "[fd00::1]", "[64:ff9b::7f00:1]"}) {
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

}  // namespace
}  // namespace hub::http
