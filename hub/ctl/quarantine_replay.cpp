#include "hub/ctl/quarantine_replay.hpp"

#include "hub/amqp/publisher.hpp"
#include "hub/ctl/connector_client.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/message/codec.hpp"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace hub::ctl {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

/// So many entries are on their way at once.
constexpr int chunk = 500;
constexpr auto confirm_patience = 30s;
constexpr auto look_every = 100ms;

/// The publisher, and what became of what it was given.
class outlet {
 public:
  outlet(const config::settings& settings) : shards_(settings.ingest.shards) {
    if (settings.broker.url.empty())
      throw not_running("no broker is known: the system does not run and HUB__BROKER__URL is not set");
    amqp::publisher_options to;
    to.broker.url = settings.broker.url.reveal();
    to.broker.client_name = "hubctl";
    to.shards = shards_;
    publisher_ = std::make_unique<amqp::publisher>(to, [this](std::vector<amqp::settlement> list) {
      std::lock_guard lock(mutex_);
      for (const auto& s : list) outcomes_[s.ticket] = s.result;
      changed_.notify_all();
    });
    const auto until = steady::now() + 15s;
    while (!publisher_->ready()) {
      if (steady::now() > until)
        throw not_running("the broker at " + amqp::without_password(to.broker.url) + " does not take messages");
      std::this_thread::sleep_for(20ms);
    }
  }

  std::uint64_t submit(const message::event& event, const std::string& body) {
    std::vector<amqp::publication> list;
    list.push_back({++last_, message::shard_of(event.conversation, shards_), event.key, body});
    publisher_->submit(std::move(list));
    return last_;
  }

  bool confirmed(std::uint64_t ticket) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, confirm_patience, [&] { return outcomes_.contains(ticket); });
    const auto found = outcomes_.find(ticket);
    return found != outcomes_.end() && found->second == amqp::outcome::confirmed;
  }

 private:
  std::uint32_t shards_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, amqp::outcome> outcomes_;
  std::uint64_t last_ = 0;
  std::unique_ptr<amqp::publisher> publisher_;  // ends first: it calls back
};

/// An event of an entry, on its way.
struct sent {
  std::string key;
  std::uint64_t ticket = 0;
  int attempts_before = 0;
  enum class fate { open, arrived, quarantined } what = fate::open;
};

struct attempt {
  quarantine_entry entry;
  std::vector<std::pair<message::event, std::string>> events;  ///< to publish, with their bodies
  std::vector<sent> on_their_way;
};

class replaying {
 public:
  replaying(db::connection& database, const config::settings& settings, const replay_options& options)
      : database_(database), settings_(settings), options_(options) {}

  replay_report run() {
    for (std::int64_t after = 0;;) {
      auto entries =
          database_.transact([&](pqxx::work& tx) { return quarantine_entries(tx, options_.which, true, after, chunk); });
      if (entries.empty()) break;
      after = entries.back().id;
      report_.entries += entries.size();
      if (!options_.dry_run && !outlet_) outlet_ = std::make_unique<outlet>(settings_);
      std::vector<attempt> attempts;
      for (auto& entry : entries) {
        pace();
        take(std::move(entry), attempts);
      }
      settle(attempts);
      if (options_.say && entries.size() == chunk) options_.say(std::to_string(report_.entries) + " entries done");
    }
    return report_;
  }

 private:
  void pace() {
    if (options_.rate <= 0 || options_.dry_run) return;
    const auto step = std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(1 / options_.rate));
    next_ = std::max(next_ + step, steady::now());
    std::this_thread::sleep_until(next_);
  }

  void refuse(const std::string& why) {
    ++report_.refused;
    ++report_.refusals[why];
  }

  void close(std::int64_t id, const std::string& how) {
    if (options_.dry_run) return;
    db::array ids;
    ids.add(id);
    database_.transact([&](pqxx::work& tx) { close_entries(tx, ids, "resolved", options_.who + how); });
  }

  /// What the entry becomes today: its events, or why none. Nothing when that is settled.
  std::optional<std::vector<message::decoded>> read(const quarantine_entry& entry) {
    auto kept = message::decode(entry.body);
    if (entry.kind != message::unparsed::kind) return kept;
    if (!connectors_) connectors_ = std::make_unique<connector_client>(settings_);
    std::string received_at;
    if (kept.size() == 1 && kept[0].value) received_at = to_rfc3339(kept[0].value->received_at);
    const auto answer = connectors_->normalize(entry.channel, entry.account, entry.body, received_at, entry.trace);
    if (answer.status == 200) return message::decode(answer.body);
    const auto why = answer.problem();
    refuse(why);
    // The parser's own words replace what an older parser said.
    if (answer.status == 422 && !options_.dry_run)
      database_.transact([&](pqxx::work& tx) { refused_again(tx, entry.id, entry.cause, why); });
    return std::nullopt;
  }

  void take(quarantine_entry entry, std::vector<attempt>& attempts) {
    auto elements = read(entry);
    if (!elements) return;
    attempt made;
    db::array keys;
    for (auto& one : *elements) {
      if (!one.value) return refuse(to_text(one.value.error()));
      keys.add(one.value->key);
      made.events.emplace_back(std::move(*one.value), std::move(one.body));
    }
    if (made.events.empty()) {
      ++report_.empty;
      return close(entry.id, "; nothing in it is kept");
    }
    std::set<std::string> known;
    std::map<std::string, int> before;
    database_.transact([&](pqxx::work& tx) {
      known = known_keys(tx, keys);
      before = quarantine_attempts(tx, keys);
    });
    std::erase_if(made.events, [&](const auto& e) { return known.contains(e.first.key); });
    if (made.events.empty()) {
      ++report_.known;
      return close(entry.id, "; was in the database already");
    }
    if (options_.dry_run) {
      ++report_.replayed;
      return;
    }
    for (const auto& [event, body] : made.events) {
      const auto found = before.find(event.key);
      made.on_their_way.push_back({event.key, outlet_->submit(event, body), found == before.end() ? 0 : found->second});
    }
    made.events.clear();
    entry.body.clear();
    made.entry = std::move(entry);
    attempts.push_back(std::move(made));
  }

  void settle(std::vector<attempt>& attempts) {
    std::erase_if(attempts, [&](const attempt& a) {
      const bool lost =
          !std::all_of(a.on_their_way.begin(), a.on_their_way.end(), [&](const sent& s) { return outlet_->confirmed(s.ticket); });
      report_.unpublished += lost;
      return lost;
    });
    auto progress = steady::now();
    while (!attempts.empty() && steady::now() - progress < options_.patience) {
      if (look(attempts)) progress = steady::now();
      if (!attempts.empty()) std::this_thread::sleep_for(look_every);
    }
    report_.pending += attempts.size();
  }

  /// Takes what has ended off the list; true when something had.
  bool look(std::vector<attempt>& attempts) {
    db::array keys;
    for (const auto& a : attempts)
      for (const auto& s : a.on_their_way)
        if (s.what == sent::fate::open) keys.add(s.key);
    std::set<std::string> known;
    std::map<std::string, int> quarantined;
    database_.transact([&](pqxx::work& tx) {
      known = known_keys(tx, keys);
      quarantined = quarantine_attempts(tx, keys);
    });
    bool moved = false;
    for (auto& a : attempts)
      for (auto& s : a.on_their_way) {
        if (s.what != sent::fate::open) continue;
        const auto found = quarantined.find(s.key);
        if (known.contains(s.key))
          s.what = sent::fate::arrived;
        else if (found != quarantined.end() && found->second > s.attempts_before)
          s.what = sent::fate::quarantined;
        moved |= s.what != sent::fate::open;
      }
    db::array arrived, went_on;
    std::erase_if(attempts, [&](const attempt& a) {
      const auto any = [&](sent::fate f) {
        return std::any_of(a.on_their_way.begin(), a.on_their_way.end(), [&](const sent& s) { return s.what == f; });
      };
      if (any(sent::fate::open)) return false;
      if (!any(sent::fate::quarantined)) {
        ++report_.replayed;
        arrived.add(a.entry.id);
      } else {
        refuse("hub-worker: " + reason_of(a));
        // A body that can be read now has done its part: what became of it is an entry of its own.
        if (a.entry.kind == message::unparsed::kind) went_on.add(a.entry.id);
      }
      return true;
    });
    database_.transact([&](pqxx::work& tx) {
      if (!arrived.empty()) close_entries(tx, arrived, "resolved", options_.who);
      if (!went_on.empty()) close_entries(tx, went_on, "resolved", options_.who + "; refused by hub-worker under its own key");
    });
    return moved;
  }

  std::string reason_of(const attempt& a) {
    for (const auto& s : a.on_their_way) {
      if (s.what != sent::fate::quarantined) continue;
      const auto rows = database_.transact(
          [&](pqxx::work& tx) { return tx.exec_params("select cause from quarantine where event_key = $1", s.key); });
      if (!rows.empty()) return rows[0][0].as<std::string>();
    }
    return "unknown";
  }

  db::connection& database_;
  const config::settings& settings_;
  const replay_options& options_;
  replay_report report_;
  std::unique_ptr<connector_client> connectors_;
  std::unique_ptr<outlet> outlet_;
  steady::time_point next_ = steady::now();
};

}  // namespace

replay_report replay(db::connection& database, const config::settings& settings, const replay_options& options) {
  return replaying(database, settings, options).run();
}

}  // namespace hub::ctl
