#include "hub/ctl/quarantine_replay.hpp"

#include "hub/ctl/connector_client.hpp"
#include "hub/ctl/republish.hpp"
#include "hub/message/codec.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace hub::ctl {

namespace {

/// So many entries are on their way at once.
constexpr int chunk = 500;

struct attempt {
  quarantine_entry entry;
  std::vector<std::pair<message::event, std::string>> events;  ///< to publish, with their bodies
  std::vector<republished> on_their_way;
  bool settled = false;
};

class replaying {
 public:
  replaying(db::connection& database, const config::settings& settings, const replay_options& options)
      : database_(database),
        settings_(settings),
        options_(options),
        broker_(database, settings, options.patience),
        pace_(options.dry_run ? 0 : options.rate) {}

  replay_report run() {
    for (std::int64_t after = 0;;) {
      auto entries =
          database_.transact([&](pqxx::work& tx) { return quarantine_entries(tx, options_.which, true, after, chunk); });
      if (entries.empty()) break;
      after = entries.back().id;
      report_.entries += entries.size();
      if (!options_.dry_run) broker_.connect();
      std::vector<attempt> attempts;
      for (auto& entry : entries) {
        pace_.wait();
        take(std::move(entry), attempts);
      }
      settle(attempts);
      if (options_.say && entries.size() == chunk) options_.say(std::to_string(report_.entries) + " entries done");
    }
    return report_;
  }

 private:
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
      made.on_their_way.push_back(broker_.publish(event, body, found == before.end() ? 0 : found->second));
    }
    made.events.clear();
    entry.body.clear();
    made.entry = std::move(entry);
    attempts.push_back(std::move(made));
  }

  void settle(std::vector<attempt>& attempts) {
    std::vector<republished*> all;
    for (auto& a : attempts)
      for (auto& one : a.on_their_way) all.push_back(&one);
    if (all.empty()) return;
    broker_.follow(all, [&] { close_settled(attempts); });
    for (const auto& a : attempts) {
      if (a.settled) continue;
      if (any(a, republished::fate::unpublished))
        ++report_.unpublished;
      else
        ++report_.pending;
    }
  }

  static bool any(const attempt& a, republished::fate f) {
    return std::any_of(a.on_their_way.begin(), a.on_their_way.end(), [&](const republished& one) { return one.what == f; });
  }

  /// Closes the entries of which every event has ended.
  void close_settled(std::vector<attempt>& attempts) {
    using enum republished::fate;
    db::array went_in, went_on;
    for (auto& a : attempts) {
      if (a.settled || any(a, open) || any(a, unpublished)) continue;
      a.settled = true;
      if (!any(a, quarantined)) {
        ++report_.replayed;
        went_in.add(a.entry.id);
        continue;
      }
      const auto first = std::find_if(a.on_their_way.begin(), a.on_their_way.end(),
                                      [](const republished& one) { return one.what == quarantined; });
      refuse("hub-worker: " + broker_.cause_of(first->key));
      // A body that can be read now has done its part: what became of it is an entry of its own.
      if (a.entry.kind == message::unparsed::kind) went_on.add(a.entry.id);
    }
    database_.transact([&](pqxx::work& tx) {
      if (!went_in.empty()) close_entries(tx, went_in, "resolved", options_.who);
      if (!went_on.empty()) close_entries(tx, went_on, "resolved", options_.who + "; refused by hub-worker under its own key");
    });
  }

  db::connection& database_;
  const config::settings& settings_;
  const replay_options& options_;
  replay_report report_;
  std::unique_ptr<connector_client> connectors_;
  republisher broker_;
  pacer pace_;
};

}  // namespace

replay_report replay(db::connection& database, const config::settings& settings, const replay_options& options) {
  return replaying(database, settings, options).run();
}

}  // namespace hub::ctl
