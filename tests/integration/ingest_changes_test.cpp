// What platforms tell after a message was written, and what only some of them tell: edits, deletions, reactions, where an
// answer goes, which ad brought somebody, mail written by programs, another id of the same person.

#include "tests/integration/ingest_fixture.hpp"

#include <algorithm>
#include <random>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using hub::message::chat_message;
using hub::message::event;

class told_later : public ingest_fixture {
 protected:
  void SetUp() override { rules(team_options{}); }

  /// About invented person `n`, with a key of its own.
  static event about(int n, int token, std::chrono::milliseconds after, auto data) {
    auto e = message_from(n, token, "", after);
    data.sender = std::get<chat_message>(e.data).sender;
    e.key += ":" + std::string(decltype(data)::kind);
    e.data = std::move(data);
    return e;
  }
  static event edited(int n, int token, int message, const std::string& text, std::chrono::milliseconds after) {
    hub::message::message_edited m;
    m.platform_id = std::to_string(message);
    m.text = text;
    return about(n, token, after, m);
  }
  static event deleted(int n, int token, int message, std::chrono::milliseconds after) {
    hub::message::message_deleted m;
    m.platform_id = std::to_string(message);
    return about(n, token, after, m);
  }
  static event reacted(int n, int token, int message, const std::string& emoji, std::chrono::milliseconds after) {
    hub::message::reaction m;
    m.platform_id = std::to_string(message);
    m.emoji = emoji;
    m.author = std::to_string(n);
    return about(n, token, after, m);
  }
  static event renamed(int from, int to, int token, std::chrono::milliseconds after) {
    hub::message::identity_changed m;
    auto e = about(from, token, after, m);
    std::get<hub::message::identity_changed>(e.data).sender.identities = {{"viber", "main", person_id(to)},
                                                                          {"viber", "main", person_id(from)}};
    return e;
  }
  std::string changes() {
    return ask(
        "select platform_id, kind, content, extract(epoch from at)::bigint % 100000 from message_change"
        " order by platform_id, kind, by_whom");
  }
};

TEST_F(told_later, the_newest_edit_holds_and_what_was_written_first_stays) {
  process({message_from(1, 1, "Golf?")});
  process({edited(1, 3, 1, "Golf 7?", 2min)});
  process({edited(1, 2, 1, "Golf 6?", 1min)});
  EXPECT_EQ(ask("select content from message"), "Golf?");
  EXPECT_EQ(ask("select kind, content from message_change"), "edited Golf 7?");
  EXPECT_EQ(ask("select count(*) from lead"), "1");
}

TEST_F(told_later, what_is_told_of_a_message_before_it_comes_creates_nobody_and_is_kept) {
  process({edited(1, 2, 1, "Golf 7?", 2min), deleted(1, 3, 1, 3min), reacted(1, 4, 1, "👍", 4min)});
  EXPECT_EQ(ask("select count(*) from customer"), "0");
  EXPECT_EQ(ask("select count(*) from message_change"), "3");
  process({message_from(1, 1, "Golf?")});
  EXPECT_EQ(ask("select count(*) from message m join message_change c using (platform_id, channel, account)"), "3");
}

TEST_F(told_later, in_any_order_and_number_leaves_the_same_rows) {
  const std::vector<event> story{message_from(1, 1),          edited(1, 2, 1, "a", 1min),    edited(1, 3, 1, "b", 2min),
                                 edited(1, 4, 1, "c", 2min),  reacted(1, 5, 1, "👍", 3min),   reacted(1, 6, 1, "", 4min),
                                 reacted(2, 7, 1, "🚗", 4min), deleted(1, 8, 1, 5min),        message_from(2, 9, "і я", 6min),
                                 deleted(2, 10, 9, 7min),     edited(2, 11, 9, "ні", 6500ms)};
  process(story);
  const auto wanted = changes();
  EXPECT_EQ(std::count(wanted.begin(), wanted.end(), '\n'), 5);
  std::mt19937_64 random(4);
  for (int n = 0; n < 20; ++n) {
    ask("truncate message_change");
    ask("truncate event_key, event_body");
    auto shuffled = story;
    shuffled.insert(shuffled.end(), story.begin(), story.begin() + 6);
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    auto own = worker();
    for (std::size_t at = 0; at < shuffled.size();) {
      const auto size = std::min<std::size_t>(1 + random() % 4, shuffled.size() - at);
      std::vector<event> batch;
      // The messages themselves are there already; their keys would be taken.
      for (const auto& e : std::vector(shuffled.begin() + static_cast<long>(at), shuffled.begin() + static_cast<long>(at + size)))
        if (!std::holds_alternative<chat_message>(e.data)) batch.push_back(e);
      own.process(items_of(batch));
      at += size;
    }
    ASSERT_EQ(changes(), wanted) << n;
  }
}

TEST_F(told_later, the_newest_reply_address_of_a_person_holds) {
  auto first = message_from(1, 1), second = message_from(1, 2, "ще", 1min);
  std::get<chat_message>(first.data).sender.reply_address = "sealed one";
  std::get<chat_message>(second.data).sender.reply_address = "sealed two";
  process({second});
  process({first});
  process({message_from(1, 3, "без адреси", 2min)});
  EXPECT_EQ(ask("select reply_address from identity"), "sealed two");
}

TEST_F(told_later, the_earliest_ad_that_brought_somebody_is_kept_on_the_lead) {
  auto first = message_from(1, 1), second = message_from(1, 2, "ще", 1min);
  std::get<chat_message>(first.data).referral = hub::message::referral{"ad", "120", "https://fb.example/1", "Осінь", "текст"};
  std::get<chat_message>(second.data).referral = hub::message::referral{"ad", "121", "", "", ""};
  process({second});
  EXPECT_EQ(ask("select lead_id, referral_id from lead_referral"), "1 121");
  process({first});
  process({message_from(1, 3, "дякую", 2min)});
  EXPECT_EQ(ask("select lead_id, source, referral_id, url, headline from lead_referral"), "1 ad 120 https://fb.example/1 Осінь");
}

TEST_F(told_later, a_program_that_writes_makes_no_customer_no_lead_and_starts_no_clock) {
  auto automatic = message_from(1, 1, "Я у відпустці");
  std::get<chat_message>(automatic.data).automatic = true;
  process({automatic});
  EXPECT_EQ(ask("select (select count(*) from customer), (select count(*) from lead), (select count(*) from message)"), "0 0 0");
  process({message_from(1, 2, "Добрий день", 1min)});
  ask("update lead set unanswered_since = null");
  auto again = message_from(1, 3, "Я знову у відпустці", 2min);
  std::get<chat_message>(again.data).automatic = true;
  process({again});
  EXPECT_EQ(ask("select count(*) from lead"), "1");
  EXPECT_EQ(ask("select lead_id, details ->> 'automatic' from message where platform_id = '3'"), "1 true");
  EXPECT_EQ(ask("select unanswered_since is null from lead"), "t");
}

TEST_F(told_later, somebody_with_another_id_stays_the_same_customer) {
  process({message_from(1, 1)});
  process({renamed(1, 2, 2, 1min)});
  process({message_from(2, 3, "тепер з іншого", 2min)});
  EXPECT_EQ(ask("select count(*) from customer"), "1");
  EXPECT_EQ(ask("select count(distinct lead_id), count(*) from message"), "1 2");
}

TEST_F(told_later, another_id_of_a_stranger_leads_to_one_customer_whoever_speaks_first) {
  process({renamed(1, 2, 1, 1min)});
  process({message_from(1, 2, "ще зі старого")});
  process({message_from(2, 3, "вже з нового", 2min)});
  EXPECT_EQ(ask("select count(*) from customer"), "1");
}

TEST_F(told_later, two_known_people_who_turn_out_to_be_one_are_linked) {
  process({message_from(3, 2)});
  process({message_from(4, 3, "Добрий день", 1min)});
  process({renamed(3, 4, 4, 2min)});
  EXPECT_EQ(ask("select id, coalesce(merged_into::text, 'root') from customer order by id"), "1 root\n2 1");
}

}  // namespace
