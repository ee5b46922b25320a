// What hub-worker does by the clock: queues handed out when a place gets free, an absence or a night ends, somebody comes
// back or leaves; due tasks and missed first responses told once; windows and old rows ended. Tests own the time and turn
// the clock by hand.

#include "hub/base/text.hpp"
#include "routing/receipt.hpp"
#include "tests/integration/ingest_fixture.hpp"
#include "workers/clock/turn.hpp"

#include <latch>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

/// Later than the database's own clock, by which triggers set their timers: those are due at once.
class own_clock : public hub::clock {
 public:
  hub::instant now() const override { return at; }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(at.time_since_epoch());
  }
  hub::instant at = hub::parse_rfc3339("2040-01-02T08:00:00Z").value();  // a Monday
};

std::string rules_of(const std::string& strategy, const std::string& team = "", const std::string& more = "") {
  return "version: 1\ntimezone: UTC\n" + more + "teams:\n  sales: { members: [m1@example.test, m2@example.test]" + team +
         " }\n"
         "lead_policy:\n  default: { attach_to: open, window: 60m }\n"
         "rules:\n"
         "  - name: waits\n    when: { text: { words: [чекаю] } }\n    then: { intent: buy, team: sales, strategy: manual }\n"
         "  - name: everything else\n    then: { intent: buy, team: sales, strategy: " +
         strategy + " }\n";
}

class clock_pool : public ingest_fixture {
 protected:
  void in_force(const std::string& text) { put_text_in_force(url_, text, 2); }
  /// One first message of each, a second apart: who comes first waits longest.
  void arrive(int from, int to, const std::string& text = "Добрий день") {
    for (int n = from; n <= to; ++n) {
      ingestor(options(), clock_).process(items_of({message_from(n, n, text)}));
      clock_.at += 1s;
    }
  }
  /// Everything that is due.
  void turn() {
    workers::clock::turner pool(options(), clock_);
    while (pool.turn()) {
    }
  }
  std::string now() { return "'" + hub::to_rfc3339(clock_.at) + "'::timestamptz"; }
  std::string at(std::chrono::seconds later) { return "'" + hub::to_rfc3339(clock_.at + later) + "'::timestamptz"; }
  void close(int lead) {
    ask("select change_stage(array[" + std::to_string(lead) +
        "]::bigint[], array['lost']::lead_stage[], array[false], null, "
        "array['no money'], " +
        now() + ")");
  }
  void release(int lead) {
    ask("select change_owner(array[" + std::to_string(lead) +
        "]::bigint[], array[null]::bigint[], null, array['released: too far'], " + now() + ")");
  }
  void away(int staff, const std::string& until) {
    ask("insert into absence (staff_id, begins_at, ends_at) values (" + std::to_string(staff) + ", " + now() +
        " - interval '1 hour', " + until + ")");
  }
  /// "1:2 2:- ...": who has which lead.
  std::string owners() {
    return ask("select string_agg(id || ':' || coalesce(manager_id::text, '-'), ' ' order by id) from lead");
  }
  std::string reason(int lead) { return ask("select queue_reason from lead where id = " + std::to_string(lead)); }
  void receipts_decide_again() {
    for (const auto& row : hub::split(ask("select coalesce(winner_id, 0), receipt from assignment_decision"), '\n')) {
      const auto blank = row.find(' ');
      const auto kept = routing::receipt_from_json(row.substr(blank + 1));
      ASSERT_TRUE(kept) << row;
      const auto again = routing::re_evaluate(*kept);
      EXPECT_EQ(again.winner.value_or(0), std::stoll(row.substr(0, blank))) << row;
      EXPECT_EQ(again.reason, kept->reason);
    }
    EXPECT_EQ(ask("select count(*) from staff s where open_leads <> (select count(*) from lead l where l.manager_id = s.id"
                  " and l.stage not in ('sold', 'lost'))"),
              "0");
  }

  own_clock clock_;
};

TEST_F(clock_pool, gives_a_freed_place_to_the_oldest_lead_of_the_queue) {
  in_force(rules_of("round_robin", ", capacity: 1"));
  arrive(1, 4);
  EXPECT_EQ(owners(), "1:1 2:2 3:- 4:-");
  turn();
  EXPECT_EQ(owners(), "1:1 2:2 3:- 4:-");
  close(2);
  EXPECT_EQ(ask("select payload ->> 'team' from timer where kind = 'hand_out' and state = 'waiting'"), "sales");
  turn();
  EXPECT_EQ(owners(), "1:1 2:2 3:2 4:-");
  EXPECT_EQ(reason(4), "everybody is at capacity");
  EXPECT_EQ(ask("select event_key, rule, winner_id from assignment_decision where event_key like 'hand_out%'"),
            "hand_out:3:2 everything else 2");
  EXPECT_EQ(ask("select reason from ownership_history where lead_id = 3"), "from the queue by rule everything else");
  EXPECT_EQ(ask("select count(*) from timer where kind = 'hand_out' and state = 'waiting'"), "0");
  receipts_decide_again();
}

TEST_F(clock_pool, runs_the_first_response_of_a_handed_out_lead_on_the_new_owners_calendar) {
  clock_.at = hub::parse_rfc3339("2040-01-02T12:00:00Z").value();
  in_force(rules_of("round_robin", ", capacity: 1",
                    "calendars: { noon: { mon-sun: [\"12:00-12:05\"] } }\nsla: { first_response: { within: 10m } }\n"
                    "people: { m2@example.test: { calendar: noon } }\n"));
  arrive(1, 3);
  EXPECT_EQ(owners(), "1:1 2:2 3:-");
  EXPECT_EQ(ask("select first_response_due_at at time zone 'UTC' from lead where id = 3"), "2040-01-02 12:10:02");
  close(2);
  turn();
  EXPECT_EQ(owners(), "1:1 2:2 3:2");
  EXPECT_EQ(ask("select (first_response_due_at at time zone 'UTC')::time between '12:00' and '12:05' from lead where id = 3"),
            "t");
}

TEST_F(clock_pool, writes_no_timer_when_nobody_waits) {
  in_force(rules_of("round_robin"));
  arrive(1, 2);
  close(1);
  EXPECT_EQ(ask("select count(*) from timer"), "0");
}

TEST_F(clock_pool, hands_out_a_released_lead_and_leaves_manual_ones_alone) {
  in_force(rules_of("round_robin"));
  arrive(1, 1);
  arrive(2, 3, "чекаю");
  ask("select change_owner(array[3]::bigint[], array[1]::bigint[], 1, array['claimed'], " + now() + ")");
  release(1);
  release(3);
  EXPECT_EQ(owners(), "1:- 2:- 3:-");
  turn();
  EXPECT_EQ(owners(), "1:2 2:- 3:-");
  EXPECT_EQ(reason(2) + ", " + reason(3), "manual, released: too far");
  receipts_decide_again();
}

TEST_F(clock_pool, gives_leads_to_whoever_comes_back_from_an_absence) {
  in_force(rules_of("workload"));
  away(1, at(1h));
  away(2, at(2h));
  arrive(1, 2);
  EXPECT_EQ(owners(), "1:- 2:-");
  EXPECT_EQ(reason(1), "everybody is absent");
  clock_.at += 1h - 3s;
  turn();
  EXPECT_EQ(owners(), "1:- 2:-");
  clock_.at += 3s;
  turn();
  EXPECT_EQ(owners(), "1:1 2:1");
  receipts_decide_again();
}

TEST_F(clock_pool, moves_nothing_when_an_absence_begins) {
  in_force(rules_of("workload"));
  arrive(1, 2);
  away(1, at(1h));
  turn();
  EXPECT_EQ(owners(), "1:1 2:2");
}

TEST_F(clock_pool, opens_with_the_calendar_to_the_second) {
  in_force(rules_of("round_robin", ", calendar: days", "calendars:\n  days: { mon-fri: [\"09:00-18:00\"] }\n"));
  arrive(1, 2);
  EXPECT_EQ(reason(1), "everybody is off hours");
  clock_.at = hub::parse_rfc3339("2040-01-02T08:59:50Z").value();
  workers::clock::turner pool(options(), clock_);
  while (pool.turn()) {
  }
  EXPECT_EQ(ask("select due_at = '2040-01-02T09:00:00Z' from timer where kind = 'queue'"), "t");
  clock_.at += 9999ms;
  EXPECT_FALSE(pool.turn());
  EXPECT_EQ(owners(), "1:- 2:-");
  clock_.at += 1ms;
  EXPECT_TRUE(pool.turn());
  EXPECT_EQ(owners(), "1:1 2:2");
  receipts_decide_again();
}

TEST_F(clock_pool, gives_leads_to_who_says_that_they_are_there_again_where_the_rule_asks_for_it) {
  in_force(rules_of("round_robin, online: required"));
  ask("insert into presence (staff_id, available) select id, false from staff");
  arrive(1, 1);
  EXPECT_EQ(reason(1), "everybody is away");
  ask("update presence set available = true where staff_id = 2");
  turn();
  EXPECT_EQ(owners(), "1:2");
  receipts_decide_again();
}

TEST_F(clock_pool, gives_at_most_catch_up_leads_in_a_row_to_who_is_back) {
  in_force(rules_of("workload", "", "catch_up: 2\n"));
  away(2, at(10min));
  arrive(1, 4);
  EXPECT_EQ(owners(), "1:1 2:1 3:1 4:1");
  away(1, at(10min));
  arrive(5, 8);
  clock_.at += 10min;
  turn();
  EXPECT_EQ(owners(), "1:1 2:1 3:1 4:1 5:2 6:2 7:1 8:2");
  EXPECT_EQ(ask("select last_id, in_a_row from assignment_cursor where key like '%workload'"), "2 1");
  receipts_decide_again();
}

TEST_F(clock_pool, hands_over_the_leads_of_somebody_who_left) {
  in_force(rules_of("round_robin"));
  arrive(1, 4);
  ask("insert into web_session (token_hash, staff_id, expires_at) values ('x', 1, " + at(1h) + ")");
  ask("insert into api_token (staff_id, name, token_hash, created_by) values (1, 'desk', 'y', 1)");
  EXPECT_EQ(ask("select deactivate_staff(1, null, " + now() + ")"), "2");
  EXPECT_EQ(owners(), "1:- 2:2 3:- 4:2");
  EXPECT_EQ(reason(3), "left: Manager 1");
  EXPECT_EQ(ask("select (select count(*) from web_session), (select count(*) from api_token where revoked_at is null)"), "0 0");
  turn();
  EXPECT_EQ(owners(), "1:2 2:2 3:2 4:2");
  EXPECT_EQ(ask("select deactivate_staff(77, null, now()) is null"), "t");
  receipts_decide_again();
}

TEST_F(clock_pool, leaves_nothing_with_somebody_who_leaves_while_leads_are_given_away) {
  in_force(rules_of("round_robin"));
  std::latch all(5);
  std::vector<std::jthread> shards;
  for (int t = 0; t < 4; ++t)
    shards.emplace_back([&, t] {
      auto ingest = ingestor(options(), clock_);
      all.arrive_and_wait();
      for (int n = 0; n < 50; ++n) ingest.process(items_of({message_from(1000 * t + n, 1000 * t + n)}));
    });
  all.arrive_and_wait();
  EXPECT_TRUE(wait_until([&] { return ask("select open_leads > 20 from staff where id = 1") == "t"; }, 20s));
  ask("select deactivate_staff(1, null, " + now() + ")");
  shards.clear();
  turn();
  EXPECT_EQ(ask("select id, open_leads from staff order by id"), "1 0\n2 200");
  receipts_decide_again();
}

TEST_F(clock_pool, decides_by_the_rules_in_force_and_by_the_receipt_where_the_rule_is_gone) {
  in_force(rules_of("round_robin", ", capacity: 1"));
  arrive(1, 4);
  std::string other = rules_of("workload", ", capacity: 2");
  other.replace(other.find("everything else"), 15, "anything");
  in_force(other);
  turn();
  EXPECT_EQ(owners(), "1:1 2:2 3:1 4:2");
  EXPECT_EQ(
      ask("select distinct receipt ->> 'rule', receipt ->> 'strategy' from assignment_decision where event_key like 'hand_out%'"),
      "everything else round_robin");
  receipts_decide_again();
}

TEST_F(clock_pool, follows_a_rule_that_belongs_to_another_team_now) {
  in_force(rules_of("round_robin", ", capacity: 1"));
  arrive(1, 3);
  auto other = rules_of("round_robin");
  other.insert(other.find("lead_policy"), "  night: { members: [m2@example.test] }\n");
  other.replace(other.rfind("team: sales"), 11, "team: night");
  in_force(other);
  turn();
  EXPECT_EQ(owners(), "1:1 2:2 3:2");
  EXPECT_EQ(ask("select t.name from lead l join team t on t.id = l.team_id where l.id = 3"), "night");
}

TEST_F(clock_pool, looks_behind_leads_that_nobody_can_take) {
  auto text = rules_of("round_robin, skills: [korea]");
  text += "  - name: never\n    then: { team: sales, strategy: round_robin }\n";
  text.insert(text.find("  - name: everything else"),
              "  - name: plain\n    when: { text: { words: [просто] } }\n    then: { intent: buy, team: sales, strategy: "
              "round_robin }\n");
  in_force(text);
  arrive(1, 5);
  ask("update staff set active = false");
  arrive(6, 6, "просто");
  EXPECT_EQ(reason(1), "nobody has the skills korea");
  ask("update staff set active = true");
  workers::clock::turner pool(options(), clock_, {.page = 2});
  while (pool.turn()) {
  }
  EXPECT_EQ(owners(), "1:- 2:- 3:- 4:- 5:- 6:1");
}

TEST_F(clock_pool, keeps_capacity_and_order_while_two_workers_hand_out) {
  in_force(rules_of("workload", ", capacity: 1"));
  std::vector<hub::message::event> many;
  for (int n = 1; n <= 300; ++n) many.push_back(message_from(n, n, "Добрий день", std::chrono::milliseconds(n)));
  ingestor(options(), clock_).process(items_of(many));
  in_force(rules_of("workload", ", capacity: 100"));
  std::latch both(2);
  const auto work = [&] {
    workers::clock::turner pool(options(), clock_, {.page = 20});
    both.arrive_and_wait();
    while (pool.turn()) {
    }
  };
  { std::jthread one(work), two(work); }
  turn();
  EXPECT_EQ(ask("select min(open_leads), max(open_leads) from staff"), "100 100");
  EXPECT_EQ(ask("select min(id), count(*) from lead where manager_id is null"), "201 100");
  receipts_decide_again();
}

TEST_F(clock_pool, takes_up_what_a_worker_that_died_had_taken) {
  in_force(rules_of("round_robin", ", capacity: 1"));
  arrive(1, 3);
  close(1);
  {
    pqxx::connection dying(url_);
    pqxx::work tx(dying);
    tx.exec("update hub.timer set state = 'done', taken_by = 'gone:1'");
    tx.exec("select pg_advisory_xact_lock(hashtext('leadyard queue'), 1)");
    turn();
    EXPECT_EQ(owners(), "1:1 2:2 3:-") << "handed out while another worker was at it";
  }
  turn();
  EXPECT_EQ(owners(), "1:1 2:2 3:1");
}

TEST_F(clock_pool, tells_of_a_due_task_once_whoever_turns) {
  in_force(rules_of("round_robin"));
  arrive(1, 2);
  ask("insert into task (lead_id, manager_id, title, due_at) select 1, 1, 'Call ' || n, " + at(1h) +
      " from generate_series(1, 500) n");
  ask("insert into task (lead_id, manager_id, title, due_at, completed) values (1, 1, 'done', " + at(1h) + ", true)");
  turn();
  EXPECT_EQ(ask("select count(*) from notification"), "0");
  clock_.at += 1h;
  std::latch both(2);
  const auto work = [&] {
    workers::clock::turner pool(options(), clock_);
    both.arrive_and_wait();
    while (pool.turn()) {
    }
  };
  { std::jthread one(work), two(work); }
  turn();
  EXPECT_EQ(ask("select staff_id, kind, count(*), count(distinct text) from notification group by 1, 2"), "1 task_due 500 500");
  ask("update task set due_at = " + at(1h) + " where title = 'Call 7'");
  turn();
  EXPECT_EQ(ask("select count(*) from notification"), "500");
  clock_.at += 1h;
  turn();
  EXPECT_EQ(ask("select count(*) from notification where text = 'Due: Call 7'"), "2");
}

TEST_F(clock_pool, tells_owner_and_supervisors_once_that_a_first_response_is_missed) {
  auto text = rules_of("round_robin", ", supervisors: [boss@example.test]");
  text += "sla:\n  first_response: { within: 10m, calendar: team }\n";
  ask("insert into staff (name, email, role) values ('Boss', 'boss@example.test', 'supervisor')");
  in_force(text);
  arrive(1, 1);
  turn();
  EXPECT_EQ(ask("select count(*) from notification"), "0");
  clock_.at += 10min;
  turn();
  turn();
  EXPECT_EQ(ask("select s.email, n.kind, n.lead_id from notification n join staff s on s.id = n.staff_id order by 1"),
            "boss@example.test first_response_missed 1\nm1@example.test first_response_missed 1");
}

TEST_F(clock_pool, ends_windows_and_removes_what_is_kept_for_a_time) {
  in_force(rules_of("round_robin"));
  arrive(1, 2);
  ask("update lead set attach_until = " + at(1h) + " where id = 1");
  ask("insert into idempotency (staff_id, key, request_hash, status, body, created_at) values (1, 'old', 'x', 200, '', " + now() +
      " - interval '25 hours'), (1, 'new', 'x', 200, '', " + now() + ")");
  ask("insert into web_session (token_hash, staff_id, expires_at) values ('x', 1, " + at(-1s) + "), ('y', 1, " + at(2h) + ")");
  ask("insert into timer (kind, due_at, state) values ('hand_out', " + now() + " - interval '8 days', 'done')");
  workers::clock::turner pool(options(), clock_);
  pool.turn();
  EXPECT_EQ(ask("select id, attachable from lead order by id"), "1 t\n2 f");
  EXPECT_EQ(ask("select key from idempotency"), "new");
  EXPECT_EQ(ask("select count(*) from web_session"), "1");
  EXPECT_EQ(ask("select count(*) from timer where state = 'done' and due_at < " + now() + " - interval '7 days'"), "0");
  clock_.at += 1h;
  pool.turn();
  EXPECT_EQ(ask("select attachable from lead where id = 1"), "t") << "its last instant still attaches";
  clock_.at += 1h;
  pool.turn();
  EXPECT_EQ(ask("select attachable from lead where id = 1"), "f");
}

TEST_F(clock_pool, records_how_long_a_lead_was_in_its_stage) {
  in_force(rules_of("round_robin"));
  arrive(1, 1);
  ask("update lead set created_at = " + now() + ", first_response_due_at = " + now() + ", unanswered_since = " + now());
  const auto to = [&](const std::string& stage) {
    ask("select change_stage(array[1]::bigint[], array['" + stage + "']::lead_stage[], array[true], null, array['x'], " + now() +
        ")");
  };
  clock_.at += 1h;
  to("contacted");
  clock_.at += 2h;
  to("lost");
  EXPECT_EQ(ask("select in_stage from stage_history order by id"), "01:00:00\n02:00:00");
  EXPECT_EQ(ask("select first_response_due_at is null and unanswered_since is null from lead"), "t");
}

}  // namespace
