// What `hubctl rules` reads from a running system, against the migrated schema.

#include "hub/ctl/rules_lookup.hpp"
#include "hub/message/codec.hpp"
#include "tests/support/servers.hpp"

#include <gtest/gtest.h>

namespace {

using hub::ctl::rules_lookup;

const char* const yaml =
    "version: 1\n"
    "teams: { sales: { members: [m1@example.test, m2@example.test, gone@example.test], skills: { m2@example.test: korea }, "
    "capacity: 7 } }\n"
    "rules: [{ name: all, then: { team: sales, strategy: workload } }]\n";

hub::message::event message_at(hub::instant time) {
  hub::message::chat_message data;
  data.sender.identities = {{"viber", "main", "person-1"}};
  data.platform_id = "1";
  data.text = "Корея";
  hub::message::event e;
  e.key = "viber:main:message:1";
  e.channel = "viber";
  e.account = "main";
  e.conversation = "viber:main:person-1";
  e.time = e.received_at = time;
  e.data = data;
  return e;
}

class rules_lookup_in_a_database : public testing::Test {
 protected:
  void run(const std::string& sql) {
    pqxx::connection c(url_);
    pqxx::work tx(c);
    tx.exec("set local search_path = hub");
    tx.exec(sql);
    tx.commit();
  }

  const std::string url_ = test_support::fresh_database();
  rules_lookup lookup_{hub::secret(url_)};
};

TEST_F(rules_lookup_in_a_database, knows_nothing_of_an_empty_one) {
  EXPECT_TRUE(lookup_.staff_emails().empty());
  EXPECT_FALSE(lookup_.active_rules());
  EXPECT_FALSE(lookup_.load_event("viber:main:message:1"));
  EXPECT_EQ(lookup_.place_in_ring("sales").last, 0);
  const auto before = lookup_.before(message_at(hub::instant{}));
  EXPECT_FALSE(before.known);
  EXPECT_FALSE(before.has_open_lead);
}

TEST_F(rules_lookup_in_a_database, tells_the_roster_as_it_stands) {
  run("insert into staff (id, name, email, role, active, open_leads, last_assigned_at) overriding system value values "
      "(5, 'B', 'm2@example.test', 'manager', false, 3, '1970-01-01T00:00:01.000002Z'), "
      "(4, 'A', 'm1@example.test', 'manager', true, 0, null), (6, 'C', 'other@example.test', 'admin', true, 0, null)");
  run("insert into assignment_cursor (key, last_id) values ('sales', 5)");
  run("insert into absence (staff_id, begins_at, ends_at) values (4, now() - interval '1 h', null), "
      "(5, now() - interval '2 h', now() - interval '1 h'), (5, now() + interval '1 h', null)");
  run("insert into presence (staff_id, available) values (5, false)");
  const auto rules = routing::read_rules(yaml, "r.yaml").rules;
  ASSERT_TRUE(rules);
  const auto roster = lookup_.roster(*rules, "sales");
  ASSERT_EQ(roster.size(), 2u);
  EXPECT_TRUE(roster[0].absent);
  EXPECT_TRUE(roster[0].available);
  EXPECT_FALSE(roster[0].off_hours);
  EXPECT_FALSE(roster[1].absent);
  EXPECT_FALSE(roster[1].available);
  EXPECT_EQ(roster[0].id, 4);
  EXPECT_EQ(roster[0].last_assigned, 0);
  EXPECT_EQ(roster[1].email, "m2@example.test");
  EXPECT_FALSE(roster[1].active);
  EXPECT_EQ(roster[1].open_leads, 3u);
  EXPECT_EQ(roster[1].capacity, 7u);
  EXPECT_EQ(roster[1].last_assigned, 1000002);
  EXPECT_EQ(roster[1].skills, std::vector<std::string>{"korea"});
  EXPECT_TRUE(lookup_.roster(*rules, "nobody").empty());
  EXPECT_EQ(lookup_.place_in_ring("sales").last, 5);
  EXPECT_EQ(lookup_.staff_emails(), (std::vector<std::string>{"m1@example.test", "m2@example.test", "other@example.test"}));
}

TEST_F(rules_lookup_in_a_database, reads_the_rules_in_force_and_a_kept_event) {
  const auto event = message_at(hub::parse_rfc3339("2026-11-20T10:00:00Z").value());
  const auto hash = routing::read_rules(yaml, "r.yaml").rules->hash;
  pqxx::connection c(url_);
  pqxx::work tx(c);
  tx.exec("set local search_path = hub");
  tx.exec_params("select activate_rules($1, $2, 'test', '[]'::jsonb)", hash, std::string(yaml));
  tx.exec_params("insert into event_body (received_at, key, body) values ('2026-11-20T10:00:00Z', $1, $2)", event.key,
                 hub::message::encode(event));
  tx.commit();
  EXPECT_EQ(lookup_.active_rules(), yaml);
  EXPECT_EQ(lookup_.load_event(event.key), event);
}

TEST_F(rules_lookup_in_a_database, tells_what_was_true_of_the_customer_before_the_event) {
  run("insert into customer (id, created_at) overriding system value values (1, '2026-11-20T10:00:00Z')");
  run("insert into identity (space, account, external_id, customer_id) values ('viber', 'main', 'person-1', 1)");
  run("insert into lead (customer_id, source_channel, created_at, last_activity_at) values "
      "(1, 'viber', '2026-11-20T11:00:00Z', '2026-11-20T11:00:00Z')");
  const auto at = [&](const char* time) { return lookup_.before(message_at(hub::parse_rfc3339(time).value())); };
  // The message that made the customer came from nobody we knew.
  EXPECT_FALSE(at("2026-11-20T10:00:00Z").known);
  EXPECT_TRUE(at("2026-11-20T10:30:00Z").known);
  EXPECT_FALSE(at("2026-11-20T11:00:00Z").has_open_lead);
  EXPECT_TRUE(at("2026-11-20T12:00:00Z").has_open_lead);
  run("update lead set stage = 'lost', attachable = false, closed_at = '2026-11-20T13:00:00Z'");
  EXPECT_TRUE(at("2026-11-20T12:00:00Z").has_open_lead);
  EXPECT_FALSE(at("2026-11-20T14:00:00Z").has_open_lead);
}

}  // namespace
