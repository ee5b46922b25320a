// The simulated customers: bodies as Viber writes them, the same stories for the same seed, pictures that are pictures.

#include "hub/base/crypto.hpp"
#include "hub/ctl/car_photo.hpp"
#include "hub/ctl/viber_player.hpp"
#include "hub/media/kind.hpp"
#include "hub/message/json.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace {

using namespace hub::ctl;

TEST(viber_player, signs_as_the_platform_does) {
  EXPECT_EQ(
      sign("4f0000000000000a-b100000000000002-c200000000000003",
           R"({"event":"webhook","timestamp":1794988800101,"chat_hostname":"SN-CHAT-07_","message_token":6214870000111222333})"),
      "28c8b0a94aa0112a68c94a434b38c579ca1d16fb9955fdbd65f08fab2cc458a3");
}

TEST(viber_player, writes_bodies_that_are_json_with_the_exact_token) {
  for (const auto& event : tell_stories({.seed = 3, .customers = 12})) {
    const auto parsed = hub::message::parse_json(viber_body(event));
    ASSERT_TRUE(parsed.has_value()) << viber_body(event);
    EXPECT_EQ(parsed->at("event").as_string(), event.event);
    EXPECT_EQ(parsed->at("message_token").to_number<std::uint64_t>(), event.token);
    EXPECT_GT(event.token, 1ULL << 53);
  }
}

TEST(viber_player, tells_the_same_stories_for_the_same_seed_and_others_for_another) {
  const auto bodies = [](std::uint64_t seed) {
    std::vector<std::string> all;
    for (const auto& event : tell_stories({.seed = seed, .count = 200})) all.push_back(viber_body(event));
    return all;
  };
  EXPECT_EQ(bodies(5), bodies(5));
  EXPECT_NE(bodies(5), bodies(6));
}

TEST(viber_player, plays_every_kind_of_message_in_a_dozen_stories) {
  std::set<std::string> said;
  std::set<std::string> people;
  const auto events = tell_stories({.seed = 1, .customers = 12});
  for (const auto& event : events) {
    said.insert(event.event == "message" ? event.content.type : event.event);
    people.insert(event.who.id);
  }
  for (const std::string kind : {"text", "picture", "file", "location", "contact", "sticker", "url", "conversation_started",
                                 "subscribed", "unsubscribed"})
    EXPECT_TRUE(said.contains(kind)) << kind;
  EXPECT_EQ(people.size(), 12u);
  EXPECT_GE(events.size(), 60u);
  EXPECT_LE(events.size(), 90u);
}

TEST(viber_player, never_repeats_a_token_and_marks_every_person) {
  std::set<std::uint64_t> tokens;
  for (const auto& event : tell_stories({.seed = 9, .customers = 50, .count = 2000})) {
    EXPECT_TRUE(tokens.insert(event.token).second);
    EXPECT_TRUE(event.who.id.starts_with(demo_id_prefix)) << event.who.id;
  }
  EXPECT_EQ(tokens.size(), 2000u);
}

TEST(viber_player, sends_an_album_at_one_moment) {
  const auto events = tell_stories({.seed = 2, .customers = 3, .album = 64});
  ASSERT_EQ(events.size(), 192u);
  std::map<std::string, std::set<hub::instant>> moments;
  for (const auto& event : events) moments[event.who.id].insert(event.time);
  EXPECT_EQ(moments.size(), 3u);
  for (const auto& [who, times] : moments) EXPECT_EQ(times.size(), 1u);
}

TEST(viber_player, uses_only_numbers_that_belong_to_nobody) {
  for (const auto& event : tell_stories({.seed = 4, .customers = 24})) {
    if (event.content.type == "contact") {
      EXPECT_TRUE(event.content.contact_number.starts_with("+38000000000"));
    }
  }
}

TEST(viber_player, delivers_everything_at_least_once_whatever_is_repeated_and_shuffled) {
  const auto order = delivery_order(1000, {.seed = 1, .duplicates = 0.5, .shuffle = true});
  std::map<std::size_t, int> times;
  for (const auto i : order) ++times[i];
  EXPECT_EQ(times.size(), 1000u);
  EXPECT_EQ(std::max_element(times.begin(), times.end(), [](auto& a, auto& b) { return a.second < b.second; })->second, 5);
  EXPECT_GT(order.size(), 1500u);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(order, delivery_order(1000, {.seed = 1, .duplicates = 0.5, .shuffle = true}));
}

TEST(viber_player, repeats_an_event_only_after_it_was_sent) {
  std::set<std::size_t> seen;
  std::size_t next = 0;
  for (const auto i : delivery_order(500, {.seed = 8, .duplicates = 1})) {
    if (seen.insert(i).second) {
      EXPECT_EQ(i, next++);
    }
  }
}

TEST(viber_player, draws_a_different_valid_picture_for_every_number) {
  std::set<std::string> hashes;
  for (std::uint64_t n = 0; n < 12; ++n) {
    const auto photo = draw_car_photo(n);
    EXPECT_EQ(hub::media::sniff_type(photo), "image/png");
    EXPECT_EQ(photo, draw_car_photo(n));
    hashes.insert(hub::to_hex(hub::sha256(photo)));
  }
  EXPECT_EQ(hashes.size(), 12u);
  EXPECT_EQ(hub::media::sniff_type(make_pdf(1)), "application/pdf");
}

}  // namespace
