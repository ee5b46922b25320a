// Replies from the outbox to a platform and back: hub-worker and a connector as processes, a platform that misbehaves.

#include "hub/base/announce.hpp"
#include "hub/base/clock.hpp"
#include "hub/message/json.hpp"
#include "hub/message/sending.hpp"
#include "tests/support/sending_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using testing::ElementsAre;
using testing::HasSubstr;

class sends : public testing::Test {
 protected:
  sends() { hub_.invent_people(4); }

  std::string state(const std::string& text) {
    return hub_.hub.ask_or_nothing("select o.state from outbox o join message m on m.id = o.message_id where m.content = '" +
                                   text + "'");
  }
  std::string shown(const std::string& text) {
    return hub_.hub.ask_or_nothing("select status from message where content = '" + text + "'");
  }
  bool becomes(const std::string& text, const std::string& wanted) {
    return wait_until([&] { return state(text) == wanted; }, 20s);
  }
  std::string id_of(const std::string& text) {
    return hub_.hub.ask("select o.id from outbox o join message m on m.id = o.message_id where m.content = '" + text + "'");
  }

  /// Asks hub-connector for the first attempt, as a worker does.
  caller::answer ask_for(const std::string& id, const std::string& text, std::chrono::milliseconds good_for) {
    hub::message::send_asked asked;
    asked.outbox_id = std::stoull(id);
    asked.attempt = 1;
    asked.not_after = hub::real_clock().now() + good_for;
    asked.conversation = hub_.conversation(0);
    asked.recipient = {{"viber", "main", "person-0"}};
    asked.text = text;
    caller once([&] { return hub::announced_port(hub_.hub.home(), "hub-connector", "admin").value_or(0); }, 10s);
    return once.ask("POST", "/internal/send?channel=viber&account=main",
                    {{"Authorization", "Bearer " + hub_.hub.environment().at("HUB__INTERNAL__TOKEN")}, {"Connection", "close"}},
                    hub::message::to_json(asked));
  }

  sending_hub hub_;
};

TEST_F(sends, a_reply_goes_out_once_and_is_shown_as_sent) {
  hub_.reply(0, "hello");
  EXPECT_TRUE(becomes("hello/0", "sent"));
  EXPECT_EQ(shown("hello/0"), "sent");
  EXPECT_THAT(hub_.texts_of(0), ElementsAre("hello/0"));
  EXPECT_EQ(hub_.hub.ask("select count(*) from send_attempt where state = 'sent' and platform_ids <> '{}'"), "1");
  // The event says the same as the answer; both are in.
  EXPECT_TRUE(hub_.hub.wait_for("select count(*) from event_key where kind = 'send_outcome'", "1", 20s));
  EXPECT_EQ(state("hello/0"), "sent");
  EXPECT_EQ(hub_.platform.requests(), 1u);
}

TEST_F(sends, the_parts_of_a_reply_and_the_replies_of_a_conversation_keep_their_order) {
  for (int n = 0; n < 5; ++n)
    for (int person = 0; person < 4; ++person) hub_.reply(person, "m" + std::to_string(n), 2);
  EXPECT_TRUE(hub_.settled(30s));
  for (int person = 0; person < 4; ++person)
    EXPECT_THAT(hub_.texts_of(person),
                ElementsAre("m0/0", "m0/1", "m1/0", "m1/1", "m2/0", "m2/1", "m3/0", "m3/1", "m4/0", "m4/1"));
}

TEST_F(sends, what_nobody_knows_the_fate_of_is_held_and_holds_back_only_its_own_reply) {
  hub_.platform.behave([](const given_message& m) { return m.text == "lost/0" ? conduct::takes_and_closes : conduct::answers; });
  hub_.reply(0, "lost", 2);
  hub_.reply(0, "next");
  EXPECT_TRUE(becomes("lost/0", "unknown"));
  EXPECT_TRUE(becomes("next/0", "sent"));
  EXPECT_EQ(shown("lost/0"), "unknown");
  EXPECT_EQ(state("lost/1"), "queued");
  EXPECT_EQ(hub_.hub.ask("select attempt from outbox where id = " + id_of("lost/0")), "1");

  // Let be, the rest of the reply goes on; sent again, it may arrive twice: that is a person's choice.
  hub_.hub.ask("select dismiss(" + id_of("lost/0") + ", null)");
  EXPECT_TRUE(becomes("lost/1", "sent"));
  hub_.platform.behave(conduct::answers);
  hub_.hub.ask("select resend(" + id_of("lost/0") + ")");
  EXPECT_TRUE(becomes("lost/0", "sent"));
  EXPECT_THAT(hub_.texts_of(0), ElementsAre("lost/0", "next/0", "lost/1", "lost/0"));
}

TEST_F(sends, a_platform_that_is_away_gets_everything_in_order_when_it_is_back) {
  hub_.platform.close();
  for (int n = 0; n < 6; ++n) hub_.reply(n % 2, "m" + std::to_string(n));
  EXPECT_TRUE(hub_.hub.wait_for("select count(*) from outbox where tries > 0", "2", 20s));
  EXPECT_EQ(hub_.hub.ask("select count(*) from outbox o where o.tries > 0 and exists (select from outbox b where b.conversation ="
                         " o.conversation and b.id < o.id)"),
            "0")
      << "the oldest of each conversation only";
  EXPECT_EQ(hub_.rows("sent"), 0);
  hub_.platform.open();
  EXPECT_TRUE(wait_until([&] { return hub_.hurry(), hub_.rows("sent") == 6; }, 40s));
  EXPECT_THAT(hub_.texts_of(0), ElementsAre("m0/0", "m2/0", "m4/0"));
  EXPECT_THAT(hub_.texts_of(1), ElementsAre("m1/0", "m3/0", "m5/0"));
}

TEST_F(sends, a_limit_of_the_platform_is_waited_out_and_counts_for_nothing) {
  std::atomic<int> storms{12};
  hub_.platform.behave([&](const given_message& m) {
    return m.recipient == hub_.address(0) && storms-- > 0 ? conduct::limits : conduct::answers;
  });
  for (int n = 0; n < 3; ++n) hub_.reply(0, "limited" + std::to_string(n));
  for (int n = 0; n < 3; ++n) hub_.reply(1, "free" + std::to_string(n));
  EXPECT_TRUE(wait_until([&] { return hub_.texts_of(1).size() == 3; }, 10s));
  EXPECT_LT(hub_.texts_of(0).size(), 3u) << "the others did not wait for it";
  EXPECT_TRUE(hub_.settled(60s));
  EXPECT_THAT(hub_.texts_of(0), ElementsAre("limited0/0", "limited1/0", "limited2/0"));
  EXPECT_EQ(hub_.hub.ask("select max(tries) from outbox"), "0");
  EXPECT_GE(hub_.platform.limited(), 12u);
}

TEST_F(sends, what_the_platform_refuses_is_failed_with_its_reason_and_an_account_waits_for_a_person) {
  hub_.platform.behave([](const given_message& m) {
    return m.text == "bad/0" ? conduct::refuses : m.text == "revoked/0" ? conduct::revokes : conduct::answers;
  });
  hub_.reply(0, "bad");
  EXPECT_TRUE(becomes("bad/0", "failed"));
  EXPECT_EQ(shown("bad/0"), "failed");
  EXPECT_THAT(hub_.hub.ask("select reason from outbox where id = " + id_of("bad/0")), HasSubstr("refuses"));
  hub_.reply(1, "revoked");
  EXPECT_TRUE(becomes("revoked/0", "failed"));
  EXPECT_EQ(hub_.hub.ask("select channel, account, code from account_pause"), "viber main 401");
  hub_.reply(2, "waits");
  const auto attempts = hub_.platform.requests();
  hub_.hub.ask("select resend(" + id_of("revoked/0") + ")");
  EXPECT_EQ(state("waits/0"), "queued");
  hub_.platform.behave(conduct::answers);
  hub_.hub.ask("delete from account_pause");
  EXPECT_TRUE(becomes("waits/0", "sent"));
  EXPECT_TRUE(becomes("revoked/0", "sent"));
  EXPECT_EQ(hub_.platform.requests(), attempts + 2);
}

TEST_F(sends, whoever_wants_nothing_more_is_not_written_to_though_it_was_queued) {
  hub_.platform.close();
  hub_.reply(0, "too late");
  EXPECT_TRUE(hub_.hub.wait_for("select count(*) from send_attempt where state = 'deferred'", "1", 20s));
  hub_.hub.ask("update identity set subscribed = false, subscribed_at = now() where external_id = 'person-0'");
  hub_.platform.open();
  hub_.hurry();
  EXPECT_TRUE(becomes("too late/0", "failed"));
  EXPECT_THAT(hub_.hub.ask("select reason from outbox"), HasSubstr("wants no messages"));
  EXPECT_EQ(hub_.platform.taken().size(), 0u);
}

TEST_F(sends, an_attempt_is_sent_once_whoever_asks_again_also_after_a_restart) {
  hub_.reply(0, "once");
  EXPECT_TRUE(becomes("once/0", "sent"));
  const auto ask = [&](const std::string& text) { return ask_for(id_of("once/0"), text, 20s); };
  const auto again = ask("once/0");
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_THAT(again.body, HasSubstr("\"sent\""));
  hub_.hub.restart("hub-connector");
  ASSERT_TRUE(hub_.hub.wait_until_ready());
  EXPECT_EQ(ask("once/0").body, again.body);
  EXPECT_EQ(hub_.platform.taken().size(), 1u);
  // The same number on another message: the database was restored, and this one was never sent.
  EXPECT_EQ(ask("another").status, 200);
  EXPECT_EQ(hub_.platform.taken().size(), 2u);
}

TEST_F(sends, an_attempt_that_was_handed_back_is_not_sent_for_a_question_that_comes_late) {
  hub_.platform.behave(conduct::limits);
  EXPECT_THAT(ask_for("1001", "limits the conversation", 20s).body, HasSubstr("\"deferred\""));
  hub_.platform.behave(conduct::answers);
  EXPECT_THAT(ask_for("1002", "too soon", 100ms).body, HasSubstr("the platform's limit"));
  EXPECT_THAT(ask_for("1003", "another one", 20s).body, HasSubstr("\"sent\""));
  EXPECT_THAT(ask_for("1002", "too soon", 20s).body, HasSubstr("\"deferred\""));
  EXPECT_THAT(hub_.texts_of(0), ElementsAre("another one"));
}

TEST_F(sends, an_attempt_that_was_begun_is_not_begun_anew_because_hub_connector_is_away_afterwards) {
  hub_.platform.behave(conduct::takes_and_keeps_silent);
  hub_.reply(0, "once");
  ASSERT_TRUE(wait_until([&] { return hub_.platform.taken().size() == 1; }, 20s));
  hub_.hub.connector().kill();
  hub_.platform.behave(conduct::answers);
  EXPECT_FALSE(wait_until([&] { return state("once/0") != "sending"; }, 4s)) << "nobody there knows anything about it";
  hub_.hub.tend();
  EXPECT_TRUE(becomes("once/0", "unknown"));
  EXPECT_EQ(hub_.hub.ask("select attempt from outbox"), "1");
  EXPECT_THAT(hub_.texts_of(0), ElementsAre("once/0"));
}

TEST_F(sends, an_attempt_that_a_dead_worker_began_is_not_begun_anew_either) {
  hub_.platform.behave(conduct::takes_and_keeps_silent);
  hub_.reply(0, "once");
  ASSERT_TRUE(wait_until([&] { return hub_.platform.taken().size() == 1; }, 20s));
  hub_.hub.worker().kill();
  hub_.hub.connector().kill();
  hub_.platform.behave(conduct::answers);
  // As after half a minute; the worker comes back before hub-connector does.
  hub_.hub.ask("update outbox set begun_at = begun_at - interval '40 seconds', taken_until = now()");
  hub_.hub.restart("hub-worker.1");
  EXPECT_TRUE(wait_until([&] { return hub_.hub.ask("select taken_until > now() from outbox") == "t"; }, 20s))
      << "it was asked about";
  EXPECT_FALSE(wait_until([&] { return state("once/0") != "sending"; }, 2s));
  hub_.hub.tend();
  EXPECT_TRUE(becomes("once/0", "unknown"));
  EXPECT_THAT(hub_.texts_of(0), ElementsAre("once/0"));
}

}  // namespace
