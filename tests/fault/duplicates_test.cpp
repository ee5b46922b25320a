// A platform repeats and reorders. Whatever arrives one to five times in any order leaves the rows of the clean run.

#include "hub/ctl/viber_player.hpp"
#include "tests/fault/campaign.hpp"
#include "tests/support/running_hub.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

// What must not depend on order or repetition; ids and times of arrival do. Photos are referred to by their seal, which
// is new with each callback.
constexpr auto comparable = R"(
  select 'customer', viber_id, first_name, last_name, language, extract(epoch from named_at)::text from customer
  union all select 'identity', external_id, account, subscribed::text, extract(epoch from subscribed_at)::text,
      extract(epoch from read_up_to)::text || coalesce((select c.viber_id from customer c where c.id = customer_id), 'nobody')
      from identity
  union all select 'message', event_key, type::text, content, extract(epoch from sent_at)::text,
      status::text || ' ' || coalesce(details::text, '') || ' ' ||
      (select viber_id from customer c where c.id = customer_id) from message
  union all select 'photo', event_key, part, type::text, file_name, coalesce(claimed_size::text, '') from media_fetch
  union all select 'receipt', platform_id, status::text, extract(epoch from delivered_at)::text,
      extract(epoch from read_at)::text, extract(epoch from failed_at)::text || coalesce(reason, '') from receipt
  order by 1, 2, 3)";

struct told {
  std::string rows;
  std::string counts;
};

told tell(const std::vector<std::string>& bodies, unsigned connections, const std::string& keys) {
  running_hub hub({.workers = 2, .settings = {{"HUB__INGEST__SHARDS", "4"}, {"HUB__MEDIA__FETCHERS", "1"}}});
  const auto sent = hub.deliver(bodies, {.connections = connections});
  EXPECT_EQ(sent.count(), bodies.size());
  EXPECT_TRUE(hub.wait_for("select count(*) from event_key", keys, 60s)) << hub.ask("select count(*) from event_key");
  EXPECT_EQ(hub.ask("select count(*) from quarantine"), "0");
  return {
      hub.ask(comparable),
      hub.ask("select (select count(*) from customer) || ' customers, ' || (select count(*) from identity) || ' identities, ' || "
              "(select count(*) from message) || ' messages, ' || (select count(*) from receipt) || ' receipts'")};
}

TEST(duplicates, a_history_told_one_to_five_times_in_any_order_leaves_the_rows_of_the_clean_run) {
  const auto seed = campaign_seed(20);
  hub::ctl::story_options story;
  story.seed = seed;
  story.customers = static_cast<std::size_t>(campaign(60, 400));
  story.start = story_begins();
  story.media_url = "http://127.0.0.1:1";
  auto events = hub::ctl::tell_stories(story);
  // What the platform tells of our answers; some fail, some are read before they were delivered.
  const auto told_by_customers = events.size();
  for (std::size_t i = 0; i < told_by_customers; i += 2) {
    auto receipt = events[i];
    receipt.content = {};
    receipt.token = 7'000'000'000'000'000'000 + i;
    for (const auto* kind : i % 10 == 0  ? std::vector{"failed"}
                            : i % 6 == 0 ? std::vector{"seen", "delivered"}
                                         : std::vector{"delivered", "seen"}) {
      receipt.event = kind;
      receipt.time += 1s;
      receipt.reason = i % 10 == 0 ? "user is not subscribed" : "";
      events.push_back(receipt);
    }
  }
  std::vector<std::string> history;
  std::map<std::string, int> kinds;
  for (const auto& e : events) {
    history.push_back(hub::ctl::viber_body(e));
    ++kinds[e.event];
  }
  for (const auto* needed : {"message", "conversation_started", "subscribed", "delivered", "seen", "failed"})
    EXPECT_GT(kinds[needed], 0) << needed;
  const auto keys = std::to_string(std::set<std::string>(history.begin(), history.end()).size());

  // In order: one connection, and the next is sent when the one before is accepted.
  const auto clean = tell(history, 1, keys);
  for (int round = 0; round < campaign(2, 10); ++round) {
    const auto round_seed = seed + static_cast<std::uint64_t>(round);
    SCOPED_TRACE("seed " + std::to_string(round_seed));
    std::mt19937_64 random(round_seed);
    std::vector<std::string> shuffled;
    for (const auto& body : history)
      for (auto times = 1 + random() % 5; times > 0; --times) shuffled.push_back(body);
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const auto again = tell(shuffled, 16, keys);
    std::cout << "seed " << round_seed << ": " << history.size() << " events sent " << shuffled.size()
              << " times: " << again.counts << "\n";
    EXPECT_EQ(again.counts, clean.counts);
    EXPECT_TRUE(again.rows == clean.rows)
        << "first difference at byte "
        << std::mismatch(again.rows.begin(), again.rows.end(), clean.rows.begin(), clean.rows.end()).first - again.rows.begin();
  }
}

}  // namespace
