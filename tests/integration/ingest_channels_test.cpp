// People who come over several messengers: one customer whichever way and order they are heard of, and never two people one.
// The events are those that the connectors make of their recorded cases.

#include "config/node.hpp"
#include "connectors/connector.hpp"
#include "hub/base/crypto.hpp"
#include "tests/fault/campaign.hpp"
#include "tests/integration/ingest_fixture.hpp"

#include <algorithm>
#include <barrier>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using hub::message::chat_message;
using hub::message::event;

class channels : public ingest_fixture {
 protected:
  void SetUp() override {
    hub::crypto_start();
    rules(team_options{});
  }

  /// What the connectors make of every recorded case.
  static std::vector<event> recorded() {
    namespace fs = std::filesystem;
    std::vector<event> all;
    for (const auto& kind : connectors::registry()) {
      const fs::path cases = fs::path(LEADYARD_SOURCE_DIR) / "tests/contract" / kind.channel;
      connectors::account_context context;
      context.channel = kind.channel;
      context.account = "main";
      context.seal_key = hub::secret("seal");
      context.fingerprint_key = hub::secret("fingerprint");
      context.public_url = "https://hub.avto.example";
      context.clock = &hub::real_clock();
      hub::problems found;
      const auto made = kind.make(context, config::parse_yaml_file((cases / "account.yaml").string()).root, found);
      EXPECT_TRUE(made) << hub::to_text(found);
      for (const auto& file : fs::directory_iterator(cases)) {
        const auto name = file.path().filename().string();
        if (!name.ends_with(".form") && (!name.ends_with(".json") || name.ends_with(".expected.json"))) continue;
        std::ifstream in(file.path(), std::ios::binary);
        const std::string body{std::istreambuf_iterator<char>(in), {}};
        // Some platforms give no time of their own.
        auto events = made->normalize(body, hub::instant(1'795'003'200'000ms));
        if (!events) continue;
        for (auto& e : *events) {
          const auto* message = std::get_if<chat_message>(&e.data);
          // What programs write is shown where somebody is known already, and nowhere else.
          const bool automatic = message && message->automatic;
          if (!automatic && !std::holds_alternative<hub::message::unparsed>(e.data)) all.push_back(std::move(e));
        }
      }
    }
    return all;
  }

  /// Everything that must not depend on order; who a customer is, is said by all identities of their link.
  std::string picture() {
    const std::string people =
        "with person as (select coalesce(c.merged_into, c.id) as root, string_agg(i.space || ':' || i.account || ':' || "
        "i.external_id, ' ' order by i.space, i.account, i.external_id) as known from identity i join customer c on c.id = "
        "i.customer_id group by 1) ";
    return ask(people +
               "select known, (select min(viber_id) || '' from customer where id = root or merged_into = root), (select"
               " min(telegram_id) from customer where id = root or merged_into = root) from person order by known collate "
               "\"C\"") +
           "\n--\n" +
           ask("select space, external_id, coalesce(subscribed::text, '-') from identity order by space, account, external_id") +
           "\n--\n" +
           ask(people +
               "select m.event_key, m.type, m.direction, md5(m.content), p.known from message m join customer c on c.id = "
               "m.customer_id"
               " join person p on p.root = coalesce(c.merged_into, c.id) order by m.event_key") +
           "\n--\n" + ask("select channel, platform_id, status from receipt order by channel, platform_id") + "\n--\n" +
           ask("select platform_id, kind, by_whom, at, content from message_change order by platform_id, kind, by_whom") +
           "\n--\n" + ask("select event_key, activity, value from activity order by event_key");
  }
  void forget_everything() {
    ask("truncate customer, identity, lead, message, activity, receipt, message_change, event_key, event_body, media_fetch,"
        " assignment_decision, ownership_history, stage_history, lead_referral, task, customer_merge, possible_same,"
        " assignment_cursor, quarantine cascade");
    ask("update staff set open_leads = 0");
  }
};

TEST_F(channels, told_in_any_order_and_number_leave_the_same_people_messages_and_facts) {
  const auto seed = campaign_seed(11);
  std::mt19937_64 random(seed);
  auto story = recorded();
  ASSERT_GT(story.size(), 100u);
  // A batch is folded in the order of time; the clean run hears everything at once.
  process(story);
  const auto wanted = picture();
  const int permutations = campaign(15, 200);
  for (int n = 0; n < permutations; ++n) {
    forget_everything();
    auto told = story;
    for (const auto& e : story)
      for (auto more = random() % 3; more > 0; --more) told.push_back(e);
    std::shuffle(told.begin(), told.end(), random);
    auto own = worker();
    for (std::size_t at = 0; at < told.size();) {
      const auto size = std::min<std::size_t>(1 + random() % 40, told.size() - at);
      own.process(items_of({told.begin() + static_cast<long>(at), told.begin() + static_cast<long>(at + size)}));
      at += size;
    }
    ASSERT_EQ(picture(), wanted) << "seed " << seed << ", permutation " << n;
  }
  // A whole day told once more changes nothing.
  const auto rows =
      ask("select (select count(*) from message), (select sum(version) from lead), (select max(updated_at) from customer)");
  process(story);
  EXPECT_EQ(ask("select (select count(*) from message), (select sum(version) from lead), (select max(updated_at) from customer)"),
            rows);
  std::cout << "seed " << seed << ", " << story.size() << " events of " << connectors::registry().size() << " channels, "
            << permutations << " permutations with repetitions: the same\n";
}

TEST_F(channels, one_person_on_two_messengers_at_one_instant_is_one_customer_and_two_people_stay_two) {
  const int rounds = campaign(60, 200);
  auto first = worker(), second = worker();
  const auto named = [](const std::string& space, int n) {
    return hub::message::identity{space, "main", space + std::to_string(n)};
  };
  const auto number = [](int n) { return hub::message::identity{"fingerprint", "", "fp:test:" + std::to_string(n)}; };
  for (int n = 0; n < rounds; ++n) {
    // The same number on both; the neighbours of the round have numbers of their own.
    auto whatsapp = message_from(1, 10 * n), telegram = message_from(1, 10 * n + 1);
    auto stranger = message_from(1, 10 * n + 2), other = message_from(1, 10 * n + 3);
    const auto is = [&](event& e, const std::string& channel, std::vector<hub::message::identity> known) {
      e.channel = channel;
      e.key = channel + ":main:" + e.key;
      std::get<chat_message>(e.data).sender.identities = std::move(known);
      std::get<chat_message>(e.data).sender.name.clear();
    };
    is(whatsapp, "whatsapp", {named("whatsapp", n), number(n)});
    is(telegram, "telegram", {named("telegram", n), number(n)});
    is(stranger, "whatsapp", {named("whatsapp", 100'000 + n), number(100'000 + n)});
    is(other, "telegram", {named("telegram", 100'000 + n)});
    std::barrier together(2);
    const auto send = [&](workers::ingest::ingestor& by, std::vector<event> events) {
      together.arrive_and_wait();
      for (int again = 0;; ++again) {
        try {
          by.process(items_of(events));
          return;
        } catch (const hub::error& e) {
          ASSERT_TRUE(again < 5 && (e.kind() == hub::failure::transient || e.code() == "sqlstate 23505")) << e.what();
        }
      }
    };
    std::jthread one([&] { send(first, {whatsapp, stranger}); });
    std::jthread two([&] { send(second, {telegram, other}); });
  }
  EXPECT_EQ(ask("select count(distinct coalesce(c.merged_into, c.id)) from customer c join identity i on i.customer_id = c.id"
                " where i.external_id like 'fp:test:%' and length(i.external_id) < 14"),
            std::to_string(rounds));
  EXPECT_EQ(ask("select count(*) from customer where merged_into is null"), std::to_string(3 * rounds));
  EXPECT_EQ(
      ask("select count(*) from (select i.customer_id from identity i join customer c on c.id = i.customer_id where i.external_id"
          " ~ '^(whatsapp|telegram)1[0-9]{5}$' group by 1 having count(*) > 1) x"),
      "0");
  EXPECT_EQ(ask("select count(*) from message"), std::to_string(4 * rounds));
}

TEST_F(channels, an_id_and_a_number_known_as_two_people_are_linked_by_the_payload_that_names_both) {
  auto by_id = message_from(1, 1), by_number = message_from(1, 2), both = message_from(1, 3);
  const hub::message::identity id{"whatsapp", "main", "UA.1"}, number{"fingerprint", "", "fp:test:1"};
  const auto is = [&](event& e, std::vector<hub::message::identity> known) {
    std::get<chat_message>(e.data).sender.identities = std::move(known);
  };
  is(by_id, {id});
  is(by_number, {number});
  is(both, {id, number});
  process({by_id});
  process({by_number});
  EXPECT_EQ(ask("select count(*) from customer where merged_into is null"), "2");
  process({both});
  EXPECT_EQ(ask("select count(*) from customer where merged_into is null"), "1");
  ask("select unmerge_customers(2, 1)");
  EXPECT_EQ(ask("select count(*) from customer where merged_into is null"), "2") << "reversibly";
}

}  // namespace
