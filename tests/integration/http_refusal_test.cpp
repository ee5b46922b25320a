// What the server refuses before a handler sees it.
#include "tests/integration/http_fixture.hpp"

namespace hub::http {
namespace {

struct malformed {
  const char* name;
  std::string bytes;
  int status;
};

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
      {"control_in_value",
       with("X-A: a\x02"
            "b\r\n"),
       400},
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
      {"two_transfer_encodings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
       400},
      {"hidden_chunked", with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400},
      {"gzip_then_chunked", with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
      {"chunked_then_identity", with("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 400},
      {"quoted_chunked", with("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 400},
      {"chunked_in_http_1_0", with("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "POST /echo HTTP/1.0"), 400},
      {"chunk_size_not_hex", with("Transfer-Encoding: chunked\r\n", "zz\r\nab\r\n0\r\n\r\n"), 400},
      {"negative_chunk_size", with("Transfer-Encoding: chunked\r\n", "-2\r\nab\r\n0\r\n\r\n"), 400},
      {"chunk_size_beyond_64_bits", with("Transfer-Encoding: chunked\r\n", "11111111111111111\r\nab\r\n0\r\n\r\n"),
       400},
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
       }()),
       431},
      {"many_header_fields", with([] {
         std::string lines;
         for (int i = 0; i < 200; ++i) lines += "A: b\r\n";
         return lines;
       }()),
       431},
      {"long_target", "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 431},
      {"length_over_the_limit", with("Content-Length: 1001\r\n"), 413},
      {"huge_length", with("Content-Length: 18446744073709551615\r\n"), 413},
      {"chunks_over_the_limit",
       with("Transfer-Encoding: chunked\r\n", "3e9\r\n" + std::string(1001, 'a') + "\r\n0\r\n\r\n"), 413},
      {"many_chunks_over_the_limit",
       with("Transfer-Encoding: chunked\r\n",
            [] {
              std::string chunks;
              for (int i = 0; i < 1100; ++i) chunks += "1\r\na\r\n";
              return chunks + "0\r\n\r\n";
            }()),
       413},
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

}  // namespace
}  // namespace hub::http
