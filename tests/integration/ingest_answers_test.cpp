// What a message means for its lead beyond being kept: the clock of the first response, replies from a phone, vehicles
// named by their number, and people whom the platform declares to be one.

#include "tests/integration/ingest_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using namespace test_support;

hub::instant soon() { return hub::real_clock().now(); }

/// "14:05" of an instant, in UTC.
std::string minute_of(hub::instant at) { return hub::to_rfc3339(at).substr(11, 5); }

// Everybody works around the clock except m2, who is at work now, away from half an hour to three hours from now.
std::string with_a_clock() {
  return R"(version: 1
timezone: UTC
calendars:
  always: { mon-sun: ["00:00-24:00"] }
  pause: { mon-sun: [")" +
         minute_of(soon() + 3h) + "-" + minute_of(soon() + 30min) + R"("] }
teams:
  sales: { members: [m1@example.test, m2@example.test], calendar: always }
people:
  m2@example.test: { calendar: pause }
lead_policy:
  default: { attach_to: open, window: unlimited, when_closed: { reopen_within: 14d } }
rules:
  - name: waits
    when: { text: { words: [чекаю] } }
    then: { intent: buy, team: sales, strategy: manual }
  - name: everything else
    then: { intent: buy, team: sales, strategy: round_robin }
sla:
  first_response: { within: 10m, calendar: owner }
)";
}

class answers : public ingest_fixture {
 protected:
  void SetUp() override { rules_file(with_a_clock()); }
  /// A message of this moment: what is older than the hub's own outage is due from now.
  static hub::message::event at(hub::message::event e, hub::instant when) {
    e.time = e.received_at = when;
    return e;
  }
  void own(const std::string& staff) {
    ask("select change_owner(array[1]::bigint[], array[" + staff + "]::bigint[], null, array['test'], now())");
  }
  void answered(const std::string& by) {
    ask("update lead set unanswered_since = null, first_response_due_at = null, first_response_at = now(),"
        " first_response_by = " +
        by);
  }
};

TEST_F(answers, are_due_on_the_calendar_of_the_chosen_owner) {
  const auto now = soon() + 1h;  // later than the transaction, so that the platform's time decides
  process({at(message_from(1, 1), now)});
  process({at(message_from(2, 2), now)});
  // Round robin: m1 first, then m2, who comes back two hours later.
  EXPECT_EQ(ask("select first_response_due_at - unanswered_since from lead where manager_id = 1"), "00:10:00");
  EXPECT_EQ(ask("select first_response_due_at - unanswered_since between '02:05:00' and '02:10:00'"
                " from lead where manager_id = 2"),
            "t");
}

TEST_F(answers, are_due_on_the_calendar_of_the_team_while_nobody_owns_the_lead) {
  process({at(message_from(1, 1, "чекаю"), soon() + 1h)});
  EXPECT_EQ(ask("select manager_id is null, first_response_due_at - unanswered_since from lead"), "t 00:10:00");
}

TEST_F(answers, are_due_from_now_for_what_was_written_while_the_hub_was_away) {
  process({at(message_from(1, 1, "чекаю"), soon() - 5h)});
  EXPECT_EQ(ask("select first_response_due_at between now() + interval '9 minutes' and now() + interval '11 minutes',"
                " now() - unanswered_since > interval '4 hours' from lead"),
            "t t");
}

TEST_F(answers, are_due_from_the_first_message_and_no_later_one_restarts_the_clock) {
  const auto now = soon() + 1h;
  process({at(message_from(1, 1, "чекаю"), now)});
  const auto due = ask("select first_response_due_at, unanswered_since from lead");
  process({at(message_from(1, 2, "чекаю"), now + 5min)});
  process({at(message_from(1, 3, "чекаю"), now + 9min), at(message_from(1, 4, "чекаю"), now + 10min)});
  EXPECT_EQ(ask("select first_response_due_at, unanswered_since from lead"), due);
}

TEST_F(answers, are_due_again_on_the_owners_calendar_for_the_first_message_after_one) {
  const auto now = soon() + 1h;
  process({at(message_from(1, 1, "чекаю"), now)});
  own("2");
  answered("2");
  process({at(message_from(1, 2, "чекаю"), now + 5min)});
  EXPECT_EQ(ask("select first_response_due_at - unanswered_since between '02:00:00' and '02:05:00', first_response_by from lead"),
            "t 2");
}

TEST_F(answers, are_not_due_for_a_late_message_that_was_answered_with_the_others) {
  const auto now = soon() + 1h;
  process({at(message_from(1, 1), now)});
  answered("1");
  process({at(message_from(1, 2), now - 5min)});
  EXPECT_EQ(ask("select unanswered_since is null, first_response_due_at is null from lead"), "t t");
}

TEST_F(answers, a_reply_from_the_phone_answers_and_moves_the_owned_lead) {
  process({message_from(1, 1)});
  process({echo_to(1, 2, 5min)});
  EXPECT_EQ(ask("select stage, unanswered_since is null, first_response_due_at is null, first_response_at - created_at,"
                " first_response_by = manager_id, attachable from lead"),
            "contacted t t 00:05:00 t t");
  EXPECT_EQ(ask("select direction from message order by sent_at"), "incoming\noutgoing");
  EXPECT_EQ(ask("select from_stage, to_stage, by_staff is null from stage_history"), "new contacted t");

  // The first response is the first one, whoever owns the lead later.
  own("2");
  process({message_from(1, 3, "ще питання", 10min)});
  EXPECT_EQ(ask("select unanswered_since is null, first_response_due_at is null from lead"), "f f");
  process({echo_to(1, 4, 12min)});
  EXPECT_EQ(ask("select unanswered_since is null, first_response_at - created_at, first_response_by from lead"), "t 00:05:00 1");
}

TEST_F(answers, in_one_batch_with_the_question_count_for_the_owner_chosen_in_it) {
  process({message_from(1, 1), echo_to(1, 2, 1min)});
  EXPECT_EQ(ask("select stage, unanswered_since is null, first_response_due_at is null, first_response_by = manager_id"
                " from lead"),
            "contacted t t t");
}

TEST_F(answers, a_reply_to_an_unowned_lead_answers_and_leaves_it_new) {
  process({message_from(1, 1, "чекаю")});
  process({echo_to(1, 2, 1min)});
  EXPECT_EQ(ask("select stage, unanswered_since is null, first_response_at is not null, first_response_by is null from lead"),
            "new t t t");
}

TEST_F(answers, an_automatic_text_answers_nobody) {
  process({message_from(1, 1)});
  auto automatic = echo_to(1, 2, 1min);
  std::get<hub::message::chat_message>(automatic.data).type = hub::message::content_type::system;
  process({automatic});
  EXPECT_EQ(ask("select stage, unanswered_since is null, first_response_at is null from lead"), "new f t");
}

TEST_F(answers, a_late_reply_answers_what_came_before_it_and_nothing_later) {
  process({message_from(1, 1, "перше", 0min), message_from(1, 2, "друге", 10min)});
  process({echo_to(1, 3, 5min)});
  EXPECT_EQ(ask("select unanswered_since - created_at, first_response_due_at is null, first_response_at - created_at from lead"),
            "00:10:00 f 00:05:00");
  // Older than everything that waits: it answered what had been written before.
  process({echo_to(1, 4, 7min)});
  EXPECT_EQ(ask("select unanswered_since - created_at, first_response_at - created_at from lead"), "00:10:00 00:05:00");
  process({echo_to(1, 5, 11min)});
  EXPECT_EQ(ask("select unanswered_since is null, first_response_due_at is null from lead"), "t t");
}

TEST_F(answers, nothing_is_due_while_the_rules_name_no_time) {
  rules(team_options{});
  process({message_from(1, 1)});
  EXPECT_EQ(ask("select unanswered_since is not null, first_response_due_at is null from lead"), "t t");
}

// ---- vehicles -----------------------------------------------------------------------------------------------------

TEST_F(answers, a_vehicle_in_stock_named_by_its_number_is_suggested) {
  ask("insert into vehicle (make, model, vin, status) values ('VW', 'Golf', 'WVWZZZ1KZAW000001', 'available'),"
      " ('Kia', 'Rio', 'KNADE223396000002', 'reserved'), ('VW', 'Polo', 'WVWZZZ6RZAY000003', 'sold')");
  process({message_from(1, 1, "Що з wvwzzz1kzaw000001 та KNADE223396000002? А WVWZZZ6RZAY000003 чи AAAAAAAAAAAAAAAAA?"),
           message_from(2, 2, "просто питання")});
  process({message_from(1, 3, "WVWZZZ1KZAW000001!", 1min)});
  EXPECT_EQ(ask("select l.customer_id, v.vin, suggested, chosen from lead_vehicle x join vehicle v on v.id = x.vehicle_id"
                " join lead l on l.id = x.lead_id order by v.id"),
            "1 WVWZZZ1KZAW000001 t f\n1 KNADE223396000002 t f");
}

TEST_F(answers, a_vehicle_that_a_person_linked_stays_as_it_was) {
  ask("insert into vehicle (make, model, vin) values ('VW', 'Golf', 'WVWZZZ1KZAW000001')");
  process({message_from(1, 1)});
  ask("insert into lead_vehicle (lead_id, vehicle_id, chosen) values (1, 1, true)");
  process({message_from(1, 2, "WVWZZZ1KZAW000001", 1min)});
  EXPECT_EQ(ask("select chosen, suggested from lead_vehicle"), "t f");
}

}  // namespace
