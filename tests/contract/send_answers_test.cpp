// What each platform answers to a sent message, and what the hub makes of it: tests/contract/<channel>/api/answers.json holds one
// row for each body of the platform's pages. A row names a recorded file or carries the body; `told` is the outcome, without the
// words for people.

#include "connectors/telegram/send.hpp"
#include "connectors/viber/send.hpp"
#include "hub/base/scrub.hpp"
#include "hub/message/json.hpp"
#include "tests/support/recorded_cases.hpp"

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace {

using namespace test_support;
using boost::json::object;
using hub::message::send_told;

boost::json::value read(const std::string& text) { return hub::message::parse_json(text).value(); }

std::string text(const object& from, std::string_view name) {
  const auto* member = from.if_contains(name);
  return member ? std::string(member->as_string()) : std::string();
}

/// Calls `look` with each row, its answer and its expected outcome.
template <class F>
void for_each_row(const std::string& channel, F look) {
  const auto table = read(bytes_of(cases_of(channel) / "api/answers.json"));
  ASSERT_GT(table.as_array().size(), 10u);
  for (const auto& each : table.as_array()) {
    const auto& row = each.as_object();
    SCOPED_TRACE(channel + ": " + text(row, "case"));
    hub::http::incoming answer;
    answer.status = row.contains("http") ? static_cast<int>(row.at("http").as_int64()) : 200;
    if (row.contains("file")) answer.body = bytes_of(cases_of(channel) / "api" / text(row, "file"));
    if (row.contains("body")) answer.body = boost::json::serialize(row.at("body"));
    if (row.contains("text")) answer.body = text(row, "text");
    look(row, answer, hub::message::from_json<send_told>(row.at("told")).value());
  }
}

void expect_told(send_told got, const send_told& wanted) {
  EXPECT_EQ(got.reason.empty(), got.state == hub::message::send_state::sent) << "people are told why not";
  EXPECT_FALSE(hub::has_number(got.reason)) << got.reason;
  got.reason.clear();
  EXPECT_EQ(hub::message::to_json(got), hub::message::to_json(wanted));
}

TEST(answers_of_viber, become_their_recorded_outcomes) {
  for_each_row("viber", [](const object& row, const auto& answer, const send_told& wanted) {
    const auto got = connectors::viber::read_send_answer(answer);
    expect_told(got, wanted);
    EXPECT_EQ(connectors::viber::says_unsubscribed(got), row.contains("unsubscribed"));
  });
}

TEST(answers_of_telegram, become_their_recorded_outcomes) {
  for_each_row("telegram", [](const object& row, const auto& answer, const send_told& wanted) {
    const auto got = connectors::telegram::read_send_answer(answer);
    expect_told(got.told, wanted);
    EXPECT_EQ(got.moved_to, text(row, "moved"));
    EXPECT_EQ(got.unreachable, row.contains("unreachable"));
  });
}

}  // namespace
