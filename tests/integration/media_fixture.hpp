#pragma once
// The media pool against a real database and an HTTP server in the connector's place: what a test asks for, and what
// became of it.

#include "hub/async/runtime.hpp"
#include "hub/async/within.hpp"
#include "hub/http/server.hpp"
#include "hub/media/store.hpp"
#include "tests/support/servers.hpp"
#include "workers/media/pool.hpp"
#include "workers/media/rows.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>

namespace media_tests {

using namespace std::chrono_literals;
using test_support::wait_until;
using workers::media::media_options;
using workers::media::media_pool;

inline const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\6\0\0\0\x1f\x15\xc4\x89", 33);

/// GET /internal/media: each reference has a script of answers, the last one stays.
class connector_stand_in {
 public:
  struct reply {
    int status = 200;
    std::string body = png;
    std::chrono::milliseconds drip = 0ms;  ///< between two bytes
  };

  connector_stand_in() {
    hub::http::router routes;
    routes.add({.method = "GET", .pattern = "/internal/media", .handle = [this](hub::http::request asked) {
                  return answer(std::move(asked));
                }});
    routes.add({.method = "DELETE",
                .pattern = "/internal/media",
                .handle = [this](hub::http::request asked) -> hub::async::task<hub::http::response> {
                  const std::lock_guard lock(mutex_);
                  forgotten_.push_back(asked.query["reference"]);
                  co_return hub::http::response::text(204, "");
                }});
    server_ = std::make_unique<hub::http::server>(loop_, "connector", std::move(routes), hub::http::listen_options{});
    server_->start();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~connector_stand_in() {
    loop_.stop();
    thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  void script(const std::string& reference, std::vector<reply> replies) {
    const std::lock_guard lock(mutex_);
    scripts_[reference] = std::move(replies);
  }
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::vector<std::string> forgotten() const {
    const std::lock_guard lock(mutex_);
    return forgotten_;
  }

 private:
  hub::async::task<hub::http::response> answer(hub::http::request asked) {
    reply now;
    {
      const std::lock_guard lock(mutex_);
      const std::string reference = asked.query["reference"];
      const auto* token = asked.head.find("Authorization");
      asked_.push_back(reference);
      if (!token || *token != "Bearer internal" || asked.query["channel"] != "viber" || asked.query["account"] != "main")
        co_return hub::http::response::problem(401, "wrong token");
      auto& replies = scripts_[reference];
      if (!replies.empty()) now = replies.front();
      if (replies.size() > 1) replies.erase(replies.begin());
    }
    if (now.status != 200) co_return hub::http::response::problem(now.status, now.body);
    hub::http::response made;
    made.stream = [now](hub::http::body_writer& to) -> hub::async::task<> {
      if (now.drip == 0ms) {
        co_await to.write(now.body);
        co_return;
      }
      for (const char byte : now.body) {
        const std::string_view one(&byte, 1);
        co_await to.write(one);
        co_await hub::async::sleep_for(now.drip);
      }
    };
    co_return made;
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<reply>> scripts_;
  std::vector<std::string> asked_, forgotten_;
  boost::asio::io_context loop_{1};
  std::unique_ptr<hub::http::server> server_;
  std::thread thread_;
};

class media : public ::testing::Test {
 protected:
  media() : url(test_support::fresh_database()), database({.url = hub::secret(url), .application_name = "test"}) {}

  media_options options(std::string connector) const {
    media_options made;
    made.database = {.url = hub::secret(url), .application_name = "media"};
    made.connector_url = [connector] { return connector; };
    made.internal_token = hub::secret("internal");
    made.max_size = hub::byte_count{100'000};
    made.fetchers = 2;
    made.process = "test";
    made.idle = 20ms;
    made.first_wait = 50ms;
    return made;
  }

  std::string value(const std::string& sql) {
    return database.transact([&](pqxx::work& in) {
      const auto found = in.exec(sql);
      return found.empty() || found[0][0].is_null() ? std::string() : found[0][0].as<std::string>();
    });
  }
  void run(const std::string& sql) {
    database.transact([&](pqxx::work& in) { in.exec(sql); });
  }

  /// A message with one file to fetch; its reference is its key. `deadline` is SQL.
  void wanted(const std::string& key, const std::string& type = "photo",
              const std::string& deadline = "now() + interval '1 hour'") {
    run("with c as (insert into customer default values returning id),"
        " l as (insert into lead (customer_id, source_channel, last_activity_at) select id, 'viber', now() from c returning id, "
        "customer_id),"
        " m as (insert into message (lead_id, customer_id, channel, direction, type, sent_at, event_key)"
        "   select id, customer_id, 'viber', 'incoming', '" +
        type + "', now(), '" + key +
        "' from l returning id)"
        " insert into media_fetch (event_key, part, message_id, channel, account, type, reference, file_name, deadline)"
        " select '" +
        key + "', '0', id, 'viber', 'main', '" + type + "', '" + key + "', 'car.jpg', " + deadline + " from m");
  }
  std::string state(const std::string& key) { return value("select state from media_fetch where event_key = '" + key + "'"); }
  std::string reason(const std::string& key) { return value("select reason from media_fetch where event_key = '" + key + "'"); }
  bool settled(const std::string& key) { return wait_until([&] { return state(key) != "pending"; }, 15s); }

  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path()))
      count += entry.is_regular_file() && entry.path().parent_path().filename() != "tmp";
    return count;
  }

  std::string url;
  hub::db::connection database;
  test_support::temp_dir directory;
  connector_stand_in connector;
};

}  // namespace media_tests
