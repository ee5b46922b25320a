// What the media pool stores, what it refuses, and when it gives up.

#include "tests/integration/media_fixture.hpp"

#include <atomic>

namespace media_tests {
namespace {

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
        " select event_key, '" +
        part + "', message_id, channel, account, type, 'album-" + part + "' from media_fetch where part = '0'");
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

}  // namespace
}  // namespace media_tests
