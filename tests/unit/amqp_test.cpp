#include "hub/amqp/broker.hpp"
#include "hub/amqp/connection.hpp"
#include "hub/amqp/outgoing.hpp"
#include "hub/base/failure.hpp"

#include <gmock/gmock.h>

namespace {

using namespace std::chrono_literals;
using namespace hub::amqp;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr moment start{1h};

publisher_options small_batches() {
  publisher_options options;
  options.shards = 2;
  options.batch_events = 4;
  options.batch_bytes = 100;
  options.gather = 700us;
  return options;
}

publication made(std::uint64_t ticket, std::uint32_t shard = 0, std::size_t bytes = 10) {
  return {ticket, shard, "key:" + std::to_string(ticket), std::string(bytes, 'x')};
}

std::vector<std::uint64_t> tickets(const std::vector<publication>& list) {
  std::vector<std::uint64_t> out;
  for (const auto& p : list) out.push_back(p.ticket);
  return out;
}

std::vector<std::pair<std::uint64_t, outcome>> plain(const std::vector<settlement>& list) {
  std::vector<std::pair<std::uint64_t, outcome>> out;
  for (const auto& s : list) out.emplace_back(s.ticket, s.result);
  return out;
}

// ---- the URL ---------------------------------------------------------------------------------------------

TEST(broker_url, is_shown_without_its_password) {
  EXPECT_EQ(without_password("amqp://hub:se%40cret@127.0.0.1:5673/leadyard"), "amqp://hub:***@127.0.0.1:5673/leadyard");
  EXPECT_EQ(without_password("amqp://hub:a@b/c@host/v"), "amqp://hub:***@host/v");
  EXPECT_EQ(without_password("amqp://host:5673/v"), "amqp://host:5673/v");
  EXPECT_EQ(without_password("amqp://hub@host/v"), "amqp://hub@host/v");
}

TEST(broker_url, is_percent_decoded) {
  const auto to = parse_url("amqp://hub%3Aone:p%40ss%2Fword@broker.example:5673/lead%2Fyard");
  EXPECT_EQ(to.user, "hub:one");
  EXPECT_EQ(to.password, "p@ss/word");
  EXPECT_EQ(to.host, "broker.example");
  EXPECT_EQ(to.port, 5673);
  EXPECT_EQ(to.vhost, "lead/yard");
  EXPECT_FALSE(to.tls);
}

TEST(broker_url, has_the_usual_ports_and_the_default_vhost) {
  EXPECT_EQ(parse_url("amqp://hub:x@broker").port, 5672);
  EXPECT_EQ(parse_url("amqp://hub:x@broker").vhost, "/");
  EXPECT_EQ(parse_url("amqps://hub:x@broker/v").port, 5671);
  EXPECT_TRUE(parse_url("amqps://hub:x@broker/v").tls);
}

TEST(broker_url, is_refused_without_showing_the_password) {
  try {
    parse_url("http://hub:secret@broker/v");
    FAIL() << "taken";
  } catch (const hub::error& e) {
    EXPECT_EQ(e.kind(), hub::failure::permanent);
    EXPECT_THAT(e.what(), testing::Not(testing::HasSubstr("secret")));
  }
}

// ---- what travels together -------------------------------------------------------------------------------

TEST(waiting_line, sends_a_lone_message_of_a_quiet_day_at_once) {
  waiting_line line(small_batches());
  EXPECT_EQ(line.wait_before_write(start), std::nullopt);
  line.push(made(1), start);
  EXPECT_EQ(line.wait_before_write(start), 0us);
  EXPECT_THAT(tickets(line.next()), ElementsAre(1));
  EXPECT_EQ(line.wait_before_write(start), std::nullopt);
}

TEST(waiting_line, waits_for_company_when_messages_come_close_together) {
  waiting_line line(small_batches());
  line.push(made(1), start);
  line.next();
  line.push(made(2), start + 500us);
  EXPECT_EQ(line.wait_before_write(start + 500us), 700us);
  EXPECT_EQ(line.wait_before_write(start + 900us), 300us);
  line.push(made(3), start + 900us);
  EXPECT_EQ(line.wait_before_write(start + 1200us), 0us);
  EXPECT_THAT(tickets(line.next()), ElementsAre(2, 3));
}

/// A message each millisecond, each written at once; the last one at `start`.
waiting_line in_a_steady_stream() {
  auto options = small_batches();
  options.steady_gather = 2ms;
  waiting_line line(options);
  for (int n = 30; n >= 0; --n) {
    line.push(made(100), start - n * 1ms);
    line.next();
  }
  return line;
}

TEST(waiting_line, sends_a_steady_stream_at_even_intervals) {
  auto line = in_a_steady_stream();
  EXPECT_EQ(line.wait_before_look(start + 500us), 1500us);
  EXPECT_EQ(line.company_wanted(), 4u);
  line.push(made(1), start + 500us);
  EXPECT_EQ(line.wait_before_look(start + 500us), std::nullopt);
  EXPECT_EQ(line.company_wanted(), 3u);
  EXPECT_EQ(line.wait_before_write(start + 500us), 1500us);
  line.push(made(2), start + 1900us);
  EXPECT_EQ(line.wait_before_write(start + 2ms), 0us);
  EXPECT_THAT(tickets(line.next()), ElementsAre(1, 2));
}

TEST(waiting_line, sends_at_once_what_was_found_at_the_end_of_an_interval) {
  auto line = in_a_steady_stream();
  line.push(made(1), start + 2ms);
  line.push(made(2), start + 2ms);
  EXPECT_EQ(line.wait_before_write(start + 2ms), 0us);
}

TEST(waiting_line, lets_no_message_wait_after_a_stream_has_ended) {
  auto line = in_a_steady_stream();
  EXPECT_EQ(line.wait_before_look(start + 2ms), std::nullopt);
  line.push(made(1), start + 3ms);
  EXPECT_EQ(line.wait_before_write(start + 3ms), 0us);
}

TEST(waiting_line, does_not_wait_when_a_batch_is_full) {
  waiting_line line(small_batches());
  line.push(made(1), start);
  line.next();
  for (std::uint64_t n = 2; n <= 5; ++n) line.push(made(n), start + 1us);
  EXPECT_EQ(line.wait_before_write(start + 1us), 0us);
}

TEST(waiting_line, keeps_shards_apart_and_lets_them_take_turns) {
  waiting_line line(small_batches());
  for (std::uint64_t n = 1; n <= 6; ++n) line.push(made(n, 0), start);
  line.push(made(7, 1), start);
  EXPECT_THAT(tickets(line.next()), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(tickets(line.next()), ElementsAre(7));
  EXPECT_THAT(tickets(line.next()), ElementsAre(5, 6));
  EXPECT_EQ(line.size(), 0u);
  EXPECT_EQ(line.bytes(), 0u);
}

TEST(waiting_line, limits_a_batch_by_bytes_but_lets_one_large_message_through) {
  waiting_line line(small_batches());
  line.push(made(1, 0, 60), start);
  line.push(made(2, 0, 60), start);
  line.push(made(3, 0, 500), start);
  EXPECT_THAT(tickets(line.next()), ElementsAre(1));
  EXPECT_THAT(tickets(line.next()), ElementsAre(2));
  EXPECT_THAT(tickets(line.next()), ElementsAre(3));
}

TEST(waiting_line, gives_every_ticket_back_when_it_is_cleared) {
  waiting_line line(small_batches());
  line.push(made(1, 0), start);
  line.push(made(2, 1), start);
  EXPECT_THAT(line.clear(), ElementsAre(1, 2));
  EXPECT_EQ(line.size(), 0u);
}

// ---- what the broker's answers mean ----------------------------------------------------------------------

struct confirm_window_test : testing::Test {
  confirm_window window;
  std::vector<settlement> settled;
  std::vector<double> seconds;

  void answer(std::uint64_t tag, bool multiple, bool positive) {
    window.answer(tag, multiple, positive, start + 2s, settled, seconds);
  }
};

TEST_F(confirm_window_test, settles_all_publications_of_a_confirmed_batch) {
  EXPECT_EQ(window.add({1, 2}, "batch:a:1", start), 1u);
  answer(1, false, true);
  EXPECT_THAT(plain(settled), ElementsAre(std::pair(1, outcome::confirmed), std::pair(2, outcome::confirmed)));
  EXPECT_THAT(seconds, ElementsAre(2.0));
  EXPECT_EQ(window.size(), 0u);
}

TEST_F(confirm_window_test, takes_multiple_and_single_answers_in_any_order) {
  for (std::uint64_t n = 1; n <= 5; ++n) window.add({n * 10}, "k" + std::to_string(n), start);
  answer(4, false, true);
  answer(2, true, true);
  EXPECT_EQ(window.size(), 2u);
  answer(5, true, false);
  EXPECT_THAT(plain(settled),
              ElementsAre(std::pair(40, outcome::confirmed), std::pair(10, outcome::confirmed), std::pair(20, outcome::confirmed),
                          std::pair(30, outcome::nacked), std::pair(50, outcome::nacked)));
  EXPECT_EQ(window.oldest(), std::nullopt);
  EXPECT_EQ(window.add({60}, "k6", start), 6u);
}

TEST_F(confirm_window_test, does_not_take_the_ack_after_a_return_for_a_confirm) {
  window.add({1}, "one", start);
  window.add({2}, "two", start);
  EXPECT_EQ(window.returned("two"), 1u);
  EXPECT_EQ(window.returned("unheard of"), 0u);
  EXPECT_THAT(settled, IsEmpty());
  answer(2, true, true);
  EXPECT_THAT(plain(settled), ElementsAre(std::pair(1, outcome::confirmed), std::pair(2, outcome::returned)));
}

TEST_F(confirm_window_test, settles_nothing_twice) {
  window.add({1}, "one", start);
  window.add({2}, "two", start);
  answer(2, false, true);
  answer(2, false, true);
  answer(2, true, true);
  answer(2, true, true);
  answer(99, true, true);
  EXPECT_EQ(settled.size(), 2u);
  window.lose_all(settled);
  EXPECT_EQ(settled.size(), 2u);
}

TEST_F(confirm_window_test, loses_what_is_unanswered_and_counts_anew_on_the_next_channel) {
  window.add({1}, "one", start);
  window.add({2, 3}, "batch:a:1", start);
  answer(1, false, true);
  settled.clear();
  window.lose_all(settled);
  EXPECT_THAT(plain(settled), ElementsAre(std::pair(2, outcome::lost), std::pair(3, outcome::lost)));
  EXPECT_EQ(window.size(), 0u);
  EXPECT_EQ(window.add({4}, "four", start), 1u);
}

}  // namespace
