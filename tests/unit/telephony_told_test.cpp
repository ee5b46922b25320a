// Which calls the provider's list mends, and what answers of a list mean before anybody reads them.

#include "connectors/telephony/call_list.hpp"
#include "tests/unit/telephony_fixture.hpp"

namespace {

using namespace telephony_test;
using namespace std::chrono_literals;

const hub::instant begun = received_at;
/// A call of three minutes, over for long.
const hub::instant now = begun + 1h;

event told(const std::string& id, call_step step, call_source source, std::optional<call_disposition> how = {},
           hub::instant started = begun + 10min) {
  call_record call;
  call.call_id = id;
  call.step = step;
  call.source = source;
  call.started_at = started;
  if (step == call_step::ended || step == call_step::missed) call.ended_at = started + 3min;
  call.disposition = how;
  event made;
  made.time = call.ended_at.value_or(started);
  made.data = std::move(call);
  return made;
}

event listed(const std::string& id, call_disposition how = call_disposition::answered, hub::instant started = begun + 10min) {
  const bool talked = how == call_disposition::answered;
  return told(id, talked ? call_step::ended : call_step::missed, call_source::poll, how, started);
}

told_calls from_the_beginning(std::size_t most = 5000) {
  told_calls made(most);
  made.begin(begun);
  return made;
}

TEST(told_calls, count_a_call_that_no_webhook_told_and_count_it_once) {
  auto calls = from_the_beginning();
  EXPECT_EQ(calls.mended_by({listed("1"), listed("2")}, now), 2u);
  EXPECT_EQ(calls.mended_by({listed("1"), listed("2"), listed("3")}, now), 1u);
  EXPECT_EQ(calls.mended_by({listed("1", call_disposition::busy)}, now), 0u);
}

TEST(told_calls, say_nothing_of_a_call_that_webhooks_told_alike) {
  auto calls = from_the_beginning();
  calls.heard({told("1", call_step::started, call_source::webhook)}, begun + 10min);
  calls.heard({told("1", call_step::ended, call_source::completed, call_disposition::answered)}, begun + 13min);
  calls.heard({told("2", call_step::missed, call_source::webhook, call_disposition::busy)}, begun + 13min);
  EXPECT_EQ(calls.mended_by({listed("1"), listed("2", call_disposition::no_answer)}, now), 0u);
}

TEST(told_calls, count_a_call_whose_end_was_lost_or_told_otherwise) {
  auto calls = from_the_beginning();
  calls.heard({told("1", call_step::started, call_source::webhook)}, begun + 10min);
  calls.heard({told("2", call_step::missed, call_source::webhook, call_disposition::busy)}, begun + 13min);
  EXPECT_EQ(calls.mended_by({listed("1"), listed("2")}, now), 2u);
}

TEST(told_calls, wait_for_webhooks_that_are_on_their_way) {
  auto calls = from_the_beginning();
  EXPECT_EQ(calls.mended_by({listed("1")}, begun + 14min), 0u);
  calls.heard({told("1", call_step::ended, call_source::webhook, call_disposition::answered)}, begun + 14min);
  EXPECT_EQ(calls.mended_by({listed("1")}, begun + 20min), 0u);
  EXPECT_EQ(calls.mended_by({listed("2")}, begun + 20min), 1u);
}

TEST(told_calls, say_nothing_of_what_came_before_they_listened) {
  told_calls deaf;
  deaf.heard({told("1", call_step::started, call_source::webhook)}, begun);
  EXPECT_EQ(deaf.mended_by({listed("1"), listed("2")}, now), 0u);
  auto calls = from_the_beginning();
  EXPECT_EQ(calls.mended_by({listed("1", call_disposition::answered, begun - 1s)}, now), 0u);
  calls.begin(begun - 1h);
  EXPECT_EQ(calls.mended_by({listed("1", call_disposition::answered, begun - 1s)}, now), 0u);
}

TEST(told_calls, say_nothing_of_what_they_may_have_forgotten) {
  auto calls = from_the_beginning(2);
  for (const auto* id : {"1", "2", "3"})
    calls.heard({told(id, call_step::ended, call_source::webhook, call_disposition::answered)}, begun + 13min);
  EXPECT_EQ(calls.mended_by({listed("1")}, now), 0u) << "its webhook was forgotten";
  EXPECT_EQ(calls.mended_by({listed("4", call_disposition::answered, begun + 15min)}, now), 1u);
}

TEST(call_lists, wait_as_long_as_the_provider_asks) {
  hub::http::headers head;
  EXPECT_EQ(refused_page(429, head, "api_key", now).at_least, 1min);
  head.set("Retry-After", "90");
  EXPECT_EQ(refused_page(429, head, "api_key", now).at_least, 90s);
  EXPECT_EQ(refused_page(503, head, "api_key", now).at_least, 90s);
  head.set("Retry-After", "Wed, 18 Nov 2026 13:02:00 GMT");
  EXPECT_EQ(refused_page(429, head, "api_key", now).at_least, 2min);
  head.set("Retry-After", "600000");
  EXPECT_EQ(refused_page(429, head, "api_key", now).at_least, 1h) << "nobody waits for a week";
  for (const int status : {401, 403}) {
    const auto page = refused_page(status, {}, "api_key", now);
    EXPECT_THAT(page.trouble, testing::HasSubstr("refuses api_key"));
    EXPECT_EQ(page.at_least, 5min);
  }
  EXPECT_EQ(refused_page(500, {}, "api_key", now).at_least, 0ms) << "the back-off says how long";
  EXPECT_FALSE(refused_page(500, {}, "api_key", now).trouble.empty());
}

TEST(call_lists, begin_before_the_kept_position_and_not_at_the_beginning_of_time) {
  poll_settings with;
  EXPECT_EQ(look_begins("", with, now), now - 2h);
  EXPECT_EQ(look_begins(hub::to_rfc3339(now - 1min), with, now), now - 1min - 2h);
  EXPECT_EQ(look_begins(hub::to_rfc3339(now - 48h), with, now), now - 50h);
  EXPECT_EQ(look_begins(hub::to_rfc3339(now - 24h * 30), with, now), now - 24h * 7);
  EXPECT_EQ(look_begins(hub::to_rfc3339(now + 24h), with, now), now - 2h) << "a clock that was put back";
  EXPECT_EQ(look_begins("nonsense", with, now), now - 2h);
}

}  // namespace
