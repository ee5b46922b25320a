// What each platform answers to a sent message, and what the hub makes of it: tests/contract/<channel>/api/answers.json holds one
// row for each body of the platform's pages. A row names a recorded file or carries the body; `told` is the outcome, without the
// words for people.

#include "connectors/email/send.hpp"
#include "connectors/telegram/send.hpp"
#include "connectors/viber/send.hpp"
#include "connectors/whatsapp/send.hpp"
#include "hub/base/scrub.hpp"
#include "hub/message/json.hpp"
#include "tests/support/recorded_cases.hpp"

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <functional>
#include <map>

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
    // A row says only what is unusual.
    auto told = row.at("told").as_object();
    if (!told.contains("counts")) told["counts"] = true;
    look(row, answer, hub::message::from_json<send_told>(told).value());
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

TEST(answers_of_whatsapp, become_their_recorded_outcomes) {
  const auto of = recorded_context("whatsapp");
  for_each_row("whatsapp", [&](const object& row, const auto& answer, const send_told& wanted) {
    const auto attempt = row.contains("attempt") ? static_cast<std::uint32_t>(row.at("attempt").as_int64()) : 1;
    auto got = connectors::whatsapp::read_message_answer(of, answer, attempt);
    const auto raw = got.platform_ids.empty() ? std::string() : hub::unseal(of.seal_key, got.sealed_id).value();
    EXPECT_EQ(raw.starts_with("wamid."), !got.platform_ids.empty());
    got.sealed_id.clear();
    expect_told(got, wanted);
    // The same words about an upload: nobody was sent anything, so nothing of it is unknown.
    const auto uploaded = connectors::whatsapp::read_upload_answer(answer, attempt);
    EXPECT_TRUE(uploaded.media_id.empty());
    const bool theirs = wanted.state == hub::message::send_state::unknown || wanted.state == hub::message::send_state::sent;
    EXPECT_EQ(uploaded.repeatable, theirs);
    EXPECT_EQ(uploaded.told.state, theirs ? hub::message::send_state::deferred : wanted.state);
  });
}

/// Rows say how far the conversation came, and the server's last word.
TEST(answers_of_mail_servers, become_their_recorded_outcomes) {
  using place = connectors::email::smtp_end::place;
  const std::map<std::string, place> places{{"done", place::done},
                                            {"unsafe", place::unsafe},
                                            {"sign_in", place::sign_in},
                                            {"before", place::before},
                                            {"after", place::after}};
  for_each_row("email", [&](const object& row, const auto&, const send_told& wanted) {
    connectors::email::smtp_end end;
    end.at = places.at(text(row, "at"));
    end.reply = text(row, "reply");
    end.why = "words of libcurl";
    expect_told(connectors::email::told_by_smtp(recorded_context("email"), end, "hub.1200.1@avto.example"), wanted);
  });
}

TEST(answers_that_were_cut, are_never_taken_for_whole_ones) {
  const auto of = recorded_context("whatsapp");
  const std::map<std::string, std::function<hub::message::send_state(const hub::http::incoming&)>> readers{
      {"viber", [](const auto& answer) { return connectors::viber::read_send_answer(answer).state; }},
      {"telegram", [](const auto& answer) { return connectors::telegram::read_send_answer(answer).told.state; }},
      {"whatsapp", [&](const auto& answer) { return connectors::whatsapp::read_message_answer(of, answer, 1).state; }}};
  std::size_t cuts = 0;
  for (const auto& [channel, state_of] : readers)
    for_each_row(channel, [&](const object&, hub::http::incoming answer, const send_told&) {
      if (answer.status != 200) return;
      const auto whole = answer.body.substr(0, answer.body.find_last_not_of(" \r\n") + 1);
      for (std::size_t size = 0; size < whole.size(); ++size, ++cuts) {
        answer.body = whole.substr(0, size);
        ASSERT_EQ(state_of(answer), hub::message::send_state::unknown) << answer.body;
      }
    });
  EXPECT_GT(cuts, 1000u);
}

}  // namespace
