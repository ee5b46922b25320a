// One call out of what was told of it: every recorded scenario in every order and with repeats, and the laws of merging with
// calls that a generator invents.

#include "hub/message/call_merge.hpp"
#include "hub/base/text.hpp"
#include "hub/message/canonical.hpp"
#include "hub/message/json.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <random>
#include <sstream>

namespace {

using namespace hub::message;
using boost::json::object;
using boost::json::value;

value scenarios() {
  std::ifstream in(LEADYARD_SOURCE_DIR "/tests/unit/telephony/state_machine_scenarios.json", std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return parse_json(text.str()).value();
}

std::string word(const value& of) { return of.is_null() ? std::string() : std::string(of.as_string()); }

template <class T, class Read>
std::optional<T> optional_in(const object& from, std::string_view name, Read read) {
  const auto* member = from.if_contains(name);
  return member && !member->is_null() ? std::optional<T>(read(*member)) : std::nullopt;
}

std::optional<hub::instant> time_in(const object& from, std::string_view name) {
  return optional_in<hub::instant>(from, name, [](const value& v) { return hub::parse_rfc3339(word(v)).value(); });
}

std::vector<identity> customer_in(const object& from) {
  const auto* fp = from.if_contains("caller_fp");
  if (!fp || fp->is_null()) return {};
  return {{"fingerprint", "", "fp:k1:" + word(*fp)}};
}

std::optional<attachment> recording_in(const object& from) {
  return optional_in<attachment>(from, "recording_url", [](const value& v) {
    attachment made;
    made.part = made.reference = word(v);
    return made;
  });
}

template <class Outcome>
void read_fields(const object& from, Outcome& to) {
  to.direction = optional_in<call_direction>(from, "direction",
                                             [](const value& v) { return hub::value_of<call_direction>(word(v)).value(); });
  to.disposition = optional_in<call_disposition>(from, "disposition",
                                                 [](const value& v) { return hub::value_of<call_disposition>(word(v)).value(); });
  to.talk_seconds = optional_in<std::uint32_t>(from, "talk_seconds", [](const value& v) { return v.to_number<std::uint32_t>(); });
  to.customer = customer_in(from);
  if (const auto* manager = from.if_contains("manager_ext")) to.manager = word(*manager);
  to.started_at = time_in(from, "started_at");
  to.answered_at = time_in(from, "answered_at");
  to.ended_at = time_in(from, "ended_at");
  to.recording = recording_in(from);
}

call_record event_in(const object& from) {
  call_record made;
  made.call_id = word(from.at("call_id"));
  made.step = hub::value_of<call_step>(word(from.at("event"))).value();
  made.source = hub::value_of<call_source>(word(from.at("source"))).value();
  read_fields(from, made);
  return made;
}

call_outcome outcome_in(const object& from) {
  call_outcome made;
  read_fields(from, made);
  made.state = hub::value_of<call_state>(word(from.at("state"))).value();
  return made;
}

call_outcome merged(const std::vector<call_record>& events, const std::vector<std::size_t>& order) {
  call_facts facts;
  for (const auto i : order) merge(facts, facts_of(events[i]));
  return outcome_of(facts);
}

TEST(call_merge, makes_the_same_call_of_every_scenario_in_any_order_and_number) {
  const auto file = scenarios();
  const auto& list = file.at("scenarios").as_array();
  ASSERT_EQ(list.size(), 12u);
  for (const auto& one : list) {
    SCOPED_TRACE(word(one.at("name")));
    std::vector<call_record> events;
    for (const auto& e : one.at("events").as_array()) events.push_back(event_in(e.as_object()));
    const auto expected = outcome_in(one.at("expected").as_object());
    std::vector<std::size_t> order(events.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    do {
      ASSERT_EQ(merged(events, order), expected);
      // Each of them once more, at each place after its first.
      for (std::size_t again = 0; again < order.size(); ++again)
        for (std::size_t at = again + 1; at <= order.size(); ++at) {
          auto twice = order;
          twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(at), order[again]);
          ASSERT_EQ(merged(events, twice), expected);
        }
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

class inventor {
 public:
  explicit inventor(unsigned seed) : random_(seed) {}

  call_record call() {
    call_record made;
    made.call_id = "1";
    made.step = one_of<call_step>();
    made.source = one_of<call_source>();
    if (coin()) made.direction = one_of<call_direction>();
    if (coin()) made.customer = {{"fingerprint", "", "fp:k1:" + few()}};
    if (coin()) made.manager = few();
    if (coin()) made.line = few();
    for (auto* at : {&made.started_at, &made.answered_at, &made.ended_at})
      if (coin()) *at = hub::instant(std::chrono::milliseconds(random_() % 3));
    for (auto* seconds : {&made.waiting_seconds, &made.talk_seconds})
      if (coin()) *seconds = random_() % 3;
    if (coin()) made.disposition = one_of<call_disposition>();
    if (coin()) {
      attachment recording;
      recording.part = few();
      recording.reference = few();
      if (coin()) recording.seconds = random_() % 3;
      made.recording = recording;
    }
    return made;
  }

 private:
  bool coin() { return random_() % 2 == 0; }
  std::string few() { return std::string(1, static_cast<char>('a' + random_() % 3)); }
  template <class E>
  E one_of() {
    const auto all = names_of(E{});
    return all[random_() % all.size()].value;
  }
  std::mt19937 random_;
};

TEST(call_merge, commutes_is_associative_and_idempotent) {
  inventor invent(4);
  for (int n = 0; n < 20'000; ++n) {
    const auto a = facts_of(invent.call()), b = facts_of(invent.call()), c = facts_of(invent.call());
    const auto with = [](call_facts first, const call_facts& second) {
      merge(first, second);
      return first;
    };
    ASSERT_EQ(with(a, b), with(b, a));
    ASSERT_EQ(with(with(a, b), c), with(a, with(b, c)));
    ASSERT_EQ(with(a, a), a);
  }
}

TEST(call_merge, says_whether_anything_changed) {
  inventor invent(5);
  for (int n = 0; n < 5'000; ++n) {
    const auto before = facts_of(invent.call());
    auto after = before;
    const bool changed = merge(after, facts_of(invent.call()));
    ASSERT_EQ(changed, after != before);
  }
}

TEST(call_merge, keeps_its_facts_as_json) {
  inventor invent(6);
  for (int n = 0; n < 2'000; ++n) {
    auto facts = facts_of(invent.call());
    merge(facts, facts_of(invent.call()));
    const auto back = from_json<call_facts>(parse_json(to_json(facts)).value());
    ASSERT_TRUE(back.has_value()) << hub::to_text(back.error());
    ASSERT_EQ(*back, facts);
  }
}

TEST(call_merge, closes_a_call_that_nobody_ended_as_failed_until_something_better_is_told) {
  call_record begun, given_up, ended;
  begun.started_at = hub::instant(std::chrono::seconds(10));
  given_up.step = call_step::missed;
  given_up.source = call_source::timeout;
  given_up.disposition = call_disposition::failed;
  ended.step = call_step::ended;
  ended.disposition = call_disposition::answered;
  ended.talk_seconds = 7;
  auto facts = facts_of(begun);
  merge(facts, facts_of(given_up));
  EXPECT_EQ(outcome_of(facts).state, call_state::missed);
  EXPECT_EQ(outcome_of(facts).disposition, call_disposition::failed);
  merge(facts, facts_of(ended));
  EXPECT_EQ(outcome_of(facts).state, call_state::ended);
  EXPECT_EQ(outcome_of(facts).talk_seconds, 7u);
}

}  // namespace
