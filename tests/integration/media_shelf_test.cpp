// Attachments whose address says only where the bytes are: the shelf asks on, within all its limits.

#include "connectors/media_shelf.hpp"
#include "hub/http/server.hpp"
#include "tests/support/waiting.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

namespace {

using namespace std::chrono_literals;

/// A reference is the name of a source that the test prepared.
class prepared_connector final : public connectors::connector {
 public:
  std::map<std::string, connectors::media_source> sources;

  const connectors::account_context& context() const override { return context_; }
  std::vector<connectors::webhook> webhooks() const override { return {}; }
  connectors::reception receive(const hub::http::request&, hub::instant) override { return {}; }
  hub::result<std::vector<hub::message::event>> normalize(std::string_view, hub::instant) override {
    return std::vector<hub::message::event>{};
  }
  hub::result<connectors::media_source> open_media(std::string_view reference) override {
    const auto found = sources.find(std::string(reference));
    if (found == sources.end()) return hub::problem{"reference", "is unknown"};
    return found->second;
  }
  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client&) override {
    co_return std::vector<std::string>{};
  }

 private:
  connectors::account_context context_;
};

class media_shelf : public testing::Test {
 protected:
  media_shelf() {
    hub::http::router routes;
    hub::http::route any;
    any.method = "GET";
    any.pattern = "/{name}";
    any.handle = [this](hub::http::request r) -> hub::async::task<hub::http::response> {
      ++asked;
      const auto name = r.params.at("name");
      const auto* token = r.head.find("Authorization");
      if (!token || *token != "Bearer t") co_return hub::http::response::text(401, "");
      if (name == "gone") co_return hub::http::response::text(404, "");
      hub::http::response answer;
      answer.body = name == "bytes" ? "the bytes of a picture" : name == "long" ? std::string(100'000, 'x') : name;
      co_return answer;
    };
    routes.add(std::move(any));
    hub::http::route told;
    told.method = "POST";
    told.pattern = "/{name}";
    told.handle = [this](hub::http::request r) -> hub::async::task<hub::http::response> {
      ++asked;
      said = r.body;
      co_return hub::http::response::text(200, "where");
    };
    routes.add(std::move(told));
    platform = std::make_unique<hub::http::server>(platform_loop, "platform", std::move(routes), hub::http::listen_options{});
    platform->start();
    serving = std::thread([this] { platform_loop.run(); });
    connectors::media_limits limits;
    limits.allow_private_addresses = true;
    limits.max_size = hub::byte_count{1 << 20};
    shelf = std::make_unique<connectors::media_shelf>(home / "media", limits, http, hub::real_clock());
  }
  ~media_shelf() override {
    platform_loop.stop();
    serving.join();
  }

  connectors::media_source source(const std::string& name) const {
    connectors::media_source made;
    made.url = "http://127.0.0.1:" + std::to_string(platform->port()) + "/" + name;
    made.head.set("Authorization", "Bearer t");
    return made;
  }
  connectors::media_source asking(const std::string& name, const connectors::media_source& then) const {
    auto made = source(name);
    made.next = [name, then](std::string_view answer) -> hub::result<connectors::media_source> {
      if (answer != name) return hub::problem{"answer", "is another"};
      return then;
    };
    return made;
  }
  connectors::fetched get(const std::string& reference) {
    loop.restart();
    auto done = boost::asio::co_spawn(loop, shelf->get(of, reference), boost::asio::use_future);
    while (done.wait_for(0s) != std::future_status::ready) loop.run_one();
    return done.get();
  }
  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::atomic<int> asked{0};
  std::string said;  ///< with the last POST
  test_support::temp_dir home;
  boost::asio::io_context platform_loop, loop;
  std::unique_ptr<hub::http::server> platform;
  std::thread serving;
  hub::http::client http{loop};
  prepared_connector of;
  std::unique_ptr<connectors::media_shelf> shelf;
};

TEST_F(media_shelf, follows_an_answer_to_the_bytes) {
  of.sources["two"] = asking("where", source("bytes"));
  of.sources["three"] = asking("who", asking("where", source("bytes")));
  for (const std::string name : {"two", "three"}) {
    const auto got = get(name);
    ASSERT_EQ(got.status, 200) << got.why;
    EXPECT_EQ(read(got.path), "the bytes of a picture");
    EXPECT_EQ(got.size, 22u);
  }
  EXPECT_EQ(asked, 5);
}

TEST_F(media_shelf, asks_as_the_platform_wants_to_be_asked_and_then_as_usual) {
  auto post = asking("where", source("bytes"));
  post.method = "POST";
  post.body = "which one";
  of.sources["post"] = post;
  const auto got = get("post");
  ASSERT_EQ(got.status, 200) << got.why;
  EXPECT_EQ(read(got.path), "the bytes of a picture");
  EXPECT_EQ(said, "which one");
  EXPECT_EQ(asked, 2);
}

TEST_F(media_shelf, tries_later_when_an_answer_names_nothing) {
  auto unreadable = source("where");
  unreadable.next = [](std::string_view) -> hub::result<connectors::media_source> { return hub::problem{"answer", "is none"}; };
  of.sources["a"] = unreadable;
  const auto got = get("a");
  EXPECT_EQ(got.status, 502);
  EXPECT_TRUE(got.retry);
}

TEST_F(media_shelf, follows_no_answer_without_end_and_reads_none_that_is_long) {
  auto chain = source("bytes");
  for (int i = 0; i < 6; ++i) chain = asking("where", chain);
  of.sources["endless"] = chain;
  EXPECT_EQ(get("endless").status, 502);
  EXPECT_EQ(asked, 4);
  of.sources["long"] = asking("long", source("bytes"));
  EXPECT_EQ(get("long").status, 502);
}

TEST_F(media_shelf, checks_the_address_of_an_answer_like_any_other) {
  connectors::media_source elsewhere;
  elsewhere.url = "ftp://127.0.0.1/a";
  of.sources["a"] = asking("where", elsewhere);
  EXPECT_EQ(get("a").status, 403);
  auto late = asking("where", source("bytes"));
  late.expires_at = hub::instant(1s);
  of.sources["late"] = late;
  EXPECT_EQ(get("late").status, 410);
}

TEST_F(media_shelf, asks_again_for_what_is_gone_only_at_an_address_that_does_not_last) {
  of.sources["gone"] = asking("where", source("gone"));
  EXPECT_EQ(get("gone").status, 410);
  auto fleeting = source("gone");
  fleeting.fleeting = true;
  of.sources["fleeting"] = asking("where", fleeting);
  const auto got = get("fleeting");
  EXPECT_EQ(got.status, 502);
  EXPECT_TRUE(got.retry);
}

}  // namespace
