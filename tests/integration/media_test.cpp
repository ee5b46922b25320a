// The media pool against a real database and an HTTP server in the connector's place: what is stored, what is not, and
// what a killed worker leaves.

#include "hub/async/runtime.hpp"
#include "hub/async/within.hpp"
#include "hub/base/crypto.hpp"
#include "hub/http/server.hpp"
#include "hub/media/store.hpp"
#include "tests/support/servers.hpp"
#include "workers/media/pool.hpp"
#include "workers/media/rows.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using test_support::wait_until;
using workers::media::media_options;
using workers::media::media_pool;

const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\6\0\0\0\x1f\x15\xc4\x89", 33);

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
    routes.add({.method = "GET", .pattern = "/internal/media", .handle = [this](hub::http::request asked) { return answer(std::move(asked)); }});
    routes.add({.method = "DELETE", .pattern = "/internal/media", .handle = [this](hub::http::request asked) -> hub::async::task<hub::http::response> {
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
  void wanted(const std::string& key, const std::string& type = "photo", const std::string& deadline = "now() + interval '1 hour'") {
    run("with c as (insert into customer default values returning id),"
        " l as (insert into lead (customer_id, source_channel, last_activity_at) select id, 'viber', now() from c returning id, customer_id),"
        " m as (insert into message (lead_id, customer_id, channel, direction, type, sent_at, event_key)"
        "   select id, customer_id, 'viber', 'incoming', '" + type + "', now(), '" + key + "' from l returning id)"
        " insert into media_fetch (event_key, part, message_id, channel, account, type, reference, file_name, deadline)"
        " select '" + key + "', '0', id, 'viber', 'main', '" + type + "', '" + key + "', 'car.jpg', " + deadline + " from m");
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

TEST_F(media, stores_a_photo_and_links_it_with_message_lead_and_customer) {
  wanted("a");
  hub::media::store store(directory.path());
  media_pool pool(options(connector.url()), store);
  pool.start();
  ASSERT_TRUE(settled("a"));
  EXPECT_EQ(state("a"), "stored");
  EXPECT_EQ(value("select count(*) from media_fetch f join media d on d.id = f.media_id join message m on m.media_id = d.id"
                  " join message_media x on x.message_id = m.id and x.media_id = d.id and x.part = '0'"
                  " where d.lead_id = m.lead_id and d.customer_id = m.customer_id and d.file_type = 'image/png' and d.size = 33"
                  " and d.original_name = 'car.jpg' and d.channel = 'viber' and f.taken_by is null"),
            "1");
  EXPECT_EQ(read(store.find(value("select sha256 from media"))), png);
}

TEST_F(media, tells_the_connector_when_it_may_forget_the_bytes) {
  wanted("a");
  wanted("b");
  connector.script("a", {{.status = 503, .body = "not now"}, {}});
  connector.script("b", {{.status = 410, .body = "gone"}});
  hub::media::store store(directory.path());
  media_pool pool(options(connector.url()), store);
  pool.start();
  ASSERT_TRUE(wait_until([&] { return connector.forgotten().size() == 2; }, 15s));
  EXPECT_EQ(value("select count(*) from media_fetch where state in ('stored', 'expired')"), "2");
}

TEST_F(media, shows_the_first_part_of_a_message_whichever_came_first) {
  wanted("album");
  for (const std::string part : {"10", "2"})
    run("insert into media_fetch (event_key, part, message_id, channel, account, type, reference)"
        " select event_key, '" + part + "', message_id, channel, account, type, 'album-" + part + "' from media_fetch where part = '0'");
  for (const std::string part : {"album", "album-2", "album-10"}) connector.script(part, {{.body = png + part}});
  run("update media_fetch set next_attempt_at = now() + interval '200 milliseconds' where part = '0'");
  hub::media::store store(directory.path());
  media_pool pool(options(connector.url()), store);
  pool.start();
  ASSERT_TRUE(wait_until([&] { return value("select count(*) from media_fetch where state = 'stored'") == "3"; }, 15s));
  EXPECT_EQ(value("select f.part from message m join media_fetch f on f.media_id = m.media_id"), "0");
  EXPECT_EQ(value("select count(*) from message_media"), "3");
}

TEST_F(media, keeps_the_same_photo_once) {
  for (const std::string key : {"a", "b", "c"}) wanted(key);
  hub::media::store store(directory.path());
  media_pool pool(options(connector.url()), store);
  pool.start();
  for (const std::string key : {"a", "b", "c"}) ASSERT_TRUE(settled(key));
  EXPECT_EQ(value("select count(*) from media"), "3");
  EXPECT_EQ(value("select count(distinct file_path) from media"), "1");
  EXPECT_EQ(files(), 1u);
}

TEST_F(media, tries_again_until_the_connector_can) {
  wanted("a");
  connector.script("a", {{.status = 503, .body = "the platform is slow"}, {.status = 502, .body = "gone away"}, {}});
  hub::media::store store(directory.path());
  media_pool pool(options(connector.url()), store);
  pool.start();
  ASSERT_TRUE(settled("a"));
  EXPECT_EQ(state("a"), "stored");
  EXPECT_EQ(value("select attempts from media_fetch"), "3");
}

TEST_F(media, waits_for_a_connector_that_is_away) {
  wanted("a");
  std::atomic<bool> there{false};
  auto with = options("");
  with.connector_url = [&] { return there ? connector.url() : std::string(); };
  hub::media::store store(directory.path());
  media_pool pool(with, store);
  pool.start();
  ASSERT_TRUE(wait_until([&] { return reason("a") == "the connector is not running"; }, 15s));
  EXPECT_EQ(state("a"), "pending");
  there = true;
  ASSERT_TRUE(settled("a"));
  EXPECT_EQ(state("a"), "stored");
}

TEST_F(media, records_what_is_too_large_and_keeps_no_byte_of_it) {
  wanted("announced");
  wanted("endless");
  connector.script("announced", {{.status = 413, .body = "larger than the limit"}});
  connector.script("endless", {{.body = std::string(1'000'000, 'x')}});
  hub::media::store store(directory.path());
  media_pool pool(options(connector.url()), store);
  pool.start();
  ASSERT_TRUE(settled("announced") && settled("endless"));
  EXPECT_EQ(state("announced"), "too_large");
  EXPECT_EQ(reason("announced"), "larger than the limit");
  EXPECT_EQ(state("endless"), "too_large");
  EXPECT_EQ(files(), 0u);
}

TEST_F(media, refuses_a_page_that_claims_to_be_a_photo) {
  wanted("page");
  wanted("program", "file");
  wanted("never");
  connector.script("page", {{.body = "<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"}});
  connector.script("program", {{.body = "#!/bin/sh\nrm -r photos\n"}});
  connector.script("never", {{.status = 403, .body = "its address must not be reached"}});
  hub::media::store store(directory.path());
  media_pool pool(options(connector.url()), store);
  pool.start();
  for (const std::string key : {"page", "program", "never"}) {
    ASSERT_TRUE(settled(key)) << key;
    EXPECT_EQ(state(key), "refused") << key;
  }
  EXPECT_EQ(reason("page"), "claimed to be a photo but is text/html");
  EXPECT_EQ(reason("never"), "its address must not be reached");
  EXPECT_EQ(files(), 0u);
}

TEST_F(media, expires_what_cannot_be_had_after_its_deadline) {
  wanted("late", "photo", "now() - interval '1 minute'");
  wanted("gone");
  wanted("kept", "photo", "now() - interval '1 minute'");
  connector.script("late", {{.status = 503, .body = "no answer"}});
  connector.script("gone", {{.status = 410, .body = "the link has expired"}});
  hub::media::store store(directory.path());
  media_pool pool(options(connector.url()), store);
  pool.start();
  for (const std::string key : {"late", "gone", "kept"}) ASSERT_TRUE(settled(key)) << key;
  EXPECT_EQ(state("late"), "expired");
  EXPECT_EQ(state("gone"), "expired");
  EXPECT_EQ(state("kept"), "stored");  // the connector had fetched it in time
}

TEST_F(media, takes_the_earliest_deadline_first_and_the_passed_ones_last) {
  wanted("passed", "photo", "now() - interval '1 minute'");
  wanted("last", "photo", "now() + interval '50 minutes'");
  wanted("open", "photo", "null");
  wanted("first", "photo", "now() + interval '5 minutes'");
  wanted("middle", "photo", "now() + interval '20 minutes'");
  workers::media::rows rows({.url = hub::secret(url), .application_name = "test"});
  std::vector<std::string> order;
  while (const auto job = rows.take("test", 1min)) order.push_back(job->event_key);
  EXPECT_EQ(order, (std::vector<std::string>{"first", "middle", "last", "open", "passed"}));
}

TEST_F(media, gives_a_row_to_one_holder_and_lets_no_late_one_write) {
  wanted("a");
  workers::media::rows first({.url = hub::secret(url), .application_name = "first"});
  workers::media::rows second({.url = hub::secret(url), .application_name = "second"});
  const auto slow = first.take("first", 1min);
  ASSERT_TRUE(slow);
  EXPECT_FALSE(second.take("second", 1min));
  run("update media_fetch set taken_until = now() - interval '1 second'");
  const auto taken_over = second.take("second", 1min);
  ASSERT_TRUE(taken_over);
  EXPECT_EQ(taken_over->attempt, 2);
  EXPECT_EQ(taken_over->deaths, 1);
  EXPECT_FALSE(first.renew(*slow, 1min));
  EXPECT_FALSE(first.settle_stored(*slow, {.sha256 = std::string(64, 'a'), .path = "aa/aa/a", .size = 1, .type = "image/png"}));
  EXPECT_FALSE(first.settle(*slow, {workers::media::ending::refused, "late"}));
  EXPECT_FALSE(first.give_back(*slow, "late", 1s));
  EXPECT_EQ(value("select count(*) from media"), "0");
  EXPECT_TRUE(second.settle_stored(*taken_over, {.sha256 = std::string(64, 'b'), .path = "bb/bb/b", .size = 1, .type = "image/png"}));
  EXPECT_EQ(state("a"), "stored");
  EXPECT_EQ(value("select count(*) from suspect"), "0");
}

TEST_F(media, refuses_a_file_that_three_workers_died_over) {
  wanted("a");
  workers::media::rows rows({.url = hub::secret(url), .application_name = "test"});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(rows.take("dead", 1min));
    run("update media_fetch set taken_until = now() - interval '1 second'");
  }
  hub::media::store store(directory.path());
  media_pool pool(options(connector.url()), store);
  pool.start();
  ASSERT_TRUE(settled("a"));
  EXPECT_EQ(state("a"), "refused");
  EXPECT_EQ(reason("a"), "the worker that fetched it died, 3 times");
  EXPECT_TRUE(connector.asked().empty());
}

TEST_F(media, extends_the_lease_while_bytes_drip) {
  wanted("a");
  connector.script("a", {{.drip = 60ms}});
  auto with = options(connector.url());
  with.lease = 600ms;
  hub::media::store store(directory.path());
  media_pool pool(with, store);
  pool.start();
  ASSERT_TRUE(settled("a"));
  EXPECT_EQ(state("a"), "stored");
  EXPECT_EQ(value("select attempts from media_fetch"), "1");
}

TEST_F(media, gives_up_a_transfer_that_takes_too_long_and_tries_again) {
  wanted("a");
  connector.script("a", {{.drip = 10s}, {}});
  auto with = options(connector.url());
  with.transfer = 300ms;
  hub::media::store store(directory.path());
  media_pool pool(with, store);
  pool.start();
  ASSERT_TRUE(settled("a"));
  EXPECT_EQ(state("a"), "stored");
  EXPECT_EQ(value("select attempts from media_fetch"), "2");
}

TEST_F(media, gives_rows_back_when_it_is_stopped_in_the_middle) {
  wanted("a");
  connector.script("a", {{.drip = 10s}});
  hub::media::store store(directory.path());
  media_pool pool(options(connector.url()), store);
  pool.start();
  ASSERT_TRUE(wait_until([&] { return !connector.asked().empty(); }, 15s));
  pool.stop(50ms);
  EXPECT_EQ(state("a"), "pending");
  EXPECT_EQ(value("select coalesce(taken_by, 'nobody') from media_fetch"), "nobody");
  EXPECT_EQ(files(), 0u);
}

TEST_F(media, counts_what_waits) {
  wanted("a", "photo", "now() + interval '10 minutes'");
  wanted("b", "photo", "now() + interval '20 minutes'");
  workers::media::rows rows({.url = hub::secret(url), .application_name = "test"});
  const auto waiting = rows.count();
  EXPECT_EQ(waiting.pending, 2);
  EXPECT_NEAR(waiting.seconds_to_first_deadline, 600, 30);
}

#ifdef LEADYARD_FAILPOINTS
/// What the killed worker runs; started by the next test as a program of its own.
TEST(media_child, DISABLED_works_until_nothing_waits) {
  hub::media::store store(std::getenv("MEDIA_DIRECTORY"));
  media_options with;
  with.database = {.url = hub::secret(std::getenv("MEDIA_DATABASE")), .application_name = "child"};
  with.connector_url = [] { return std::string(std::getenv("MEDIA_CONNECTOR")); };
  with.internal_token = hub::secret("internal");
  with.fetchers = 1;
  with.process = "child";
  with.idle = 20ms;
  media_pool pool(with, store);
  pool.start();
  hub::db::connection database({.url = hub::secret(std::getenv("MEDIA_DATABASE")), .application_name = "child"});
  wait_until([&] {
    return database.transact([](pqxx::work& in) { return in.exec1("select count(*) from media_fetch where state = 'pending'")[0].as<int>(); }) == 0;
  }, 20s);
}

TEST_F(media, never_leaves_a_row_without_its_file_wherever_the_worker_is_killed) {
  const auto work = [&](const std::string& failpoints) {
    const pid_t child = fork();
    if (child == 0) {
      setenv("LEADYARD_FAILPOINTS", failpoints.c_str(), 1);
      setenv("MEDIA_DIRECTORY", directory.path().c_str(), 1);
      setenv("MEDIA_DATABASE", url.c_str(), 1);
      setenv("MEDIA_CONNECTOR", connector.url().c_str(), 1);
      execl("/proc/self/exe", "media", "--gtest_also_run_disabled_tests", "--gtest_filter=media_child.*", "--gtest_brief=1", nullptr);
      _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  };
  const auto all_rows_have_their_files = [&] {
    hub::media::store store(directory.path());
    return database.transact([&](pqxx::work& in) {
      bool good = true;
      for (const auto& row : in.exec("select sha256, size, file_path from media")) {
        const auto bytes = read(store.find(row[0].as<std::string>()));
        good = good && hub::to_hex(hub::sha256(bytes)) == row[0].as<std::string>() && bytes.size() == row[1].as<std::size_t>() &&
               store.find(row[0].as<std::string>()) == directory / row[2].as<std::string>();
      }
      return good;
    });
  };
  int number = 0;
  for (const std::string place : {"media.taken", "media.partial", "media.synced", "media.renamed", "media.row", "media.done"}) {
    const std::string key = "k" + std::to_string(++number);
    wanted(key);
    connector.script(key, {{.body = png + key}});
    const int killed = work(place + "=kill");
    ASSERT_TRUE(WIFSIGNALED(killed) && WTERMSIG(killed) == SIGKILL) << place;
    EXPECT_TRUE(all_rows_have_their_files()) << place;
    EXPECT_EQ(state(key), place == "media.done" ? "stored" : "pending") << place;
    run("update media_fetch set taken_until = now() where taken_until is not null");
    const int finished = work("");
    ASSERT_TRUE(WIFEXITED(finished) && WEXITSTATUS(finished) == 0) << place;
    EXPECT_TRUE(all_rows_have_their_files()) << place;
    EXPECT_EQ(state(key), "stored") << place;
  }
  EXPECT_EQ(value("select count(*) from media"), "6");
  EXPECT_EQ(files(), 6u);
  EXPECT_TRUE(std::filesystem::is_empty(directory / "tmp"));
}
#endif

}  // namespace
