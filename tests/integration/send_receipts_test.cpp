// What is told of many messages we sent, in any order, in batches of any size, several times over: the rows are those that a
// plain count of the greatest word gives. The seed is printed; LEADYARD_SEED tells the same again.

#include "tests/fault/campaign.hpp"
#include "tests/integration/ingest_fixture.hpp"

#include <algorithm>
#include <random>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using hub::message::delivery_state;
using hub::message::event;
using hub::message::send_state;

class told_of_many_sends : public ingest_fixture {
 protected:
  static constexpr int messages = 12;

  /// A message of which nothing is known but that it is being sent, as it stands in the database.
  struct sent_message {
    std::string row;  ///< of the outbox
    std::string platform_id;
    std::vector<event> told;
    std::string expected;  ///< state of the row, status of the message, its id
  };

  void SetUp() override {
    rules(team_options{});
    process({message_from(1, 1)});
  }
  std::string insert_message() {
    return ask(
        "with m as (insert into message (lead_id, customer_id, channel, direction, type, content, sent_at, status, account)"
        "  select l.id, l.customer_id, 'viber', 'outgoing', 'text', 'an answer', '2026-11-20T10:05:00Z', 'queued', 'main'"
        "    from lead l limit 1 returning id),"
        " o as (insert into outbox (message_id, reply_id, conversation, channel, account, payload, state, attempt, begun_at)"
        "  select id, id, 'viber:main:c', 'viber', 'main', '{}', 'sending', 1, now() from m returning id),"
        " a as (insert into send_attempt (outbox_id, attempt, not_after) select id, 1, now() + interval '25 s' from o)"
        " select id from o");
  }
  event outcome(const sent_message& of, send_state state) {
    auto e = message_from(1, 1);
    hub::message::send_outcome told;
    told.outbox_id = std::stoull(of.row);
    told.attempt = 1;
    told.told.state = state;
    if (state == send_state::sent) told.told.platform_ids = {of.platform_id};
    e.key = "viber:main:send:" + of.row + ":1:" + std::string(hub::name_of(state));
    e.data = told;
    return e;
  }
  event receipt(const sent_message& of, delivery_state state, bool names_attempt) {
    auto e = status_of(1, 900 + static_cast<int>(state), state, 1h);
    auto& told = std::get<hub::message::delivery_status>(e.data);
    told.platform_id = of.platform_id;
    told.up_to = false;
    if (names_attempt) {
      told.outbox_id = std::stoull(of.row);
      told.attempt = 1;
    }
    e.key += ":" + of.platform_id;
    return e;
  }
  /// Half of the answers are lost: then only a receipt that names its attempt can tell.
  void invent(sent_message& of, std::mt19937_64& random) {
    of.told.clear();
    const bool lost = random() % 2 == 0;
    of.told.push_back(outcome(of, lost ? send_state::unknown : send_state::sent));
    // In the order in which the greater word wins: a message that arrived has not failed.
    static constexpr delivery_state order[]{delivery_state::sent, delivery_state::failed, delivery_state::delivered,
                                            delivery_state::read};
    int greatest = lost ? -1 : 0;
    bool arrived = !lost, failed = false, receipts = false;
    for (int n = 0; n < 4; ++n) {
      if (random() % (order[n] == delivery_state::failed ? 4 : 2) != 0) continue;
      of.told.push_back(receipt(of, order[n], lost));
      greatest = std::max(greatest, n);
      receipts = true;
    }
    failed = greatest == 1;
    arrived = greatest >= 0 && !failed;
    static constexpr const char* words[]{"unknown", "sent", "failed", "delivered", "read"};
    of.expected = std::string(arrived  ? "sent"
                              : failed ? "failed"
                                       : "unknown") +
                  " " + words[greatest + 1] + " " + (receipts || !lost ? of.platform_id : "-");
  }
  void as_before() {
    ask("truncate receipt; delete from event_key where kind <> 'message';"
        " update send_attempt set state = 'sending', platform_ids = '{}', ended_at = null, code = '', reason = '';"
        " update outbox set state = 'sending', platform_id = null, code = '', reason = null;"
        " update message set status = 'sending', platform_id = null where direction = 'outgoing'");
  }
  std::string now(const std::string& row) {
    return ask(
        "select o.state, m.status, coalesce(m.platform_id, '-') from outbox o join message m on m.id = o.message_id"
        " where o.id = " +
        row);
  }
};

TEST_F(told_of_many_sends, any_order_any_repetition_and_any_batches_come_to_the_same) {
  const auto seed = campaign_seed(5);
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  std::vector<sent_message> all(messages);
  for (int n = 0; n < messages; ++n) {
    all[static_cast<std::size_t>(n)].row = insert_message();
    all[static_cast<std::size_t>(n)].platform_id = "p" + std::to_string(n);
  }
  auto by = worker();
  const int histories = campaign(6, 60), orders = campaign(5, 20);
  for (int history = 0; history < histories && !HasFailure(); ++history) {
    for (auto& one : all) invent(one, random);
    for (int order = 0; order < orders; ++order) {
      SCOPED_TRACE("history " + std::to_string(history) + ", order " + std::to_string(order));
      std::vector<event> told;
      for (const auto& one : all)
        for (const auto& e : one.told)
          for (auto times = 1 + random() % 3; times > 0; --times) told.push_back(e);
      std::shuffle(told.begin(), told.end(), random);
      as_before();
      for (std::size_t at = 0; at < told.size();) {
        const auto end = std::min(told.size(), at + 1 + random() % 12);
        by.process(items_of({told.begin() + static_cast<std::ptrdiff_t>(at), told.begin() + static_cast<std::ptrdiff_t>(end)}));
        at = end;
      }
      for (const auto& one : all) EXPECT_EQ(now(one.row), one.expected) << one.platform_id;
    }
  }
  EXPECT_EQ(ask("select count(*) from quarantine"), "0");
}

TEST_F(told_of_many_sends, a_receipt_before_its_message_is_in_the_database_is_not_lost) {
  sent_message of;
  of.platform_id = "p1";
  process({receipt(of, delivery_state::read, false), receipt(of, delivery_state::delivered, false)});
  of.row = insert_message();
  EXPECT_EQ(now(of.row), "sending queued -");
  process({outcome(of, send_state::sent)});
  EXPECT_EQ(now(of.row), "sent read p1");
}

}  // namespace
