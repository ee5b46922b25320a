#include "hub/base/failure.hpp"
#include "hub/http/router.hpp"
#include "hub/http/server_answer.hpp"
#include "hub/http/server_request.hpp"
#include "hub/http/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hub::http {
namespace {

async::task<response> nothing(request) { co_return response(); }

router make(std::initializer_list<std::pair<const char*, const char*>> list) {
  router r;
  for (const auto& [method, pattern] : list) r.add({method, pattern, nothing});
  return r;
}

TEST(router, finds_a_literal_path) {
  const auto r = make({{"GET", "/livez"}, {"POST", "/livez/deep"}});
  ASSERT_NE(r.find("GET", "/livez").match, nullptr);
  EXPECT_EQ(r.find("GET", "/livez").match->pattern, "/livez");
  EXPECT_EQ(r.find("POST", "/livez/deep").match->pattern, "/livez/deep");
}

TEST(router, hands_over_what_braces_matched) {
  const auto r = make({{"POST", "/webhooks/{channel}/{account}"}});
  const auto found = r.find("POST", "/webhooks/viber/main");
  ASSERT_NE(found.match, nullptr);
  EXPECT_EQ(found.params.at("channel"), "viber");
  EXPECT_EQ(found.params.at("account"), "main");
}

TEST(router, does_not_match_an_empty_segment_with_braces) {
  const auto r = make({{"GET", "/leads/{id}"}});
  EXPECT_EQ(r.find("GET", "/leads/").match, nullptr);
  EXPECT_TRUE(r.find("GET", "/leads/").allowed.empty());
}

TEST(router, tells_a_trailing_slash_and_a_longer_path_apart) {
  const auto r = make({{"GET", "/leads"}, {"GET", "/leads/{id}"}});
  EXPECT_EQ(r.find("GET", "/leads/").match, nullptr);
  EXPECT_EQ(r.find("GET", "/leads/1/2").match, nullptr);
  EXPECT_EQ(r.find("GET", "leads").match, nullptr);
  EXPECT_EQ(r.find("GET", "").match, nullptr);
}

TEST(router, prefers_the_literal_route_whatever_the_order) {
  for (const bool literal_first : {true, false}) {
    router r;
    if (literal_first) r.add({"GET", "/leads/mine", nothing});
    r.add({"GET", "/leads/{id}", nothing});
    if (!literal_first) r.add({"GET", "/leads/mine", nothing});
    EXPECT_EQ(r.find("GET", "/leads/mine").match->pattern, "/leads/mine");
    EXPECT_EQ(r.find("GET", "/leads/7").match->pattern, "/leads/{id}");
  }
}

TEST(router, falls_back_to_the_general_route_for_another_method) {
  const auto r = make({{"GET", "/leads/mine"}, {"POST", "/leads/{id}"}});
  EXPECT_EQ(r.find("POST", "/leads/mine").match->pattern, "/leads/{id}");
}

TEST(router, gives_the_rest_of_a_path_to_a_star) {
  const auto r = make({{"GET", "/console/{file*}"}, {"GET", "/console/login"}});
  EXPECT_EQ(r.find("GET", "/console/js/app.js").params.at("file"), "js/app.js");
  EXPECT_EQ(r.find("GET", "/console/").params.at("file"), "");
  EXPECT_EQ(r.find("GET", "/console/login").match->pattern, "/console/login");
  EXPECT_EQ(r.find("GET", "/console").match, nullptr);
}

TEST(router, lists_the_methods_of_a_path_that_does_not_take_this_one) {
  const auto r = make({{"GET", "/a"}, {"POST", "/a"}});
  const auto found = r.find("DELETE", "/a");
  EXPECT_EQ(found.match, nullptr);
  EXPECT_EQ(found.allowed, "GET, HEAD, POST");
  EXPECT_TRUE(r.find("DELETE", "/b").allowed.empty());
}

TEST(router, answers_head_with_the_get_route) {
  const auto r = make({{"GET", "/a"}, {"POST", "/b"}});
  EXPECT_NE(r.find("HEAD", "/a").match, nullptr);
  EXPECT_EQ(r.find("HEAD", "/b").match, nullptr);
}

TEST(router, takes_methods_as_they_are_written) {
  const auto r = make({{"GET", "/a"}});
  EXPECT_EQ(r.find("get", "/a").match, nullptr);
}

TEST(router, stays_whole_when_copied) {
  auto original = std::make_unique<router>(make({{"GET", "/a/{b}"}}));
  const router copy = *original;
  original.reset();
  EXPECT_EQ(copy.find("GET", "/a/x").match, &copy.routes().front());
}

TEST(router, refuses_the_same_route_twice) {
  auto r = make({{"GET", "/a/{x}"}});
  EXPECT_THROW(r.add({"GET", "/a/{x}", nothing}), error);
}

TEST(router, refuses_malformed_patterns) {
  router r;
  for (const auto* pattern : {"", "a", "/a{b}", "/{}", "/{b", "/b}", "/{a*}/b", "/{a b}", "/{*}"})
    EXPECT_THROW(r.add({"GET", pattern, nothing}), error) << pattern;
  EXPECT_THROW(r.add({"GE T", "/", nothing}), error);
}

TEST(targets, are_split_and_decoded) {
  const auto t = parse_target("/a%20b/c?x=1&y=a+b%26&x=2&z");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->path, "/a b/c");
  EXPECT_EQ(t->query, (std::map<std::string, std::string>{{"x", "1"}, {"y", "a b&"}, {"z", ""}}));
}

TEST(targets, keep_a_plus_in_the_path) { EXPECT_EQ(parse_target("/a+b")->path, "/a+b"); }

TEST(targets, are_refused_when_malformed) {
  for (const auto* text : {"", "a", "*", "/%", "/%4", "/%zz", "/a%00b", "/../etc", "/a/..", "/a/./b", "/%2e%2e/x",
                           "/a/%2E", "/?x=%", "/?%f", "http://host/", "host:443"})
    EXPECT_FALSE(parse_target(text)) << text;
  for (const auto* text : {"/", "/...", "/.well-known/x", "/a..b", "/a/.b", "//"})
    EXPECT_TRUE(parse_target(text)) << text;
}

TEST(header_lists, compare_names_without_case) {
  headers h;
  h.list = {{"Content-Type", "a"}, {"X-A", "1"}, {"x-a", "2"}};
  EXPECT_EQ(*h.find("content-type"), "a");
  EXPECT_EQ(h.count("X-a"), 2u);
  h.set("x-A", "3");
  EXPECT_EQ(h.count("X-A"), 1u);
  EXPECT_EQ(*h.find("x-a"), "3");
  EXPECT_EQ(h.find("none"), nullptr);
}

TEST(answers, that_would_begin_another_header_are_refused) {
  const auto flawed = [](std::string name, std::string value) {
    response r;
    r.head.list.emplace_back(std::move(name), std::move(value));
    return !find_flaw(r).empty();
  };
  EXPECT_FALSE(flawed("X-A", "plain \t value \xd0\xb0"));
  EXPECT_TRUE(flawed("X-A", "a\r\nSet-Cookie: b"));
  EXPECT_TRUE(flawed("X-A", "a\nb"));
  EXPECT_TRUE(flawed("X-A", std::string("a\0b", 3)));
  EXPECT_TRUE(flawed("X A", "a"));
  EXPECT_TRUE(flawed("X:A", "a"));
  EXPECT_TRUE(flawed("", "a"));
  response odd;
  odd.status = 99;
  EXPECT_FALSE(find_flaw(odd).empty());
  odd.status = 600;
  EXPECT_FALSE(find_flaw(odd).empty());
}

TEST(answers, carry_our_own_length_and_not_a_handlers) {
  response r = response::text(200, "abc");
  r.head.list.emplace_back("content-length", "7");
  r.head.list.emplace_back("Transfer-Encoding", "chunked");
  std::string head;
  append_head(head, r, {.size = 3, .keep = true, .old = false, .date = ""});
  EXPECT_EQ(head, "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n\r\n");
}

TEST(answers, of_a_problem_are_problem_json) {
  const auto r = response::problem(422, "wrong \"stage\"", "unknown", "stage");
  EXPECT_EQ(r.status, 422);
  EXPECT_EQ(*r.head.find("Content-Type"), "application/problem+json");
  EXPECT_THAT(r.body, testing::HasSubstr(R"("title":"wrong \"stage\"")"));
  EXPECT_THAT(r.body, testing::HasSubstr(R"("field":"stage")"));
}

TEST(request_reader, reads_the_same_request_whole_and_byte_by_byte) {
  const std::string bytes =
      "POST /a?x=1 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n";
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
    request_reader reader;
    std::string held;
    for (std::size_t at = 0; at < bytes.size() && !reader.done(); at += step) {
      held += bytes.substr(at, step);
      for (std::size_t taken = 1; taken > 0 && !held.empty() && !reader.done();) {
        taken = reader.put(held);
        held.erase(0, taken);
      }
    }
    ASSERT_TRUE(reader.done()) << step;
    EXPECT_EQ(reader.message().body, "abcde");
    EXPECT_EQ(reader.message().query.at("x"), "1");
    EXPECT_EQ(reader.message().head.find("X-Trailer"), nullptr);
  }
}

TEST(request_reader, leaves_the_next_request_in_the_buffer) {
  const std::string one = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab", two = one + one;
  request_reader reader;
  std::size_t taken = reader.put(two);
  EXPECT_TRUE(reader.header_done());
  taken += reader.put(std::string_view(two).substr(taken));
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(taken, one.size());
}

TEST(request_reader, counts_the_whole_header_however_it_comes) {
  request_reader reader;
  std::string held = "GET / HTTP/1.1\r\nHost: h\r\n";
  int lines = 0;
  for (; !reader.refused() && lines < 100; ++lines) {
    held += "X-A: " + std::string(1000, 'a') + "\r\n";
    for (std::size_t taken = 1; taken > 0 && !held.empty() && !reader.refused();) {
      taken = reader.put(held);
      held.erase(0, taken);
    }
  }
  ASSERT_TRUE(reader.refused());
  EXPECT_EQ(reader.refused()->status, 431);
  EXPECT_LT(lines, 18);
}

}  // namespace
}  // namespace hub::http
