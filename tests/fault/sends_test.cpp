// Replies under fire, through the senders of Viber and WhatsApp: connections are cut before, in the middle of and after the
// request, in the middle of and after the answer, while workers, the connector, broker and database are killed and frozen.
// Nothing is lost, nothing is sent twice by itself, whatever nobody knows the fate of is shown in time, no more becomes so than
// was cut or was under way when the connector died, and each conversation keeps its order.

#include "hub/base/clock.hpp"
#include "tests/fault/campaign.hpp"
#include "tests/support/sending_hub.hpp"
#include "tests/support/servers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace test_support;

/// Looks every few milliseconds, on a thread of its own, for how long the oldest attempt is under way without a word of it.
class watch {
 public:
  explicit watch(const running_hub& hub)
      : looking_([this, &hub](std::stop_token ending) {
          wait_until(
              [&] {
                const auto text = hub.ask_or_nothing(
                    "select coalesce(max(extract(epoch from clock_timestamp() - begun_at)), 0) from outbox where state = "
                    "'sending'");
                if (!text.empty()) longest_ = std::max(longest_.load(), std::stod(text));
                return ending.stop_requested();
              },
              24h);
        }) {}
  /// In seconds.
  double longest() const { return longest_; }

 private:
  std::atomic<double> longest_{0};
  std::jthread looking_;
};

class sends_under_fire : public testing::Test {
 protected:
  using attempt = std::pair<std::uint64_t, std::uint32_t>;

  sends_under_fire() {
    hub_.invent_people(people_);
    hub_.platform.behave([this](const given_message& m) { return fate_of(m); });
    // A connection that is cut unread may hold any message.
    hub_.platform.cut_connections([this] {
      const std::lock_guard lock(mutex_);
      return cut() < cuts_by_now_ && chance_() % 12 == 0;
    });
  }

  /// What happens to a message's first request, by chance and the same for the same seed. A third of them is cut: half would
  /// keep the circuits of all accounts open. With the mutex held by nobody.
  conduct fate_of(const given_message& m) {
    const std::lock_guard lock(mutex_);
    if (!seen_.insert(m.text).second || cut() >= cuts_by_now_) return conduct::answers;
    const auto drawn = std::hash<std::string>{}(std::to_string(seed_) + m.text);
    if (drawn % 40 == 0) return conduct::limits;
    if (drawn % 3 != 0) return drawn % 7 == 0 ? conduct::answers_and_closes : conduct::answers;
    static constexpr conduct kinds[]{conduct::closes_in_the_middle, conduct::takes_and_closes, conduct::fails,
                                     conduct::cuts_the_answer};
    const auto which = drawn / 40 % 16 == 0 ? conduct::takes_and_keeps_silent : kinds[drawn / 640 % 4];
    cut_by_platform_.insert({m.outbox_id, m.attempt});
    return which;
  }
  std::size_t cut() const { return cut_by_platform_.size() + hub_.platform.unread(); }
  std::size_t cut_so_far() {
    const std::lock_guard lock(mutex_);
    return cut();
  }

  void write_replies(int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
      const auto person = static_cast<int>(random_() % static_cast<std::uint64_t>(people_));
      char number[16];
      std::snprintf(number, sizeof number, "%06d", ++written_);
      const int parts = random_() % 4 == 0 ? 2 : 1;
      messages_ += static_cast<std::size_t>(parts);
      all += hub_.reply_to(person, number, parts) + ";";
    }
    // The database may be on its way up; what it refuses is not written at all.
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
      case 0: cut_all([&] { hub_.hub.connector().kill(); }); break;
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
        cut_all([&] { hub_.platform.close(); });
        wait_until([&] { return hub_.rows("queued") > 0; }, 2s);
        hub_.platform.open();
    }
  }
  /// Whatever is under way meanwhile may become unknown.
  void cut_all(const std::function<void()>& how) {
    const auto from = hub::real_clock().now();
    how();
    all_cut_.emplace_back(from, hub::real_clock().now());
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
  /// Lets it all be looked after until `done`.
  bool tend_until(const std::function<bool()>& done, std::chrono::milliseconds deadline) {
    return wait_until([&] { return hub_.hub.tend(), hub_.hurry(), done(); }, deadline);
  }

  /// By state of the row; the texts.
  std::map<std::string, std::set<std::string>> texts_by_state() {
    std::map<std::string, std::set<std::string>> made;
    std::istringstream lines(hub_.hub.ask(
        "select o.state::text || '/' || m.status::text, m.content from outbox o join message m on m.id = o.message_id"));
    for (std::string state, text; lines >> state >> text;) made[state].insert(text);
    return made;
  }

  /// Attempts that are unknown though the platform did not cut them, nor were they under way when everything was cut.
  std::size_t unexplained() {
    std::size_t count = 0;
    std::istringstream lines(
        hub_.hub.ask("select a.outbox_id, a.attempt, (extract(epoch from a.begun_at) * 1000)::bigint,"
                     " (extract(epoch from a.ended_at) * 1000)::bigint from send_attempt a where a.state = 'unknown'"));
    std::int64_t begun = 0, ended = 0;
    for (attempt which; lines >> which.first >> which.second >> begun >> ended;) {
      const bool was_under_way = std::any_of(all_cut_.begin(), all_cut_.end(), [&](const auto& span) {
        return span.second.time_since_epoch().count() >= begun && span.first.time_since_epoch().count() <= ended;
      });
      count += !was_under_way && !cut_by_platform_.contains(which);
    }
    return count;
  }

  const std::uint64_t seed_ = campaign_seed(11);
  const std::size_t cuts_ = static_cast<std::size_t>(campaign(60, 2000));
  const int people_ = campaign(80, 400);
  std::mt19937_64 random_{seed_};
  std::mutex mutex_;
  std::mt19937_64 chance_{seed_ + 1};  ///< of the platform's thread
  std::set<std::string> seen_;
  std::set<attempt> cut_by_platform_;
  std::atomic<std::size_t> cuts_by_now_{0};
  std::vector<std::pair<hub::instant, hub::instant>> all_cut_;
  int written_ = 0;
  std::size_t messages_ = 0;
  own_postgres database_;
  own_rabbitmq broker_;
  sending_hub hub_{
      {.database_url = database_.url(),
       .broker_url = broker_.url(),
       .workers = 2,
       .settings = {{"HUB__INGEST__SHARDS", "2"}, {"HUB__DATABASE__DEADLINE", "5s"}, {"HUB__SENDING__SENDERS", "16"}}},
      // Circuits open for one account at a time.
      {{"viber", "main"},
       {"whatsapp", "main"},
       {"viber", "two"},
       {"whatsapp", "two"},
       {"viber", "three"},
       {"whatsapp", "three"},
       {"viber", "four"},
       {"whatsapp", "four"}}};
};

TEST_F(sends_under_fire, nothing_is_lost_nothing_goes_twice_and_every_conversation_keeps_its_order) {
  broker_.server().evaluate("[dets:sync(T) || T <- dets:all()]");
  campaign_result done{.seed = seed_};
  double longest_under_way = 0;
  {
    watch looking(hub_.hub);
    std::vector<int> victims{1, 0, 5, 2, 3, 4, 6};
    const auto rounds = static_cast<std::size_t>(campaign(7, 105));
    const auto each = (cuts_ + rounds - 1) / rounds;
    for (std::size_t round = 0; round < rounds && !HasFailure(); ++round) {
      SCOPED_TRACE("round " + std::to_string(round));
      // What a dead worker had taken, or nobody was asked for, is taken again after half a minute: who causes that comes first,
      // and the rest goes on meanwhile.
      if (round > 0 && round % victims.size() == 0) std::shuffle(victims.begin(), victims.end(), random_);
      cuts_by_now_ = std::min(cuts_, (round + 1) * each);
      // Somewhere among them.
      const auto next = cuts_by_now_ - random_() % each;
      const auto enough = [&] {
        if (const auto left = unsettled(); !left.empty() && std::stol(left) < 100) write_replies(40);
        return cut_so_far() >= next;
      };
      EXPECT_TRUE(tend_until(enough, 150s)) << hub_.hub.log("hub-worker.1").substr(0, 3000);
      if (HasFailure()) break;
      hurt(victims[round % victims.size()]);
      ++done.faults;
    }
    EXPECT_TRUE(tend_until([&] { return unsettled() == "0"; }, 180s)) << unsettled();
    longest_under_way = looking.longest();
  }

  std::map<std::string, std::vector<attempt>> times;
  std::map<std::string, std::vector<std::string>> order;
  for (const auto& one : hub_.platform.taken()) {
    times[one.text].emplace_back(one.outbox_id, one.attempt);
    order[one.recipient].push_back(one.text);
  }
  const auto states = texts_by_state();
  std::size_t hidden = 0;
  for (const auto& [state, texts] : states) {
    done.accepted += texts.size();
    EXPECT_TRUE(state == "sent/sent" || state == "unknown/unknown" || state == "queued/queued")
        << state << ": " << *texts.begin();
    for (const auto& text : texts) {
      EXPECT_LE(times[text].size(), 1u) << text << " " << state << " as " << testing::PrintToString(times[text]);
      done.duplicated += times[text].size() > 1;
      done.lost += times[text].empty() && state == "sent/sent";
      // What waits is the rest of a reply whose beginning nobody knows the fate of.
      hidden += !times[text].empty() && state == "queued/queued";
    }
  }
  for (const auto& [recipient, texts] : order)
    EXPECT_TRUE(std::is_sorted(texts.begin(), texts.end())) << recipient << " " << testing::PrintToString(texts);
  EXPECT_EQ(done.lost, 0u);
  EXPECT_EQ(done.accepted, messages_);
  EXPECT_EQ(done.duplicated, 0u);
  EXPECT_EQ(hidden, 0u);
  EXPECT_LE(longest_under_way, 90) << "seconds until somebody is told";
  const auto unread = hub_.platform.unread(), without_cause = unexplained();
  EXPECT_LE(without_cause, unread) << "those that were cut unread";
  EXPECT_GT(states.at("sent/sent").size(), states.at("unknown/unknown").size());
  tell(done);
  std::cout << cut_so_far() << " requests cut, " << unread << " of them unread; " << states.at("unknown/unknown").size()
            << " messages held for a person, " << without_cause << " of them without a cause by name; at most "
            << longest_under_way << " s without a word\n";
}

}  // namespace
