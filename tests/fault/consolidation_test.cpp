// Many activities of one company around the end of the window, told several times, in any order, by four workers at once:
// the leads must be those of the rule as a person would apply it with a pencil, to the batches as the run recorded them.

#include "hub/amqp/publisher.hpp"
#include "hub/message/codec.hpp"
#include "tests/fault/campaign.hpp"
#include "tests/support/running_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint32_t shards = 4;
constexpr std::size_t a_company = 150;  // activities of one company
const std::string profile = LEADYARD_SOURCE_DIR "/config/profiles/pilot-cars/";

struct told {
  int company = 0;
  std::int64_t at = 0;  // ms after the story's beginning
  std::string activity, cost;
};

/// Around the ends of windows that begin at the story's beginning, an hour later and so on, and anywhere between.
std::vector<told> around_the_hours(std::size_t count, std::mt19937_64& random) {
  constexpr std::int64_t hour = 3'600'000;
  const std::vector<std::int64_t> edges{0, 1, hour / 2, hour - 1, hour, hour + 1, hour + 60'000};
  const std::vector<std::string> activities{"load_plan", "quote", "location_share", "order_attempt", "price_alert"};
  std::vector<told> list;
  for (std::size_t n = 0; n < count; ++n) {
    told one;
    one.company = static_cast<int>(n / a_company);
    one.activity = activities[random() % activities.size()];
    one.at = random() % 4 == 0 ? static_cast<std::int64_t>(random() % (12 * hour))
                               : static_cast<std::int64_t>(random() % 11) * hour + edges[random() % edges.size()];
    if (one.activity == "quote" || one.activity == "order_attempt")
      one.cost = std::to_string(random() % 800) + "." + std::to_string(random() % 10) + std::to_string(random() % 10);
    list.push_back(one);
  }
  return list;
}

/// The default values of the profile: what the contract of the site's intake says, in hundredths.
std::optional<std::int64_t> worth(const told& one) {
  if (one.activity == "load_plan") return 50'000;
  if (one.activity == "location_share") return 0;  // nobody has bought anything
  if (one.cost.empty()) return std::nullopt;
  std::string digits = one.cost;
  digits.erase(digits.find('.'), 1);
  return std::stoll(digits);
}

// ---- the model: one company at a time, with a pencil --------------------------------------------------------------

struct pencil_lead {
  std::int64_t created = 0, until = 0, newest = 0;
  bool takes = true;  // nothing has come after its window
  std::string origin;
  std::optional<std::int64_t> value;
  std::set<std::string> keys;
};

struct pencil_company {
  std::vector<pencil_lead> leads;

  pencil_lead& lead_for(std::int64_t at) {
    pencil_lead* current = nullptr;
    for (auto& lead : leads)
      if (lead.takes) current = &lead;
    if (current && current->created <= at && at <= current->until) return *current;
    // It came late: into the window in which it happened, if there was one.
    pencil_lead* past = nullptr;
    for (auto& lead : leads)
      if (!lead.takes && lead.created <= at && at <= lead.until && (!past || lead.newest > past->newest)) past = &lead;
    if (past) return *past;
    if (current && at <= current->until) return *current;
    if (current) current->takes = false;
    leads.push_back({at, at + 3'600'000, at, true, "", std::nullopt, {}});
    return leads.back();
  }

  void hear(const std::string& key, const told& one) {
    auto& lead = lead_for(one.at);
    if (lead.keys.empty() || one.at < lead.created) lead.origin = one.activity;
    lead.created = std::min(lead.created, one.at);
    lead.newest = std::max(lead.newest, one.at);
    if (const auto value = worth(one); value && (!lead.value || *value > *lead.value)) lead.value = value;
    lead.keys.insert(key);
  }
};

std::string in_words(int company, const pencil_lead& lead) {
  std::ostringstream text;
  text << company << " " << lead.created << " " << lead.until << " " << (lead.takes ? "t" : "f") << " " << lead.origin << " "
       << (lead.value ? std::to_string(*lead.value) : "-");
  for (const auto& key : lead.keys) text << " " << key;
  return text.str();
}

/// The same words of what the hub made.
const std::string leads_in_words = R"(
  select split_part(i.external_id, '-', 2),
         (extract(epoch from l.created_at - '2026-11-20T10:00:00Z') * 1000)::bigint,
         (extract(epoch from l.attach_until - '2026-11-20T10:00:00Z') * 1000)::bigint, l.attachable, l.origin,
         coalesce((l.estimated_value * 100)::bigint::text, '-'), k.keys
    from lead l join identity i on i.customer_id = l.customer_id
    join (select lead_id, string_agg(event_key, ' ' order by event_key collate "C") as keys from activity group by 1) k
      on k.lead_id = l.id)";

std::string profile_rules() {
  std::ifstream file(profile + "routing.yaml");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Without the end of the window, which is the third word.
std::vector<std::string> without_window(std::vector<std::string> words) {
  for (auto& line : words) {
    const auto second = line.find(' ', line.find(' ') + 1);
    line.erase(second, line.find(' ', second + 1) - second);
  }
  std::sort(words.begin(), words.end());
  return words;
}

/// Leads that only one of the two has; both are sorted.
std::vector<std::string> different(const std::vector<std::string>& hub, const std::vector<std::string>& hand) {
  std::vector<std::string> found;
  std::set_difference(hub.begin(), hub.end(), hand.begin(), hand.end(), std::back_inserter(found));
  for (auto& line : found) line.insert(0, "hub: ");
  const auto only_hub = static_cast<long>(found.size());
  std::set_difference(hand.begin(), hand.end(), hub.begin(), hub.end(), std::back_inserter(found));
  std::for_each(found.begin() + only_hub, found.end(), [](std::string& line) { line.insert(0, "by hand: "); });
  return found;
}

class consolidation : public testing::Test {
 protected:
  void start(const std::string& rules) {
    hub_.emplace(hub_options{
        .workers = 4,
        .settings = {
            {"HUB__INGEST__SHARDS", std::to_string(shards)}, {"HUB__INGEST__BATCH", "16"}, {"HUB__MEDIA__FETCHERS", "1"}}});
    for (const auto* name : {"olha", "maksym", "natalia", "director"})
      hub_->ask(std::string("insert into staff (name, email, role) values ('") + name + "', '" + name +
                "@example.test', 'manager')");
    put_text_in_force(hub_->database_url(), rules, 0);

    hub::amqp::publisher_options how;
    how.broker.url = hub_->broker_url();
    how.shards = shards;
    how.batch_events = 16;
    publisher_ = std::make_unique<hub::amqp::publisher>(how, [this](std::vector<hub::amqp::settlement> list) {
      for (const auto& one : list) confirmed_ += one.result == hub::amqp::outcome::confirmed;
    });
    ASSERT_TRUE(wait_until([&] { return publisher_->ready(); }, 20s));
  }

  void invent(std::size_t count, std::mt19937_64& random) {
    for (const auto& one : around_the_hours(count, random)) {
      events_.push_back(
          activity_of(one.company, static_cast<int>(events_.size()), one.activity, one.cost, std::chrono::milliseconds(one.at)));
      by_key_.emplace(events_.back().key, one);
    }
  }

  /// Every event once to three times, each time to any worker: early or late by up to two hours, some by much more, so
  /// that many windows are opened and ended, and many events come into one that has passed.
  void tell(std::mt19937_64& random) {
    std::vector<std::pair<hub::instant, const hub::message::event*>> order;
    for (const auto& e : events_)
      for (auto n = 1 + random() % 3; n > 0; --n) {
        const std::uint64_t minutes = random() % 10 == 0 ? 600 : random() % 2 == 0 ? 120 : 1;
        order.emplace_back(e.time + std::chrono::seconds(random() % (60 * minutes)), &e);
      }
    std::shuffle(order.begin(), order.end(), random);
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<hub::amqp::publication> out;
    for (const auto& [when, e] : order)
      out.push_back({++ticket_, static_cast<std::uint32_t>(random() % shards), e->key, hub::message::encode(*e)});
    publisher_->submit(std::move(out));
    ASSERT_TRUE(wait_until([&] { return confirmed_ == ticket_; }, 60s)) << confirmed_ << " of " << ticket_;
  }

  /// Whatever was told before is done when a queue's last event, of a company of its own, is there.
  void wait_until_drained(int round) {
    std::vector<hub::amqp::publication> last;
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      const auto e = subscription_of(900'000, 10 * round + static_cast<int>(shard), true);
      last.push_back({++ticket_, shard, e.key, hub::message::encode(e)});
    }
    publisher_->submit(std::move(last));
    ASSERT_TRUE(hub_->wait_for("select count(*) from event_key where kind = 'subscribed'", std::to_string(4 * (round + 1)), 180s))
        << hub_->log("hub-worker.1");
  }

  /// Transaction after transaction as they held the company, the events inside one by (time, key). Rows of one transaction
  /// share their xmin; the activities of a company are numbered while its row is locked.
  std::vector<std::string> pencil() {
    std::map<std::string, std::int64_t> first_of;  // company and transaction -> smallest number
    std::vector<std::tuple<int, std::int64_t, std::int64_t, std::string>> order;
    std::vector<std::tuple<std::string, std::string, std::int64_t>> rows;
    std::istringstream recorded(
        hub_->ask("select a.event_key, k.xmin::text, a.id"
                  " from activity a join event_key k on k.key = a.event_key"));
    for (std::string key, xmin, id; recorded >> key >> xmin >> id;) rows.emplace_back(key, xmin, std::stoll(id));
    const auto transaction = [&](const std::string& key, const std::string& xmin) {
      return std::to_string(by_key_.at(key).company) + "/" + xmin;
    };
    for (const auto& [key, xmin, id] : rows) {
      const auto [known, fresh] = first_of.emplace(transaction(key, xmin), id);
      if (!fresh) known->second = std::min(known->second, id);
    }
    for (const auto& [key, xmin, id] : rows)
      order.emplace_back(by_key_.at(key).company, first_of.at(transaction(key, xmin)), by_key_.at(key).at, key);
    std::sort(order.begin(), order.end());
    batches_ = first_of.size();

    std::map<int, pencil_company> companies;
    for (const auto& [company, batch, at, key] : order) companies[company].hear(key, by_key_.at(key));
    std::vector<std::string> words;
    for (const auto& [n, company] : companies)
      for (const auto& lead : company.leads) words.push_back(in_words(n, lead));
    std::sort(words.begin(), words.end());
    return words;
  }

  std::vector<std::string> leads() {
    std::vector<std::string> words;
    std::istringstream lines(hub_->ask(leads_in_words));
    for (std::string line; std::getline(lines, line);) words.push_back(line);
    std::sort(words.begin(), words.end());
    return words;
  }

  std::vector<hub::message::event> events_;
  std::map<std::string, told> by_key_;
  std::optional<running_hub> hub_;
  std::unique_ptr<hub::amqp::publisher> publisher_;
  std::atomic<std::uint64_t> confirmed_{0};
  std::uint64_t ticket_ = 0;
  std::size_t batches_ = 0;
};

TEST_F(consolidation, leads_equal_those_of_the_rule_applied_by_hand_and_nobody_owns_one) {
  const auto count = static_cast<std::size_t>(campaign(1'500, 10'000));
  const auto seed = campaign_seed(1);
  std::mt19937_64 random(seed);
  start(profile_rules());
  invent(count, random);
  tell(random);
  wait_until_drained(0);
  ASSERT_EQ(hub_->ask("select count(*) from activity"), std::to_string(count)) << hub_->log("hub-worker.1");
  EXPECT_EQ(hub_->ask("select count(*) from quarantine"), "0") << hub_->ask("select cause, reason from quarantine limit 3");
  const auto made = leads();
  ASSERT_THAT(different(made, pencil()), IsEmpty());

  // The same again changes nothing.
  tell(random);
  wait_until_drained(1);
  EXPECT_EQ(hub_->ask("select count(*) from activity"), std::to_string(count));
  EXPECT_THAT(different(leads(), made), IsEmpty());

  // First come, first served: an owner follows from a claim or an assign, and nobody has claimed.
  EXPECT_EQ(hub_->ask("select count(*) from lead where manager_id is not null"), "0");
  EXPECT_EQ(hub_->ask("select count(*) from ownership_history"), "0");
  EXPECT_EQ(hub_->ask("select count(*) from lead where queued_at is null or team_id is null"), "0");
  // Whoever takes the lead finds what an order that was begun asks for, once.
  EXPECT_EQ(hub_->ask("select count(*) = (select count(*) from activity where activity = 'order_attempt') and "
                      "count(*) = count(distinct event_key) from task"),
            "t");
  std::cout << "seed " << seed << ", " << count << " activities of "
            << hub_->ask("select count(distinct customer_id) from activity") << " companies in " << batches_ << " batches became "
            << made.size() << " leads, all as by hand\n";
}

TEST_F(consolidation, of_a_window_that_is_a_millisecond_shorter_is_seen) {
  std::mt19937_64 random(campaign_seed(1));
  auto rules = profile_rules();
  const std::string hour = "window: 60m";
  ASSERT_NE(rules.find(hour), std::string::npos);
  start(rules.replace(rules.find(hour), hour.size(), "window: 3599999ms"));
  invent(300, random);
  tell(random);
  wait_until_drained(0);
  ASSERT_EQ(hub_->ask("select count(*) from activity"), "300");
  EXPECT_THAT(different(without_window(leads()), without_window(pencil())), Not(IsEmpty()));
}

}  // namespace
