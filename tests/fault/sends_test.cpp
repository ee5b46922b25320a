// Replies under fire: requests to the platform are cut before, in the middle of and after the request and after the answer,
// while workers, the connector, broker and database are killed and frozen. Nothing is lost, nothing is sent twice by itself,
// whatever nobody knows the fate of is shown, and each conversation keeps its order.

#include "tests/fault/campaign.hpp"
#include "tests/support/sending_hub.hpp"
#include "tests/support/servers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

class sends_under_fire : public testing::Test {
 protected:
  static constexpr int people = 40;

  sends_under_fire() { hub_.invent_people(people); }

  /// What happens to a message's first request, by chance and the same for the same seed.
  conduct fate_of(const given_message& m) {
    const std::lock_guard lock(mutex_);
    if (!seen_.insert(m.text).second) return conduct::answers;
    static constexpr conduct cuts[]{conduct::closes_in_the_middle, conduct::takes_and_closes, conduct::fails,
                                    conduct::takes_and_keeps_silent, conduct::limits};
    const auto drawn = std::hash<std::string>{}(std::to_string(seed_) + m.text);
    if (drawn % 2 == 0) return conduct::answers;
    ++cut_;
    return cuts[drawn / 2 % 5];
  }

  void write_replies(int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
      const auto person = static_cast<int>(random_() % people);
      char number[16];
      std::snprintf(number, sizeof number, "%06d", written_++);
      all += sending_hub::reply_to(person, number, random_() % 4 == 0 ? 2 : 1) + ";";
    }
    // One transaction each, as people write them; the database may be on its way up.
    EXPECT_TRUE(wait_until(
        [&] {
          try {
            hub_.hub.ask(all);
            return true;
          } catch (const std::exception&) {
            return false;
          }
        },
        60s));
  }

  void hurt(int which) {
    const auto worker = 1 + static_cast<unsigned>(random_() % 2);
    switch (which) {
      case 0: hub_.hub.connector().kill(); break;
      case 1: hub_.hub.worker(worker).kill(); break;
      case 2: freeze(hub_.hub.connector()); break;
      case 3: freeze(hub_.hub.worker(worker)); break;
      case 4:
        broker_.kill();
        broker_.start();
        break;
      case 5:
        database_.kill();
        database_.start();
        break;
      default:
        hub_.platform.close();
        wait_until([&] { return hub_.rows("queued") > 0; }, 2s);
        hub_.platform.open();
    }
  }
  /// Until others have sent something meanwhile, or cannot.
  void freeze(process& one) {
    one.kill(SIGSTOP);
    const auto before = hub_.platform.requests();
    wait_until([&] { return hub_.platform.requests() > before + 5; }, 3s);
    one.kill(SIGCONT);
  }

  /// What is under way, or waits for anything but an unknown part before it.
  std::string unsettled() {
    return hub_.hub.ask_or_nothing(
        "select count(*) from outbox o where o.state = 'sending' or (o.state = 'queued' and not exists (select from outbox u"
        " where u.reply_id = o.reply_id and u.id < o.id and u.state = 'unknown'))");
  }

  /// By state of the row; the texts.
  std::map<std::string, std::set<std::string>> texts_by_state() {
    std::map<std::string, std::set<std::string>> made;
    std::istringstream lines(hub_.hub.ask(
        "select o.state::text || '/' || m.status::text, m.content from outbox o join message m on m.id = o.message_id"));
    for (std::string state, text; lines >> state >> text;) made[state].insert(text);
    return made;
  }

  const std::uint64_t seed_ = campaign_seed(11);
  std::mt19937_64 random_{seed_};
  std::mutex mutex_;
  std::set<std::string> seen_;
  std::size_t cut_ = 0;
  int written_ = 0;
  own_postgres database_;
  own_rabbitmq broker_;
  sending_hub hub_{{.database_url = database_.url(),
                    .broker_url = broker_.url(),
                    .workers = 2,
                    .settings = {{"HUB__INGEST__SHARDS", "2"}, {"HUB__DATABASE__DEADLINE", "5s"}}}};
};

TEST_F(sends_under_fire, nothing_is_lost_nothing_goes_twice_and_every_conversation_keeps_its_order) {
  broker_.server().evaluate("[dets:sync(T) || T <- dets:all()]");
  hub_.platform.behave([this](const given_message& m) { return fate_of(m); });
  const auto cuts = static_cast<std::size_t>(campaign(20, 2000));
  campaign_result done{.seed = seed_};
  std::vector<int> victims{0, 1, 2, 3, 4, 5, 6};
  for (std::size_t round = 0; cut_ < cuts; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    if (round % victims.size() == 0) std::shuffle(victims.begin(), victims.end(), random_);
    const auto before = hub_.platform.requests();
    write_replies(campaign(12, 40));
    const auto more = 1 + random_() % 6;
    EXPECT_TRUE(wait_until([&] { return hub_.hub.tend(), hub_.hurry(), hub_.platform.requests() >= before + more; }, 90s))
        << hub_.hub.log("hub-worker.1").substr(0, 3000);
    if (HasFailure()) break;
    hurt(victims[round % victims.size()]);
    ++done.faults;
  }
  EXPECT_TRUE(wait_until([&] { return hub_.hub.tend(), hub_.hurry(), unsettled() == "0"; }, 180s)) << unsettled();

  std::map<std::string, int> times;
  std::map<std::string, std::vector<std::string>> order;
  for (const auto& one : hub_.platform.taken()) {
    ++times[one.text];
    order[one.conversation].push_back(one.text);
  }
  const auto states = texts_by_state();
  for (const auto& [state, texts] : states) {
    done.accepted += texts.size();
    EXPECT_TRUE(state == "sent/sent" || state == "unknown/unknown" || state == "queued/queued")
        << state << ": " << *texts.begin();
    for (const auto& text : texts) {
      done.duplicated += times[text] > 1;
      // What waits is the rest of a reply whose beginning nobody knows the fate of.
      done.lost += times[text] == 0 && state == "sent/sent";
    }
  }
  for (const auto& [conversation, texts] : order)
    EXPECT_TRUE(std::is_sorted(texts.begin(), texts.end())) << conversation << " " << testing::PrintToString(texts);
  EXPECT_EQ(done.lost, 0u);
  EXPECT_EQ(done.duplicated, 0u);
  EXPECT_GT(states.at("sent/sent").size(), states.at("unknown/unknown").size());
  tell(done);
  std::cout << cut_ << " requests cut, " << states.at("unknown/unknown").size() << " messages held for a person\n";
}

}  // namespace
