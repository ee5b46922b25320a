// hubctl outbox: what waits and how long, what is held, who is paused; what a person decides about it, and what it refuses.

#include "tests/integration/ctl_fixture.hpp"
#include "tests/support/sending_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace {

using namespace ctl_tests;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class ctl_outbox : public testing::Test {
 protected:
  ctl_outbox() { hub_.invent_people(3); }

  told outbox(std::vector<std::string> words) {
    words.insert(words.begin(), "outbox");
    return hubctl(hub_.hub, std::move(words));
  }
  std::string id_of(const std::string& text) {
    return hub_.hub.ask("select o.id from outbox o join message m on m.id = o.message_id where m.content = '" + text + "/0'");
  }
  /// As if the sender pool had tried it.
  void ended(const std::string& text, const std::string& state) {
    const auto id = id_of(text);
    hub_.hub.ask("update outbox set state = '" + state + "', attempt = 1, reason = 'no answer came' where id = " + id +
                 "; insert into send_attempt (outbox_id, attempt, state, not_after) values (" + id + ", 1, '" + state +
                 "', now()); select show_send(" + id + ")");
  }
  std::string row(const std::string& text) {
    return hub_.hub.ask("select state, dismissed_at is not null from outbox where id = " + id_of(text));
  }

  // No worker: nothing moves by itself.
  test_support::sending_hub hub_{{.workers = 0}};
};

TEST_F(ctl_outbox, says_that_nothing_waits) {
  const auto said = outbox({});
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.text, "Nothing waits to be sent.\n");
}

TEST_F(ctl_outbox, lists_by_account_and_state_with_ages_what_is_held_and_who_is_paused) {
  hub_.reply(0, "secret words");
  hub_.reply(1, "older");
  hub_.reply(1, "lost");
  hub_.reply(2, "refused");
  hub_.hub.ask("update outbox set created_at = now() - interval '3 hours 5 minutes' where id = " + id_of("older"));
  ended("lost", "unknown");
  ended("refused", "failed");
  hub_.hub.ask(
      "insert into account_pause (channel, account, code, reason) values ('viber', 'main', '2', 'its token is not valid')");
  const auto said = outbox({"list"});
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.text, ContainsRegex("viber/main +queued +2 +3 h"));
  EXPECT_THAT(said.text, ContainsRegex("viber/main +unknown +1 +[0-9]+ s"));
  EXPECT_THAT(said.text, ContainsRegex(id_of("lost") + " +unknown +viber/main .*no answer came"));
  EXPECT_THAT(said.text, ContainsRegex(id_of("refused") + " +failed"));
  EXPECT_THAT(said.text, AllOf(HasSubstr("viber/main sends nothing since"), HasSubstr("2 its token is not valid"),
                               HasSubstr("hubctl outbox resume viber/main")));
  EXPECT_THAT(said.text, Not(HasSubstr("words"))) << "no text of a message";

  const auto json = boost::json::parse(outbox({"--json"}).text).as_object();
  EXPECT_EQ(json.at("states").as_array().size(), 3u);
  EXPECT_EQ(json.at("states").at(1).at("state"), "queued");
  EXPECT_EQ(json.at("states").at(1).at("rows"), 2);
  EXPECT_GE(json.at("states").at(1).at("oldest_seconds").as_int64(), 3 * 3600 + 300);
  ASSERT_EQ(json.at("held").as_array().size(), 2u);
  EXPECT_EQ(json.at("held").at(1).at("id").as_int64(), std::stoll(id_of("lost")));
  EXPECT_EQ(json.at("held").at(1).at("attempts"), 1);
  EXPECT_EQ(json.at("paused").at(0).at("account"), "viber/main");
}

TEST_F(ctl_outbox, sends_again_lets_be_and_resumes_each_with_its_audit) {
  hub_.reply(0, "lost");
  hub_.reply(1, "refused");
  ended("lost", "unknown");
  ended("refused", "failed");
  EXPECT_EQ(outbox({"resend", id_of("lost")}).code, 0);
  EXPECT_EQ(row("lost"), "queued f");
  EXPECT_EQ(outbox({"dismiss", id_of("refused")}).code, 0);
  EXPECT_EQ(row("refused"), "failed t");
  EXPECT_THAT(outbox({}).text, Not(HasSubstr("failed")));
  EXPECT_THAT(outbox({"--all"}).text, HasSubstr("failed"));
  hub_.hub.ask("insert into account_pause (channel, account) values ('viber', 'main')");
  EXPECT_EQ(outbox({"resume", "viber/main"}).code, 0);
  EXPECT_EQ(hub_.hub.ask("select count(*) from account_pause"), "0");
  EXPECT_EQ(hub_.hub.ask("select string_agg(action || ' ' || subject, ', ' order by id) from audit where program = 'hubctl'"),
            "outbox_resend outbox:" + id_of("lost") + ", outbox_dismiss outbox:" + id_of("refused") +
                ", account_resume account:viber/main");
}

TEST_F(ctl_outbox, does_nothing_about_what_is_settled_under_way_or_not_there) {
  hub_.reply(0, "sent");
  hub_.reply(1, "under way");
  ended("sent", "sent");
  hub_.hub.ask("update outbox set state = 'sending' where id = " + id_of("under way"));
  for (const std::string verb : {"resend", "dismiss"})
    for (const auto& id : {id_of("sent"), id_of("under way"), std::string("999999")}) {
      const auto said = outbox({verb, id});
      EXPECT_EQ(said.code, 1) << verb << " " << id;
      EXPECT_THAT(said.text, HasSubstr(id + " is not there, is being sent, or is settled already"));
    }
  EXPECT_EQ(row("sent"), "sent f");
  EXPECT_EQ(row("under way"), "sending f");
  EXPECT_EQ(outbox({"resume", "viber/main"}).code, 1) << "it is not paused";
  EXPECT_EQ(hub_.hub.ask("select count(*) from audit where program = 'hubctl'"), "0");
}

TEST_F(ctl_outbox, refuses_what_is_no_command_before_it_asks_anybody) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"send"},
                                                {"resend"},
                                                {"dismiss"},
                                                {"resume"},
                                                {"list", "7"},
                                                {"resend", "x"},
                                                {"resend", "-1"},
                                                {"resend", "0"},
                                                {"resend", "7 or true"},
                                                {"resend", "99999999999999999999"},
                                                {"dismiss", "7.5"},
                                                {"resend", "7", "8"},
                                                {"--nonsense"}}) {
    const auto said = outbox(words);
    EXPECT_EQ(said.code, 2) << testing::PrintToString(words) << said.text;
    EXPECT_FALSE(said.text.empty());
  }
  EXPECT_EQ(outbox({"resume", "viber"}).code, 2) << "an account has its channel before it";
}

}  // namespace
